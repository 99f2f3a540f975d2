// The page's colours and font, read anew for every drawing: the theme can change under the page.
import { toCss, toPixel, toRgb } from "./colours.js";

/**
 * @typedef {object} Theme
 * @property {string} font
 * @property {string} text a CSS colour, as are the next ones.
 * @property {string} background
 * @property {string} primary
 * @property {string} muted
 * @property {string} border
 * @property {PointStyle} points
 */

/**
 * Pixels, see `toPixel`.
 *
 * @typedef {object} PointStyle
 * @property {number} background
 * @property {number} grid
 * @property {number} axis
 * @property {Uint32Array} classes by label.
 */

/**
 * @param {Element} root an element of the page.
 * @param {string[]} classColours
 * @returns {Theme}
 */
export function readTheme(root, classColours) {
  const css = getComputedStyle(root);
  /**
   * @param {string} name
   * @param {string} fallback
   */
  const read = (name, fallback) => css.getPropertyValue(name).trim() || fallback;
  const text = toRgb(read("--st-text-color", "#1c2430"));
  const background = toRgb(read("--st-background-color", "#ffffff"));
  const primary = toRgb(read("--st-primary-color", "#0b6bb3"));
  /** @param {number} share */
  const blend = (share) => text.map((value, i) => value * share + background[i] * (1 - share));
  return {
    font: css.fontFamily,
    text: toCss(text),
    background: toCss(background),
    primary: toCss(primary),
    muted: toCss(blend(0.68)),
    border: toCss(blend(0.2)),
    points: {
      background: toPixel(background),
      grid: toPixel(blend(0.07)),
      axis: toPixel(blend(0.2)),
      classes: Uint32Array.from(classColours, (colour) => toPixel(toRgb(colour))),
    },
  };
}
