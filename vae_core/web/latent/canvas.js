// The component: panes, legend, the shared probe, and what goes to and from Python.
//
// Test hook: the root element (class "latent-canvas") has data-ready="1" once everything is
// drawn, and a property latentCanvas with
//   decode(pane, [x, y])    a fresh Float32Array, the image that is shown at a place
//   lastDecode(pane)        a copy of the image shown now
//   probe(pane)             { x, y } of the crosshair
//   toPixels(pane, x, y)    { x, y } in the browser's window
//   shownPlaces(pane)       places of the points as they are drawn, flat
//   ellipses(pane)          { wanted, drawn }: posteriors in view, and those with an outline
//   sourceShown(pane)       whether the card shows an image of the data
//   timings                 { decode, points, firstDraw }: last durations in milliseconds

class Timings {
  constructor() {
    Object.assign(this, { decode: [], points: [], firstDraw: [] });
  }

  record(name, milliseconds) {
    this[name].push(milliseconds);
    if (this[name].length > 600) this[name].shift();
  }
}

function testHook({ panes, timings }) {
  return {
    timings,
    decode(index, [x, y]) {
      const { plane, decoder, z } = panes[index].loaded;
      plane.latentAt(x, y, z);
      return decoder.run(z).slice();
    },
    lastDecode: (index) => panes[index].loaded.image.slice(),
    shownPlaces: (index) => Array.from(panes[index].scene.shown.xy),
    ellipses: (index) => ({ ...panes[index].scene.ellipses }),
    sourceShown: (index) => !panes[index].card.source.canvas.hidden,
    probe: (index) => ({ ...panes[index].probe }),
    toPixels(index, x, y) {
      const { probeCanvas, view } = panes[index];
      const { left, top } = probeCanvas.getBoundingClientRect();
      return { x: left + view.toPixelX(x), y: top + view.toPixelY(y) };
    },
  };
}

class LatentCanvas {
  constructor() {
    this.panes = [];
    this.visible = new Uint8Array(256).fill(1); // by label; what the legend lets through
    this.near = null; // { image, pane it was found in }
    this.timings = new Timings();
    this.frame = 0;
    this.root = element("div", "latent-canvas");
    this.layout = element("div", "layout");
    this.bar = element("div", "bar");
    this.legend = element("div", "legend");
    this.legend.setAttribute("role", "group");
    this.legend.setAttribute("aria-label", "Classes shown");
    this.panesRoot = element("div", "panes");
    this.live = element("p", "live");
    this.live.setAttribute("aria-live", "polite");
    const mouse = "Move to decode · drag to pan · wheel to zoom · click to choose";
    const touch = "Tap to decode · hold and drag to explore · pinch to zoom";
    this.scales = element("div", "scales");
    this.bar.append(this.legend, this.scales);
    this.bar.append(element("span", "hint mouse", mouse), element("span", "hint touch", touch));
    this.layout.append(this.bar, this.panesRoot, this.live);
    this.root.append(this.layout);
    this.root.latentCanvas = testHook(this);
  }

  update(data, setStateValue) {
    const { planes } = data;
    this.data = data;
    this.setStateValue = setStateValue;
    this.theme = readTheme(this.root, data.colours);
    const look = JSON.stringify(this.theme);
    if (look !== this.look) for (const pane of this.panes) pane.mark("view", "probe");
    this.look = look;
    this.root.style.setProperty("--height", `max(${data.height}px, 62vh)`);
    this.root.style.setProperty("--panes", planes.length);
    this.panesRoot.classList.toggle("bare", !data.card);
    this.showLegend();
    while (this.panes.length > planes.length) this.panes.pop().destroy();
    while (this.panes.length < planes.length) {
      const pane = new Pane(this, this.panes.length);
      this.panes.push(pane);
      this.panesRoot.append(pane.root);
    }
    planes.forEach((spec, i) => this.panes[i].setSpec(spec));
    this.showScales();
  }

