// The normal distribution: erf, and its distribution function's inverse.

// erf from a table with cubic Hermite interpolation: its derivative is known exactly, so with
// steps of 1/64 the error is below 2e-9. Beyond 6 it is 1 to the last digit.
const STEPS = 64;
const END = 6;
/** @type {Float64Array | null} */
let table = null;

/** @param {number} x */
function slope(x) {
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
}

function makeTable() {
  const made = new Float64Array(STEPS * END + 1);
  const h = 1 / STEPS;
  for (let i = 0; i + 1 < made.length; i++) {
    const x = i * h; // Boole's rule: the error of one step is below 1e-15
    const inner = 32 * slope(x + h / 4) + 12 * slope(x + h / 2) + 32 * slope(x + 0.75 * h);
    made[i + 1] = made[i] + (h / 90) * (7 * slope(x) + inner + 7 * slope(x + h));
  }
  return made;
}

/**
 * @param {number} x
 * @returns {number}
 */
export function erf(x) {
  table ??= makeTable();
  const size = Math.abs(x);
  if (!(size < END)) return Math.sign(x);
  const h = 1 / STEPS;
  const i = Math.floor(size * STEPS);
  const t = size * STEPS - i;
  const left = table[i];
  const rise = table[i + 1] - left;
  const slopeLeft = slope(i * h) * h;
  const slopeRight = slope((i + 1) * h) * h;
  const a = slopeLeft - rise;
  const b = rise - slopeRight;
  return Math.sign(x) * (left + t * (rise + (1 - t) * (a * (1 - t) + b * t)));
}

/**
 * The inverse of the normal distribution function, by Newton's method on erf.
 *
 * @param {number} share 0..1, the ends excluded.
 * @returns {number}
 */
export function normalQuantile(share) {
  let x = 0;
  for (let n = 0; n < 60; n++) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    const step = ((1 + erf(x * Math.SQRT1_2)) / 2 - share) / density;
    x -= Math.max(-1, Math.min(1, step));
    if (Math.abs(step) < 1e-9) break;
  }
  return x;
}
