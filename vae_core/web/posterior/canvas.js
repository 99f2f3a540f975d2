// The canvas: the map with q on it, and a bar for every q.
import { signed } from "../shared/axes.js";
import { pictureOf } from "../shared/canvas_picture.js";
import { button, element, frameScheduler, prefersStillness } from "../shared/dom.js";
import { SCHEMES, readTheme, themeOf } from "../shared/theme.js";
import { Bars } from "./bars.js";
import { LogField, elboOf } from "./log_field.js";
import { DRAWN_SIGMAS, PosteriorMap } from "./map.js";
import { testHook } from "./test_hook.js";

/** @import { PictureToSave } from "../shared/canvas_picture.js" */
/** @import { Send } from "../shared/mount.js" */
/** @import { Drawn, Handle } from "./map.js" */
/** @import { Gaussian, NamedQ, PosteriorData } from "./types.d.ts" */

const STEP_MS = 320; // from one step of the optimisation to the next, unless they are many
const CLIMB_MS = 5000; // all steps together, at most
const SEND_AFTER_MS = 400; // without a key
const SIGMAS = [Math.exp(-6), Math.exp(3)];
const FURTHEST = 16;
const PICTURE_MARGIN = 12; // pixels beside the map in a saved picture

const ENCODER = "encoder's q";
const YOURS = "your q";
const BEST = "best q";

/** @type {Record<Handle, string>} */
const CURSORS = { centre: "move", width: "ew-resize", height: "ns-resize" };
/** @type {Record<string, [x: number, y: number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowDown: [0, -1],
  ArrowUp: [0, 1],
};
/** @type {Record<string, number>} */
const FACTORS = { "+": 1.05, "=": 1.05, "-": 1 / 1.05, "−": 1 / 1.05 };

/** The true posterior of an image with a q that is moved by hand. It sends "q". */
export class QCanvas {
  /**
   * @param {PosteriorData} data
   * @param {Send} send
   */
  constructor(data, send) {
    this.data = data;
    this.send = send;
    this.image = ""; // that the fields are of
    /** @type {LogField[]} */
    this.fields = [];
    this.hand = data.encoder;
    /** @type {{ steps: Gaussian[], start: number | null } | null} */
    this.path = null; // on which the hand's q walks
    /** @type {{ handle: Handle, off: [x: number, y: number] } | null} */
    this.drag = null;
    this.timer = 0;
    this.frames = frameScheduler((now) => this.drawFrame(now));
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
    const back = button("back", "Back to the encoder's q", "", () => {
      this.path = null;
      this.set(this.data.encoder);
      this.letGo();
    });
    const legend = element("p", "legend");
    legend.append(
      "The true posterior p(z|x), brightest where it is highest; ", element("span", "star", "☆"),
      " its mode, ", element("span", "star", "◇"), " its mean. Ellipses at 2σ hold 86% of a q.",
    );
    const left = element("div", "left");
    left.append(this.map.stage, legend);
    const right = element("div", "right");
    right.append(this.bars.root, help, back);
    this.root.append(left, right, this.said);
    this.observer = new ResizeObserver(() => this.frames.schedule());
    this.observer.observe(this.root);
    this.listen();
    Object.assign(this.root, { qCanvas: testHook(this), pictureToSave: this.picture.bind(this) });
  }

  /**
   * @param {PosteriorData} data
   * @param {Send} send
   */
  update(data, send) {
    this.send = send;
    const before = this.data;
    this.data = data;
    this.root.style.setProperty("--height", `${data.height}px`);
    if (this.image !== data.image) {
      this.image = data.image;
      this.fields = data.fields.map((field) => new LogField(field));
      this.map.paint(this.fields[0], data.bounds);
      this.path = null;
      this.hand = data.hand ?? data.encoder;
    } else if (data.opening !== before.opening) {
      this.path = null;
      this.hand = data.hand ?? data.encoder;
    } else if (data.climbs !== before.climbs && data.path.length) {
      this.play(data.path);
    }
    this.frames.schedule();
  }

  /** @param {Gaussian[]} path */
  play(path) {
    clearTimeout(this.timer);
    if (prefersStillness()) {
      this.set(path[path.length - 1]);
      this.letGo();
      return;
    }
    this.path = { steps: path, start: null };
  }

  /**
   * Walk to where a path leads to by now.
   *
   * @param {{ steps: Gaussian[], start: number | null }} path
   * @param {number} now
   */
  move(path, now) {
    const { steps } = path;
    path.start ??= now;
    const at = (now - path.start) / Math.min(STEP_MS, CLIMB_MS / steps.length);
    const n = Math.floor(at);
    if (n >= steps.length - 1) {
      this.hand = steps[steps.length - 1];
      this.path = null;
      this.letGo();
      return;
    }
    const [from, to, share] = [steps[n], steps[n + 1], at - n];
    this.hand = {
      mu: from.mu.map((value, k) => value + share * (to.mu[k] - value)),
      sigma: from.sigma.map((value, k) => value * (to.sigma[k] / value) ** share),
    };
  }

