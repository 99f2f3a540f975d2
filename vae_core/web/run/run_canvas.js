// The component: the plane with its legend, and the curves.
//
// Test hook: the root element (class "run-canvas") has a property runCanvas with
//   epoch     the epoch that the plane is of
//   points()  a copy of the places as they are drawn now, x and y in turn; null without a plane
//   moving    whether they are on their way

class RunCanvas {
  constructor() {
    this.frame = 0;
    this.visible = [];
    this.root = element("div", "run-canvas");
    this.plane = new PlaneChart();
    this.curves = new CurveChart(() => this.schedule());
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
    this.observer = new ResizeObserver(() => this.schedule());
    this.observer.observe(this.root);
    const { plane } = this;
    this.root.runCanvas = {
      get epoch() {
        return plane.epoch;
      },
      get moving() {
        return Boolean(plane.start);
      },
      points: () => plane.now?.xy.slice() ?? null,
    };
  }

  update(data) {
    this.colours = data.colours;
    this.root.style.setProperty("--height", `${data.height}px`);
    this.showLegend(data);
    this.plane.setData(data.plane, data.shown_epoch, performance.now());
    this.curves.setData(data);
    this.sheet.setData(data.sheet, data.sheet_title);
    this.schedule();
  }

  showLegend({ class_names, colours }) {
    const key = JSON.stringify([class_names, colours]);
    if (key === this.legendKey) return;
    this.legendKey = key;
    this.visible = class_names.map(() => true);
    const chips = class_names.map((name, k) => {
      const chip = button("chip", name, "Click to hide or show this class", () => {
        this.visible[k] = !this.visible[k];
        chip.setAttribute("aria-pressed", this.visible[k]);
        this.schedule();
      });
      chip.setAttribute("aria-pressed", true);
      chip.style.setProperty("--class", colours[k]);
      return chip;
    });
    this.legend.replaceChildren(...chips);
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      const theme = readTheme(this.root, this.colours);
      const ratio = window.devicePixelRatio || 1;
      const moving = this.plane.move(now);
      this.plane.draw(theme, this.colours, this.visible, ratio);
      this.curves.draw(theme, ratio);
      if (moving) this.schedule();
    });
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.root.remove();
  }
}

export default mountOnce(RunCanvas);
