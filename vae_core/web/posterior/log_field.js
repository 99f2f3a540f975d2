// log p(x|z) on even grids, read between their places, and means of it over a Gaussian q.
import { bytesOf } from "../shared/dom.js";

/** @import { Gaussian, PackedField } from "./types.d.ts" */

/** Values on an even grid, edges included, row 0 at the bottom; bicubic between them. */
export class LogField {
  /** @param {PackedField} packed */
  constructor({ bounds, steps, values }) {
    this.values = new Float32Array(bytesOf(values));
    this.bounds = bounds;
    this.steps = steps;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  holds(x, y) {
    const [left, right, bottom, top] = this.bounds;
    return x >= left && x <= right && y >= bottom && y <= top;
  }

  /**
   * Outside it takes the nearest edge.
   *
   * @param {number} x
   * @param {number} y
   * @returns {number}
   */
  at(x, y) {
    const { values, steps } = this;
    const [left, right, bottom, top] = this.bounds;
    const last = steps - 1;
    const u = Math.min(last, Math.max(0, ((x - left) / (right - left)) * last));
    const v = Math.min(last, Math.max(0, ((y - bottom) / (top - bottom)) * last));
    const column = Math.min(last - 1, Math.floor(u));
    const row = Math.min(last - 1, Math.floor(v));
    const across = cubicWeights(u - column);
    const up = cubicWeights(v - row);
    let sum = 0;
    for (let j = 0; j < 4; j++) {
      const start = steps * inside(row + j - 1, last);
      let line = 0;
      for (let i = 0; i < 4; i++) line += across[i] * values[start + inside(column + i - 1, last)];
      sum += up[j] * line;
    }
    return sum;
  }

  /**
   * The values at the middles of even cells over its bounds.
   *
   * @param {number} n
   * @returns {Float64Array} (n, n), row 0 at the bottom.
   */
  resampled(n) {
    const { values, steps } = this;
    const last = steps - 1;
    const places = Array.from({ length: n }, (_, k) => {
      const u = ((k + 0.5) / n) * last;
      const cell = Math.min(last - 1, Math.floor(u));
      const weights = cubicWeights(u - cell);
      return weights.map((weight, j) => ({ weight, at: inside(cell + j - 1, last) }));
    });
    // Along one axis, then along the other: a quarter of the work of value after value.
    const tall = new Float64Array(n * steps);
    places.forEach((four, row) => {
      for (const { at, weight } of four) {
        for (let i = 0; i < steps; i++) tall[row * steps + i] += weight * values[at * steps + i];
      }
    });
    const found = new Float64Array(n * n);
    for (let row = 0; row < n; row++) {
      places.forEach((four, column) => {
        let sum = 0;
        for (const { at, weight } of four) sum += weight * tall[row * steps + at];
        found[row * n + column] = sum;
      });
    }
    return found;
  }
}

/**
 * @param {number} index
 * @param {number} last
 */
function inside(index, last) {
  return index < 0 ? 0 : index > last ? last : index;
}

/**
 * Catmull-Rom: exact for a quadratic, as the logarithm of a Gaussian is.
 *
 * @param {number} t 0..1 between the second and the third of four values.
 */
function cubicWeights(t) {
  const [t2, t3] = [t * t, t * t * t];
  return [
    0.5 * (-t3 + 2 * t2 - t),
    0.5 * (3 * t3 - 5 * t2 + 2),
    0.5 * (-3 * t3 + 4 * t2 + t),
    0.5 * (t3 - t2),
  ];
}

const REACH = 4.5; // sigmas on either side that are summed over
const SPACING = 0.1; // of latents: about what the plane's own grid has, which no sum sees more of
const [LEAST, MOST] = [10, 100]; // places on either side of the middle

/**
 * An even rule over a normal distribution: for smooth integrands as good as Gauss's. A wide one
 * needs many places, or they leap over what the decoder draws between them.
 *
 * @param {number} mu
 * @param {number} sigma
 * @returns {{ place: number, weight: number }[]} weights of sum 1.
 */
function normalRule(mu, sigma) {
  const half = Math.min(MOST, Math.max(LEAST, Math.ceil((REACH * sigma) / SPACING)));
  const units = Array.from({ length: 2 * half + 1 }, (_, i) => ((i - half) * REACH) / half);
  const raw = units.map((unit) => Math.exp(-0.5 * unit * unit));
  const total = raw.reduce((a, b) => a + b);
  return units.map((unit, i) => ({ place: mu + sigma * unit, weight: raw[i] / total }));
}

/**
 * The ELBO of a q and its two terms, in nats.
 *
 * @param {LogField[]} fields of log p(x|z), from the finest to the widest.
 * @param {Gaussian} q
 * @returns {{ likelihood: number, kl: number, elbo: number }} E_q log p(x|z), the KL to the prior,
 *   and their difference.
 */
export function elboOf(fields, { mu, sigma }) {
  const wide = fields[fields.length - 1];
  let likelihood = 0;
  const up = normalRule(mu[1], sigma[1]);
  for (const { place: x, weight } of normalRule(mu[0], sigma[0])) {
    for (const { place: y, weight: other } of up) {
      const field = fields.find((one) => one.holds(x, y)) ?? wide;
      likelihood += weight * other * field.at(x, y);
    }
  }
  const kl = [0, 1].reduce(
    (sum, k) => sum + 0.5 * (mu[k] ** 2 + sigma[k] ** 2 - 1) - Math.log(sigma[k]),
    0,
  );
  return { likelihood, kl, elbo: likelihood - kl };
}
