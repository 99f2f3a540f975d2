// The decoder network in the browser: z -> image, as vae_core.models.vae.VAE.decode does.
// Sums run in double precision (JavaScript has no other), layers are stored as float32.

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

// erf from a table with cubic Hermite interpolation: its derivative is known exactly, so with
// steps of 1/64 the error is below 2e-9. Beyond 6 it is 1 to the last digit.
const ERF_STEPS = 64;
const ERF_END = 6;
let erfTable = null;

function erfSlope(x) {
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
}

function makeErfTable() {
  const table = new Float64Array(ERF_STEPS * ERF_END + 1);
  const h = 1 / ERF_STEPS;
  for (let i = 0; i + 1 < table.length; i++) {
    const x = i * h; // Boole's rule: the error of one step is below 1e-15
    const inner = 32 * erfSlope(x + h / 4) + 12 * erfSlope(x + h / 2) + 32 * erfSlope(x + 0.75 * h);
    table[i + 1] = table[i] + (h / 90) * (7 * erfSlope(x) + inner + 7 * erfSlope(x + h));
  }
  return table;
}

function erf(x) {
  erfTable ??= makeErfTable();
  const size = Math.abs(x);
  if (!(size < ERF_END)) return Math.sign(x);
  const h = 1 / ERF_STEPS;
  const i = Math.floor(size * ERF_STEPS);
  const t = size * ERF_STEPS - i;
  const left = erfTable[i];
  const rise = erfTable[i + 1] - left;
  const slopeLeft = erfSlope(i * h) * h;
  const slopeRight = erfSlope((i + 1) * h) * h;
  const a = slopeLeft - rise;
  const b = rise - slopeRight;
  return Math.sign(x) * (left + t * (rise + (1 - t) * (a * (1 - t) + b * t)));
}

class Decoder {
  /** @param {ArrayBuffer} bytes per layer W (out, in) row by row, then b; float32 LE. */
  constructor(bytes, widths, activation, likelihood) {
    this.activate = ACTIVATIONS[activation];
    this.mean = MEANS[likelihood];
    this.input = new Float32Array(widths[0]);
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

  /** Latent (Z) -> mean image (D), in [0, 1] unless the pixels are Gaussian. The next call overwrites the returned array. */
  run(z) {
    this.input.set(z);
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
