// The canvas: panes, legend, the shared probe, and what goes to and from the page.
import { signed } from "../shared/axes.js";
import { element, frameScheduler } from "../shared/dom.js";
import { CIVIDIS, fieldAnchors } from "../shared/palettes.js";
import { readTheme } from "../shared/theme.js";
import { colourBar } from "./colour_bar.js";
import { Legend } from "./legend.js";
import { Pane } from "./pane.js";
import { Timings, testHook } from "./test_hook.js";

/** @import { Send } from "../shared/mount.js" */
/** @import { LatentData, Place } from "./types.d.ts" */

const SEND_AFTER_MS = 400; // without a change of the view

/** One to three planes side by side. It sends "click", "selection" and "part". */
export class LatentCanvas {
  /**
   * @param {LatentData} data
   * @param {Send} send
   */
  constructor(data, send) {
    this.data = data;
    this.send = send;
    /** @type {Pane[]} */
    this.panes = [];
    /** @type {{ image: number, pane: Pane } | null} the image at the probe, and where it was found. */
    this.near = null;
    this.timings = new Timings();
    this.frames = frameScheduler((now) => this.draw(now));
    this.legend = new Legend(() => this.filterChanged());
    this.visible = this.legend.visible; // by label
    this.root = element("div", "latent-canvas");
    this.theme = readTheme(this.root, data.colours);
    this.appearance = "";
    this.opening = -1;
    this.part = ""; // that the page knows of
    this.timer = 0;
    const layout = element("div", "layout");
    const bar = element("div", "bar");
    this.panesRoot = element("div", "panes");
    this.live = element("p", "live");
    this.live.setAttribute("aria-live", "polite");
    const mouse = "Move to decode · drag to pan · wheel to zoom · click to choose";
    const touch = "Tap to decode · hold and drag to explore · pinch to zoom";
    this.scales = element("div", "scales");
    bar.append(this.legend.root, this.scales);
    bar.append(element("span", "hint mouse", mouse), element("span", "hint touch", touch));
    layout.append(bar, this.panesRoot, this.live);
    this.root.append(layout);
    Object.assign(this.root, { latentCanvas: testHook(this) });
  }

  /**
   * @param {LatentData} data
   * @param {Send} send
   */
  update(data, send) {
    const { planes } = data;
    this.data = data;
    this.send = send;
    this.theme = readTheme(this.root, data.colours);
    const appearance = JSON.stringify(this.theme);
    if (appearance !== this.appearance) for (const pane of this.panes) pane.mark("view", "probe");
    this.appearance = appearance;
    this.root.style.setProperty("--height", `max(${data.height}px, 62vh)`);
    this.root.style.setProperty("--panes", String(planes.length));
    this.panesRoot.classList.toggle("bare", !data.card);
    this.legend.show(data, this.theme);
    for (const pane of this.panes.splice(planes.length)) pane.destroy();
    planes.forEach((spec, i) => {
      if (i < this.panes.length) return;
      const pane = new Pane(this, i, spec);
      this.panes.push(pane);
      this.panesRoot.append(pane.root);
    });
    planes.forEach((spec, i) => this.panes[i].setSpec(spec));
    if (data.opening !== this.opening) this.restore(data);
    this.opening = data.opening;
    this.showScales();
  }

  /** @param {LatentData} data */
  restore({ part, sends_part }) {
    clearTimeout(this.timer);
    if (!sends_part) return;
    this.panes.forEach((pane, i) => pane.restore(part?.views[i] ?? null));
    this.legend.hide(part?.hidden ?? []);
    clearTimeout(this.timer);
    this.part = JSON.stringify([this.panes.map((_, i) => part?.views[i] ?? null), part?.hidden ?? []]);
  }

  /** The page hears of it once the hand rests. */
  partChanged() {
    clearTimeout(this.timer);
    if (this.data.sends_part) this.timer = setTimeout(() => this.sendPart(), SEND_AFTER_MS);
  }

  sendPart() {
    if (this.panes.some((pane) => pane.waiting)) return;
    const views = this.panes.map(({ view }) => view.part);
    const labels = this.data.class_names.map((_, label) => label);
    const hidden = labels.filter((label) => !this.visible[label]);
    const part = JSON.stringify([views, hidden]);
    if (part === this.part) return;
    this.part = part;
    this.send("part", { views, hidden, time: performance.now() });
  }

  /** Colour bars of what is coloured by number, each once. */
  showScales() {
    /** @type {Map<string, HTMLElement>} */
    const bars = new Map();
    for (const { values, field } of this.data.planes) {
      if (values) bars.set(JSON.stringify([values.title, values.low]), colourBar(values, CIVIDIS));
      if (field) {
        const anchors = fieldAnchors(field.palette, this.theme);
        bars.set(JSON.stringify([field.title, field.low]), colourBar(field, anchors));
      }
    }
    this.scales.replaceChildren(...bars.values());
  }

  /** Moving in one pane moves the same z in all, where every plane is the latent space itself. */
  get linked() {
    return this.data.planes.every((plane) => !plane.projected);
  }

  /**
   * @param {Pane} pane
   * @param {number} x
   * @param {number} y
   */
  moveProbe(pane, x, y) {
    const image = pane.imageAt(x, y);
    const changed = (this.near?.image ?? null) !== image;
    this.near = image === null ? null : { image, pane };
    for (const other of this.panes) {
      if (other === pane || this.linked) {
        other.probe = { x, y };
        other.mark("decode");
      } else if (changed) other.mark("probe");
    }
  }

  /**
   * @param {Pane} pane
   * @param {number} x
   * @param {number} y
   */
  sendClick(pane, x, y) {
    if (!pane.loaded) return;
    // The time makes a second click at the same place a new value.
    const value = { plane: pane.index, x, y, point: pane.imageAt(x, y), time: performance.now() };
    this.send("click", value);
  }

  /**
   * @param {Pane} pane
   * @param {Place[]} polygon
   */
  sendSelection(pane, polygon) {
    const classes = this.data.class_names.map((_, label) => label);
    const shown = classes.filter((label) => this.visible[label]);
    const value = { plane: pane.index, polygon, classes: shown, time: performance.now() };
    this.send("selection", value);
  }

  /**
   * For screen readers, and only after a key: a moving mouse would never let them finish.
   *
   * @param {Pane} pane
   */
  announce(pane) {
    const { x, y } = pane.probe;
    const near = this.near && pane.loaded ? pane.nearImage(pane.loaded) : null;
    this.live.textContent =
      `${signed(x, 2)}, ${signed(y, 2)}` + (near ? `, nearest image: class ${near.name}` : "");
  }

  schedule() {
    this.frames.schedule();
  }

  /** @param {number} now */
  draw(now) {
    const drawn = this.panes.map((pane) => pane.draw(now));
    this.root.dataset.ready = drawn.every(Boolean) ? "1" : "0";
  }

  filterChanged() {
    for (const pane of this.panes) pane.mark("points");
    this.forgetNear();
    this.partChanged();
  }

  forgetNear() {
    this.near = null;
    for (const pane of this.panes) pane.mark("probe");
  }

  destroy() {
    this.frames.stop();
    clearTimeout(this.timer);
    for (const pane of this.panes) pane.destroy();
    this.root.remove();
  }
}
