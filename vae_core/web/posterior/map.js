// The heat map of the true posterior with every q on it, and the handles of the one to be moved.
import { signed, ticksBetween } from "../shared/axes.js";
import { contextOf, element, fitCanvas, makeStage } from "../shared/dom.js";
import { CIVIDIS, paletteStep, paletteTable } from "../shared/palettes.js";
import { line, write, writeUpwards } from "../shared/pen.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { LogField } from "./log_field.js" */
/** @import { Gaussian, NamedQ } from "./types.d.ts" */

/** @typedef {"centre" | "width" | "height"} Handle */
/** @typedef {[x: number, y: number]} Place */

/**
 * What `draw` draws.
 *
 * @typedef {object} Drawn
 * @property {NamedQ[]} qs
 * @property {NamedQ} moved the one of them that has handles.
 * @property {number[]} mode
 * @property {number[]} mean
 * @property {boolean} focused
 */

const MAP_MARGIN = { left: 52, right: 8, top: 8, bottom: 42 };
const MAP_PIXELS = 180; // of the heat map, a side
const GRAB = 14; // pixels from a handle within which a finger takes it
/** Half the drawn axes, in standard deviations. */
export const DRAWN_SIGMAS = 2;

/** It draws and finds handles; what moves q is the canvas. */
export class PosteriorMap {
  constructor() {
    const { stage, canvas, context } = makeStage("application");
    canvas.tabIndex = 0;
    this.stage = stage;
    this.canvas = canvas;
    this.context = context;
    this.picture = element("canvas");
    this.bounds = [0, 1, 0, 1];
  }

  /**
   * The heat map, relative to its highest value.
   *
   * @param {LogField} field of log p(x|z), over the same bounds.
   * @param {number[]} bounds
   */
  paint(field, bounds) {
    this.bounds = bounds;
    const [left, right, bottom, top] = bounds;
    const n = MAP_PIXELS;
    const values = field.resampled(n);
    let most = -Infinity;
    for (let row = 0; row < n; row++) {
      const y = bottom + ((row + 0.5) / n) * (top - bottom);
      for (let column = 0; column < n; column++) {
        const x = left + ((column + 0.5) / n) * (right - left);
        const value = (values[row * n + column] -= 0.5 * (x * x + y * y));
        if (value > most) most = value;
      }
    }
    [this.picture.width, this.picture.height] = [n, n];
    const context = contextOf(this.picture);
    const image = context.createImageData(n, n);
    const pixels = new Uint32Array(image.data.buffer);
    const table = paletteTable(CIVIDIS);
    values.forEach((value, i) => {
      const row = n - 1 - Math.floor(i / n); // the picture's first row is the top one
      pixels[row * n + (i % n)] = table[paletteStep(Math.exp(value - most), 0, 1)];
    });
    context.putImageData(image, 0, 0);
  }

