// A discrete code as a table: one row a variable, one cell a category. A cell under the pointer is
// tried on, a click keeps it, and the decode follows at once: nothing is asked of the server.
//
// Test hook: the root element (class "code-canvas") has a property codeCanvas with
//   code    the category of each variable, as kept
//   image() a copy of the decode shown, shares of ink; null before the decoder is there

class CodeCanvas {
  constructor() {
    this.root = element("div", "code-canvas");
    this.code = [];
    this.trying = null;
    this.note = element("p", "note");
    this.note.setAttribute("aria-live", "polite");
    const left = element("div", "left");
    this.heading = element("p", "heading");
    this.table = element("div", "table");
    this.table.setAttribute("role", "grid");
    this.table.setAttribute("aria-label", "The category of each variable");
    left.append(this.heading, this.table);
    const right = (this.right = element("div", "right"));
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
        this.keep([...this.likeliest]),
      ),
      button("action", "Draw from q(z|x)", "A category for each variable from its own row", () =>
        this.keep(this.rows.map(draw)),
      ),
      button("action", "Draw from the prior", "Every category equally likely", () =>
        this.keep(this.rows.map((row) => Math.floor(Math.random() * row.length))),
      ),
    );
    right.append(pictures, this.note, buttons);
    this.root.append(left, right);
    this.table.addEventListener("pointerover", (event) => this.tryOn(event.target));
    this.table.addEventListener("pointerleave", () => this.tryOn(null));
    this.table.addEventListener("click", (event) => this.choose(event.target));
    this.table.addEventListener("keydown", (event) => this.move(event));
    const self = this;
    this.root.codeCanvas = {
      get code() {
        return [...self.code];
      },
      image: () => self.shown?.slice() ?? null,
    };
  }

  async update(data) {
    const key = JSON.stringify([data.decoder_url, data.rows, data.image]);
    if (key === this.key) return;
    this.key = key;
    this.rows = data.rows;
    this.likeliest = data.rows.map((row) => row.indexOf(Math.max(...row)));
    this.heading.textContent =
      `q(z|x): ${data.rows.length} variables (rows) of ${data.rows[0].length} categories (columns). ` +
      "The fuller a cell, the likelier; outlined is your code.";
    const room = Math.max(84, Math.min(196, (this.right.clientWidth - 34) / 3));
    for (const picture of this.pictures) picture.setShape(data.image_shape, room);
    this.pictures[0].show(Uint8Array.from(atob(data.image), (char) => char.charCodeAt(0)), 1);
    this.build();
    this.code = [...this.likeliest];
    try {
      this.decoder = await load(
        data.decoder_url,
        (bytes) => new Decoder(bytes, data.layers, data.activation, data.likelihood),
      );
    } catch {
      this.note.textContent = "The decoder could not be fetched; reload the page.";
      return;
    }
    if (key !== this.key) return; // another image was chosen meanwhile
    this.pictures[1].show(this.decode(this.likeliest));
    this.keep([...this.likeliest]);
  }

  build() {
    const categories = this.rows[0].length;
    this.table.style.setProperty("--columns", categories);
    this.cells = this.rows.map((row, n) =>
      row.map((p, k) => {
        const cell = button("cell", "", `variable ${n + 1}, category ${k}: ${percent(p)}`, () => {});
        cell.setAttribute("aria-label", cell.title);
        // A root, since most shares are small and the eye should find them all the same.
        cell.style.setProperty("--share", Math.sqrt(p).toFixed(3));
        [cell.dataset.n, cell.dataset.k] = [n, k];
        cell.tabIndex = n === 0 && k === 0 ? 0 : -1;
        return cell;
      }),
    );
    const names = ["", ...this.rows[0].map((_, k) => k)].map((name) => element("span", "name", name));
    const lines = this.cells.flatMap((line, n) => [element("span", "name", `z${n + 1}`), ...line]);
    this.table.replaceChildren(...names, ...lines);
  }

  place(target) {
    const cell = target?.closest?.(".cell");
    return cell ? [Number(cell.dataset.n), Number(cell.dataset.k)] : null;
  }

  tryOn(target) {
    const place = this.place(target);
    if (place && this.code[place[0]] === place[1]) this.trying = null;
    else this.trying = place;
    this.show();
  }

  choose(target) {
    const place = this.place(target);
    if (!place) return;
    this.trying = null;
    this.keep(this.code.map((k, n) => (n === place[0] ? place[1] : k)));
  }

  /** Arrow keys walk over the table; space and enter press a cell as they do any button. */
  move(event) {
    const place = this.place(event.target);
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (!place || !step[event.key]) return;
    event.preventDefault();
    const [n, k] = place.map((value, axis) => value + step[event.key][axis]);
    const next = this.cells[n]?.[k];
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    this.tryOn(next);
  }

  keep(code) {
    this.code = code;
    this.cells.forEach((line, n) =>
      line.forEach((cell, k) => cell.setAttribute("aria-pressed", code[n] === k)),
    );
    this.show();
  }

  decode(code) {
    const z = new Float32Array(this.decoder.input.length);
    const categories = this.rows[0].length;
    code.forEach((k, n) => (z[n * categories + k] = 1));
    return this.decoder.run(z);
  }

  show() {
    if (!this.decoder) return;
    const code = [...this.code];
    if (this.trying) code[this.trying[0]] = this.trying[1];
    this.shown = this.decode(code);
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

  destroy() {
    this.root.remove();
  }
}

/** A category by its probability. */
function draw(row) {
  let left = Math.random();
  const k = row.findIndex((p) => (left -= p) < 0);
  return k < 0 ? row.indexOf(Math.max(...row)) : k; // rounding left a little over
}

function percent(p) {
  if (p > 0.995 && p < 1) return "over 99%";
  return p < 0.005 ? "under 1%" : `${Math.round(100 * p)}%`;
}

export default mountOnce(CodeCanvas);
