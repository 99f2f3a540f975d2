// Images by place: which of them lie near a spot of the plane.

const MOST = 8; // images found at a time

/** Cells of equal size; the images of cell c are items[start[c]] ... items[start[c + 1] - 1]. */
export class Grid {
  /**
   * @param {Float32Array} xy places (N, 2); they may move later, then make a new grid.
   * @param {Uint8Array} label classes (N)
   */
  constructor(xy, label) {
    this.xy = xy;
    this.label = label;
    this.found = new Int32Array(MOST);
    this.foundSquared = new Float64Array(MOST);
    const count = xy.length / 2;
    let [left, right, bottom, top] = count ? [xy[0], xy[0], xy[1], xy[1]] : [0, 0, 0, 0];
    // No destructuring in these loops: it is slow until the browser has compiled them, and the
    // first drawing waits for their first run.
    for (let i = 0; i < xy.length; i += 2) {
      const x = xy[i];
      const y = xy[i + 1];
      if (x < left) left = x;
      else if (x > right) right = x;
      if (y < bottom) bottom = y;
      else if (y > top) top = y;
    }
    const side = Math.min(256, Math.max(1, Math.ceil(Math.sqrt(count / 2))));
    const cell = Math.max(right - left, top - bottom) / side || 1;
    const columns = Math.floor((right - left) / cell) + 1;
    const rows = Math.floor((top - bottom) / cell) + 1;
    const cellOf = new Int32Array(count);
    const start = new Int32Array(columns * rows + 1);
    for (let i = 0; i < count; i++) {
      const column = ((xy[2 * i] - left) / cell) | 0;
      cellOf[i] = (((xy[2 * i + 1] - bottom) / cell) | 0) * columns + column;
      start[cellOf[i] + 1]++;
    }
    for (let c = 0; c < columns * rows; c++) start[c + 1] += start[c];
    // At random within a cell: data often come class by class, and drawn in this order the last
    // class would hide the others.
    const items = new Int32Array(count);
    const next = start.slice();
    let stride = Math.max(1, Math.floor(count * 0.618)); // a walk that jumps about meets all once
    while (greatestCommonDivisor(stride, count) > 1) stride++;
    for (let n = 0, i = 0; n < count; n++) {
      items[next[cellOf[i]]++] = i;
      i += stride;
      if (i >= count) i -= count;
    }
    this.left = left;
    this.bottom = bottom;
    this.cell = cell;
    this.columns = columns;
    this.rows = rows;
    this.start = start;
    this.items = items;
  }

  /**
   * The images nearest to a place, nearest first, into this.found and this.foundSquared.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} k at most 8.
   * @param {number} maxDistance
   * @param {Uint8Array | null} visible by label, 1 or 0; null for all.
   * @returns {number} how many were found: at most k, none beyond maxDistance.
   */
  findNearest(x, y, k, maxDistance, visible) {
    const { left, bottom, cell, columns, rows, start, items } = this;
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

  /**
   * Into the sorted list of the k best; equal distances in the order of the data.
   *
   * @param {number} image
   * @param {number} x
   * @param {number} y
   * @param {number} k
   * @param {number} found how many there are already.
   * @returns {number} how many there are now.
   */
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
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
