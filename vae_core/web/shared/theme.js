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
  const colours = {
    text: read("--st-text-color", "#1c2430"),
    background: read("--st-background-color", "#ffffff"),
    primary: read("--st-primary-color", "#0b6bb3"),
  };
  return themeOf(colours, css.fontFamily, classColours);
}

/** The colours of pictures that are saved, whatever the page has. */
export const SCHEMES = {
  light: { text: "#10151c", background: "#ffffff", primary: "#0b6bb3", grid: "#d5dae1" },
  dark: { text: "#e6eaf0", background: "#12161c", primary: "#5bb0f0", grid: "#343c49" },
};

/**
 * @param {{ text: string, background: string, primary: string }} colours
 * @param {string} font
 * @param {string[]} classColours
 * @returns {Theme}
 */
export function themeOf(colours, font, classColours) {
  const text = toRgb(colours.text);
  const background = toRgb(colours.background);
  const primary = toRgb(colours.primary);
  /** @param {number} share */
  const blend = (share) => text.map((value, i) => value * share + background[i] * (1 - share));
  return {
    font,
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
