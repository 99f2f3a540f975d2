// A number for every place of the plane: as a heat map under the points, and as contour lines.

class Field {
  /** @param {ArrayBuffer} bytes values (H, W) of equal cells, row 0 at the bottom, float32 LE. */
  constructor(bytes, { width, height, bounds }) {
    if (bytes.byteLength !== 4 * width * height) throw new Error("the field does not fit its size");
    this.values = new Float32Array(bytes);
    Object.assign(this, { width, height, bounds });
  }

  /** As a picture of one pixel per cell, north up; NaN is transparent. */
  picture(table, low, high) {
    const { values, width, height } = this;
    const canvas = element("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const value = values[(height - 1 - row) * width + column];
        if (value === value) pixels[row * width + column] = table[paletteStep(value, low, high)];
      }
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  /** Lines where the field has a value, by marching squares between the cells' centres.
   *  @returns x1, y1, x2, y2 of each piece, on the plane. */
  contour(level) {
    const { values, width, height, bounds } = this;
    const [left, right, bottom, top] = bounds;
    const [stepX, stepY] = [(right - left) / width, (top - bottom) / height];
    const pieces = [];
    for (let row = 0; row + 1 < height; row++) {
      for (let column = 0; column + 1 < width; column++) {
        const at = row * width + column;
        const corners = [values[at], values[at + 1], values[at + width + 1], values[at + width]];
        for (const [from, to] of crossings(corners, level)) {
          for (const [u, v] of [from, to]) {
            pieces.push(left + (column + 0.5 + u) * stepX, bottom + (row + 0.5 + v) * stepY);
          }
        }
      }
    }
    return Float32Array.from(pieces);
  }
}

// Corners counter-clockwise from the lower left; edge n runs from corner n to corner n + 1.
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

/** Where a level crosses a square, as pairs of places in 0..1. */
function crossings(corners, level) {
  const above = corners.map((value) => value >= level);
  if (above.every(Boolean) || !above.some(Boolean)) return [];
  if (corners.some((value) => !Number.isFinite(value))) return [];
  const places = [];
  for (let n = 0; n < 4; n++) {
    const m = (n + 1) % 4;
    if (above[n] === above[m]) continue;
    const t = (level - corners[n]) / (corners[m] - corners[n]);
    places.push(CORNERS[n].map((from, axis) => from + t * (CORNERS[m][axis] - from)));
  }
  if (places.length === 2) return [places];
  // A saddle: its middle says which two corners hang together.
  const middle = corners.reduce((sum, value) => sum + value, 0) / 4 >= level;
  const [a, b, c, d] = places;
  return above[0] === middle ? [[a, b], [c, d]] : [[d, a], [b, c]];
}

/** Contour lines with a halo, and a label at the top of each level. */
function drawContours(context, view, theme, lines, colour) {
  for (const { pieces, text } of lines) {
    context.beginPath();
    let [labelX, labelY] = [0, Infinity];
    for (let n = 0; n < pieces.length; n += 4) {
      const [x1, y1] = [view.toPixelX(pieces[n]), view.toPixelY(pieces[n + 1])];
      const [x2, y2] = [view.toPixelX(pieces[n + 2]), view.toPixelY(pieces[n + 3])];
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      const seen = x1 > 24 && x1 < view.width - 24 && y1 > 18;
      if (seen && y1 < labelY) [labelX, labelY] = [x1, y1];
    }
    context.lineCap = "round";
    for (const [stroke, width, opacity] of [[theme.background, 3.5, 0.7], [colour, 1.6, 1]]) {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.globalAlpha = opacity;
      context.stroke();
    }
    context.globalAlpha = 1;
    if (text && labelY < view.height) drawText(context, theme, text, labelX, labelY - 4);
  }
}
