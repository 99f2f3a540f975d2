// One pane: a plane in its own view, and the decode at the probe.

import { load } from "../shared/assets.js";
import { Decoder } from "../shared/decoder.js";
import { contextOf, element, prefersStillness } from "../shared/dom.js";
import { Card, Tile } from "./card.js";
import { retryAfter } from "./extras.js";
import { Hand } from "./hand.js";
import { Plane } from "./plane.js";
import { PointLayer } from "./points.js";
import { SaveButton } from "./save_button.js";
import { Scene } from "./scene.js";
import { Toolbar } from "./toolbar.js";
import { MARGIN, View, openingBounds } from "./view.js";

/** @import { LatentCanvas } from "./canvas.js" */
/** @import { Loaded, Near, PartOfPane, PlaneSpec } from "./types.d.ts" */

/** @typedef {"view" | "points" | "lines" | "probe" | "decode"} Layer */

const NEAR_PIXELS = 10; // how close to an image's point counts as on it
const TILE_SIZE = 84;

/** One plane with its card; the panes of a canvas share the probe and the legend. */
export class Pane {
  /**
   * @param {LatentCanvas} board that this pane belongs to.
   * @param {number} index
   * @param {PlaneSpec} spec
   */
  constructor(board, index, spec) {
    this.board = board;
    this.index = index;
    this.view = new View();
    this.probe = { x: 0, y: 0 };
    this.spec = spec;
    /** @type {Loaded | null} */
    this.loaded = null;
    this.waiting = true; // the picture of an earlier model may be standing here
    this.wanted = ""; // addresses of the data
    /** @type {PartOfPane | null} */
    this.part = null; // of the plane, to be seen once the data are here
    this.request = {}; // for data; a later one makes an earlier one void
    this.retry = 0;
    this.ratio = 1;
    this.dirty = { view: true, points: true, lines: true, probe: true, decode: true };
    /** @type {number | null} */
    this.arrived = null; // when the data came from the server, until they are drawn
    this.root = element("section", "pane");
    this.title = element("h3", "title");
    this.stage = element("div", "stage");
    this.baseCanvas = element("canvas", "base"); // changes with the view only
    this.baseContext = contextOf(this.baseCanvas, { alpha: false });
    this.probeCanvas = element("canvas", "probe"); // changes with every move
    this.probeContext = contextOf(this.probeCanvas);
    this.probeCanvas.tabIndex = 0;
    this.probeCanvas.setAttribute("role", "application");
    this.toolbar = new Toolbar(
      (tool) => this.hand.take(tool),
      () => this.goHome(),
      new SaveButton(this).root,
    );
    this.tile = new Tile();
    this.card = new Card();
    this.notice = element("p", "notice");
    this.notice.setAttribute("role", "status");
    this.stage.append(this.baseCanvas, this.probeCanvas, this.toolbar.root);
    this.stage.append(this.tile.root, this.notice);
    this.root.append(this.title, this.stage, this.card.root);
    this.hand = new Hand(this);
    this.scene = new Scene(this);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.root);
  }

  /**
   * Fetch what a spec names unless it is here already.
   *
   * @param {PlaneSpec} spec
   */
  setSpec(spec) {
    this.spec = spec;
    this.title.textContent = spec.title;
    this.view.axisTitles = spec.axis_titles;
    this.hand.allowSelecting(this.board.data.selectable);
    this.toolbar.showTools(this.board.data.selectable);
    this.probeCanvas.setAttribute(
      "aria-label",
      `Latent plane ${spec.title}. Arrow keys move the crosshair, Shift for larger steps, ` +
        "Enter clicks there, plus and minus zoom, 0 shows the whole plane.",
    );
    this.resize();
    const wanted = `${spec.points_url} ${spec.decoder_url}`;
    if (wanted === this.wanted) this.mark("view", "probe");
    else this.fetch(0);
    this.wanted = wanted;
  }

  /** @param {number} attempt */
  async fetch(attempt) {
    clearTimeout(this.retry);
    const { spec } = this;
    const request = (this.request = {});
    this.waiting = true;
    this.board.root.dataset.ready = "0";
    /** @type {number | null} */
    let arrived = null;
    try {
      /**
       * @template Parsed
       * @param {(bytes: ArrayBuffer) => Parsed} parse
       * @returns {(bytes: ArrayBuffer) => Parsed}
       */
      const timed = (parse) => (bytes) => {
        arrived ??= performance.now();
        return parse(bytes);
      };
      const [plane, decoder] = await Promise.all([
        load(spec.points_url, timed((bytes) => new Plane(bytes, spec))),
        load(
          spec.decoder_url,
          timed((bytes) => new Decoder(bytes, spec.layers, spec.activation, spec.likelihood)),
        ),
      ]);
      if (this.request !== request) return;
      const image = new Float32Array(spec.layers[spec.layers.length - 1]);
      this.loaded = { plane, decoder, z: new Float64Array(spec.latent_dim), image };
      this.arrived = arrived; // null if they were here already
      this.waiting = false;
      this.notice.textContent = "";
      this.board.forgetNear();
      this.view.fit(openingBounds(plane));
      this.view.restore(this.part);
      this.part = null;
      this.resize();
      this.mark("view", "probe", "decode");
    } catch (error) {
      if (this.request !== request) return;
      console.warn("latent canvas:", error);
      this.notice.textContent = "The data of this plane could not be read; trying again.";
      this.retry = setTimeout(() => this.fetch(attempt + 1), retryAfter(attempt));
    }
  }

  /** @param {PartOfPane | null} part of the plane to see; null for the opening view. */
  restore(part) {
    this.part = part;
    if (this.waiting || !this.loaded) return;
    this.view.restore(part);
    this.part = null;
    this.mark("view", "probe");
  }

  /**
   * Draw layers anew in the next frame: "view" is all of the base, "points" without the backdrop.
   *
   * @param {...Layer} layers
   */
  mark(...layers) {
    for (const layer of layers) this.dirty[layer] = true;
    this.board.schedule();
  }

  resize() {
    const { clientWidth, clientHeight } = this.root;
    const { card, image_shape } = this.board.data;
    const beside = card && clientWidth >= 560 && clientWidth > 1.2 * clientHeight;
    this.root.classList.toggle("beside", beside); // the card, else below the plane
    this.card.fit(image_shape, this.stage.clientHeight);
    this.tile.picture.setShape(image_shape, TILE_SIZE);
    const width = Math.floor(this.stage.clientWidth) - MARGIN.left - MARGIN.right;
    const height = Math.floor(this.stage.clientHeight) - MARGIN.top - MARGIN.bottom;
    if (width < 1 || height < 1) return; // hidden, in a closed tab for instance
    if (width === this.view.width && height === this.view.height) return;
    this.view.resize(width, height);
    this.mark("view", "decode");
  }

  /** @param {() => void} change */
  changeView(change) {
    if (!this.loaded) return;
    change();
    this.mark("view", "probe");
    this.board.partChanged();
  }

  goHome() {
    if (!this.loaded) return;
    this.changeView(() => (prefersStillness() ? this.view.goHome() : this.view.startHome(performance.now())));
  }

  /**
   * The visible image within reach of a place; null if there is none.
   *
   * @param {number} x
   * @param {number} y
   * @returns {number | null} its index.
   */
  imageAt(x, y) {
    const { grid } = this.scene.shown;
    if (!grid || this.board.data.look.points === "none") return null;
    const found = grid.findNearest(x, y, 1, NEAR_PIXELS / this.view.scale, this.board.visible);
    return found ? grid.found[0] : null;
  }

  // --- what is drawn; called once per animation frame ---

  /**
   * @param {number} now
   * @returns {boolean} whether there is nothing more to come.
   */
  draw(now) {
    if (!this.loaded || this.view.width < 2) return false;
    const gliding = this.view.advance(now);
    const moving = this.scene.advance(now);
    const { board, dirty, loaded, scene } = this;
    const ratio = window.devicePixelRatio || 1;
    if (ratio !== this.ratio) dirty.view = dirty.probe = true;
    this.ratio = ratio;
    this.dirty = { view: false, points: false, lines: false, probe: false, decode: false };
    if (dirty.view || dirty.points || dirty.lines || moving) scene.drawBase(loaded, dirty.view);
    if (dirty.decode) this.decode(loaded);
    if (dirty.probe || dirty.decode || (moving && board.near)) {
      const near = this.nearImage(loaded);
      scene.drawProbe(near, this.hand.draft);
      const under = board.near?.pane === this ? near : null;
      this.card.show(loaded.image, loaded.plane, this.probe, under);
      this.card.showSource(under && scene.sourceOf(loaded, under.image));
    }
    if (gliding) this.mark("view", "probe");
    if (moving) board.schedule();
    if (this.arrived !== null) board.timings.record("firstDraw", performance.now() - this.arrived);
    this.arrived = null;
    return !this.waiting && scene.complete;
  }

  /** @param {Loaded} loaded */
  decode({ plane, decoder, z, image }) {
    const start = performance.now();
    plane.latentAt(this.probe.x, this.probe.y, z);
    image.set(decoder.run(z));
    this.board.timings.record("decode", performance.now() - start);
    this.tile.show(image);
  }

  /**
   * The nearest image at its own place here, in whichever pane it was found.
   *
   * @param {Loaded} loaded
   * @returns {Near | null}
   */
  nearImage({ plane }) {
    const { near, theme, data } = this.board;
    if (near === null || near.image >= plane.count) return null;
    const { image } = near;
    const label = plane.label[image];
    const { xy: places } = this.scene.shown;
    return {
      image,
      x: places[2 * image],
      y: places[2 * image + 1],
      mean: [plane.xy[2 * image], plane.xy[2 * image + 1]],
      radius: PointLayer.radius(plane.count, this.view),
      colour: data.colours[label] ?? theme.text,
      name: data.class_names[label] ?? String(label),
    };
  }

  destroy() {
    clearTimeout(this.retry);
    this.request = {};
    this.observer.disconnect();
    this.scene.destroy();
    this.root.remove();
  }
}
