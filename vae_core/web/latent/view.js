// What part of a plane a pane shows: one scale for both axes, so that a circle stays a circle.
import { ticksApart } from "../shared/axes.js";

/** @import { Ticks } from "../shared/axes.js" */
/** @import { PartOfPane } from "./types.d.ts" */

/** Around the plot, CSS pixels. */
export const MARGIN = { left: 58, right: 8, top: 8, bottom: 40 };

const ZOOM_OUT = 8; // how far beyond and into the opening view one can zoom
const ZOOM_IN = 400;
const HOME_MS = 220;
const TICK_ROOM = 64; // pixels between grid lines, at least
const UNIT = { left: 0, right: 1, bottom: 0, top: 1 };

/**
 * A part of the plane.
 *
 * @typedef {{ left: number, right: number, bottom: number, top: number }} Box
 */

/** Pan, zoom and the way home of one pane. */
export class View {
  constructor() {
    this.width = this.height = 1; // of the plot, CSS pixels
    /** @type {[x: string, y: string]} */
    this.axisTitles = ["", ""]; // an axis without a title gets no ticks
    this.home = UNIT; // bounds of the opening view
    this.hasHome = false;
    this.atHome = true;
    /** @type {{ x: number, y: number, scale: number, start: number } | null} */
    this.journey = null; // where a glide home began
    this.x = this.y = 0; // the place at the middle of the plot
    this.scale = 1; // pixels per unit
  }

  /** @param {number} x */
  toPixelX(x) {
    return this.width / 2 + (x - this.x) * this.scale;
  }

  /** @param {number} y */
  toPixelY(y) {
    return this.height / 2 - (y - this.y) * this.scale;
  }

  /** @param {number} px */
  toPlaneX(px) {
    return this.x + (px - this.width / 2) / this.scale;
  }

  /** @param {number} py */
  toPlaneY(py) {
    return this.y - (py - this.height / 2) / this.scale;
  }

  /** How much larger than in the opening view things are drawn. */
  get zoom() {
    return this.hasHome ? this.scale / this.homeScale() : 1;
  }

  homeScale() {
    const { left, right, bottom, top } = this.home;
    return Math.min(this.width / (right - left), this.height / (top - bottom));
  }

  /** @param {Box} bounds of the opening view. */
  fit(bounds) {
    this.home = bounds;
    this.hasHome = true;
    this.goHome();
  }

  /** @returns {PartOfPane | null} what is seen; null for the opening view, in whole or in part. */
  get part() {
    return this.atHome || this.journey ? null : [this.x, this.y, this.zoom];
  }

  /** @param {PartOfPane | null} part to be seen; null for the opening view. */
  restore(part) {
    this.goHome();
    if (!part) return;
    const zoom = Math.min(ZOOM_IN, Math.max(1 / ZOOM_OUT, part[2]));
    [this.x, this.y] = part;
    this.scale = zoom * this.homeScale();
    this.atHome = false;
  }

  homeTarget() {
    const { left, right, bottom, top } = this.home;
    return { x: (left + right) / 2, y: (bottom + top) / 2, scale: this.homeScale() };
  }

  goHome() {
    const { x, y, scale } = this.homeTarget();
    this.x = x;
    this.y = y;
    this.scale = scale;
    this.atHome = true;
    this.journey = null;
  }

  /**
   * Glide home: call advance() for every frame until it returns false.
   *
   * @param {number} now in milliseconds.
   */
  startHome(now) {
    this.journey = { x: this.x, y: this.y, scale: this.scale, start: now };
  }

  /**
   * @param {number} now in milliseconds.
   * @returns {boolean} whether the view has moved.
   */
  advance(now) {
    const from = this.journey;
    if (!from) return false;
    const t = Math.min(1, Math.max(0, (now - from.start) / HOME_MS));
    const eased = 1 - (1 - t) ** 3;
    const to = this.homeTarget();
    this.x = from.x + eased * (to.x - from.x);
    this.y = from.y + eased * (to.y - from.y);
    this.scale = from.scale * (to.scale / from.scale) ** eased;
    if (t === 1) this.goHome();
    return true;
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    const zoom = this.zoom;
    [this.width, this.height] = [width, height];
    if (!this.hasHome) return;
    if (this.atHome) this.goHome();
    else this.scale = zoom * this.homeScale();
  }

