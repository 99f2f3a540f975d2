// Lines and text on a canvas.

/** @import { Theme } from "./theme.js" */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {CanvasTextAlign} align
 * @param {CanvasTextBaseline} baseline
 */
export function write(context, text, x, y, align, baseline) {
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillText(text, x, y);
}

/**
 * Text that reads upwards, about a place.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 */
export function writeUpwards(context, text, x, y) {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  write(context, text, 0, 0, "center", "alphabetic");
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
export function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/**
 * Stroke the current path twice: wider in the page's background, so that it is seen on anything.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {string} colour
 * @param {number} width
 * @param {number} halo the wider line's width.
 */
export function strokeWithHalo(context, theme, colour, width, halo) {
  context.strokeStyle = theme.background;
  context.lineWidth = halo;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}
