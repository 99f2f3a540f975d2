// The decoder network in the browser: z -> image, as vae_core.models.vae.VAE.decode does.
// Sums run in double precision (JavaScript has no other), layers are stored as float32.
import { erf } from "./normal.js";

/** @typedef {Float32Array} Values changed in place. */

/** @type {Record<string, (values: Values) => void>} */
const ACTIVATIONS = {
  relu(values) {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
  },
  tanh(values) {
    for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i]);
  },
  silu(values) {
    for (let i = 0; i < values.length; i++) values[i] /= 1 + Math.exp(-values[i]);
  },
  gelu(values) {
    for (let i = 0; i < values.length; i++) {
      values[i] *= 0.5 * (1 + erf(values[i] * Math.SQRT1_2));
    }
  },
};

// The mean image of each likelihood, as vae_core.likelihoods.LIKELIHOODS has it.
/** @type {Record<string, (values: Values) => void>} */
const MEANS = {
  bernoulli(values) {
    for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]));
  },
  "continuous-bernoulli"(values) {
    for (let i = 0; i < values.length; i++) {
      const l = Math.max(-16.6, Math.min(16.6, values[i]));
      const near = 0.5 + l / 12 - l ** 3 / 720 + l ** 5 / 30240;
      values[i] = Math.abs(l) < 0.1 ? near : -1 / Math.expm1(-l) - 1 / l;
    }
  },
  gaussian() {},
  "gaussian-learned"() {},
};

/**
 * @typedef {object} Layer
 * @property {Float32Array} weight (out, in) row by row.
 * @property {Float32Array} bias (out)
 * @property {Float32Array} output (out), overwritten by every run.
 */

/** The network; it says whether its bytes fit. */
export class Decoder {
  /**
   * @param {ArrayBuffer} bytes per layer W (out, in) row by row, then b; float32 LE.
   * @param {number[]} widths (Z, ..., D)
   * @param {string} activation between the layers: relu, tanh, silu or gelu.
   * @param {string} likelihood a key of vae_core.likelihoods.LIKELIHOODS.
   */
  constructor(bytes, widths, activation, likelihood) {
    this.activate = ACTIVATIONS[activation];
    this.mean = MEANS[likelihood];
    if (!this.activate || !this.mean) {
      throw new Error(`the browser cannot decode with ${activation} and ${likelihood}`);
    }
    this.input = new Float32Array(widths[0]);
    /** @type {Layer[]} */
    this.layers = [];
    let offset = 0;
    for (let i = 0; i + 1 < widths.length; i++) {
      const [inputs, outputs] = [widths[i], widths[i + 1]];
      const weight = new Float32Array(bytes, offset, inputs * outputs);
      const bias = new Float32Array(bytes, offset + 4 * weight.length, outputs);
      offset += 4 * (weight.length + bias.length);
      this.layers.push({ weight, bias, output: new Float32Array(outputs) });
    }
    if (offset !== bytes.byteLength) throw new Error("the decoder's weights do not fit its layers");
  }

  /**
   * @param {ArrayLike<number>} z latent (Z)
   * @returns {Float32Array} mean image (D), in [0, 1] unless the pixels are Gaussian. The next
   *   call overwrites it.
   */
  run(z) {
    this.input.set(z);
    /** @type {Float32Array} */
    let values = this.input;
    this.layers.forEach((layer, i) => {
      multiply(layer, values);
      values = layer.output;
      (i + 1 < this.layers.length ? this.activate : this.mean)(values);
    });
    return values;
  }
}

// output = weight @ input + bias. Four rows at once: each input is read once for all of them, and
// no sum has to wait for its own last addition.
/**
 * @param {Layer} layer
 * @param {Float32Array} input
 */
function multiply({ weight, bias, output }, input) {
  const n = input.length;
  const fours = output.length - (output.length % 4);
  for (let row = 0; row < fours; row += 4) {
    let [a, b, c, d] = [bias[row], bias[row + 1], bias[row + 2], bias[row + 3]];
    const first = row * n;
    const [second, third, fourth] = [first + n, first + 2 * n, first + 3 * n];
    for (let i = 0; i < n; i++) {
      const x = input[i];
      a += weight[first + i] * x;
      b += weight[second + i] * x;
      c += weight[third + i] * x;
      d += weight[fourth + i] * x;
    }
    output[row] = a;
    output[row + 1] = b;
    output[row + 2] = c;
    output[row + 3] = d;
  }
  for (let row = fours; row < output.length; row++) {
    let sum = bias[row];
    for (let i = 0; i < n; i++) sum += weight[row * n + i] * input[i];
    output[row] = sum;
  }
}
