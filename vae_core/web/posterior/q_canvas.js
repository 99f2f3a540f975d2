// The component: the map with q on it, and a bar for every q.
//
// Test hook: the root element (class "q-canvas") has a property qCanvas with
//   logP, hand    log p(x), and the q that is moved: { mu, sigma }
//   elbo()        its bound as it is shown
//   handles()     where its handles are, in pixels of the window
//   moving        whether it is on its way to the best q
//   map           the heat map's own canvas, and the bounds [left, right, bottom, top] it shows

const STEP_MS = 320; // from one step of the optimisation to the next, unless they are many
const CLIMB_MS = 5000; // all steps together, at most
const SEND_AFTER_MS = 400; // without a key
const SIGMAS = [Math.exp(-6), Math.exp(3)];
const FURTHEST = 16;

const ENCODER = "encoder's q";
const YOURS = "your q";
const BEST = "best q";

class QCanvas {
  constructor() {
    this.frame = this.timer = 0;
    this.root = element("div", "q-canvas");
    this.map = new PosteriorMap();
    this.bars = new Bars();
    this.said = element("div", "said");
    this.said.setAttribute("aria-live", "polite");
    const help = element("p", "help");
    help.append(
      "Drag the dot to move your q, a square to change one width. Keys: arrows move it, + and − ",
      "change both widths, Shift with an arrow one of them.",
    );
    this.back = button("back", "Back to the encoder's q", "", () => {
      this.path = null;
      this.set(this.data.encoder);
      this.send();
    });
    const legend = element("p", "legend");
    legend.append(
      "The true posterior p(z|x), brightest where it is highest; ", element("span", "star", "☆"),
      " its mode, ", element("span", "star", "◇"), " its mean. Ellipses at 2σ hold 86% of a q.",
    );
    const left = element("div", "left");
    left.append(this.map.stage, legend);
    const right = element("div", "right");
    right.append(this.bars.root, help, this.back);
    this.root.append(left, right, this.said);
    this.observer = new ResizeObserver(() => this.schedule());
    this.observer.observe(this.root);
    this.listen();
    const self = this;
    this.root.qCanvas = {
      get logP() {
        return self.data.log_p;
      },
      get hand() {
        return self.hand;
      },
      get moving() {
        return Boolean(self.path);
      },
      get map() {
        return { picture: self.map.picture, bounds: self.map.bounds };
      },
      elbo: () => elboOf(self.fields, self.hand).elbo,
      handles: () => {
        const { left: x, top: y } = self.map.canvas.getBoundingClientRect();
        const all = Object.entries(self.map.handles(self.hand));
        return Object.fromEntries(all.map(([name, [px, py]]) => [name, [x + px, y + py]]));
      },
    };
  }

  update(data, setStateValue) {
    this.setStateValue = setStateValue;
    const before = this.data;
    this.data = data;
    this.root.style.setProperty("--height", `${data.height}px`);
    if (before?.image !== data.image) {
      this.fields = data.fields.map((field) => new LogField(field));
      this.map.paint(this.fields, data.bounds);
      this.path = null;
      this.hand = data.hand ?? data.encoder;
    } else if (data.climbs !== before.climbs && data.path.length) {
      this.play(data.path);
    }
    this.schedule();
  }

