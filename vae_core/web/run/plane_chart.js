// The plane: a fixed set of images, on their way from where they were to where they are now.
import { signed, ticksBetween } from "../shared/axes.js";
import { bytesOf, fitCanvas, makeStage, prefersStillness } from "../shared/dom.js";
import { line, write, writeUpwards } from "../shared/pen.js";
import { epochText } from "./curve_chart.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { Moment, PlaneData, Scale } from "./types.d.ts" */

const PLANE_MARGIN = { left: 40, right: 6, top: 6, bottom: 38 };
const MOVE_MS = 450; // a little less than the time between two looks at the run
const STRIP_LIMIT = 1.6; // half-height of a plane whose height means nothing
const PRIOR_SIGMAS = 2;

/** Points keep their identity from one epoch to the next. */
export class PlaneChart {
  constructor() {
    const { stage, canvas, context } = makeStage("img");
    this.stage = stage;
    this.canvas = canvas;
    this.context = context;
    this.epoch = 0;
    this.label = new Uint8Array(0);
    /** @type {PlaneData | null} */
    this.plane = null;
    /** @type {Moment | null} */
    this.now = null; // what is drawn
    /** @type {{ from: Moment, to: Moment, at: number } | null} */
    this.journey = null; // of the points, and when it began
  }

  /**
   * @param {PlaneData | null} plane
   * @param {number} epoch
   * @param {number} now
   */
  setData(plane, epoch, now) {
    this.canvas.setAttribute("aria-label", plane ? `Plane after epoch ${epochText(epoch)}` : "");
    this.epoch = epoch;
    if (!plane) {
      this.plane = this.now = this.journey = null;
      return;
    }
    if (this.plane?.xy === plane.xy && this.plane.label === plane.label) return;
    const goal = {
      xy: new Float32Array(bytesOf(plane.xy)),
      sigma: new Float32Array(bytesOf(plane.sigma)),
      limit: plane.limit,
    };
    const same = this.plane?.label === plane.label; // the same images: let them move
    const from = same && !prefersStillness() ? this.now : null;
    this.plane = plane;
    this.label = new Uint8Array(bytesOf(plane.label));
    this.journey = from && { from, to: goal, at: now };
    this.now = from
      ? { xy: from.xy.slice(), sigma: from.sigma.slice(), limit: from.limit }
      : goal;
  }

  /**
   * @param {number} now
   * @returns {boolean} whether there is more to draw in the next frame.
   */
  move(now) {
    if (!this.journey || !this.now) return false;
    const { from, to, at } = this.journey;
    const share = Math.min(1, (now - at) / MOVE_MS);
    const t = share * share * (3 - 2 * share);
    interpolate(from.xy, to.xy, t, this.now.xy);
    interpolate(from.sigma, to.sigma, t, this.now.sigma);
    this.now.limit = from.limit + t * (to.limit - from.limit);
    if (share === 1) this.journey = null;
    return share < 1;
  }

  /**
   * @param {Theme} theme
   * @param {string[]} colours by label.
   * @param {boolean[]} visible by label.
   * @param {number} ratio
   */
  draw(theme, colours, visible, ratio) {
    const { context, stage } = this;
    const [width, height] = [stage.clientWidth, stage.clientHeight];
    if (width < 2 || height < 2) return;
    fitCanvas(context, 0, 0, width, height, ratio);
    this.drawOn(context, theme, colours, visible, width, height);
  }

