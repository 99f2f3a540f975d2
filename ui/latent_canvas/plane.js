// The images of one plane: their places, labels and latents, and a grid to find them by place.

const NEIGHBOURS = 8; // with SOFTENING: the formula of vae_core.projections.plane_to_latent
const SOFTENING = 1e-12;

class Plane {
  /** @param {ArrayBuffer} bytes places (N, 2) and, if projected, latents (N, Z), float32 LE;
   *  then labels (N), uint8. */
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
    this.squaredRadius = meanSquaredRadius(this.xy);
    this.makeGrid();
    this.makeDrawOrder();
    this.found = new Int32Array(NEIGHBOURS);
    this.foundSquared = new Float64Array(NEIGHBOURS);
  }

  // Cells of equal size; the images of cell c are items[start[c]] ... items[start[c + 1] - 1].
  makeGrid() {
    const { xy, count } = this;
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      left = Math.min(left, xy[2 * i]);
      right = Math.max(right, xy[2 * i]);
      bottom = Math.min(bottom, xy[2 * i + 1]);
      top = Math.max(top, xy[2 * i + 1]);
    }
    if (count === 0) [left, right, bottom, top] = [0, 0, 0, 0];
    const side = Math.min(256, Math.max(1, Math.ceil(Math.sqrt(count / 2))));
    const cell = Math.max(right - left, top - bottom) / side || 1;
    const columns = Math.floor((right - left) / cell) + 1;
    const rows = Math.floor((top - bottom) / cell) + 1;
    const cellOf = new Int32Array(count);
    const start = new Int32Array(columns * rows + 1);
    for (let i = 0; i < count; i++) {
      const column = Math.floor((xy[2 * i] - left) / cell);
      cellOf[i] = Math.floor((xy[2 * i + 1] - bottom) / cell) * columns + column;
      start[cellOf[i] + 1]++;
    }
    for (let c = 0; c < columns * rows; c++) start[c + 1] += start[c];
    const items = new Int32Array(count);
    const next = start.slice();
    let stride = Math.max(1, Math.floor(count * 0.618)); // a walk that jumps about meets all once
    while (greatestCommonDivisor(stride, count) > 1) stride++;
    for (let n = 0, i = 0; n < count; n++, i = (i + stride) % count) items[next[cellOf[i]]++] = i;
    this.grid = { left, bottom, cell, columns, rows, start, items };
  }

  // Cell by cell, since neighbours touch the same memory; and at random within a cell: data often
  // come class by class, and the last class would hide the others.
  makeDrawOrder() {
    this.drawXy = new Float32Array(2 * this.count);
    this.drawLabel = new Uint8Array(this.count);
    this.grid.items.forEach((image, k) => {
      this.drawXy[2 * k] = this.xy[2 * image];
      this.drawXy[2 * k + 1] = this.xy[2 * image + 1];
      this.drawLabel[k] = this.label[image];
    });
  }

  /**
   * The images nearest to a place, nearest first, into this.found and this.foundSquared.
   * @param visible by label, 1 or 0; null for all.
   * @returns how many were found: at most k, none beyond maxDistance.
   */
  findNearest(x, y, k, maxDistance, visible) {
    const { left, bottom, cell, columns, rows, start, items } = this.grid;
    const column = Math.floor((x - left) / cell);
    const row = Math.floor((y - bottom) / cell);
    const far = [column, columns - 1 - column, row, rows - 1 - row];
    const last = Math.max(...far.map(Math.abs));
    let found = 0;
    // Square rings of cells around the place; whatever lies outside ring r is further than r cells.
    for (let ring = Math.max(0, ...far.map((d) => -d)); ring <= last; ring++) {
      for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r++) {
        const edge = Math.abs(r - row) === ring; // a whole row of the ring, else its two ends
        const step = edge ? 1 : 2 * ring;
        let c = column - ring;
        if (c < 0) c = edge ? 0 : c + step;
        for (; c <= Math.min(columns - 1, column + ring); c += step) {
          const end = start[r * columns + c + 1];
          for (let n = start[r * columns + c]; n < end; n++) {
            if (visible === null || visible[this.label[items[n]]]) {
              found = this.insert(items[n], x, y, k, found);
            }
          }
        }
      }
      const reach = ring * cell;
      if (reach > maxDistance || (found === k && this.foundSquared[k - 1] <= reach * reach)) break;
    }
    while (found > 0 && this.foundSquared[found - 1] > maxDistance * maxDistance) found--;
    return found;
  }

  // Into the sorted list of the k best; equal distances in the order of the data.
  insert(image, x, y, k, found) {
    const { xy, foundSquared, found: best } = this;
    const squared = (xy[2 * image] - x) ** 2 + (xy[2 * image + 1] - y) ** 2;
    let n = found;
    while (
      n > 0 &&
      (squared < foundSquared[n - 1] || (squared === foundSquared[n - 1] && image < best[n - 1]))
    ) {
      if (n < k) [foundSquared[n], best[n]] = [foundSquared[n - 1], best[n - 1]];
      n--;
    }
    if (n < k) [foundSquared[n], best[n]] = [squared, image];
    return Math.min(k, found + 1);
  }

  /** The latent shown at a place, into z (Z). */
  latentAt(x, y, z) {
    if (!this.projected) {
      z[0] = x;
      if (this.latentDim > 1) z[1] = y;
      return;
    }
    const found = this.findNearest(x, y, NEIGHBOURS, Infinity, null);
    const softening = Math.max(SOFTENING * this.squaredRadius, 1e-300);
    let total = 0;
    z.fill(0);
    for (let n = 0; n < found; n++) {
      const weight = 1 / (this.foundSquared[n] + softening);
      total += weight;
      for (let j = 0; j < z.length; j++) z[j] += weight * this.z[this.found[n] * z.length + j];
    }
    for (let j = 0; j < z.length; j++) z[j] /= total || 1;
  }
}

function meanSquaredRadius(xy) {
  const count = xy.length / 2;
  let [x, y, sum] = [0, 0, 0];
  for (let i = 0; i < xy.length; i += 2) [x, y] = [x + xy[i] / count, y + xy[i + 1] / count];
  for (let i = 0; i < xy.length; i += 2) sum += (xy[i] - x) ** 2 + (xy[i + 1] - y) ** 2;
  return sum / (count || 1);
}

function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
