// The images of one plane: their places, labels and latents.

import { Grid } from "./grid.js";

/** @import { PlaneSpec } from "./types.d.ts" */

// The formula of vae_core.planes.projections.plane_to_latent.
const NEIGHBOURS = 8;
const SOFTENING = 1e-12;

/** What `pack_points` has packed. */
export class Plane {
  /**
   * @param {ArrayBuffer} bytes places (N, 2) and, if projected, latents (N, Z), float32 LE; then
   *   labels (N), uint8.
   * @param {Pick<PlaneSpec, "count" | "latent_dim" | "projected">} spec
   */
  constructor(bytes, { count, latent_dim, projected }) {
    const latents = projected ? count * latent_dim : 0;
    if (bytes.byteLength !== 4 * (2 * count + latents) + count) {
      throw new Error("the points do not fit their number");
    }
    this.count = count;
    this.latentDim = latent_dim;
    this.projected = projected;
    this.xy = new Float32Array(bytes, 0, 2 * count);
    this.z = new Float32Array(bytes, 8 * count, latents);
    this.label = new Uint8Array(bytes, 4 * (2 * count + latents), count);
    this.squaredRadius = projected ? meanSquaredRadius(this.xy) : 0;
    this.grid = new Grid(this.xy, this.label);
  }

  /**
   * The latent shown at a place, into z (Z).
   *
   * @param {number} x
   * @param {number} y
   * @param {Float64Array} z
   */
  latentAt(x, y, z) {
    if (!this.projected) {
      z[0] = x;
      if (this.latentDim > 1) z[1] = y;
      return;
    }
    const { grid } = this;
    const found = grid.findNearest(x, y, NEIGHBOURS, Infinity, null);
    const softening = Math.max(SOFTENING * this.squaredRadius, 1e-300);
    let total = 0;
    z.fill(0);
    for (let n = 0; n < found; n++) {
      const weight = 1 / (grid.foundSquared[n] + softening);
      total += weight;
      for (let j = 0; j < z.length; j++) z[j] += weight * this.z[grid.found[n] * z.length + j];
    }
    for (let j = 0; j < z.length; j++) z[j] /= total || 1;
  }
}

/** @param {Float32Array} xy */
function meanSquaredRadius(xy) {
  const count = xy.length / 2;
  let [x, y, sum] = [0, 0, 0];
  for (let i = 0; i < xy.length; i += 2) [x, y] = [x + xy[i] / count, y + xy[i + 1] / count];
  for (let i = 0; i < xy.length; i += 2) sum += (xy[i] - x) ** 2 + (xy[i + 1] - y) ** 2;
  return sum / (count || 1);
}
