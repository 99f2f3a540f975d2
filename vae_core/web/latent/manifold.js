// Decoded images as the backdrop of the plane: cells in view, decoded a few per frame and kept.
import { toRgb } from "../shared/colours.js";
import { contextOf, element, frameScheduler } from "../shared/dom.js";
import { normalQuantile } from "../shared/normal.js";

/** @import { Rgb } from "../shared/colours.js" */
/** @import { Decoder } from "../shared/decoder.js" */
/** @import { Theme } from "../shared/theme.js" */
/** @import { Loaded } from "./types.d.ts" */
/** @import { View } from "./view.js" */

/**
 * A square of the plane that one decode fills.
 *
 * @typedef {object} Cell
 * @property {string} key the same for the same place and size.
 * @property {number} x its middle, on the plane.
 * @property {number} y
 * @property {number} size pixels.
 */

const CELL_PIXELS = 32; // a cell of the regular grid is at least so large, and less than twice
const BUDGET_MS = 6; // of decoding per frame
const CELLS_KEPT = 4000;
const OUTERMOST = 0.999; // share of the prior inside the quantile grid's outer edge, per axis

/** The backdrop of one pane. */
export class Manifold {
  /** @param {() => void} progressed called when more cells are ready to be drawn. */
  constructor(progressed) {
    this.progressed = progressed;
    /** @type {Map<string, HTMLCanvasElement>} least recently used first. */
    this.cells = new Map();
    /** @type {Cell[]} */
    this.missing = [];
    /** @type {Loaded | null} */
    this.loaded = null;
    /** @type {Decoder | null} */
    this.decoder = null;
    /** @type {number[]} */
    this.shape = [1, 1];
    /** @type {Rgb} */
    this.ink = [0, 0, 0];
    this.look = "";
    this.frames = frameScheduler(() => this.decodeSome());
  }

  /**
   * Draw what is ready and decode the rest in coming frames.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {Loaded} loaded
   * @param {number[]} shape height and width of an image.
   * @param {Theme} theme
   * @param {"regular" | "quantiles"} layout
   * @param {number} opacity
   */
  draw(context, view, loaded, shape, theme, layout, opacity) {
    const key = `${theme.text} ${shape}`;
    if (loaded.decoder !== this.decoder || key !== this.look) this.cells.clear();
    this.decoder = loaded.decoder;
    this.loaded = loaded;
    this.shape = shape;
    this.look = key;
    this.ink = toRgb(theme.text);
    const cells = layout === "quantiles" ? quantileCells(view) : regularCells(view);
    context.save();
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = false;
    this.missing = [];
    for (const cell of cells) {
      const picture = this.cells.get(cell.key);
      if (!picture) {
        this.missing.push(cell);
        continue;
      }
      this.cells.delete(cell.key); // put back as the most recently used
      this.cells.set(cell.key, picture);
      const [height, width] = shape;
      const scale = cell.size / Math.max(height, width);
      const [w, h] = [width * scale, height * scale];
      const [x, y] = [view.toPixelX(cell.x) - w / 2, view.toPixelY(cell.y) - h / 2];
      context.drawImage(picture, x, y, w, h);
    }
    context.restore();
    const [x, y] = [view.x, view.y]; // from the middle of the view outwards; popped from the end
    this.missing.sort((a, b) => Math.hypot(b.x - x, b.y - y) - Math.hypot(a.x - x, a.y - y));
    if (this.missing.length) this.frames.schedule();
  }

  get complete() {
    return this.missing.length === 0;
  }

  decodeSome() {
    const { loaded } = this;
    const end = performance.now() + BUDGET_MS;
    while (loaded && performance.now() < end) {
      const cell = this.missing.pop();
      if (!cell) break;
      this.cells.set(cell.key, this.decode(loaded, cell.x, cell.y));
      if (this.cells.size > CELLS_KEPT) {
        const [oldest] = this.cells.keys();
        this.cells.delete(oldest);
      }
    }
    this.progressed();
  }

  /**
   * Ink in the colour of text on nothing, so that it lies under the points in both themes.
   *
   * @param {Loaded} loaded
   * @param {number} x
   * @param {number} y
   */
  decode({ plane, decoder, z }, x, y) {
    plane.latentAt(x, y, z);
    const values = decoder.run(z);
    const canvas = element("canvas");
    [canvas.height, canvas.width] = this.shape;
    const context = contextOf(canvas);
    const image = context.createImageData(canvas.width, canvas.height);
    const [red, green, blue] = this.ink;
    for (let i = 0; i < values.length; i++) {
      image.data[4 * i] = red;
      image.data[4 * i + 1] = green;
      image.data[4 * i + 2] = blue;
      image.data[4 * i + 3] = 255 * values[i] + 0.5;
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  stop() {
    this.frames.stop();
  }
}

/**
 * Equal cells of a power of two in size, those in view.
 *
 * @param {View} view
 * @returns {Cell[]}
 */
export function regularCells(view) {
  const exponent = Math.ceil(Math.log2(CELL_PIXELS / view.scale));
  const side = 2 ** exponent;
  const cells = [];
  /** @param {number} value */
  const first = (value) => Math.floor(value / side);
  for (let i = first(view.toPlaneX(0)); i <= first(view.toPlaneX(view.width)); i++) {
    for (let j = first(view.toPlaneY(view.height)); j <= first(view.toPlaneY(0)); j++) {
      const [x, y] = [(i + 0.5) * side, (j + 0.5) * side];
      cells.push({ key: `${exponent} ${i} ${j}`, x, y, size: side * view.scale });
    }
  }
  return cells;
}

/**
 * Cells that each hold an equal share of the prior, those in view; more of them as one zooms.
 *
 * @param {View} view
 * @returns {Cell[]}
 */
export function quantileCells(view) {
  const perUnit = view.scale / CELL_PIXELS; // where the prior is densest, 0.4 of it per unit
  const level = Math.max(3, Math.min(9, Math.floor(Math.log2(perUnit / 0.4))));
  const count = 2 ** level;
  /**
   * @param {number} low
   * @param {number} high
   */
  const axis = (low, high) => quantileAxis(count).filter((c) => c.to >= low && c.from <= high);
  const cells = [];
  const columns = axis(view.toPlaneX(0), view.toPlaneX(view.width));
  const rows = axis(view.toPlaneY(view.height), view.toPlaneY(0));
  for (const { n: i, place: x, side: width } of columns) {
    for (const { n: j, place: y, side: height } of rows) {
      const size = Math.min(Math.min(width, height) * view.scale, 1.5 * CELL_PIXELS);
      cells.push({ key: `q${level} ${i} ${j}`, x, y, size });
    }
  }
  return cells;
}

/** @typedef {{ n: number, from: number, to: number, place: number, side: number }} Interval */

/** @type {Map<number, Interval[]>} */
const quantileAxes = new Map();

/**
 * Intervals of equal prior probability along one axis, and the median of each.
 *
 * @param {number} count
 * @returns {Interval[]}
 */
function quantileAxis(count) {
  let axis = quantileAxes.get(count);
  if (!axis) {
    /** @param {number} n */
    const place = (n) => normalQuantile(0.5 + (OUTERMOST * (2 * n - count)) / (2 * count));
    axis = Array.from({ length: count }, (_, n) => {
      const [from, to] = [place(n), place(n + 1)];
      return { n, from, to, place: place(n + 0.5), side: to - from };
    });
    quantileAxes.set(count, axis);
  }
  return axis;
}