  /** Colour bars of what is coloured by number, each once. */
  showScales() {
    const bars = new Map();
    for (const { values, field } of this.data.planes) {
      if (values) bars.set(JSON.stringify([values.title, values.low]), [values, CIVIDIS]);
      if (field) {
        const anchors = fieldAnchors(field.palette, this.theme);
        bars.set(JSON.stringify([field.title, field.low]), [field, anchors]);
      }
    }
    this.scales.replaceChildren(...[...bars.values()].map((bar) => colourBar(...bar)));
  }

  // Moving in one pane moves the same z in all, where every plane is the latent space itself.
  get linked() {
    return this.data.planes.every((plane) => !plane.projected);
  }

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

  sendClick(pane, x, y) {
    if (!pane.loaded) return;
    // The time makes a second click at the same place a new value.
    const value = { plane: pane.index, x, y, point: pane.imageAt(x, y), time: performance.now() };
    this.setStateValue("click", value);
  }

  sendSelection(pane, polygon) {
    const classes = this.data.class_names.map((_, label) => label);
    const shown = classes.filter((label) => this.visible[label]);
    const value = { plane: pane.index, polygon, classes: shown, time: performance.now() };
    this.setStateValue("selection", value);
  }

  /** For screen readers, and only after a key: a moving mouse would never let them finish. */
  announce(pane) {
    const { x, y } = pane.probe;
    const near = this.near ? pane.nearImage() : null;
    this.live.textContent =
      `${number(x, 2)}, ${number(y, 2)}` + (near ? `, nearest image: class ${near.name}` : "");
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      const drawn = this.panes.map((pane) => pane.draw(now));
      this.root.dataset.ready = drawn.every(Boolean) ? "1" : "0";
    });
  }

  showLegend() {
    const { class_names, colours, planes, look, shown_classes } = this.data;
    const plain = planes.some(({ values }) => values); // then colour does not mean class
    const key = JSON.stringify([class_names, colours, plain, look.shapes]);
    const filter = JSON.stringify([class_names, shown_classes]);
    if (key === this.legendKey && filter === this.filterKey) return;
    if (key !== this.legendKey) {
      this.chips = class_names.map((name, label) => this.makeChip(name, label, plain));
      this.all = button("all", "show all", "", () => this.showOnly(null));
      this.legend.replaceChildren(...this.chips, this.all);
    }
    if (filter !== this.filterKey) {
      this.visible.fill(shown_classes ? 0 : 1);
      for (const label of shown_classes ?? []) this.visible[label] = 1;
    }
    [this.legendKey, this.filterKey] = [key, filter];
    this.filterChanged();
  }

  makeChip(name, label, plain) {
    const title = "Click to hide or show, double click for this class alone";
    const chip = button("chip", name, title, (event) => {
      if (event.altKey || event.detail === 2) this.showOnly(label);
      else this.setVisible(label, !this.visible[label]);
    });
    const colour = plain ? this.theme.muted : this.data.colours[label];
    chip.style.setProperty("--class", colour);
    if (this.data.look.shapes) {
      const symbol = element("canvas", "symbol");
      drawShape(symbol, shapeOf(label), colour);
      chip.prepend(symbol);
      chip.classList.add("shaped");
    }
    return chip;
  }

  setVisible(label, shown) {
    this.visible[label] = shown ? 1 : 0;
    this.filterChanged();
  }

  /** One class alone, or all: for null, and when the class is alone already (its first click of
   *  a double click has then hidden it, and nothing is left). */
  showOnly(label) {
    const shown = this.chips.some((_, i) => this.visible[i]);
    this.visible.fill(label === null || !shown ? 1 : 0);
    if (label !== null) this.visible[label] = 1;
    this.filterChanged();
  }

  filterChanged() {
    this.chips.forEach((chip, i) => chip.setAttribute("aria-pressed", Boolean(this.visible[i])));
    this.all.classList.toggle("idle", this.chips.every((_, i) => this.visible[i]));
    for (const pane of this.panes) pane.mark("points");
    this.forgetNear();
  }

  forgetNear() {
    this.near = null;
    for (const pane of this.panes) pane.mark("probe");
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    for (const pane of this.panes) pane.destroy();
    this.root.remove();
  }
}

export default mountOnce(LatentCanvas);
