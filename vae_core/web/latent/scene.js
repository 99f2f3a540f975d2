// What one pane draws: the base (backdrop, points, ellipses, lines), which changes with the view,
// and the probe over it, which changes with every move.
import { contextOf, element, fitCanvas } from "../shared/dom.js";
import { Derived } from "./derived.js";
import { drawPosterior, strokeEllipses } from "./ellipses.js";
import { Extras } from "./extras.js";
import { Field, drawContours } from "./field.js";
import { Manifold } from "./manifold.js";
import { drawAxes, drawOnPlane, drawProbe, drawText } from "./overlay.js";
import { PADDING, PointLayer } from "./points.js";
import { Posteriors } from "./posteriors.js";
import { drawPolygon } from "./selection.js";
import { Shown } from "./shown.js";
import { MARGIN } from "./view.js";

/** @import { Pane } from "./pane.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Draft } from "./selection.js" */
/** @import { ContourSpec, Loaded, Near, Paint } from "./types.d.ts" */

const RESTING_MS = 150; // since the view last changed
const ELLIPSES_AT_REST = 8000; // drawn at most; every n-th image, where there are more in view
const ELLIPSES_IN_MOTION = 2000;

/** The drawing of one pane. */
export class Scene {
  /** @param {Pane} pane where it is drawn. */
  constructor(pane) {
    this.pane = pane;
    this.layer = new PointLayer();
    this.extras = new Extras(() => pane.mark("view", "probe"));
    this.sources = new Extras(() => pane.mark("probe"));
    this.shown = new Shown(() => pane.mark("points", "probe"));
    this.manifold = new Manifold(() => pane.mark("view"));
    this.backdropContext = contextOf(element("canvas"), { willReadFrequently: true });
    /** @type {Uint32Array | null} */
    this.backdrop = null;
    /** @type {Posteriors | null} */
    this.posteriors = null;
    /** @type {Float32Array | null} */
    this.values = null;
    /** @type {Field | null} */
    this.field = null;
    /** @type {{ contour: ContourSpec, field: Field | null }[]} */
    this.contours = [];
    this.derived = new Derived();
    this.rest = 0;
    this.allowed = new Uint8Array(0);
    this.ellipses = { wanted: 0, drawn: 0 };
    this.viewChanged = -Infinity;
  }

  /**
   * Ask for what the pane's spec and look name; what is here already stays.
   *
   * @param {Loaded} loaded
   */
  prepare({ plane }) {
    const { spec, board } = this.pane;
    const { look } = board.data;
    const { count } = plane;
    this.posteriors = this.extras.get("posteriors", spec.posteriors_url, (bytes) => {
      return new Posteriors(bytes, count);
    });
    this.values = this.extras.get("values", spec.values?.url, (bytes) => new Float32Array(bytes));
    const { field } = spec;
    this.field = field && this.extras.get("field", field.url, (bytes) => new Field(bytes, field));
    this.contours = spec.contours.map((contour, n) => ({
      contour,
      field: this.extras.get(`contour ${n}`, contour.url, (bytes) => new Field(bytes, contour)),
    }));
    this.shown.set(plane, this.posteriors, look.points);
  }

  // --- the base ---

  /**
   * @param {Loaded} loaded
   * @param {boolean} backdropToo
   */
  drawBase(loaded, backdropToo) {
    const { pane, layer } = this;
    const { board, view, ratio, stage, baseContext: context } = pane;
    this.prepare(loaded);
    layer.resize(view.width, view.height, ratio);
    if (backdropToo) {
      this.drawBackdrop(loaded);
      this.viewChanged = performance.now();
    }
    layer.clear(view, ratio, board.theme.points, this.backdrop);
    this.drawPoints(loaded);
    const [width, height] = [stage.clientWidth, stage.clientHeight];
    fitCanvas(context, 0, 0, width, height, ratio);
    context.fillStyle = board.theme.background;
    context.fillRect(0, 0, width, height);
    layer.paint(context, Math.round(MARGIN.left * ratio), Math.round(MARGIN.top * ratio));
    drawAxes(context, view, board.theme);
    context.translate(MARGIN.left, MARGIN.top);
    this.drawLines(loaded, context);
  }

