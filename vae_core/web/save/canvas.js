// Saves a chart of the page: its size, its colours, and a button for each kind of file.
import { load } from "../shared/assets.js";
import { button, element } from "../shared/dom.js";
import { annotatePng, annotateSvg, download, rasterise } from "../shared/saved_picture.js";
import { figureToSave } from "./figure.js";

/** @import { PictureToSave, SavedPicture } from "../shared/canvas_picture.js" */
/** @import { Figure, Plotly, SaveData } from "./types.d.ts" */

const PNG_SCALE = 2; // pixels to one of the chart's, so that print is sharp
const SIZES = { least: 200, most: 4000 };

/** It sends nothing. */
export class SaveMenu {
  /** @param {SaveData} data */
  constructor(data) {
    this.data = data;
    this.root = element("div", "save-menu");
    this.width = numberField("Width");
    this.height = numberField("Height");
    this.scheme = element("select");
    this.scheme.setAttribute("aria-label", "Colours");
    for (const [value, text] of [["light", "Light"], ["dark", "Dark"]]) {
      const option = element("option", "", text);
      option.value = value;
      this.scheme.append(option);
    }
    this.note = element("p", "note");
    this.note.setAttribute("aria-live", "polite");
    const size = element("div", "row");
    const fields = [this.width, element("span", "", "×"), this.height, element("span", "", "px")];
    size.append(...(data.plotly_url ? fields : []), this.scheme);
    const files = element("div", "row");
    files.append(
      button("action", "SVG", "", () => this.save("svg")),
      button("action", "PNG", `${PNG_SCALE} pixels to each`, () => this.save("png")),
    );
    this.root.append(size, files, this.note);
    const shown = this.figure();
    this.width.value = String(Math.round(shown?.clientWidth || 900));
    this.height.value = String(Math.round((shown?.clientHeight || 400) + 34));
    this.scheme.value = isDark() ? "dark" : "light";
  }

  /** @param {SaveData} data */
  update(data) {
    this.data = data;
  }

  /** @returns {(HTMLElement & Figure) | null} as it stands on the page. */
  figure() {
    return document.querySelector(`.st-key-${this.data.chart} .js-plotly-plot`);
  }

  /** @param {"svg" | "png"} kind */
  async save(kind) {
    const { title, file, about, plotly_url } = this.data;
    try {
      this.note.textContent = "Drawing …";
      const { svg, width, height } = plotly_url ? await this.chart() : this.canvas();
      if (kind === "svg") download(annotateSvg(svg, title, about), "image/svg+xml", `${file}.svg`);
      else {
        const png = await rasterise(svg, width, height, PNG_SCALE);
        download(annotatePng(png, about), "image/png", `${file}.png`);
      }
      this.note.textContent = "";
    } catch (error) {
      console.warn("save:", error);
      this.note.textContent = "The picture could not be drawn; reload the page and try again.";
    }
  }

  /** @returns {Promise<SavedPicture>} the chart at the size asked for. */
  async chart() {
    const shown = this.figure();
    if (!shown) throw new Error("the chart is not on the page any more");
    const [width, height] = [clamp(this.width), clamp(this.height)];
    const plotly = await load(this.data.plotly_url, runPlotly);
    const figure = figureToSave(shown, this.data.title, this.chosenScheme());
    const address = await plotly.toImage(figure, { format: "svg", width, height });
    return { svg: decodeURIComponent(address.slice(address.indexOf(",") + 1)), width, height };
  }

  /** @returns {SavedPicture} what the canvas draws now. */
  canvas() {
    const place = document.querySelector(`.st-key-${this.data.chart}`);
    const picture = place && pictureIn(place)?.(this.chosenScheme(), this.data.title);
    if (!picture) throw new Error("the canvas is not on the page any more");
    return picture;
  }

  chosenScheme() {
    return this.scheme.value === "dark" ? "dark" : "light";
  }

  destroy() {
    this.root.remove();
  }
}

/**
 * What a canvas offers to be saved by; components have shadow roots of their own.
 *
 * @param {ParentNode} place
 * @returns {PictureToSave | null}
 */
function pictureIn(place) {
  for (const node of place.querySelectorAll("*")) {
    if ("pictureToSave" in node) return /** @type {PictureToSave} */ (node.pictureToSave);
    const found = node.shadowRoot && pictureIn(node.shadowRoot);
    if (found) return found;
  }
  return null;
}

/** @param {string} name */
function numberField(name) {
  const field = element("input");
  Object.assign(field, { type: "number", min: SIZES.least, max: SIZES.most, step: 10 });
  field.setAttribute("aria-label", `${name} in pixels`);
  return field;
}

/** @param {HTMLInputElement} field */
function clamp(field) {
  const value = Math.min(SIZES.most, Math.max(SIZES.least, Math.round(Number(field.value)) || 900));
  field.value = String(value);
  return value;
}

/** @returns {boolean} whether the page is dark. */
function isDark() {
  const page = document.querySelector(".stApp");
  const colour = page ? getComputedStyle(page).colorScheme : "";
  return colour.includes("dark");
}

/**
 * @param {ArrayBuffer} bytes Plotly's code.
 * @returns {Promise<Plotly>}
 */
async function runPlotly(bytes) {
  const script = document.createElement("script");
  script.src = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
  await new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("Plotly's code did not run")));
    document.head.append(script);
  });
  URL.revokeObjectURL(script.src);
  return /** @type {any} */ (window).Plotly;
}
