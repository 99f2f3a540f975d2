// A discrete code as a table: one row a variable, one cell a category. A cell under the pointer is
// tried on, a click keeps it, and the decode follows at once: nothing is asked of the server.
//
// Test hook: the root element (class "code-canvas") has a property codeCanvas with
//   code    the category of each variable, as kept
//   image() a copy of the decode shown, shares of ink; null before the decoder is there
import { load } from "../shared/assets.js";
import { Decoder } from "../shared/decoder.js";
import { button, bytesOf, element } from "../shared/dom.js";
import { Picture } from "../shared/picture.js";
import { SCHEMES, readTheme, themeOf } from "../shared/theme.js";
import { codePicture } from "./picture.js";

/** @import { PictureToSave } from "../shared/canvas_picture.js" */
/** @import { Send } from "../shared/mount.js" */
/** @import { CodeData } from "./types.d.ts" */

/** @typedef {[variable: number, category: number]} Place */

/** @type {Record<string, Place>} */
const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** q(z|x) of one image, and decodes of what a person makes of it. It sends "code". */
export class CodeCanvas {
  /**
   * @param {CodeData} data
   * @param {Send} send
   */
  constructor(data, send) {
    this.send = send;
    this.opening = data.opening;
    this.root = element("div", "code-canvas");
    this.key = ""; // of what is shown
    /** @type {number[][]} */
    this.rows = [];
    /** @type {number[]} the category of each variable, as is the next. */
    this.likeliest = [];
    /** @type {number[]} */
    this.code = [];
    /** @type {Place | null} */
    this.trying = null;
    /** @type {HTMLElement[][]} */
    this.cells = [];
    /** @type {Decoder | null} */
    this.decoder = null;
    /** @type {Float32Array | null} */
    this.shown = null;
    this.note = element("p", "note");
    this.note.setAttribute("aria-live", "polite");
    const left = element("div", "left");
    this.heading = element("p", "heading");
    this.table = element("div", "table");
    this.table.setAttribute("role", "grid");
    this.table.setAttribute("aria-label", "The category of each variable");
    left.append(this.heading, this.table);
    this.right = element("div", "right");
    const pictures = element("div", "pictures");
    this.pictures = ["the image", "from its likeliest code", "from your code"].map((text) => {
      const figure = element("figure");
      const picture = new Picture("picture");
      figure.append(picture.canvas, element("figcaption", "", text));
      pictures.append(figure);
      return picture;
    });
    const buttons = element("div", "buttons");
    buttons.append(
      button("action", "Likeliest code", "Every variable back to its likeliest category", () =>
        this.take([...this.likeliest]),
      ),
      button("action", "Draw from q(z|x)", "A category for each variable from its own row", () =>
        this.take(this.rows.map(draw)),
      ),
      button("action", "Draw from the prior", "Every category equally likely", () =>
        this.take(this.rows.map((row) => Math.floor(Math.random() * row.length))),
      ),
    );
    this.right.append(pictures, this.note, buttons);
    this.root.append(left, this.right);
    this.table.addEventListener("pointerover", (event) => this.tryOn(event.target));
    this.table.addEventListener("pointerleave", () => this.tryOn(null));
    this.table.addEventListener("click", (event) => this.choose(event.target));
    this.table.addEventListener("keydown", (event) => this.move(event));
    Object.assign(this.root, { codeCanvas: testHook(this), pictureToSave: this.picture.bind(this) });
  }

  /**
   * @param {CodeData} data
   * @param {Send} send
   */
  async update(data, send) {
    this.send = send;
    const key = JSON.stringify([data.decoder_url, data.rows, data.image]);
    const opened = data.opening !== this.opening;
    this.opening = data.opening;
    if (key === this.key) {
      if (opened) this.keep(data.code ?? [...this.likeliest]);
      return;
    }
    this.key = key;
    this.rows = data.rows;
    this.likeliest = data.rows.map((row) => row.indexOf(Math.max(...row)));
    this.heading.textContent =
      `q(z|x): ${data.rows.length} variables (rows) of ${data.rows[0].length} categories (columns). ` +
      "The fuller a cell, the likelier; outlined is your code.";
    const room = Math.max(84, Math.min(196, (this.right.clientWidth - 34) / 3));
    for (const picture of this.pictures) picture.setShape(data.image_shape, room);
    this.pictures[0].show(new Uint8Array(bytesOf(data.image)), 1);
    this.build();
    this.code = [...this.likeliest];
    try {
      const { layers, activation, likelihood } = data;
      this.decoder = await load(
        data.decoder_url,
        (bytes) => new Decoder(bytes, layers, activation, likelihood),
      );
    } catch {
      this.note.textContent = "The decoder could not be fetched; reload the page.";
      return;
    }
    if (key !== this.key) return; // another image was chosen meanwhile
    this.pictures[1].show(this.decode(this.decoder, this.likeliest));
    this.keep(data.code ?? [...this.likeliest]);
  }

