// A number for every place of the plane: as a heat map under the points, and as contour lines.
import { contextOf, element } from "../shared/dom.js";
import { paletteStep } from "../shared/palettes.js";
import { drawText } from "./overlay.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { FieldSpec, Place } from "./types.d.ts" */
/** @import { View } from "./view.js" */

/**
 * Pieces of a contour line as x1, y1, x2, y2 on the plane, one after the other; and its label.
 *
 * @typedef {{ pieces: Float32Array, text: string }} Line
 */

/** What `pack_floats` has packed of a grid. */
export class Field {
  /**
   * @param {ArrayBuffer} bytes values (H, W) of equal cells, row 0 at the bottom, float32 LE.
   * @param {Pick<FieldSpec, "width" | "height" | "bounds">} spec
   */
  constructor(bytes, { width, height, bounds }) {
    if (bytes.byteLength !== 4 * width * height) throw new Error("the field does not fit its size");
    this.values = new Float32Array(bytes);
    this.width = width;
    this.height = height;
    this.bounds = bounds;
    /** @type {Line[] | null} */
    this.lines = null; // the contours, once they are drawn
  }

  /**
   * As a picture of one pixel per cell, north up; NaN is transparent.
   *
   * @param {Uint32Array} table
   * @param {number} low value at the table's first step.
   * @param {number} high and at its last.
   */
  picture(table, low, high) {
    const { values, width, height } = this;
    const canvas = element("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = contextOf(canvas);
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const value = values[(height - 1 - row) * width + column];
        if (!Number.isNaN(value)) pixels[row * width + column] = table[paletteStep(value, low, high)];
      }
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  /**
   * Lines where the field has a value, by marching squares between the cells' centres.
   *
   * @param {number} level
   * @returns {Float32Array} x1, y1, x2, y2 of each piece, on the plane.
   */
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
/** @type {Place[]} */
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

/**
 * Where a level crosses a square.
 *
 * @param {number[]} corners values, in the order of CORNERS.
 * @param {number} level
 * @returns {[from: Place, to: Place][]} in 0..1
 */
export function crossings(corners, level) {
  const above = corners.map((value) => value >= level);
  if (above.every(Boolean) || !above.some(Boolean)) return [];
  if (corners.some((value) => !Number.isFinite(value))) return [];
  /** @type {Place[]} */
  const places = [];
  for (let n = 0; n < 4; n++) {
    const m = (n + 1) % 4;
    if (above[n] === above[m]) continue;
    const t = (level - corners[n]) / (corners[m] - corners[n]);
    const [[x1, y1], [x2, y2]] = [CORNERS[n], CORNERS[m]];
    places.push([x1 + t * (x2 - x1), y1 + t * (y2 - y1)]);
  }
  if (places.length === 2) return [[places[0], places[1]]];
  // A saddle: its middle says which two corners hang together.
  const middle = corners.reduce((sum, value) => sum + value, 0) / 4 >= level;
  const [a, b, c, d] = places;
  return above[0] === middle ? [[a, b], [c, d]] : [[d, a], [b, c]];
}

/**
 * Contour lines with a halo, and a label at the top of each level.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {Theme} theme
 * @param {Line[]} lines
 * @param {string} colour
 */
export function drawContours(context, view, theme, lines, colour) {
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
    context.strokeStyle = theme.background;
    context.lineWidth = 3.5;
    context.globalAlpha = 0.7;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = 1.6;
    context.globalAlpha = 1;
    context.stroke();
    if (text && labelY < view.height) drawText(context, theme, text, labelX, labelY - 4);
  }
}
