// One pane: a plane in its own view, and the decode at the probe.

const NEAR_PIXELS = 10; // how close to an image's point counts as on it
const TILE_SIZE = 84;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

class Pane {
  /** @param board the LatentCanvas that this pane belongs to. */
  constructor(board, index) {
    this.board = board;
    this.index = index;
    this.view = new View();
    this.probe = { x: 0, y: 0 };
    this.loaded = null; // { plane, decoder, z, image } once the data are here
    this.dirty = { view: true, points: true, lines: true, probe: true, decode: true };
    this.arrived = null; // when the data came from the server, until they are drawn
    this.build();
    this.scene = new Scene(this);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.root);
  }

  build() {
    this.root = element("section", "pane");
    this.title = element("h3", "title");
    this.stage = element("div", "stage");
    this.baseCanvas = element("canvas", "base"); // changes with the view only
    this.baseContext = this.baseCanvas.getContext("2d", { alpha: false });
    this.probeCanvas = element("canvas", "probe"); // changes with every move
    this.probeContext = this.probeCanvas.getContext("2d");
    this.probeCanvas.tabIndex = 0;
    this.probeCanvas.setAttribute("role", "application");
    this.toolbar = new Toolbar(
      (tool) => this.hand.take(tool),
      () => this.goHome(),
    );
    this.tile = new Tile();
    this.card = new Card();
    this.notice = element("p", "notice");
    this.notice.setAttribute("role", "status");
    this.stage.append(this.baseCanvas, this.probeCanvas, this.toolbar.root);
    this.stage.append(this.tile.root, this.notice);
    this.root.append(this.title, this.stage, this.card.root);
    this.hand = new Hand(this);
  }

  /** Take a PlaneSpec; fetch what it names unless it is here already. */
  setSpec(spec) {
    const previous = this.spec;
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
    const same =
      previous?.points_url === spec.points_url && previous.decoder_url === spec.decoder_url;
    if (!same) this.fetch(0);
    else this.mark("view", "probe");
  }

  async fetch(attempt) {
    clearTimeout(this.retry);
    const { spec } = this;
    const request = (this.request = {}); // a later one makes this one void
    this.waiting = true; // the picture of an earlier model may be standing here
    this.board.root.dataset.ready = "0";
    let arrived = null;
    try {
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
      this.resize();
      this.mark("view", "probe", "decode");
    } catch (error) {
      if (this.request !== request) return;
      console.warn("latent canvas:", error);
      this.notice.textContent = "The data of this plane could not be read; trying again.";
      const wait = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
      this.retry = setTimeout(() => this.fetch(attempt + 1), wait);
    }
  }

  /** @param layers "view" (all of the base), "points" (without the backdrop), "lines", "probe",
   *  "decode". */
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

  changeView(change) {
    if (!this.loaded) return;
    change();
    this.mark("view", "probe");
  }

  goHome() {
    if (!this.loaded) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.changeView(() => (still ? this.view.goHome() : this.view.startHome(performance.now())));
  }

  /** Index of the visible image within reach of a place; null if there is none. */
  imageAt(x, y) {
    const { grid } = this.scene.shown;
    if (!grid || this.board.data.look.points === "none") return null;
    const found = grid.findNearest(x, y, 1, NEAR_PIXELS / this.view.scale, this.board.visible);
    return found ? grid.found[0] : null;
  }

  // --- what is drawn; called once per animation frame ---

  draw(now) {
    if (!this.loaded || this.view.width < 2) return false;
    const gliding = this.view.advance(now);
    const moving = this.scene.advance(now);
    const { board, dirty, loaded, scene } = this;
    const ratio = window.devicePixelRatio || 1;
    if (ratio !== this.ratio) dirty.view = dirty.probe = true;
    this.ratio = ratio;
    this.dirty = { view: false, points: false, lines: false, probe: false, decode: false };
    if (dirty.view || dirty.points || dirty.lines || moving) scene.drawBase(dirty.view);
    if (dirty.decode) this.decode();
    if (dirty.probe || dirty.decode || (moving && board.near)) {
      const near = this.nearImage();
      scene.drawProbe(near, this.hand.draft);
      const under = board.near?.pane === this ? near : null;
      this.card.show(loaded.image, loaded.plane, this.probe, under);
      this.card.showSource(under && scene.sourceOf(under.image));
    }
    if (gliding) this.mark("view", "probe");
    if (moving) board.schedule();
    if (this.arrived !== null) board.timings.record("firstDraw", performance.now() - this.arrived);
    this.arrived = null;
    return !this.waiting && scene.complete;
  }

  decode() {
    const start = performance.now();
    const { plane, decoder, z, image } = this.loaded;
    plane.latentAt(this.probe.x, this.probe.y, z);
    image.set(decoder.run(z));
    this.board.timings.record("decode", performance.now() - start);
    this.tile.show(image);
  }

  // The nearest image's own place here, in whichever pane it was found.
  nearImage() {
    const { near, theme, data } = this.board;
    const { plane } = this.loaded;
    if (near === null || near.image >= plane.count) return null;
    const { image } = near;
    const label = plane.label[image];
    const places = this.scene.shown.xy ?? plane.xy;
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
    this.request = null;
    this.observer.disconnect();
    this.scene.destroy();
    this.root.remove();
  }
}