  /**
   * Heat map or manifold, read back as pixels so that the points can be blended over them.
   *
   * @param {Loaded} loaded
   */
  drawBackdrop(loaded) {
    const { pane, layer, field, backdropContext: context } = this;
    const { board, view, ratio, spec } = pane;
    const { look, image_shape } = board.data;
    this.backdrop = null;
    if (!field && look.manifold === "none") return;
    const { width, height } = layer.picture;
    if (context.canvas.width !== width || context.canvas.height !== height) {
      [context.canvas.width, context.canvas.height] = [width, height];
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = board.theme.background;
    context.fillRect(0, 0, width, height);
    context.setTransform(ratio, 0, 0, ratio, PADDING, PADDING);
    if (field && spec.field) {
      const [left, right, bottom, top] = field.bounds;
      const [x, y] = [view.toPixelX(left), view.toPixelY(top)];
      const [w, h] = [(right - left) * view.scale, (top - bottom) * view.scale];
      context.imageSmoothingEnabled = true;
      context.drawImage(this.derived.fieldPicture(field, spec.field, board.theme), x, y, w, h);
    }
    if (look.manifold !== "none") {
      const { manifold, manifold_opacity: opacity } = look;
      this.manifold.draw(context, view, loaded, image_shape, board.theme, manifold, opacity);
    }
    const pixels = context.getImageData(0, 0, width, height);
    this.backdrop = new Uint32Array(pixels.data.buffer);
  }

  /** @param {Loaded} loaded */
  drawPoints({ plane }) {
    const { pane, layer, shown } = this;
    const { board, view, ratio } = pane;
    const { look } = board.data;
    const start = performance.now();
    const { selection } = board.data;
    const selected =
      selection?.plane === pane.index ? this.derived.selectionMask(plane, selection) : null;
    const paint = this.derived.paint(plane, this.values, pane.spec.values, board.theme);
    const common = { places: shown.xy, order: plane.grid.items, label: plane.label, paint };
    if (this.allowed.length !== plane.count) this.allowed = new Uint8Array(plane.count);
    /** @param {0 | 1} wanted whether those of the selection. */
    const pass = (wanted) => {
      for (let i = 0; i < plane.count; i++) {
        const among = selected === null || selected[i] === wanted;
        this.allowed[i] = among ? board.visible[plane.label[i]] : 0;
      }
      const faint = wanted === 0;
      layer.draw(view, ratio, { ...common, allowed: this.allowed, shapes: look.shapes, faint });
    };
    if (look.points !== "none") {
      if (selected) pass(0);
      pass(1);
    }
    this.drawEllipses(plane, selected, paint);
    board.timings.record("points", performance.now() - start);
  }

  /**
   * Around the means, also where the points are draws: that is where q(z|x) lies.
   *
   * @param {Plane} plane
   * @param {Uint8Array | null} selected
   * @param {Paint} paint
   */
  drawEllipses(plane, selected, { step, table }) {
    const { pane, layer, posteriors } = this;
    const { board, view, ratio } = pane;
    const { ellipses } = board.data.look;
    this.ellipses = { wanted: 0, drawn: 0 };
    if (!posteriors || !(ellipses === "all" || (ellipses === "selection" && selected))) return;
    // Fewer while the view is moving, to keep up with the screen; all of them once it rests.
    const resting = performance.now() - this.viewChanged > RESTING_MS;
    clearTimeout(this.rest);
    if (!resting) this.rest = setTimeout(() => pane.mark("points"), RESTING_MS + 1);
    this.ellipses = strokeEllipses(layer.picture, layer.frame(view, ratio), {
      places: plane.xy,
      order: plane.grid.items,
      posteriors,
      colourOf: (i) => table[step[i]],
      shown: (i) =>
        board.visible[plane.label[i]] === 1 && (ellipses === "all" || selected?.[i] === 1),
      most: resting ? ELLIPSES_AT_REST : ELLIPSES_IN_MOTION,
    });
  }

  /**
   * @param {Loaded} loaded
   * @param {CanvasRenderingContext2D} context
   */
  drawLines(loaded, context) {
    const { pane } = this;
    const { board, view, index } = pane;
    const { data, theme, visible } = board;
    context.save();
    context.beginPath();
    context.rect(0, 0, view.width, view.height);
    context.clip();
    for (const { contour, field } of this.contours) {
      if (!field || (contour.label !== null && !visible[contour.label])) continue;
      field.lines ??= contour.levels.map(({ value, text }) => {
        return { pieces: field.contour(value), text };
      });
      drawContours(context, view, theme, field.lines, contour.colour ?? theme.text);
    }
    const { selection } = data;
    if (selection?.plane === index) drawPolygon(context, view, theme, selection.polygon, false);
    const { wanted, drawn } = this.ellipses;
    if (drawn < wanted) {
      const text = `${drawn.toLocaleString("en")} of ${wanted.toLocaleString("en")} ellipses`;
      drawText(context, theme, text, 90, view.height - 10);
    }
    const markers = data.markers.filter(({ plane }) => (plane ?? index) === index);
    drawOnPlane(context, view, theme, loaded.plane, { ...data, rings: data.look.rings, markers });
    context.restore();
  }

  // --- the probe ---

  /**
   * @param {Near | null} near
   * @param {Draft | null} draft
   */
  drawProbe(near, draft) {
    const { pane, posteriors } = this;
    const { board, view, ratio, probe, probeContext: context } = pane;
    const { theme, data } = board;
    fitCanvas(context, MARGIN.left, MARGIN.top, view.width, view.height, ratio);
    if (near && posteriors && data.look.ellipses !== "none") {
      const covariance = posteriors.covariance.subarray(3 * near.image, 3 * near.image + 3);
      const [x, y] = [view.toPixelX(near.mean[0]), view.toPixelY(near.mean[1])];
      drawPosterior(context, theme, x, y, covariance, near.colour, view.scale);
    }
    drawProbe(context, view, theme, probe, near);
    if (draft) drawPolygon(context, view, theme, draft.polygon, true);
  }

  /**
   * The image itself, grey bytes (D). All are fetched at the first call.
   *
   * @param {Loaded} loaded
   * @param {number} image
   * @returns {Uint8Array | null} null until it is here.
   */
  sourceOf(loaded, image) {
    const { spec } = this.pane;
    const pixels = this.sources.get("images", spec.images_url, (bytes) => new Uint8Array(bytes));
    const size = loaded.image.length;
    return pixels?.subarray(image * size, (image + 1) * size) ?? null;
  }

  /**
   * Move what is moving.
   *
   * @param {number} now
   * @returns {boolean} whether there is more to come.
   */
  advance(now) {
    return this.shown.advance(now);
  }

  get complete() {
    const { manifold } = this.pane.board.data.look;
    return !this.extras.waiting && (manifold === "none" || this.manifold.complete);
  }

  destroy() {
    clearTimeout(this.rest);
    this.extras.stop();
    this.sources.stop();
    this.shown.stop();
    this.manifold.stop();
  }
}
