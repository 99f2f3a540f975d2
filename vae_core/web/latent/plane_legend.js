// What stands above a plane in a saved picture: its title, its classes or its colour bars.
import { toRgb } from "../shared/colours.js";
import { CIVIDIS, fieldAnchors, shortNumber } from "../shared/palettes.js";
import { outline, shapeOf } from "./shapes.js";
import { MARGIN } from "./view.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { Pane } from "./pane.js" */
/** @import { FieldSpec, ValuesSpec } from "./types.d.ts" */

/** Pixels above the legend. */
export const TITLE = 32;
/** Pixels of a line of the legend. */
export const LINE = 22;
const ITEM = 26; // pixels beside a class's name

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Pane} pane
 * @param {Theme} theme
 * @param {string} title
 * @param {number} width
 */
export function drawHead(context, pane, theme, title, width) {
  const { board, spec } = pane;
  const { class_names, colours, look } = board.data;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillStyle = theme.text;
  context.font = `600 15px ${theme.font}`;
  context.fillText([title, spec.title].filter(Boolean).join(", "), MARGIN.left, 22);
  for (const [row, labels] of legendRows(context, pane, theme, width).entries()) {
    let place = MARGIN.left;
    for (const label of labels) {
      const y = TITLE + LINE * row + 10;
      context.beginPath();
      outline(context, shapeOf(look.shapes ? label : 0), place + 5, y, 5);
      context.fillStyle = colours[label];
      context.fill();
      context.fillStyle = theme.text;
      context.fillText(class_names[label], place + 14, y + 4);
      place += ITEM + context.measureText(class_names[label]).width;
    }
  }
  const last = TITLE + LINE * (legendRows(context, pane, theme, width).length - 1) + 14;
  let x = MARGIN.left;
  if (spec.values) x = drawScale(context, theme, spec.values, CIVIDIS, x, last);
  if (spec.field) drawScale(context, theme, spec.field, fieldAnchors(spec.field.palette, theme), x, last);
}

/**
 * The classes that are shown, as many in a row as fit; the row of colour bars has none.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Pane} pane
 * @param {Theme} theme
 * @param {number} width
 * @returns {number[][]}
 */
export function legendRows(context, { board, spec }, theme, width) {
  context.font = `12px ${theme.font}`;
  /** @type {number[][]} */
  const rows = [[]];
  let x = MARGIN.left;
  for (const [label, name] of board.data.class_names.entries()) {
    if (!board.visible[label] || spec.values || board.data.look.points === "none") continue;
    const needed = ITEM + context.measureText(name).width;
    if (x + needed > width && x > MARGIN.left) {
      rows.push([]);
      x = MARGIN.left;
    }
    rows[rows.length - 1].push(label);
    x += needed;
  }
  if (spec.field && rows[0].length) rows.push([]);
  return rows;
}

/**
 * A colour bar.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {ValuesSpec | FieldSpec} spec
 * @param {string[]} anchors
 * @param {number} x
 * @param {number} y of its text.
 * @returns {number} where it ends.
 */
function drawScale(context, theme, { title, unit, low, high }, anchors, x, y) {
  const steps = 24;
  const name = `${unit ? `${title} (${unit})` : title}  ${shortNumber(low)}`;
  context.fillStyle = theme.text;
  context.fillText(name, x, y);
  x += context.measureText(name).width + 6;
  for (let n = 0; n < steps; n++) {
    const place = (n / (steps - 1)) * (anchors.length - 1);
    const first = Math.min(anchors.length - 2, Math.floor(place));
    const [from, to] = [toRgb(anchors[first]), toRgb(anchors[first + 1])];
    const mixed = from.map((value, i) => Math.round(value + (to[i] - value) * (place - first)));
    context.fillStyle = `rgb(${mixed.join(",")})`;
    context.fillRect(x + 5 * n, y - 9, 5.5, 10);
  }
  context.fillStyle = theme.text;
  context.fillText(shortNumber(high), x + 5 * steps + 6, y);
  return x + 5 * steps + 24 + context.measureText(shortNumber(high)).width;
}
