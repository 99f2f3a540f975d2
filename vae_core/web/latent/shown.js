// Where the points stand now: at the posterior means, at one draw each, or moving to a new draw
// every second.

const RESAMPLE_MS = 1000;
const GLIDE_MS = 450;
const FIRST_SEED = 1;

class Shown {
  /** @param changed called when the points have to be drawn anew. */
  constructor(changed) {
    this.changed = changed;
    this.plane = null;
    this.mode = "means";
  }

  /** @param mode "means", "sample" or "resample"; without posteriors always the means. */
  set(plane, posteriors, mode) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!posteriors) mode = "means";
    else if (mode === "resample" && still) mode = "sample";
    if (plane === this.plane && mode === this.mode) return;
    this.stop();
    Object.assign(this, { plane, posteriors, mode, journey: null, seed: FIRST_SEED });
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

  /** Move on; true while there is way to go. Called once per frame. */
  advance(now) {
    if (this.journey === null || !this.target) return false;
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
