// The button that saves a plane, and the few choices behind it.
import { button, element } from "../shared/dom.js";
import { annotatePng, annotateSvg, download, rasterise } from "../shared/saved_picture.js";
import { SCHEMES, themeOf } from "../shared/theme.js";
import { planeCsv, planeSvg } from "./plane_picture.js";
import { icon } from "./toolbar.js";

/** @import { Pane } from "./pane.js" */

const ARROW = "M8 2v8M5 7l3 3 3-3M3 13h10";

/** @typedef {"svg" | "png" | "csv"} Kind */

/** Stands in the toolbar; the choices open below it. */
export class SaveButton {
  /** @param {Pane} pane */
  constructor(pane) {
    this.pane = pane;
    this.root = element("div", "saving");
    this.open = button("tool", "", "Save the plane", () => this.toggle(!this.choices.hidden));
    this.open.setAttribute("aria-label", "Save the plane");
    this.open.setAttribute("aria-expanded", "false");
    this.open.append(icon(ARROW));
    this.choices = element("div", "choices");
    this.choices.hidden = true;
    this.scheme = chooser("Colours", [["", "As here"], ["light", "Light"], ["dark", "Dark"]]);
    this.scale = chooser("Pixels of a PNG", [["2", "PNG × 2"], ["1", "PNG × 1"], ["4", "PNG × 4"]]);
    const files = element("div", "files");
    for (const kind of /** @type {Kind[]} */ (["png", "svg", "csv"])) {
      files.append(button("file", kind.toUpperCase(), "", () => this.save(kind)));
    }
    this.choices.append(this.scheme, this.scale, files);
    this.root.append(this.open, this.choices);
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.toggle(true);
    });
  }

  /** @param {boolean} closed */
  toggle(closed) {
    this.choices.hidden = closed;
    this.open.setAttribute("aria-expanded", String(!closed));
  }

  /** @param {Kind} kind */
  async save(kind) {
    const { pane } = this;
    const { data, theme } = pane.board;
    const { title, file, lines } = data.about;
    const name = data.planes.length > 1 ? `${file}-${pane.index + 1}` : file;
    /** @type {[string, string][]} */
    const about = [...lines, ["link", location.href]];
    if (kind === "csv") {
      download(planeCsv(pane, about), "text/csv", `${name}.csv`);
      return;
    }
    const { value } = this.scheme;
    const scheme = value === "light" || value === "dark" ? SCHEMES[value] : null;
    const colours = scheme ? themeOf(scheme, theme.font, data.colours) : theme;
    const picture = planeSvg(pane, colours, title);
    if (!picture) return;
    const { svg, width, height } = picture;
    if (kind === "svg") {
      download(annotateSvg(svg, title, about), "image/svg+xml", `${name}.svg`);
      return;
    }
    const png = await rasterise(svg, width, height, Number(this.scale.value));
    download(annotatePng(png, about), "image/png", `${name}.png`);
  }
}

/**
 * @param {string} name
 * @param {[value: string, text: string][]} options the first is chosen.
 */
function chooser(name, options) {
  const node = element("select");
  node.setAttribute("aria-label", name);
  for (const [value, text] of options) {
    const option = element("option", "", text);
    option.value = value;
    node.append(option);
  }
  return node;
}
