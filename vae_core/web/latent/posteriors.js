// q(z|x) of every image on the plane, and draws from it.

/** What `pack_floats` has packed of `plane_covariance`. */
export class Posteriors {
  /**
   * @param {ArrayBuffer} bytes covariance on the plane as xx, xy, yy (N, 3), float32 LE.
   * @param {number} count N
   */
  constructor(bytes, count) {
    if (bytes.byteLength !== 12 * count) throw new Error("the posteriors do not fit their number");
    this.covariance = new Float32Array(bytes);
    // Lower triangular L with L L' = covariance: L times a standard normal draw is one of q.
    this.root = new Float32Array(3 * count);
    for (let i = 0; i < 3 * count; i += 3) {
      const across = Math.sqrt(this.covariance[i]);
      const slant = across > 0 ? this.covariance[i + 1] / across : 0;
      this.root[i] = across;
      this.root[i + 1] = slant;
      this.root[i + 2] = Math.sqrt(Math.max(0, this.covariance[i + 2] - slant * slant));
    }
  }

  /**
   * One draw for every image; the same for the same seed.
   *
   * @param {Float32Array} means (N, 2)
   * @param {number} seed
   * @param {Float32Array} places (N, 2), overwritten.
   */
  sample(means, seed, places) {
    const random = mulberry32(seed);
    const { root } = this;
    for (let i = 0; i < means.length / 2; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const angle = 2 * Math.PI * random();
      const u = radius * Math.cos(angle);
      const v = radius * Math.sin(angle);
      places[2 * i] = means[2 * i] + root[3 * i] * u;
      places[2 * i + 1] = means[2 * i + 1] + root[3 * i + 1] * u + root[3 * i + 2] * v;
    }
  }
}

/**
 * Tommy Ettinger's Mulberry32: 32 bits of state, good enough for a picture.
 *
 * @param {number} seed
 * @returns {() => number} the next draw from [0, 1).
 */
export function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
