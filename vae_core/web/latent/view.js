// What part of a plane a pane shows: one scale for both axes, so that a circle stays a circle.

const ZOOM_OUT = 8; // how far beyond and into the opening view one can zoom
const ZOOM_IN = 400;
const HOME_MS = 220;
const TICK_ROOM = 64; // pixels between grid lines, at least

class View {
  constructor() {
    this.width = this.height = 1; // of the plot, CSS pixels
    this.axisTitles = ["", ""]; // an axis without a title gets no ticks
    this.home = null; // bounds of the opening view: { left, right, bottom, top }
    this.atHome = true;
    this.journey = null; // where a glide home began
    this.x = this.y = 0; // the place at the middle of the plot
    this.scale = 1; // pixels per unit
  }

  toPixelX(x) {
    return this.width / 2 + (x - this.x) * this.scale;
  }

  toPixelY(y) {
    return this.height / 2 - (y - this.y) * this.scale;
  }

  toPlaneX(px) {
    return this.x + (px - this.width / 2) / this.scale;
  }

  toPlaneY(py) {
    return this.y - (py - this.height / 2) / this.scale;
  }

  /** How much larger than in the opening view things are drawn. */
  get zoom() {
    return this.home ? this.scale / this.homeScale() : 1;
  }

  homeScale() {
    const { left, right, bottom, top } = this.home;
    return Math.min(this.width / (right - left), this.height / (top - bottom));
  }

  fit(bounds) {
    this.home = bounds;
    this.goHome();
  }

  homeTarget() {
    const { left, right, bottom, top } = this.home;
    return { x: (left + right) / 2, y: (bottom + top) / 2, scale: this.homeScale() };
  }

  goHome() {
    Object.assign(this, this.homeTarget());
    this.atHome = true;
    this.journey = null;
  }

  /** Glide home: call advance() for every frame until it returns false. */
  startHome(now) {
    this.journey = { x: this.x, y: this.y, scale: this.scale, start: now };
  }

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

  resize(width, height) {
    const zoom = this.zoom;
    [this.width, this.height] = [width, height];
    if (!this.home) return;
    if (this.atHome) this.goHome();
    else this.scale = zoom * this.homeScale();
  }

  /** Zoom about a place of the plot that stays where it is. */
  zoomAt(px, py, factor) {
    const [x, y] = [this.toPlaneX(px), this.toPlaneY(py)];
    const base = this.homeScale();
    this.scale = Math.min(base * ZOOM_IN, Math.max(base / ZOOM_OUT, this.scale * factor));
    this.x = x - (px - this.width / 2) / this.scale;
    this.y = y + (py - this.height / 2) / this.scale;
    this.atHome = false;
    this.journey = null;
  }

  panBy(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.atHome = false;
    this.journey = null;
  }

  /** Where the grid lines of both axes lie, and how many digits their numbers need. */
  ticks() {
    const { width, height, axisTitles } = this;
    const none = { values: [], digits: 0 };
    return {
      xs: axisTitles[0] ? this.roundSteps(this.toPlaneX(0), this.toPlaneX(width)) : none,
      ys: axisTitles[1] ? this.roundSteps(this.toPlaneY(height), this.toPlaneY(0)) : none,
    };
  }

  // Multiples of 1, 2 or 5 times a power of ten, at least TICK_ROOM pixels apart.
  roundSteps(low, high) {
    const least = TICK_ROOM / this.scale;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= least);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const values = [];
    for (let n = Math.ceil(low / step); n * step <= high; n++) values.push(n * step);
    return { values, digits };
  }
}

const MARGIN_OF_VIEW = 1.06;
const PRIOR_SIGMAS = 2;
const SORTED = 5000; // images are enough to find the outermost 0.5%

/** The opening view: the points but for the outermost 0.5% on each side, and the prior's ring. */
function openingBounds(plane) {
  const [left, right] = robustRange(plane.xy, 0);
  const [bottom, top] = robustRange(plane.xy, 1);
  const bounds = { left, right, bottom, top };
  if (!plane.projected) {
    const reach = PRIOR_SIGMAS * 1.1; // room for the ring's label
    bounds.left = Math.min(bounds.left, -reach);
    bounds.right = Math.max(bounds.right, reach);
    if (plane.latentDim > 1) {
      bounds.bottom = Math.min(bounds.bottom, -reach);
      bounds.top = Math.max(bounds.top, reach);
    }
  }
  for (const [low, high] of [["left", "right"], ["bottom", "top"]]) {
    const middle = (bounds[low] + bounds[high]) / 2;
    const half = ((bounds[high] - bounds[low]) / 2) * MARGIN_OF_VIEW || 1;
    [bounds[low], bounds[high]] = [middle - half, middle + half];
  }
  return bounds;
}

function robustRange(xy, axis) {
  const count = xy.length / 2;
  const stride = Math.max(1, Math.floor(count / SORTED));
  const values = new Float32Array(Math.ceil(count / stride));
  for (let n = 0; n < values.length; n++) values[n] = xy[2 * n * stride + axis];
  values.sort();
  if (values.length === 0) return [-1, 1];
  const at = (share) => values[Math.round(share * (values.length - 1))];
  return [at(0.005), at(0.995)];
}
