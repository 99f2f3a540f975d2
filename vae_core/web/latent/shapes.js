// The shapes of points, as signed distances: negative inside, in units of the radius.
import { toRgb } from "../shared/colours.js";
import { contextOf } from "../shared/dom.js";

/** @typedef {(x: number, y: number) => number} Shape */

/** @type {Shape[]} by label, round and round. */
export const SHAPES = [
  (x, y) => Math.hypot(x, y) - 1, // disc
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) - 0.86, // square
  (x, y) => triangle(x, -y), // point up
  (x, y) => (Math.abs(x) + Math.abs(y) - 1.25) * Math.SQRT1_2, // diamond
  plus,
  (x, y) => plus((x + y) * Math.SQRT1_2, (y - x) * Math.SQRT1_2), // cross
  triangle, // point down
  (x, y) => Math.abs(Math.hypot(x, y) - 0.8) - 0.3, // ring
  (x, y) => Math.max(Math.abs(x) - 1.2, Math.abs(y) - 0.42), // bar
  (x, y) => Math.abs(Math.max(Math.abs(x), Math.abs(y)) - 0.75) - 0.28, // frame
];

/**
 * @param {number} x
 * @param {number} y
 */
function plus(x, y) {
  const [a, b] = [Math.abs(x), Math.abs(y)];
  return Math.min(Math.max(a - 0.36, b - 1.15), Math.max(a - 1.15, b - 0.36));
}

/**
 * @param {number} x
 * @param {number} y
 */
function triangle(x, y) {
  return Math.max(-y - 0.6, y / 2 + Math.abs(x) * 0.866 - 0.6);
}

/**
 * @param {number} label
 * @returns {Shape}
 */
export function shapeOf(label) {
  return SHAPES[label % SHAPES.length];
}

/**
 * A shape in its colour, for the legend.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Shape} shape
 * @param {string} colour
 */
export function drawShape(canvas, shape, colour) {
  const side = 24;
  [canvas.width, canvas.height] = [side, side];
  const context = contextOf(canvas);
  const image = context.createImageData(side, side);
  const [red, green, blue] = toRgb(colour);
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [(i % side) + 0.5 - side / 2, Math.floor(i / side) + 0.5 - side / 2];
    const radius = 0.38 * side;
    const cover = Math.min(1, Math.max(0, 0.5 - radius * shape(x / radius, y / radius)));
    image.data.set([red, green, blue, 255 * cover], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

const RAYS = 48; // corners of an outline

/**
 * The border of a shape: the outermost place inside it along each ray, and the innermost for one
 * that is hollow.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Shape} shape
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function outline(context, shape, x, y, radius) {
  const hollow = shape(0, 0) > 0;
  for (const inner of hollow ? [false, true] : [false]) {
    for (let n = 0; n < RAYS; n++) {
      const [cos, sin] = [Math.cos((2 * Math.PI * n) / RAYS), Math.sin((2 * Math.PI * n) / RAYS)];
      let reach = inner ? 0 : 1.7;
      while (shape(reach * cos, reach * sin) > 0 && reach >= 0 && reach <= 1.7) reach += inner ? 0.02 : -0.02;
      const [px, py] = [x + radius * reach * cos, y + radius * reach * sin];
      if (n) context.lineTo(px, py);
      else context.moveTo(px, py);
    }
    context.closePath();
  }
}
