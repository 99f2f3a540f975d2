// The canvas: the plane with its legend, and the curves.
//
// Test hook: the root element (class "run-canvas") has a property runCanvas with
//   epoch     the epoch that the plane is of
//   points()  a copy of the places as they are drawn now, x and y in turn; null without a plane
//   moving    whether they are on their way
//   marked    the epoch whose numbers stand over the curves; undefined without any
import { pictureOf } from "../shared/canvas_picture.js";
import { button, element, frameScheduler } from "../shared/dom.js";
import { SCHEMES, readTheme, themeOf } from "../shared/theme.js";
import { CurveChart } from "./curve_chart.js";
import { PlaneChart } from "./plane_chart.js";
import { Sheet } from "./sheet.js";

/** @import { PictureToSave } from "../shared/canvas_picture.js" */
/** @import { RunData } from "./types.d.ts" */

const PICTURE_GAP = 24; // pixels between plane and curves in a saved picture

/** A run: the plane as it forms, and its curves. It sends nothing. */
export class RunCanvas {
  constructor() {
    this.frames = frameScheduler((now) => this.draw(now));
    /** @type {string[]} */
    this.colours = [];
    /** @type {string[]} of the classes. */
    this.names = [];
    /** @type {boolean[]} */
    this.visible = [];
    this.legendKey = "";
    this.root = element("div", "run-canvas");
    this.plane = new PlaneChart();
    this.curves = new CurveChart(() => this.frames.schedule());
    this.legend = element("div", "legend");
    this.legend.setAttribute("role", "group");
    this.legend.setAttribute("aria-label", "Classes shown");
    const layout = element("div", "layout");
    const left = element("div", "left");
    left.append(this.legend, this.plane.stage);
    this.sheet = new Sheet();
    const right = element("div", "right");
    right.append(this.curves.stage, this.sheet.root);
    layout.append(left, right);
    this.root.append(layout);
    this.observer = new ResizeObserver(() => this.frames.schedule());
    this.observer.observe(this.root);
    const { plane, curves } = this;
    const hook = {
      get marked() {
        return curves.data.epoch[curves.shownAt()];
      },
      get epoch() {
        return plane.epoch;
      },
      get moving() {
        return Boolean(plane.journey);
      },
      points: () => plane.now?.xy.slice() ?? null,
    };
    Object.assign(this.root, { runCanvas: hook, pictureToSave: this.picture.bind(this) });
  }

  /** @param {RunData} data */
  update(data) {
    this.colours = data.colours;
    this.root.style.setProperty("--height", `${data.height}px`);
    this.showLegend(data);
    this.plane.setData(data.plane, data.shown_epoch, performance.now());
    this.curves.setData(data);
    this.sheet.setData(data.sheet, data.sheet_title);
    this.frames.schedule();
  }

  /** @param {RunData} data */
  showLegend({ class_names, colours }) {
    const key = JSON.stringify([class_names, colours]);
    if (key === this.legendKey) return;
    this.legendKey = key;
    this.names = class_names;
    this.visible = class_names.map(() => true);
    const chips = class_names.map((name, k) => {
      const chip = button("chip", name, "Click to hide or show this class", () => {
        this.visible[k] = !this.visible[k];
        chip.setAttribute("aria-pressed", String(this.visible[k]));
        this.frames.schedule();
      });
      chip.setAttribute("aria-pressed", "true");
      chip.style.setProperty("--class", colours[k]);
      return chip;
    });
    this.legend.replaceChildren(...chips);
  }

  /** @param {number} now */
  draw(now) {
    const theme = readTheme(this.root, this.colours);
    const ratio = window.devicePixelRatio || 1;
    const moving = this.plane.move(now);
    this.plane.draw(theme, this.colours, this.visible, ratio);
    this.curves.draw(theme, ratio);
    if (moving) this.frames.schedule();
  }

  /** @type {PictureToSave} */
  picture(scheme, title) {
    const { plane, curves, names, colours, visible } = this;
    const theme = themeOf(SCHEMES[scheme], readTheme(this.root, colours).font, colours);
    const [left, right] = [plane.stage, curves.stage];
    const height = Math.max(left.clientHeight, right.clientHeight);
    const legend = names.map((name, k) => ({ name, colour: colours[k] })).filter((_, k) => visible[k]);
    const width = left.clientWidth + PICTURE_GAP + right.clientWidth;
    return pictureOf(theme, title, legend, width, height, (context) => {
      plane.drawOn(context, theme, colours, visible, left.clientWidth, height);
      context.translate(left.clientWidth + PICTURE_GAP, 0);
      curves.drawOn(context, theme, right.clientWidth, height);
    });
  }

  destroy() {
    this.frames.stop();
    this.observer.disconnect();
    this.root.remove();
  }
}