  /**
   * @param {CanvasRenderingContext2D} context its own, or one that writes a file.
   * @param {Theme} theme
   * @param {string[]} colours by label.
   * @param {boolean[]} visible by label.
   * @param {number} width
   * @param {number} height
   */
  drawOn(context, theme, colours, visible, width, height) {
    if (!this.now || !this.plane) return;
    const { left, right, top, bottom } = PLANE_MARGIN;
    const room = [width - left - right, height - top - bottom];
    const { strip, titles, prior } = this.plane;
    const [w, h] = strip ? room : [Math.min(...room), Math.min(...room)];
    const { limit } = this.now;
    /** @type {Scale} */
    const x = (value) => left + (w / 2) * (1 + value / limit);
    /** @type {Scale} */
    const y = (value) => top + (h / 2) * (1 - value / (strip ? STRIP_LIMIT : limit));

    context.font = `12px ${theme.font}`;
    const ticks = ticksBetween(-limit, limit, 4);
    for (const value of ticks.values) {
      context.strokeStyle = theme.border;
      context.lineWidth = value === 0 ? 1 : 0.5;
      context.fillStyle = theme.muted;
      line(context, x(value), top, x(value), top + h);
      if (titles[0]) write(context, signed(value, ticks.digits), x(value), top + h + 6, "center", "top");
      if (strip) continue;
      line(context, left, y(value), left + w, y(value));
      if (!titles[1]) continue;
      write(context, signed(value, ticks.digits), left - 6, y(value), "right", "middle");
    }
    context.lineWidth = 1;
    context.strokeRect(left - 0.5, top - 0.5, w + 1, h + 1);
    context.fillStyle = theme.text;
    write(context, titles[0], left + w / 2, top + h + 34, "center", "alphabetic");
    writeUpwards(context, titles[1], 11, top + h / 2);

    context.save();
    context.beginPath();
    context.rect(left, top, w, h);
    context.clip();
    this.drawPosteriors(context, this.now, colours, visible, x, y);
    this.drawPoints(context, this.now, colours, visible, x, y);
    if (prior && !strip) drawPrior(context, theme, x, y);
    context.fillStyle = theme.text;
    context.font = `600 13px ${theme.font}`;
    write(context, `epoch ${epochText(this.epoch)}`, left + w - 8, top + 8, "right", "top");
    context.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Moment} moment
   * @param {string[]} colours
   * @param {boolean[]} visible
   * @param {Scale} x
   * @param {Scale} y
   */
  drawPoints(context, { xy, limit }, colours, visible, x, y) {
    const { label } = this;
    const radius = Math.min(5, Math.max(3, ((x(1) - x(-1)) * limit) / 240));
    context.globalAlpha = 0.85;
    // One path a class; in turns, so that the last class does not hide the others everywhere.
    const turns = 4;
    for (let turn = 0; turn < turns; turn++) {
      colours.forEach((colour, k) => {
        if (!visible[k]) return;
        context.beginPath();
        for (let i = turn; i < label.length; i += turns) {
          if (label[i] !== k) continue;
          const [px, py] = [x(xy[2 * i]), y(xy[2 * i + 1])];
          context.moveTo(px + radius, py);
          context.arc(px, py, radius, 0, 2 * Math.PI);
        }
        context.fillStyle = colour;
        context.fill();
      });
    }
    context.globalAlpha = 1;
  }

  /**
   * Every posterior at one sigma, true to the axes: they breathe as the model learns.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Moment} moment
   * @param {string[]} colours
   * @param {boolean[]} visible
   * @param {Scale} x
   * @param {Scale} y
   */
  drawPosteriors(context, { xy, sigma }, colours, visible, x, y) {
    const { label } = this;
    if (!sigma.length) return;
    const unit = x(1) - x(0);
    context.globalAlpha = 0.16;
    colours.forEach((colour, k) => {
      if (!visible[k]) return;
      context.beginPath();
      for (let i = 0; i < label.length; i++) {
        if (label[i] !== k) continue;
        const [px, py] = [x(xy[2 * i]), y(xy[2 * i + 1])];
        const [rx, ry] = [sigma[2 * i] * unit, sigma[2 * i + 1] * unit];
        context.moveTo(px + rx, py);
        context.ellipse(px, py, rx, ry, 0, 0, 2 * Math.PI);
      }
      context.fillStyle = colour;
      context.fill();
    });
    context.globalAlpha = 1;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Scale} x
 * @param {Scale} y
 */
function drawPrior(context, theme, x, y) {
  context.strokeStyle = theme.text;
  context.lineWidth = 1.25;
  context.setLineDash([5, 4]);
  context.beginPath();
  context.arc(x(0), y(0), x(PRIOR_SIGMAS) - x(0), 0, 2 * Math.PI);
  context.stroke();
  context.setLineDash([]);
}

/**
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} t 0..1
 * @param {Float32Array} values overwritten.
 */
function interpolate(from, to, t, values) {
  for (let i = 0; i < values.length; i++) values[i] = from[i] + t * (to[i] - from[i]);
}
