// Draws the points into an image buffer of its own: 70,000 arcs of a canvas context take a
// second, 70,000 small stamps a few milliseconds, and no graphics card is needed.
import { SHAPES } from "./shapes.js";

/** @import { PointStyle } from "../shared/theme.js" */
/** @import { Frame, Pixels } from "./ellipses.js" */
/** @import { Paint } from "./types.d.ts" */
/** @import { View } from "./view.js" */

const PHASES = 4; // stamps for places between pixels, in quarters of a pixel
/** Device pixels around the picture, so that no stamp needs clipping. */
export const PADDING = 40;
/** Opacity of what is not selected, of that of the others. */
export const FAINT = 0.22;
export const SHAPE_SCALE = 1.45; // a shape needs more room than a disc to be told apart

/**
 * What `draw` draws.
 *
 * @typedef {object} Points
 * @property {Float32Array} places (N, 2)
 * @property {Int32Array} order images, in the sequence in which they are drawn.
 * @property {Uint8Array} label (N)
 * @property {Paint} paint
 * @property {Uint8Array} allowed (N), 0 for an image that is not drawn in this pass.
 * @property {boolean} shapes one for each class.
 * @property {boolean} faint
 */

/** A picture of the points, kept from one drawing to the next. */
export class PointLayer {
  constructor() {
    this.image = new ImageData(1, 1);
    this.buffer = new Uint32Array(this.image.data.buffer);
    this.stampKey = "";
    this.stampKinds = 1;
    this.stampStart = this.stampPlace = this.stampCover = new Int32Array(0);
  }

  /**
   * @param {number} width CSS pixels.
   * @param {number} height
   * @param {number} ratio of the screen's pixels to them.
   */
  resize(width, height, ratio) {
    const w = Math.max(1, Math.round(width * ratio)) + 2 * PADDING;
    const h = Math.max(1, Math.round(height * ratio)) + 2 * PADDING;
    if (this.image.width === w && this.image.height === h) return;
    this.image = new ImageData(w, h);
    this.buffer = new Uint32Array(this.image.data.buffer);
    this.stampKey = "";
  }

  /** @returns {Pixels} */
  get picture() {
    return { buffer: this.buffer, width: this.image.width, height: this.image.height };
  }

  /**
   * Radius of a point in CSS pixels: smaller the more there are, larger as one zooms in.
   *
   * @param {number} count
   * @param {View} view
   */
  static radius(count, view) {
    const crowd = Math.min(1, (1000 / Math.max(1, count)) ** 0.28);
    const room = Math.min(1, Math.max(0.8, Math.sqrt(Math.min(view.width, view.height) / 560)));
    return Math.min(6, Math.max(0.9, 3.4 * crowd * room * Math.max(0.5, view.zoom ** 0.35)));
  }

  /**
   * Of a point: the fainter the more there are.
   *
   * @param {number} count
   * @param {View} view
   */
  static opacity(count, view) {
    const crowd = Math.min(1, (1000 / Math.max(1, count)) ** 0.09);
    return Math.min(0.95, crowd * view.zoom ** 0.1);
  }

  /**
   * @param {View} view
   * @param {number} ratio
   * @returns {Frame}
   */
  frame(view, ratio) {
    return {
      left: view.toPixelX(0) * ratio + PADDING,
      top: view.toPixelY(0) * ratio + PADDING,
      scale: view.scale * ratio,
    };
  }

  /**
   * An empty page with the grid, or the backdrop's pixels.
   *
   * @param {View} view
   * @param {number} ratio
   * @param {PointStyle} style
   * @param {Uint32Array | null} backdrop
   */
  clear(view, ratio, style, backdrop) {
    if (backdrop) {
      this.buffer.set(backdrop);
    } else {
      this.buffer.fill(style.background);
      this.drawGrid(view, ratio, style);
    }
  }

  /**
   * @param {View} view
   * @param {number} ratio
   * @param {Points} points
   */
  draw(view, ratio, { places, order, label, paint, allowed, shapes, faint }) {
    const count = label.length;
    const radius = PointLayer.radius(count, view) * ratio;
    const opacity = PointLayer.opacity(count, view) * (faint ? FAINT : 1);
    this.makeStamps(Math.round(radius * 20) / 20, Math.round(opacity * 50) / 50, shapes);
    this.stamp(this.frame(view, ratio), places, order, label, paint, allowed);
  }

  /**
   * Copy the picture to a canvas, its corner at a place in device pixels.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} x
   * @param {number} y
   */
  paint(context, x, y) {
    const [width, height] = [this.image.width - 2 * PADDING, this.image.height - 2 * PADDING];
    context.putImageData(this.image, x - PADDING, y - PADDING, PADDING, PADDING, width, height);
  }