  /** The square that the map fills, in CSS pixels of the stage. */
  frame() {
    const { clientWidth, clientHeight } = this.stage;
    const { left, right, top, bottom } = MAP_MARGIN;
    const side = Math.max(10, Math.min(clientWidth - left - right, clientHeight - top - bottom));
    return { x: left, y: top, side };
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {Place}
   */
  toPixels(x, y) {
    const { x: x0, y: y0, side } = this.frame();
    const [left, right, bottom, top] = this.bounds;
    return [x0 + (side * (x - left)) / (right - left), y0 + (side * (top - y)) / (top - bottom)];
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {Place}
   */
  toPlane(px, py) {
    const { x: x0, y: y0, side } = this.frame();
    const [left, right, bottom, top] = this.bounds;
    return [left + ((px - x0) / side) * (right - left), top - ((py - y0) / side) * (top - bottom)];
  }

  /**
   * Centre and the two ends of the axes, in pixels.
   *
   * @param {Gaussian} q
   * @returns {Record<Handle, Place>}
   */
  handles({ mu, sigma }) {
    return {
      centre: this.toPixels(mu[0], mu[1]),
      width: this.toPixels(mu[0] + DRAWN_SIGMAS * sigma[0], mu[1]),
      height: this.toPixels(mu[0], mu[1] + DRAWN_SIGMAS * sigma[1]),
    };
  }

  /**
   * The nearest handle, or the centre for a place within the ellipse; null elsewhere.
   *
   * @param {number} px
   * @param {number} py
   * @param {Gaussian} q
   * @returns {Handle | null}
   */
  handleAt(px, py, q) {
    const handles = /** @type {[Handle, Place][]} */ (Object.entries(this.handles(q)));
    const away = handles.map(([, [x, y]]) => Math.hypot(px - x, py - y));
    const nearest = Math.min(...away);
    if (nearest < GRAB) return handles[away.indexOf(nearest)][0];
    const [x, y] = this.toPlane(px, py);
    const [u, v] = [0, 1].map((k) => ([x, y][k] - q.mu[k]) / (DRAWN_SIGMAS * q.sigma[k]));
    return u * u + v * v < 1 ? "centre" : null;
  }

  /**
   * @param {Theme} theme
   * @param {number} ratio
   * @param {Drawn} drawn
   */
  draw(theme, ratio, drawn) {
    const { context, stage } = this;
    fitCanvas(context, 0, 0, stage.clientWidth, stage.clientHeight, ratio);
    const { x, y, side } = this.frame();
    context.imageSmoothingEnabled = true;
    context.drawImage(this.picture, x, y, side, side);
    this.drawOn(context, theme, drawn);
  }

  /**
   * All but the heat map.
   *
   * @param {CanvasRenderingContext2D} context its own, or one that writes a file.
   * @param {Theme} theme
   * @param {Drawn} drawn
   */
  drawOn(context, theme, { qs, moved, mode, mean, focused }) {
    const { x, y, side } = this.frame();
    this.drawAxes(context, theme, x, y, side);
    context.save();
    context.beginPath();
    context.rect(x, y, side, side);
    context.clip();
    // The one that is moved below: dashes on it show where another is the same.
    this.drawQ(context, moved, []);
    const others = qs.filter((one) => one.name !== moved.name);
    others.forEach((one, place) => this.drawQ(context, one, [[9, 7], [2, 5]][place % 2]));
    drawMark(context, this.toPixels(mode[0], mode[1]), "star");
    drawMark(context, this.toPixels(mean[0], mean[1]), "diamond");
    this.drawHandles(context, moved, focused);
    context.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {number} x
   * @param {number} y
   * @param {number} side
   */
  drawAxes(context, theme, x, y, side) {
    const [left, right, bottom, top] = this.bounds;
    context.font = `12px ${theme.font}`;
    context.fillStyle = context.strokeStyle = theme.muted;
    context.lineWidth = 1;
    const across = ticksBetween(left, right, 3);
    for (const value of across.values) {
      const px = this.toPixels(value, bottom)[0];
      line(context, px, y + side, px, y + side + 4);
      write(context, signed(value, across.digits), px, y + side + 6, "center", "top");
    }
    const up = ticksBetween(bottom, top, 3);
    for (const value of up.values) {
      const py = this.toPixels(left, value)[1];
      line(context, x - 4, py, x, py);
      write(context, signed(value, up.digits), x - 7, py, "right", "middle");
    }
    context.fillStyle = theme.text;
    write(context, "z₁", x + side / 2, y + side + 38, "center", "alphabetic");
    writeUpwards(context, "z₂", 11, y + side / 2);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {NamedQ} q
   * @param {number[]} dashes none for the one that is moved.
   */
  drawQ(context, { mu, sigma, colour }, dashes) {
    const moved = dashes.length === 0;
    const [cx, cy] = this.toPixels(mu[0], mu[1]);
    const { width, height } = this.handles({ mu, sigma });
    context.beginPath();
    context.ellipse(cx, cy, width[0] - cx, cy - height[1], 0, 0, 2 * Math.PI);
    context.setLineDash(dashes);
    context.strokeStyle = "#10141899"; // a dark edge, to be seen on the bright part of the map
    context.lineWidth = 5;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = moved ? 3 : 2.5;
    context.stroke();
    context.setLineDash([]);
    line(context, cx - 5, cy, cx + 5, cy);
    line(context, cx, cy - 5, cx, cy + 5);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {NamedQ} q
   * @param {boolean} focused
   */
  drawHandles(context, q, focused) {
    for (const [name, [x, y]] of Object.entries(this.handles(q))) {
      context.beginPath();
      if (name === "centre") context.arc(x, y, focused ? 8 : 6, 0, 2 * Math.PI);
      else context.rect(x - 6, y - 6, 12, 12);
      context.fillStyle = q.colour;
      context.fill();
      context.strokeStyle = "#101418";
      context.lineWidth = 1.5;
      context.stroke();
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place
 * @param {"star" | "diamond"} shape
 */
function drawMark(context, [x, y], shape) {
  const corners = shape === "star" ? 10 : 4;
  context.beginPath();
  for (let n = 0; n < corners; n++) {
    const reach = shape === "star" && n % 2 ? 3 : 7;
    const angle = -Math.PI / 2 + (2 * Math.PI * n) / corners;
    context.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = "#ffffff";
  context.fill();
  context.strokeStyle = "#101418";
  context.lineWidth = 1.5;
  context.stroke();
}
