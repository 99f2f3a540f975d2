// The plane: a fixed set of images, on their way from where they were to where they are now.

const PLANE_MARGIN = { left: 40, right: 6, top: 6, bottom: 38 };
const MOVE_MS = 450; // a little less than the time between two looks at the run
const STRIP_LIMIT = 1.6; // half-height of a plane whose height means nothing
const PRIOR_SIGMAS = 2;

class PlaneChart {
  constructor() {
    this.stage = element("div", "stage");
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.stage.append(this.canvas);
    this.context = this.canvas.getContext("2d");
    this.now = null; // what is drawn: { xy, limit }
  }

  setData(plane, epoch, now) {
    this.canvas.setAttribute("aria-label", plane ? `Plane after epoch ${epoch}` : "");
    this.epoch = epoch;
    if (!plane) {
      this.plane = this.now = this.goal = null;
      return;
    }
    if (this.plane?.xy === plane.xy && this.plane.label === plane.label) return;
    const goal = {
      xy: new Float32Array(bytesOf(plane.xy)),
      sigma: new Float32Array(bytesOf(plane.sigma)),
      limit: plane.limit,
    };
    const same = this.plane?.label === plane.label; // the same images: let them move
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.plane = plane;
    this.label = new Uint8Array(bytesOf(plane.label));
    this.goal = goal;
    this.start = same && !still ? { ...this.now, at: now } : null;
    const { start } = this;
    this.now = start
      ? { xy: start.xy.slice(), sigma: start.sigma.slice(), limit: start.limit }
      : goal;
  }

  /** @returns whether there is more to draw in the next frame. */
  move(now) {
    if (!this.start) return false;
    const share = Math.min(1, (now - this.start.at) / MOVE_MS);
    const t = share * share * (3 - 2 * share);
    for (const name of ["xy", "sigma"]) {
      const [values, from, to] = [this.now[name], this.start[name], this.goal[name]];
      for (let i = 0; i < values.length; i++) values[i] = from[i] + t * (to[i] - from[i]);
    }
    this.now.limit = this.start.limit + t * (this.goal.limit - this.start.limit);
    if (share === 1) this.start = null;
    return share < 1;
  }

  draw(theme, colours, visible, ratio) {
    const { context, stage } = this;
    const [width, height] = [stage.clientWidth, stage.clientHeight];
    if (width < 2 || height < 2) return;
    fitCanvas(context, 0, 0, width, height, ratio);
    if (!this.now) return;
    const { left, right, top, bottom } = PLANE_MARGIN;
    const room = [width - left - right, height - top - bottom];
    const { strip, titles, prior } = this.plane;
    const [w, h] = strip ? room : [Math.min(...room), Math.min(...room)];
    const { limit } = this.now;
    const x = (value) => left + (w / 2) * (1 + value / limit);
    const y = (value) => top + (h / 2) * (1 - value / (strip ? STRIP_LIMIT : limit));

    context.font = `12px ${theme.font}`;
    const ticks = ticksBetween(-limit, limit, 4);
    for (const value of ticks.values) {
      context.strokeStyle = theme.border;
      context.lineWidth = value === 0 ? 1 : 0.5;
      context.fillStyle = theme.muted;
      line(context, x(value), top, x(value), top + h);
      if (titles[0]) write(context, ticks.text(value), x(value), top + h + 6, "center", "top");
      if (strip) continue;
      line(context, left, y(value), left + w, y(value));
      if (titles[1]) write(context, ticks.text(value), left - 6, y(value), "right", "middle");
    }
    context.lineWidth = 1;
    context.strokeRect(left - 0.5, top - 0.5, w + 1, h + 1);
    context.fillStyle = theme.text;
    write(context, titles[0], left + w / 2, top + h + 34, "center", "alphabetic");
    context.save();
    context.translate(11, top + h / 2);
    context.rotate(-Math.PI / 2);
    write(context, titles[1], 0, 0, "center", "alphabetic");
    context.restore();

    context.save();
    context.beginPath();
    context.rect(left, top, w, h);
    context.clip();
    this.drawPosteriors(colours, visible, x, y);
    this.drawPoints(colours, visible, x, y);
    if (prior && !strip) this.drawPrior(theme, x, y);
    context.fillStyle = theme.text;
    context.font = `600 13px ${theme.font}`;
    write(context, `epoch ${this.epoch}`, left + w - 8, top + 8, "right", "top");
    context.restore();
  }

  drawPoints(colours, visible, x, y) {
    const { context, label } = this;
    const { xy } = this.now;
    const radius = Math.min(5, Math.max(3, (x(1) - x(-1)) * this.now.limit / 240));
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

  /** Every posterior at one sigma, true to the axes: they breathe as the model learns. */
  drawPosteriors(colours, visible, x, y) {
    const { context, label } = this;
    const { xy, sigma } = this.now;
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

  drawPrior(theme, x, y) {
    const { context } = this;
    context.strokeStyle = theme.text;
    context.lineWidth = 1.25;
    context.setLineDash([5, 4]);
    context.beginPath();
    context.arc(x(0), y(0), x(PRIOR_SIGMAS) - x(0), 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
  }
}
