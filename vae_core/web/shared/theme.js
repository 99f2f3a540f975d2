// The app's colours and font, read anew for every drawing: the theme can change under the page.

function readTheme(root, classColours) {
  const css = getComputedStyle(root);
  const read = (name, fallback) => css.getPropertyValue(name).trim() || fallback;
  const text = toRgb(read("--st-text-color", "#1c2430"));
  const background = toRgb(read("--st-background-color", "#ffffff"));
  const primary = toRgb(read("--st-primary-color", "#0b6bb3"));
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

let parsingContext = null;

/** Any CSS colour as [red, green, blue], 0..255. */
function toRgb(colour) {
  parsingContext ??= document.createElement("canvas").getContext("2d");
  parsingContext.fillStyle = "#808080"; // stays, if the colour is none
  parsingContext.fillStyle = colour;
  const plain = parsingContext.fillStyle; // "#rrggbb" or "rgba(r, g, b, a)"
  if (plain.startsWith("#")) return [1, 3, 5].map((i) => parseInt(plain.slice(i, i + 2), 16));
  return plain.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function toCss(rgb) {
  return `rgb(${rgb.map(Math.round).join(", ")})`;
}

/** As one little-endian RGBA word of an ImageData. */
function toPixel([red, green, blue]) {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

function isLight(colour) {
  const [red, green, blue] = toRgb(colour);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 150;
}