  /**
   * Zoom about a place of the plot that stays where it is.
   *
   * @param {number} px
   * @param {number} py
   * @param {number} factor
   */
  zoomAt(px, py, factor) {
    const [x, y] = [this.toPlaneX(px), this.toPlaneY(py)];
    const base = this.homeScale();
    this.scale = Math.min(base * ZOOM_IN, Math.max(base / ZOOM_OUT, this.scale * factor));
    this.x = x - (px - this.width / 2) / this.scale;
    this.y = y + (py - this.height / 2) / this.scale;
    this.atHome = false;
    this.journey = null;
  }

  /**
   * @param {number} dx pixels that the plane moves to the right.
   * @param {number} dy
   */
  panBy(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.atHome = false;
    this.journey = null;
  }

  /** @returns {{ xs: Ticks, ys: Ticks }} where the grid lines of both axes lie. */
  ticks() {
    const { width, height, axisTitles } = this;
    const none = { values: [], digits: 0 };
    const apart = TICK_ROOM / this.scale;
    return {
      xs: axisTitles[0] ? ticksApart(this.toPlaneX(0), this.toPlaneX(width), apart) : none,
      ys: axisTitles[1] ? ticksApart(this.toPlaneY(height), this.toPlaneY(0), apart) : none,
    };
  }
}

const MARGIN_OF_VIEW = 1.06;
const PRIOR_SIGMAS = 2;
const SORTED = 5000; // images are enough to find the outermost 0.5%

/**
 * The opening view: the points but for the outermost 0.5% on each side, and the prior's ring. A
 * projection is as wide as that at least: the noise of a collapsed model is not blown up.
 *
 * @param {{ xy: Float32Array, projected: boolean, latentDim: number }} plane
 * @returns {Box}
 */
export function openingBounds(plane) {
  let [left, right] = robustRange(plane.xy, 0);
  let [bottom, top] = robustRange(plane.xy, 1);
  if (plane.projected) {
    [left, right] = atLeast(left, right, 2 * PRIOR_SIGMAS);
    [bottom, top] = atLeast(bottom, top, 2 * PRIOR_SIGMAS);
  } else {
    const reach = PRIOR_SIGMAS * 1.1; // room for the ring's label
    [left, right] = [Math.min(left, -reach), Math.max(right, reach)];
    if (plane.latentDim > 1) [bottom, top] = [Math.min(bottom, -reach), Math.max(top, reach)];
  }
  [left, right] = widened(left, right);
  [bottom, top] = widened(bottom, top);
  return { left, right, bottom, top };
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} width
 * @returns {[low: number, high: number]} about the same middle.
 */
function atLeast(low, high, width) {
  const lacking = Math.max(0, width - (high - low)) / 2;
  return [low - lacking, high + lacking];
}

/**
 * @param {number} low
 * @param {number} high
 * @returns {[low: number, high: number]}
 */
function widened(low, high) {
  const middle = (low + high) / 2;
  const half = ((high - low) / 2) * MARGIN_OF_VIEW || 1;
  return [middle - half, middle + half];
}

/**
 * @param {Float32Array} xy (N, 2)
 * @param {0 | 1} axis
 * @returns {[low: number, high: number]}
 */
function robustRange(xy, axis) {
  const count = xy.length / 2;
  const stride = Math.max(1, Math.floor(count / SORTED));
  const values = new Float32Array(Math.ceil(count / stride));
  for (let n = 0; n < values.length; n++) values[n] = xy[2 * n * stride + axis];
  values.sort();
  if (values.length === 0) return [-1, 1];
  /** @param {number} share */
  const at = (share) => values[Math.round(share * (values.length - 1))];
  return [at(0.005), at(0.995)];
}
