// One pane as SVG and its numbers as CSV: drawn by the scene's own code, points as shapes.
import { contextOf, element } from "../shared/dom.js";
import { SvgContext } from "../shared/svg_context.js";
import { ellipseAxes } from "./ellipses.js";
import { drawAxes } from "./overlay.js";
import { LINE, TITLE, drawHead, legendRows } from "./plane_legend.js";
import { FAINT, PADDING, PointLayer, SHAPE_SCALE } from "./points.js";
import { outline, shapeOf } from "./shapes.js";
import { MARGIN } from "./view.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { Pane } from "./pane.js" */
/** @import { Loaded, Paint } from "./types.d.ts" */

/**
 * @param {Pane} pane
 * @param {Theme} theme
 * @param {string} title
 * @returns {{ svg: string, width: number, height: number } | null} null before its data are here.
 */
export function planeSvg(pane, theme, title) {
  const { loaded, view, scene } = pane;
  if (!loaded) return null;
  const width = MARGIN.left + view.width + MARGIN.right;
  const svg = new SvgContext(width, 0, contextOf(element("canvas")));
  const context = /** @type {CanvasRenderingContext2D} */ (/** @type {unknown} */ (svg));
  const head = TITLE + LINE * legendRows(context, pane, theme, width).length;
  const height = head + MARGIN.top + view.height + MARGIN.bottom;
  svg.height = height;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  drawHead(context, pane, theme, title, width);
  context.translate(0, head);
  withTheme(pane, theme, () => {
    drawAxes(context, view, theme);
    context.save();
    context.translate(MARGIN.left, MARGIN.top);
    context.beginPath();
    context.rect(0, 0, view.width, view.height);
    context.clip();
    scene.drawBackdrop(loaded);
    if (scene.backdrop) svg.drawPicture(backdropUrl(pane), 0, 0, view.width, view.height);
    else drawGrid(context, pane, theme);
    drawPoints(context, pane, loaded, theme);
    context.restore();
    context.translate(MARGIN.left, MARGIN.top);
    scene.drawLines(loaded, context);
  });
  return { svg: svg.toSvg(), width, height };
}

/**
 * The backdrop is drawn in the pane's own canvas, in the theme of its board.
 *
 * @param {Pane} pane
 * @param {Theme} theme
 * @param {() => void} draw
 */
function withTheme(pane, theme, draw) {
  const { board } = pane;
  const before = board.theme;
  board.theme = theme;
  try {
    draw();
  } finally {
    board.theme = before;
    pane.mark("view");
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Pane} pane
 * @param {Theme} theme
 */
function drawGrid(context, { view }, theme) {
  const { xs, ys } = view.ticks();
  context.lineWidth = 1;
  context.strokeStyle = theme.border;
  for (const [values, vertical] of /** @type {const} */ ([[xs.values, true], [ys.values, false]])) {
    for (const value of values) {
      const place = vertical ? view.toPixelX(value) : view.toPixelY(value);
      context.globalAlpha = value === 0 ? 1 : 0.35;
      context.beginPath();
      context.moveTo(vertical ? place : 0, vertical ? 0 : place);
      context.lineTo(vertical ? place : view.width, vertical ? view.height : place);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

/** @param {Pane} pane */
function backdropUrl({ scene }) {
  const { canvas } = scene.backdropContext;
  const [width, height] = [canvas.width - 2 * PADDING, canvas.height - 2 * PADDING];
  const cut = element("canvas");
  [cut.width, cut.height] = [width, height];
  contextOf(cut).drawImage(canvas, -PADDING, -PADDING);
  return cut.toDataURL("image/png");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Pane} pane
 * @param {Loaded} loaded
 * @param {Theme} theme
 */
function drawPoints(context, pane, { plane }, theme) {
  const { board, view, scene, spec } = pane;
  const { look, selection } = board.data;
  const chosen = selection?.plane === pane.index ? scene.derived.selectionMask(plane, selection) : null;
  const paint = scene.derived.paint(plane, scene.values, spec.values, theme);
  const radius = PointLayer.radius(plane.count, view);
  const opacity = PointLayer.opacity(plane.count, view);
  for (const i of look.points === "none" ? [] : shownImages(pane, plane)) {
    context.beginPath();
    const shape = look.shapes ? shapeOf(plane.label[i]) : null;
    const [x, y] = [view.toPixelX(scene.shown.xy[2 * i]), view.toPixelY(scene.shown.xy[2 * i + 1])];
    if (shape) outline(context, shape, x, y, SHAPE_SCALE * radius);
    else context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colourOf(paint, i);
    context.globalAlpha = Math.round(100 * opacity * (chosen && !chosen[i] ? FAINT : 1)) / 100;
    context.fill();
  }
  context.globalAlpha = 1;
  const { posteriors } = scene;
  const all = look.ellipses === "all";
  if (!posteriors || !(all || (look.ellipses === "selection" && chosen))) return;
  for (const i of shownImages(pane, plane)) {
    if (!all && !chosen?.[i]) continue;
    const { major, minor, angle } = ellipseAxes(posteriors.covariance.subarray(3 * i, 3 * i + 3));
    const [x, y] = [view.toPixelX(plane.xy[2 * i]), view.toPixelY(plane.xy[2 * i + 1])];
    context.strokeStyle = colourOf(paint, i);
    for (const k of [1, 2]) {
      context.beginPath();
      const [a, b] = [k * view.scale * major, k * view.scale * minor];
      context.ellipse(x, y, a, b, -angle, 0, 2 * Math.PI);
      context.globalAlpha = k === 1 ? 0.47 : 0.23;
      context.lineWidth = 1;
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

/**
 * Indices of the images whose points lie in the view and whose class is shown.
 *
 * @param {Pane} pane
 * @param {Loaded["plane"]} plane
 */
function shownImages({ board, view, scene }, plane) {
  const { xy } = scene.shown;
  return Array.from(plane.grid.items).filter((i) => {
    const [x, y] = [view.toPixelX(xy[2 * i]), view.toPixelY(xy[2 * i + 1])];
    return board.visible[plane.label[i]] && x > -9 && y > -9 && x < view.width + 9 && y < view.height + 9;
  });
}

/**
 * @param {Paint} paint
 * @param {number} image
 */
function colourOf({ step, table }, image) {
  const pixel = table[step[image]];
  return `rgb(${pixel & 255},${(pixel >>> 8) & 255},${(pixel >>> 16) & 255})`;
}

/**
 * What is shown, a line an image.
 *
 * @param {Pane} pane
 * @param {[name: string, value: string][]} about
 * @returns {string}
 */
export function planeCsv(pane, about) {
  const { loaded, scene, spec, board } = pane;
  const head = about.map(([name, value]) => `# ${name}: ${value}\n`).join("");
  if (!loaded) return head;
  const { plane } = loaded;
  const [x, y] = spec.axis_titles.map((title, n) => title || ["x", "y"][n]);
  const { values } = spec;
  const names = ["image", "label", x, y, ...(values ? [`${values.title}, ${values.unit}`] : [])];
  const rows = [...shownImages(pane, plane)].sort((a, b) => a - b).map((i) => [
    i,
    board.data.class_names[plane.label[i]],
    scene.shown.xy[2 * i],
    scene.shown.xy[2 * i + 1],
    ...(values && scene.values ? [scene.values[i]] : []),
  ]);
  return head + [names, ...rows].map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

/** @param {string | number} cell */
function quoted(cell) {
  const text = String(cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
