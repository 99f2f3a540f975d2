// A canvas of a page as a picture to be saved: what its own code draws, below a title and a legend.
import { contextOf, element } from "./dom.js";
import { SvgContext } from "./svg_context.js";

/** @import { Theme } from "./theme.js" */

/** @typedef {{ name: string, colour: string }} LegendEntry */
/** @typedef {{ svg: string, width: number, height: number }} SavedPicture */

/**
 * What a canvas that can be saved has as `pictureToSave` of its root; null before it is drawn.
 *
 * @typedef {(scheme: "light" | "dark", title: string) => SavedPicture | null} PictureToSave
 */

const LEFT = 12; // pixels, of title and legend
const TITLE = 34;
const LINE = 22;

/**
 * @param {Theme} theme
 * @param {string} title
 * @param {LegendEntry[]} legend
 * @param {number} width of what is drawn, CSS pixels.
 * @param {number} height
 * @param {(context: CanvasRenderingContext2D, svg: SvgContext) => void} draw the corner is the
 *     origin; both are the same, which takes pictures by their address besides.
 * @returns {SavedPicture}
 */
export function pictureOf(theme, title, legend, width, height, draw) {
  const svg = new SvgContext(width, 0, contextOf(element("canvas")));
  const context = /** @type {CanvasRenderingContext2D} */ (/** @type {unknown} */ (svg));
  const font = `12px ${theme.font}`;
  context.font = font;
  const places = legendPlaces(legend.map(({ name }) => context.measureText(name).width), width);
  const head = TITLE + (places.length ? places[places.length - 1].y + LINE : 0);
  svg.height = head + height;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, svg.height);
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillStyle = theme.text;
  context.font = `600 15px ${theme.font}`;
  context.fillText(title, LEFT, 22);
  context.font = font;
  for (const [n, { name, colour }] of legend.entries()) {
    const { x, y } = places[n];
    context.fillStyle = colour;
    context.fillRect(x, TITLE + y, 10, 10);
    context.fillStyle = theme.text;
    context.fillText(name, x + 15, TITLE + y + 9);
  }
  context.translate(0, head);
  draw(context, svg);
  return { svg: svg.toSvg(), width, height: svg.height };
}

/**
 * Where the entries of a legend stand, as many in a row as fit.
 *
 * @param {number[]} lengths of their texts, pixels.
 * @param {number} width
 * @returns {{ x: number, y: number }[]}
 */
export function legendPlaces(lengths, width) {
  let [x, y] = [LEFT, 0];
  return lengths.map((length) => {
    const needed = length + 31;
    if (x > LEFT && x + needed > width) [x, y] = [LEFT, y + LINE];
    const place = { x, y };
    x += needed;
    return place;
  });
}