  /**
   * @param {View} view
   * @param {number} ratio
   * @param {PointStyle} style
   */
  drawGrid(view, ratio, style) {
    /**
     * @param {number} place CSS pixels.
     * @param {boolean} vertical
     * @param {number} colour a pixel.
     */
    const line = (place, vertical, colour) => {
      const { width, height } = this.image;
      const thick = Math.max(1, Math.round(ratio));
      const first = Math.round(place * ratio - thick / 2) + PADDING;
      const end = Math.min(first + thick, vertical ? width : height);
      for (let n = Math.max(0, first); n < end; n++) {
        if (!vertical) this.buffer.fill(colour, n * width, (n + 1) * width);
        else for (let i = n; i < this.buffer.length; i += width) this.buffer[i] = colour;
      }
    };
    const { xs, ys } = view.ticks();
    for (const x of xs.values) line(view.toPixelX(x), true, x === 0 ? style.axis : style.grid);
    for (const y of ys.values) line(view.toPixelY(y), false, y === 0 ? style.axis : style.grid);
  }

  /**
   * Each shape at each of the 4 x 4 places of a centre within a pixel, as lists of the pixels it
   * touches: their place in the buffer relative to the centre's pixel, and cover in 0..256.
   *
   * @param {number} radius
   * @param {number} opacity
   * @param {boolean} shapes
   */
  makeStamps(radius, opacity, shapes) {
    const key = `${radius} ${opacity} ${shapes}`;
    if (key === this.stampKey) return;
    this.stampKey = key;
    const kinds = shapes ? SHAPES : [SHAPES[0]];
    const size = shapes ? radius * SHAPE_SCALE : radius;
    /** @type {number[]} */
    const places = [];
    /** @type {number[]} */
    const covers = [];
    this.stampKinds = kinds.length;
    this.stampStart = new Int32Array(kinds.length * PHASES * PHASES + 1);
    const reach = Math.ceil(1.25 * size + 1);
    kinds.forEach((shape, kind) => {
      for (let phase = 0; phase < PHASES * PHASES; phase++) {
        const x = ((phase % PHASES) + 0.5) / PHASES - 0.5;
        const y = (Math.floor(phase / PHASES) + 0.5) / PHASES - 0.5;
        for (let dy = -reach; dy <= reach; dy++) {
          for (let dx = -reach; dx <= reach; dx++) {
            const distance = size * shape((dx - x) / size, (dy - y) / size);
            const inside = Math.min(1, Math.max(0, 0.5 - distance));
            const cover = Math.round(256 * opacity * inside);
            if (cover === 0) continue;
            places.push(dy * this.image.width + dx);
            covers.push(cover);
          }
        }
        this.stampStart[kind * PHASES * PHASES + phase + 1] = places.length;
      }
    });
    this.stampPlace = Int32Array.from(places);
    this.stampCover = Int32Array.from(covers);
  }

  /**
   * @param {Frame} frame
   * @param {Float32Array} places
   * @param {Int32Array} order
   * @param {Uint8Array} label
   * @param {Paint} paint
   * @param {Uint8Array} allowed
   */
  stamp({ left, top, scale }, places, order, label, { step, table }, allowed) {
    const { buffer, stampStart, stampPlace, stampCover, stampKinds } = this;
    const { width, height } = this.image;
    const [edge, right, bottom] = [PADDING / 2, width - PADDING / 2, height - PADDING / 2];
    for (let n = 0; n < order.length; n++) {
      const i = order[n];
      if (allowed[i] === 0) continue;
      const px = left + places[2 * i] * scale;
      const py = top - places[2 * i + 1] * scale;
      if (!(px > edge && px < right && py > edge && py < bottom)) continue;
      const column = px | 0; // no destructuring: it is slow until the browser has compiled this
      const row = py | 0;
      const phase = (((py - row) * PHASES) | 0) * PHASES + (((px - column) * PHASES) | 0);
      const stamp = (label[i] % stampKinds) * PHASES * PHASES + phase;
      const centre = row * width + column;
      const colour = table[step[i]];
      const redBlue = colour & 0xff00ff;
      const green = (colour >>> 8) & 0xff;
      const end = stampStart[stamp + 1];
      // As blend() does, but a call for each pixel of each point would cost too much.
      for (let k = stampStart[stamp]; k < end; k++) {
        const at = centre + stampPlace[k];
        const cover = stampCover[k];
        const under = buffer[at];
        const rest = 256 - cover;
        const rb = (Math.imul(under & 0xff00ff, rest) + Math.imul(redBlue, cover)) >>> 8;
        const g = Math.imul((under >>> 8) & 0xff, rest) + Math.imul(green, cover);
        buffer[at] = 0xff000000 | (rb & 0xff00ff) | (g & 0xff00);
      }
    }
  }
}
