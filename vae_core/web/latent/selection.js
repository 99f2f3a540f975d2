// Box and lasso: a polygon on the plane, and the images inside it.
import { strokeWithHalo } from "../shared/pen.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { Place } from "./types.d.ts" */
/** @import { View } from "./view.js" */

/** @typedef {"box" | "lasso"} Kind */

const LASSO_STEP = 3; // pixels between its corners at first
const MOST_CORNERS = 400;

/**
 * The places inside a polygon by the even-odd rule.
 *
 * @param {ArrayLike<number>} xy places (N, 2)
 * @param {Place[]} polygon
 * @param {Uint8Array} inside (N), overwritten: 1 or 0.
 */
export function insidePolygon(xy, polygon, inside) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of polygon) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [bottom, top] = [Math.min(bottom, y), Math.max(top, y)];
  }
  for (let i = 0; i < inside.length; i++) {
    const [x, y] = [xy[2 * i], xy[2 * i + 1]];
    let odd = 0;
    if (x >= left && x <= right && y >= bottom && y <= top) {
      for (let n = 0, m = polygon.length - 1; n < polygon.length; m = n++) {
        const [[x1, y1], [x2, y2]] = [polygon[n], polygon[m]];
        if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd ^= 1;
      }
    }
    inside[i] = odd;
  }
}

/** The outline that is being drawn, in places of the plane. */
export class Draft {
  /**
   * @param {Kind} kind
   * @param {number} x
   * @param {number} y
   */
  constructor(kind, x, y) {
    this.kind = kind;
    /** @type {Place[]} */
    this.corners = [[x, y]];
    /** @type {Place} */
    this.end = [x, y];
    this.step = LASSO_STEP; // pixels between corners
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} unitsPerPixel
   */
  moveTo(x, y, unitsPerPixel) {
    this.end = [x, y];
    if (this.kind === "box") return;
    const [lastX, lastY] = this.corners[this.corners.length - 1];
    if (Math.hypot(x - lastX, y - lastY) >= this.step * unitsPerPixel) this.corners.push([x, y]);
    if (this.corners.length <= MOST_CORNERS) return;
    // A long line keeps every second corner. New ones come as far apart: else its beginning would
    // grow ever coarser.
    this.corners = this.corners.filter((_, n) => n % 2 === 0);
    this.step *= 2;
  }

  /** @returns {Place[]} */
  get polygon() {
    if (this.kind === "lasso") return [...this.corners, this.end];
    const [[[x1, y1]], [x2, y2]] = [this.corners, this.end];
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]];
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {Theme} theme
 * @param {Place[]} polygon
 * @param {boolean} filled
 */
export function drawPolygon(context, view, theme, polygon, filled) {
  context.beginPath();
  for (const [x, y] of polygon) context.lineTo(view.toPixelX(x), view.toPixelY(y));
  context.closePath();
  if (filled) {
    context.globalAlpha = 0.1;
    context.fillStyle = theme.primary;
    context.fill();
    context.globalAlpha = 1;
  }
  strokeWithHalo(context, theme, theme.primary, 1.5, 3.5);
}