  play(path) {
    clearTimeout(this.timer);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.set(path.at(-1));
      this.send();
      return;
    }
    this.path = { steps: path, start: null };
  }

  /** The place on the way to the best q at a time. */
  move(now) {
    const { steps } = this.path;
    this.path.start ??= now;
    const at = (now - this.path.start) / Math.min(STEP_MS, CLIMB_MS / steps.length);
    const n = Math.floor(at);
    if (n >= steps.length - 1) {
      this.hand = steps.at(-1);
      this.path = null;
      this.send();
      return;
    }
    const [from, to, share] = [steps[n], steps[n + 1], at - n];
    this.hand = {
      mu: from.mu.map((value, k) => value + share * (to.mu[k] - value)),
      sigma: from.sigma.map((value, k) => value * (to.sigma[k] / value) ** share),
    };
  }

  set({ mu, sigma }) {
    this.hand = {
      mu: mu.map((value) => Math.max(-FURTHEST, Math.min(FURTHEST, value))),
      sigma: sigma.map((value) => Math.max(SIGMAS[0], Math.min(SIGMAS[1], value))),
    };
    this.schedule();
  }

  send() {
    clearTimeout(this.timer);
    const { mu, sigma } = this.hand;
    const { elbo } = elboOf(this.fields, this.hand);
    this.said.textContent =
      `ELBO ${signed(elbo, 2)} nats, ${signed(this.data.log_p - elbo, 2)} below log p(x)`;
    this.setStateValue("q", { image: this.data.image, mu: [...mu], sigma: [...sigma] });
  }

  listen() {
    const { canvas } = this.map;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      const [px, py] = place(event);
      const handle = this.map.handleAt(px, py, this.hand);
      if (!handle) return;
      canvas.setPointerCapture(event.pointerId);
      this.path = null;
      const [x, y] = this.map.toPlane(px, py);
      this.drag = { handle, off: [this.hand.mu[0] - x, this.hand.mu[1] - y] };
    });
    canvas.addEventListener("pointermove", (event) => {
      const [px, py] = place(event);
      if (!this.drag) {
        const handle = this.map.handleAt(px, py, this.hand);
        canvas.style.cursor = { centre: "move", width: "ew-resize", height: "ns-resize" }[handle] ?? "";
        return;
      }
      const at = this.map.toPlane(px, py);
      const { mu, sigma } = this.hand;
      const { handle, off } = this.drag;
      if (handle === "centre") return this.set({ mu: [at[0] + off[0], at[1] + off[1]], sigma });
      const k = handle === "width" ? 0 : 1;
      const wider = [...sigma];
      wider[k] = Math.abs(at[k] - mu[k]) / DRAWN_SIGMAS;
      this.set({ mu, sigma: wider });
    });
    const end = () => {
      if (!this.drag) return;
      this.drag = null;
      this.send();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("focus", () => this.schedule());
    canvas.addEventListener("blur", () => this.schedule());
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { mu, sigma } = this.hand;
    const [left, right] = this.data.bounds;
    const step = (right - left) / 100;
    const towards = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1],
    }[event.key];
    const factor = { "+": 1.05, "=": 1.05, "-": 1 / 1.05, "−": 1 / 1.05 }[event.key];
    if (towards && event.shiftKey) {
      this.set({ mu, sigma: sigma.map((value, k) => value * 1.05 ** towards[k]) });
    } else if (towards) {
      this.set({ mu: mu.map((value, k) => value + step * towards[k]), sigma });
    } else if (factor) {
      this.set({ mu, sigma: sigma.map((value) => value * factor) });
    } else {
      return;
    }
    event.preventDefault();
    this.path = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), SEND_AFTER_MS);
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      if (this.path) this.move(now);
      this.draw();
      if (this.path) this.schedule();
    });
  }

  draw() {
    const { data, hand, fields, map } = this;
    const theme = readTheme(this.root, []);
    const { encoder, path, colours } = data;
    const qs = [{ name: ENCODER, colour: colours.encoder, ...encoder }];
    if (path.length) qs.push({ name: BEST, colour: colours.best, ...path.at(-1) });
    qs.push({ name: YOURS, colour: colours.hand, ...hand });
    const focused = map.canvas.matches(":focus-visible");
    map.draw(theme, window.devicePixelRatio || 1, {
      qs, moved: qs.at(-1), mode: data.mode, mean: data.mean, focused,
    });
    const [z1, z2] = hand.mu.map((value) => signed(value, 3));
    map.canvas.setAttribute("aria-label",
      `Your q on the true posterior: centre (${z1}, ${z2}), widths ` +
      `${hand.sigma.map((value) => value.toFixed(3)).join(" and ")}. Arrows move it.`);
    this.bars.show(data.log_p, qs.map((q) => ({ ...q, ...elboOf(fields, q) })));
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.observer.disconnect();
    this.root.remove();
  }
}

export default mountOnce(QCanvas);
