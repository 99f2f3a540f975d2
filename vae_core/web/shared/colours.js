// Colours as [red, green, blue] in 0..255, as CSS, and as pixels.

/** @typedef {[red: number, green: number, blue: number]} Rgb */

/** @type {CanvasRenderingContext2D | null} */
let parsingContext = null;

/**
 * Any CSS colour; grey for what is none. The plain ones, "#rrggbb" and "rgb(r, g, b)", need no
 * browser.
 *
 * @param {string} colour
 * @returns {Rgb}
 */
export function toRgb(colour) {
  const plain = isPlain(colour) ? colour : normalised(colour);
  if (plain.startsWith("#")) {
    const [red, green, blue] = [1, 3, 5].map((i) => parseInt(plain.slice(i, i + 2), 16));
    return [red, green, blue];
  }
  const [red, green, blue] = (plain.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

/** @param {string} colour */
function isPlain(colour) {
  return /^#[\da-f]{6}$|^rgb\(\d+, \d+, \d+\)$/i.test(colour);
}

/**
 * As "#rrggbb" or "rgba(r, g, b, a)".
 *
 * @param {string} colour
 * @returns {string}
 */
function normalised(colour) {
  parsingContext ??= document.createElement("canvas").getContext("2d");
  if (!parsingContext) return "#808080";
  parsingContext.fillStyle = "#808080"; // stays, if the colour is none
  parsingContext.fillStyle = colour;
  return parsingContext.fillStyle;
}

/**
 * @param {number[]} rgb
 * @returns {string}
 */
export function toCss(rgb) {
  return `rgb(${rgb.map(Math.round).join(", ")})`;
}

/**
 * As one little-endian RGBA word of an ImageData, opaque.
 *
 * @param {number[]} rgb
 * @returns {number}
 */
export function toPixel([red, green, blue]) {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * Whether black is read better on it than white.
 *
 * @param {string} colour
 * @returns {boolean}
 */
export function isLight(colour) {
  const [red, green, blue] = toRgb(colour);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 150;
}
