// One pane: a plane with its layers (points, lines, crosshair), its decode, and its own view.

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
    this.dirty = { points: true, lines: true, probe: true, decode: true };
    this.arrived = null; // when the points came from the server, until they are drawn
    this.build();
    this.layer = new PointLayer();
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
    const homeTitle = "Whole plane (double click, or key 0)";
    this.homeButton = button("home", "⤢", homeTitle, () => this.goHome());
    this.homeButton.setAttribute("aria-label", "Show the whole plane");
    this.tile = new Tile();
    this.card = new Card();
    this.notice = element("p", "notice");
    this.notice.setAttribute("role", "status");
    this.stage.append(this.baseCanvas, this.probeCanvas, this.homeButton);
    this.stage.append(this.tile.root, this.notice);
    this.root.append(this.title, this.stage, this.card.root);
    this.gestures = new Gestures(this.probeCanvas, {
      look: (x, y, touch) => this.look(x, y, touch),
      leave: () => this.tile.hide(),
      pan: (dx, dy) => this.changeView(() => this.view.panBy(dx, dy)),
      zoom: (x, y, factor) => this.changeView(() => this.view.zoomAt(x, y, factor)),
      click: (x, y, pointerType) => this.click(x, y, pointerType),
      home: () => this.goHome(),
      step: (dx, dy) => this.stepProbe(dx, dy),
      zoomAtProbe: (factor) => this.zoomAtProbe(factor),
      clickProbe: () => this.board.sendClick(this, this.probe.x, this.probe.y),
    });
  }

  /** Take a PlaneSpec; fetch what it names unless it is here already. */
  setSpec(spec) {
    const previous = this.spec;
    this.spec = spec;
    this.title.textContent = spec.title;
    this.view.axisTitles = spec.axis_titles;
    this.probeCanvas.setAttribute(
      "aria-label",
      `Latent plane ${spec.title}. Arrow keys move the crosshair, Shift for larger steps, ` +
        "Enter clicks there, plus and minus zoom, 0 shows the whole plane.",
    );
    this.resize();
    const same =
      previous?.points_url === spec.points_url && previous.decoder_url === spec.decoder_url;
    if (!same) this.fetch(0);
    else this.mark("lines", "probe");
  }

  async fetch(attempt) {
    clearTimeout(this.retry);
    const { spec } = this;
    const request = (this.request = {}); // a later one makes this one void
    this.waiting = true; // the picture of an earlier model may be standing here
    this.board.root.dataset.ready = "0";
    let arrived = null;
    try {
      const [plane, decoder] = await Promise.all([
        load(spec.points_url, (bytes) => {
          arrived = performance.now();
          return new Plane(bytes, spec);
        }),
        load(spec.decoder_url, (bytes) => new Decoder(bytes, spec.layers, spec.activation)),
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
      this.mark("points", "probe", "decode");
    } catch (error) {
      if (this.request !== request) return;
      console.warn("latent canvas:", error);
      this.notice.textContent = "The data of this plane could not be read; trying again.";
      const wait = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
      this.retry = setTimeout(() => this.fetch(attempt + 1), wait);
    }
  }

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
    this.mark("points", "decode");
  }

  // --- what a person does ---

  look(px, py, touch) {
    if (!this.loaded) return;
    this.board.moveProbe(this, this.view.toPlaneX(px), this.view.toPlaneY(py));
    this.tile.moveTo(px, py, this.view, touch);
  }

  click(px, py, pointerType) {
    if (!this.loaded) return;
    const [x, y] = [this.view.toPlaneX(px), this.view.toPlaneY(py)];
    this.board.moveProbe(this, x, y);
    this.board.sendClick(this, x, y);
    if (pointerType !== "touch") this.tile.moveTo(px, py, this.view, false);
  }

  changeView(change) {
    if (!this.loaded) return;
    change();
    this.mark("points", "probe");
  }

  goHome() {
    if (!this.loaded) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.changeView(() => (still ? this.view.goHome() : this.view.startHome(performance.now())));
  }

  stepProbe(dx, dy) {
    if (!this.loaded) return;
    const { view, probe } = this;
    const [px, py] = [view.toPixelX(probe.x) + dx, view.toPixelY(probe.y) + dy];
    const [x, y] = [view.toPlaneX(px), view.toPlaneY(py)];
    const inside = (value, size) => Math.max(20, Math.min(size - 20, value));
    const [overX, overY] = [px - inside(px, view.width), py - inside(py, view.height)];
    if (overX || overY) this.changeView(() => view.panBy(-overX, -overY));
    this.tile.hide();
    this.board.moveProbe(this, x, y);
    this.board.announce(this);
  }

  zoomAtProbe(factor) {
    const { view, probe } = this;
    const [px, py] = [view.toPixelX(probe.x), view.toPixelY(probe.y)];
    this.changeView(() => view.zoomAt(px, py, factor));
  }

  /** Index of the visible image within reach of a place; null if there is none. */
  imageAt(x, y) {
    const { plane } = this.loaded;
    const found = plane.findNearest(x, y, 1, NEAR_PIXELS / this.view.scale, this.board.visible);
    return found ? plane.found[0] : null;
  }

  // --- what is drawn; called once per animation frame ---

  draw(now) {
    if (!this.loaded || this.view.width < 2) return false;
    const gliding = this.view.advance(now);
    const { board, view, dirty, loaded } = this;
    const { theme } = board;
    const ratio = window.devicePixelRatio || 1;
    if (dirty.points || ratio !== this.ratio) {
      this.ratio = ratio;
      dirty.points = dirty.probe = true;
      const start = performance.now();
      this.layer.resize(view.width, view.height, ratio);
      this.layer.draw(loaded.plane, view, ratio, theme.points, board.visible);
      board.timings.record("points", performance.now() - start);
    }
    if (dirty.points || dirty.lines) this.drawBase();
    if (dirty.decode) this.decode();
    if (dirty.probe || dirty.decode) {
      const near = this.nearImage();
      fitCanvas(this.probeContext, MARGIN.left, MARGIN.top, view.width, view.height, ratio);
      drawProbe(this.probeContext, view, theme, this.probe, near);
      const under = board.near?.pane === this ? near : null;
      this.card.show(loaded.image, loaded.plane, this.probe, under);
    }
    this.dirty = { points: false, lines: false, probe: false, decode: false };
    if (gliding) this.mark("points", "probe");
    if (this.arrived !== null) board.timings.record("firstDraw", performance.now() - this.arrived);
    this.arrived = null;
    return !this.waiting;
  }

  drawBase() {
    const { board, ratio, baseContext: context } = this;
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    fitCanvas(context, 0, 0, width, height, ratio);
    context.fillStyle = board.theme.background;
    context.fillRect(0, 0, width, height);
    this.layer.paint(context, Math.round(MARGIN.left * ratio), Math.round(MARGIN.top * ratio));
    drawAxes(context, this.view, board.theme);
    context.translate(MARGIN.left, MARGIN.top);
    const markers = board.data.markers.filter(({ plane }) => (plane ?? this.index) === this.index);
    drawOnPlane(context, this.view, board.theme, this.loaded.plane, { ...board.data, markers });
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
    const label = plane.label[near.image];
    return {
      x: plane.xy[2 * near.image],
      y: plane.xy[2 * near.image + 1],
      radius: PointLayer.radius(plane.count, this.view),
      colour: data.colours[label] ?? theme.text,
      name: data.class_names[label] ?? String(label),
    };
  }

  destroy() {
    clearTimeout(this.retry);
    this.request = null;
    this.observer.disconnect();
    this.root.remove();
  }
}