  /** @param {Gaussian} q */
  set({ mu, sigma }) {
    this.hand = {
      mu: mu.map((value) => Math.max(-FURTHEST, Math.min(FURTHEST, value))),
      sigma: sigma.map((value) => Math.max(SIGMAS[0], Math.min(SIGMAS[1], value))),
    };
    this.frames.schedule();
  }

  letGo() {
    clearTimeout(this.timer);
    const { mu, sigma } = this.hand;
    const { elbo } = elboOf(this.fields, this.hand);
    this.said.textContent =
      `ELBO ${signed(elbo, 2)} nats, ${signed(this.data.log_p - elbo, 2)} below log p(x)`;
    this.send("q", { image: this.data.image, mu: [...mu], sigma: [...sigma] });
  }

  listen() {
    const { canvas } = this.map;
    /** @param {PointerEvent} event */
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
      if (this.drag) {
        this.dragTo(this.drag, this.map.toPlane(px, py));
        return;
      }
      const handle = this.map.handleAt(px, py, this.hand);
      canvas.style.cursor = handle ? CURSORS[handle] : "";
    });
    const end = () => {
      if (!this.drag) return;
      this.drag = null;
      this.letGo();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("focus", () => this.frames.schedule());
    canvas.addEventListener("blur", () => this.frames.schedule());
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /**
   * @param {{ handle: Handle, off: [x: number, y: number] }} drag
   * @param {[x: number, y: number]} at
   */
  dragTo({ handle, off }, at) {
    const { mu, sigma } = this.hand;
    if (handle === "centre") {
      this.set({ mu: [at[0] + off[0], at[1] + off[1]], sigma });
      return;
    }
    const k = handle === "width" ? 0 : 1;
    const wider = [...sigma];
    wider[k] = Math.abs(at[k] - mu[k]) / DRAWN_SIGMAS;
    this.set({ mu, sigma: wider });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { mu, sigma } = this.hand;
    const [left, right] = this.data.bounds;
    const step = (right - left) / 100;
    const towards = ARROWS[event.key];
    const factor = FACTORS[event.key];
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
    this.timer = setTimeout(() => this.letGo(), SEND_AFTER_MS);
  }

  /** @param {number} now */
  drawFrame(now) {
    if (this.path) this.move(this.path, now);
    this.draw();
    if (this.path) this.frames.schedule();
  }

  /** @returns {Drawn} every q with its name and colour. */
  drawn() {
    const { encoder, path, colours, mode, mean } = this.data;
    const moved = { name: YOURS, colour: colours.hand, ...this.hand };
    /** @type {NamedQ[]} */
    const qs = [{ name: ENCODER, colour: colours.encoder, ...encoder }];
    if (path.length) qs.push({ name: BEST, colour: colours.best, ...path[path.length - 1] });
    qs.push(moved);
    return { qs, moved, mode, mean, focused: this.map.canvas.matches(":focus-visible") };
  }

  /** @type {PictureToSave} */
  picture(scheme, title) {
    const { data, fields, map } = this;
    const theme = themeOf(SCHEMES[scheme], readTheme(this.root, []).font, []);
    const drawn = this.drawn();
    const { x, y, side } = map.frame();
    const legend = drawn.qs.map((q) => {
      return { name: `${q.name}: ELBO ${signed(elboOf(fields, q).elbo, 2)}`, colour: q.colour };
    });
    legend.push({ name: `log p(x) = ${signed(data.log_p, 2)} nats`, colour: "none" });
    legend.push({ name: "☆ mode, ◇ mean of p(z|x)", colour: "none" });
    const height = map.stage.clientHeight;
    return pictureOf(theme, title, legend, x + side + PICTURE_MARGIN, height, (context, svg) => {
      svg.drawPicture(map.picture.toDataURL("image/png"), x, y, side, side);
      map.drawOn(context, theme, drawn);
    });
  }

  draw() {
    const { data, hand, fields, map } = this;
    const drawn = this.drawn();
    map.draw(readTheme(this.root, []), window.devicePixelRatio || 1, drawn);
    const [z1, z2] = hand.mu.map((value) => signed(value, 3));
    map.canvas.setAttribute("aria-label",
      `Your q on the true posterior: centre (${z1}, ${z2}), widths ` +
      `${hand.sigma.map((value) => value.toFixed(3)).join(" and ")}. Arrows move it.`);
    this.bars.show(data.log_p, drawn.qs.map((q) => ({ ...q, ...elboOf(fields, q) })));
  }

  destroy() {
    this.frames.stop();
    clearTimeout(this.timer);
    this.observer.disconnect();
    this.root.remove();
  }
}
