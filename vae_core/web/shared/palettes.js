// Colour scales: 256 steps between anchors, as pixels and as CSS.
import { signed } from "./axes.js";
import { isLight, toPixel, toRgb } from "./colours.js";

/** cividis (Nuñez et al. 2018): even steps of lightness, the same to people without red or green. */
export const CIVIDIS = [
  "#00224e", "#083370", "#35456c", "#4f576c", "#666970", "#7d7c78",
  "#948e77", "#aea371", "#c8b866", "#e5cf52", "#fee838",
];

/**
 * Anchors of a backdrop: it starts at the page's own background, so that points stay in front.
 *
 * @param {"sequential" | "diverging"} palette
 * @param {{ background: string }} theme
 * @returns {string[]}
 */
export function fieldAnchors(palette, theme) {
  const dark = !isLight(theme.background);
  if (palette === "diverging") {
    return dark
      ? ["#4aa3ff", "#22588f", theme.background, "#8f4a1c", "#ff9a4d"]
      : ["#0f5fb5", "#8fbce6", theme.background, "#f0b48a", "#b3500c"];
  }
  return dark
    ? [theme.background, "#1d3c5c", "#2f6d93", "#6fb0c4", "#d5f0ea"]
    : [theme.background, "#c5dfe6", "#82b4cc", "#3f7ba6", "#143a66"];
}

/**
 * 256 pixels, evenly from the first anchor to the last.
 *
 * @param {string[]} anchors
 * @returns {Uint32Array}
 */
export function paletteTable(anchors) {
  const colours = anchors.map(toRgb);
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (colours.length - 1);
    const n = Math.min(colours.length - 2, Math.floor(place));
    const [from, to] = [colours[n], colours[n + 1]];
    return toPixel(from.map((value, c) => Math.round(value + (place - n) * (to[c] - value))));
  });
}

/**
 * @param {string[]} anchors
 * @returns {string}
 */
export function paletteCss(anchors) {
  return `linear-gradient(90deg, ${anchors.join(", ")})`;
}

/**
 * Step 0..255 of a value between low and high; what lies outside takes the nearest end.
 *
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @returns {number}
 */
export function paletteStep(value, low, high) {
  const share = (value - low) / (high - low || 1);
  return Math.max(0, Math.min(255, Math.round(255 * share)));
}

/**
 * A number for a colour bar: three figures.
 *
 * @param {number} value
 * @returns {string}
 */
export function shortNumber(value) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return signed(value, Math.min(4, digits));
}
