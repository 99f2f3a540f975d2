// Ellipses of posteriors at true scale: one as lines, thousands as pixels.
import { strokeWithHalo } from "../shared/pen.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { Posteriors } from "./posteriors.js" */

/**
 * The axes of the ellipse of all places one standard deviation away.
 *
 * @param {ArrayLike<number>} covariance xx, xy, yy
 * @returns {{ major: number, minor: number, angle: number }} half their lengths, and the angle from
 *   the x axis to the longer one in radians, counter-clockwise.
 */
export function ellipseAxes({ 0: xx, 1: xy, 2: yy }) {
  const middle = (xx + yy) / 2;
  const spread = Math.hypot((xx - yy) / 2, xy);
  return {
    major: Math.sqrt(middle + spread),
    minor: Math.sqrt(Math.max(0, middle - spread)),
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
  };
}

/**
 * The ellipses of 1 and 2 standard deviations of one image, with a halo, as lines.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {number} x of the mean, in pixels.
 * @param {number} y
 * @param {ArrayLike<number>} covariance xx, xy, yy on the plane.
 * @param {string} colour
 * @param {number} scale pixels per unit.
 */
export function drawPosterior(context, theme, x, y, covariance, colour, scale) {
  const { major, minor, angle } = ellipseAxes(covariance);
  for (const k of [2 * scale, scale]) {
    context.beginPath();
    context.ellipse(x, y, k * major, k * minor, -angle, 0, 2 * Math.PI); // pixels count downwards
    context.fillStyle = colour;
    context.globalAlpha = 0.12;
    context.fill();
    context.globalAlpha = 1;
    strokeWithHalo(context, theme, colour, 1.5, 3.5);
  }
}

const LONGEST_OUTLINE = 6000; // steps

/**
 * An image buffer: pixels row by row.
 *
 * @typedef {{ buffer: Uint32Array, width: number, height: number }} Pixels
 */

/**
 * Where the plane's origin lies in a buffer, and how many of its pixels make a unit.
 *
 * @typedef {{ left: number, top: number, scale: number }} Frame
 */

/**
 * What `strokeEllipses` draws.
 *
 * @typedef {object} Ellipses
 * @property {Float32Array} places (N, 2)
 * @property {Int32Array} order images, in the sequence in which they are drawn.
 * @property {Posteriors} posteriors
 * @property {(image: number) => number} colourOf a pixel.
 * @property {(image: number) => boolean} shown whether to draw it.
 * @property {number} most where more are in view, every n-th is drawn.
 */

/**
 * Thousands of ellipses straight into an image buffer: 1 and 2 standard deviations each.
 *
 * @param {Pixels} picture
 * @param {Frame} frame
 * @param {Ellipses} ellipses
 * @returns {{ wanted: number, drawn: number }} in view.
 */
export function strokeEllipses(picture, frame, { places, order, posteriors, colourOf, shown, most }) {
  const { left, top, scale } = frame;
  const { root } = posteriors;
  const inView = [];
  for (let n = 0; n < order.length; n++) {
    const i = order[n];
    if (!shown(i)) continue;
    const x = left + places[2 * i] * scale;
    const y = top - places[2 * i + 1] * scale;
    const reachX = 2 * scale * root[3 * i] + 2;
    const reachY = 2 * scale * Math.hypot(root[3 * i + 1], root[3 * i + 2]) + 2;
    const outside = x < -reachX || x > picture.width + reachX || y < -reachY;
    if (!outside && y <= picture.height + reachY) inView.push(i);
  }
  const every = Math.ceil(inView.length / most);
  let drawn = 0;
  for (let n = 0; n < inView.length; n += every, drawn++) {
    const i = inView[n];
    const x = left + places[2 * i] * scale;
    const y = top - places[2 * i + 1] * scale;
    const a = root[3 * i] * scale;
    const b = root[3 * i + 1] * scale;
    const c = root[3 * i + 2] * scale;
    strokeEllipse(picture, x, y, 2 * a, 2 * b, 2 * c, colourOf(i), 60);
    strokeEllipse(picture, x, y, a, b, c, colourOf(i), 120);
  }
  return { wanted: inView.length, drawn };
}

/**
 * The places (x + a cos t, y - b cos t - c sin t), in steps of at most a pixel, each shared
 * by the two pixels it lies between, across the line's direction.
 *
 * @param {Pixels} picture
 * @param {number} x
 * @param {number} y
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} colour a pixel.
 * @param {number} cover 0..256
 */
function strokeEllipse({ buffer, width, height }, x, y, a, b, c, colour, cover) {
  const steps = Math.min(LONGEST_OUTLINE, Math.max(8, Math.ceil(6.2832 * Math.hypot(a, b, c))));
  const turnCos = Math.cos((2 * Math.PI) / steps);
  const turnSin = Math.sin((2 * Math.PI) / steps);
  let [cos, sin] = [1, 0];
  for (let n = 0; n < steps; n++) {
    const px = x + a * cos - 0.5;
    const py = y - b * cos - c * sin - 0.5;
    const flat = Math.abs(a * sin) > Math.abs(c * cos - b * sin);
    const turned = cos * turnCos - sin * turnSin;
    sin = sin * turnCos + cos * turnSin;
    cos = turned;
    if (!(px >= 0 && py >= 0 && px < width - 1 && py < height - 1)) continue;
    const column = flat ? (px + 0.5) | 0 : px | 0;
    const row = flat ? py | 0 : (py + 0.5) | 0;
    const further = (cover * (flat ? py - row : px - column)) | 0;
    const at = row * width + column;
    blend(buffer, at, colour, cover - further);
    blend(buffer, at + (flat ? width : 1), colour, further);
  }
}

/**
 * Lay a colour over a pixel of an image buffer.
 *
 * @param {Uint32Array} buffer
 * @param {number} at
 * @param {number} colour a pixel.
 * @param {number} cover 0..256
 */
export function blend(buffer, at, colour, cover) {
  // Red and blue are blended in one multiplication: they lie 16 bits apart.
  const under = buffer[at];
  const rest = 256 - cover;
  const rb = (Math.imul(under & 0xff00ff, rest) + Math.imul(colour & 0xff00ff, cover)) >>> 8;
  const g = Math.imul((under >>> 8) & 0xff, rest) + Math.imul((colour >>> 8) & 0xff, cover);
  buffer[at] = 0xff000000 | (rb & 0xff00ff) | (g & 0xff00);
}
