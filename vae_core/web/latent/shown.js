// Where the points stand now: at the posterior means, at one draw each, or moving to a new draw
// every second.
import { prefersStillness } from "../shared/dom.js";
import { Grid } from "./grid.js";

const RESAMPLE_MS = 1000;
const GLIDE_MS = 450;
const FIRST_SEED = 1;

/** @import { Posteriors } from "./posteriors.js" */
/** @import { Plane } from "./plane.js" */

/** @typedef {"means" | "sample" | "resample"} Mode */

const NOWHERE = new Float32Array(0);

/** The places of one pane's points at this moment. */
export class Shown {
  /** @param {() => void} changed called when the points have to be drawn anew. */
  constructor(changed) {
    this.changed = changed;
    /** @type {Plane | null} */
    this.plane = null;
    /** @type {Posteriors | null} */
    this.posteriors = null;
    /** @type {Mode} */
    this.mode = "means";
    this.xy = NOWHERE; // where the points are now
    this.from = NOWHERE; // and the ends of their way
    this.target = NOWHERE;
    /** @type {Grid | null} */
    this.grid = null;
    this.seed = FIRST_SEED;
    /** @type {number | null} */
    this.journey = null; // when it began
    this.timer = 0;
  }

  /**
   * @param {Plane} plane
   * @param {Posteriors | null} posteriors
   * @param {Mode | "none"} wanted without posteriors always the means.
   */
  set(plane, posteriors, wanted) {
    /** @type {Mode} */
    let mode = wanted === "none" ? "means" : wanted;
    if (!posteriors) mode = "means";
    else if (mode === "resample" && prefersStillness()) mode = "sample";
    if (plane === this.plane && mode === this.mode) return;
    this.stop();
    this.plane = plane;
    this.posteriors = posteriors;
    this.mode = mode;
    this.seed = FIRST_SEED;
    this.xy = plane.xy;
    this.grid = plane.grid;
    if (mode !== "means") {
      this.target = new Float32Array(plane.xy.length);
      this.xy = new Float32Array(plane.xy.length);
      this.draw();
      this.xy.set(this.target);
    }
    if (mode === "resample") this.timer = setInterval(() => this.startJourney(), RESAMPLE_MS);
    this.changed();
  }

  draw() {
    if (!this.plane || !this.posteriors) return;
    this.posteriors.sample(this.plane.xy, this.seed++, this.target);
    this.grid = new Grid(this.target, this.plane.label);
  }

  startJourney() {
    if (document.hidden) return;
    this.from = this.xy.slice();
    this.draw();
    this.journey = performance.now();
    this.changed();
  }

  /**
   * Move on. Called once per frame.
   *
   * @param {number} now
   * @returns {boolean} whether the points have moved.
   */
  advance(now) {
    if (this.journey === null) return false;
    const t = Math.min(1, Math.max(0, (now - this.journey) / GLIDE_MS));
    const eased = t * t * (3 - 2 * t);
    const { xy, from, target } = this;
    for (let i = 0; i < xy.length; i++) xy[i] = from[i] + eased * (target[i] - from[i]);
    if (t === 1) this.journey = null;
    return true;
  }

  stop() {
    clearInterval(this.timer);
    this.journey = null;
  }
}