  build() {
    const categories = this.rows[0].length;
    this.table.style.setProperty("--columns", String(categories));
    this.cells = this.rows.map((row, n) =>
      row.map((p, k) => {
        const cell = button("cell", "", `variable ${n + 1}, category ${k}: ${percent(p)}`, () => {});
        cell.setAttribute("aria-label", cell.title);
        // A root, since most shares are small and the eye should find them all the same.
        cell.style.setProperty("--share", Math.sqrt(p).toFixed(3));
        [cell.dataset.n, cell.dataset.k] = [String(n), String(k)];
        cell.tabIndex = n === 0 && k === 0 ? 0 : -1;
        return cell;
      }),
    );
    const numbers = this.rows[0].map((_, k) => String(k));
    const names = ["", ...numbers].map((name) => element("span", "name", name));
    const lines = this.cells.flatMap((line, n) => [element("span", "name", `z${n + 1}`), ...line]);
    this.table.replaceChildren(...names, ...lines);
  }

  /** @param {EventTarget | null} target */
  tryOn(target) {
    const place = placeOf(target);
    if (place && this.code[place[0]] === place[1]) this.trying = null;
    else this.trying = place;
    this.show();
  }

  /** @param {EventTarget | null} target */
  choose(target) {
    const place = placeOf(target);
    if (!place) return;
    this.trying = null;
    this.take(this.code.map((k, n) => (n === place[0] ? place[1] : k)));
  }

  /**
   * Arrow keys walk over the table; space and enter press a cell as they do any button.
   *
   * @param {KeyboardEvent} event
   */
  move(event) {
    const place = placeOf(event.target);
    const step = ARROWS[event.key];
    if (!place || !step) return;
    event.preventDefault();
    const next = this.cells[place[0] + step[0]]?.[place[1] + step[1]];
    if (!next) return;
    this.cells[place[0]][place[1]].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    this.tryOn(next);
  }

  /**
   * A code that a person chose: kept, and known to the page.
   *
   * @param {number[]} code
   */
  take(code) {
    this.keep(code);
    const likeliest = code.every((k, n) => k === this.likeliest[n]);
    this.send("code", { code: likeliest ? null : code, time: performance.now() });
  }

  /** @param {number[]} code */
  keep(code) {
    this.code = code;
    this.cells.forEach((line, n) =>
      line.forEach((cell, k) => cell.setAttribute("aria-pressed", String(code[n] === k))),
    );
    this.show();
  }

  /**
   * @param {Decoder} decoder
   * @param {number[]} code
   */
  decode(decoder, code) {
    return decoder.run(oneHot(code, this.rows[0].length));
  }

  show() {
    if (!this.decoder) return;
    const code = [...this.code];
    if (this.trying) code[this.trying[0]] = this.trying[1];
    this.shown = this.decode(this.decoder, code);
    this.pictures[2].show(this.shown);
    const moved = code.filter((k, n) => k !== this.likeliest[n]).length;
    const before = moved
      ? `Your code differs from the likeliest one in ${moved} of ${code.length} variables.`
      : "Your code is the likeliest one.";
    this.note.textContent = this.trying
      ? `Trying z${this.trying[0] + 1} = ${this.trying[1]} ` +
        `(q gives it ${percent(this.rows[this.trying[0]][this.trying[1]])}). Click to keep it.`
      : `${before} Move over a cell to try it, click to keep it.`;
  }

  /** @type {PictureToSave} */
  picture(scheme, title) {
    if (!this.rows.length) return null;
    const theme = themeOf(SCHEMES[scheme], readTheme(this.root, []).font, []);
    return codePicture(theme, title, this.rows, this.code);
  }

  destroy() {
    this.root.remove();
  }
}

/**
 * The cell that an event came from.
 *
 * @param {EventTarget | null} target
 * @returns {Place | null}
 */
function placeOf(target) {
  const cell = target instanceof Element ? target.closest(".cell") : null;
  if (!(cell instanceof HTMLElement)) return null;
  return [Number(cell.dataset.n), Number(cell.dataset.k)];
}

/**
 * What the decoder takes for a code.
 *
 * @param {number[]} code the category of each variable.
 * @param {number} categories
 * @returns {Float32Array} (variables * categories)
 */
export function oneHot(code, categories) {
  const z = new Float32Array(code.length * categories);
  code.forEach((k, n) => {
    z[n * categories + k] = 1;
  });
  return z;
}

/**
 * A category by its probability.
 *
 * @param {number[]} row
 */
function draw(row) {
  let left = Math.random();
  const k = row.findIndex((p) => (left -= p) < 0);
  return k < 0 ? row.indexOf(Math.max(...row)) : k; // rounding left a little over
}

/** @param {number} p */
function percent(p) {
  if (p > 0.995 && p < 1) return "over 99%";
  return p < 0.005 ? "under 1%" : `${Math.round(100 * p)}%`;
}

/** @param {CodeCanvas} canvas */
function testHook(canvas) {
  return {
    get code() {
      return [...canvas.code];
    },
    image: () => canvas.shown?.slice() ?? null,
  };
}
