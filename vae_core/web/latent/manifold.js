// Decoded images as the backdrop of the plane: cells in view, decoded a few per frame and kept.

const CELL_PIXELS = 32; // a cell of the regular grid is at least so large, and less than twice
const BUDGET_MS = 6; // of decoding per frame
const CELLS_KEPT = 4000;
const OUTERMOST = 0.999; // share of the prior inside the quantile grid's outer edge, per axis

class Manifold {
  /** @param progressed called when more cells are ready to be drawn. */
  constructor(progressed) {
    this.progressed = progressed;
    this.cells = new Map(); // key -> canvas, least recently used first
    this.frame = 0;
  }

  /** Draw what is ready and decode the rest in coming frames.
   *  @param loaded { plane, decoder } ; layout "regular" or "quantiles". */
  draw(context, view, loaded, shape, theme, layout, opacity) {
    const key = `${theme.text} ${shape}`;
    if (loaded.decoder !== this.decoder || key !== this.look) this.cells.clear();
    Object.assign(this, { decoder: loaded.decoder, loaded, shape, look: key });
    this.ink = toRgb(theme.text);
    const cells = layout === "quantiles" ? quantileCells(view) : regularCells(view);
    context.save();
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = false;
    this.missing = [];
    for (const cell of cells) {
      const picture = this.cells.get(cell.key);
      if (!picture) {
        this.missing.push(cell);
        continue;
      }
      this.cells.delete(cell.key); // put back as the most recently used
      this.cells.set(cell.key, picture);
      const [height, width] = shape;
      const scale = cell.size / Math.max(height, width);
      const [w, h] = [width * scale, height * scale];
      const [x, y] = [view.toPixelX(cell.x) - w / 2, view.toPixelY(cell.y) - h / 2];
      context.drawImage(picture, x, y, w, h);
    }
    context.restore();
    const [x, y] = [view.x, view.y]; // from the middle of the view outwards; popped from the end
    this.missing.sort((a, b) => Math.hypot(b.x - x, b.y - y) - Math.hypot(a.x - x, a.y - y));
    if (this.missing.length && !this.frame) {
      this.frame = requestAnimationFrame(() => this.decodeSome());
    }
  }

  get complete() {
    return !this.missing?.length;
  }

  decodeSome() {
    this.frame = 0;
    const end = performance.now() + BUDGET_MS;
    while (this.missing.length && performance.now() < end) {
      const cell = this.missing.pop();
      this.cells.set(cell.key, this.decode(cell.x, cell.y));
      if (this.cells.size > CELLS_KEPT) this.cells.delete(this.cells.keys().next().value);
    }
    this.progressed();
  }

  // Ink in the colour of text on nothing, so that it lies under the points in both themes.
  decode(x, y) {
    const { plane, decoder, z } = this.loaded;
    plane.latentAt(x, y, z);
    const values = decoder.run(z);
    const canvas = element("canvas");
    [canvas.height, canvas.width] = this.shape;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const [red, green, blue] = this.ink;
    for (let i = 0; i < values.length; i++) {
      image.data[4 * i] = red;
      image.data[4 * i + 1] = green;
      image.data[4 * i + 2] = blue;
      image.data[4 * i + 3] = 255 * values[i] + 0.5;
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }
}

/** Equal cells of a power of two in size, those in view. */
function regularCells(view) {
  const exponent = Math.ceil(Math.log2(CELL_PIXELS / view.scale));
  const side = 2 ** exponent;
  const cells = [];
  const first = (value) => Math.floor(value / side);
  for (let i = first(view.toPlaneX(0)); i <= first(view.toPlaneX(view.width)); i++) {
    for (let j = first(view.toPlaneY(view.height)); j <= first(view.toPlaneY(0)); j++) {
      const [x, y] = [(i + 0.5) * side, (j + 0.5) * side];
      cells.push({ key: `${exponent} ${i} ${j}`, x, y, size: side * view.scale });
    }
  }
  return cells;
}

/** Cells that each hold an equal share of the prior, those in view; more of them as one zooms. */
function quantileCells(view) {
  const perUnit = view.scale / CELL_PIXELS; // where the prior is densest, 0.4 of it per unit
  const level = Math.max(3, Math.min(9, Math.floor(Math.log2(perUnit / 0.4))));
  const count = 2 ** level;
  const axis = (low, high) => quantileAxis(count).filter((c) => c.to >= low && c.from <= high);
  const cells = [];
  const columns = axis(view.toPlaneX(0), view.toPlaneX(view.width));
  const rows = axis(view.toPlaneY(view.height), view.toPlaneY(0));
  for (const { n: i, place: x, side: width } of columns) {
    for (const { n: j, place: y, side: height } of rows) {
      const size = Math.min(Math.min(width, height) * view.scale, 1.5 * CELL_PIXELS);
      cells.push({ key: `q${level} ${i} ${j}`, x, y, size });
    }
  }
  return cells;
}

const quantileAxes = new Map();

function quantileAxis(count) {
  if (!quantileAxes.has(count)) {
    const place = (n) => normalQuantile(0.5 + (OUTERMOST * (2 * n - count)) / (2 * count));
    const axis = Array.from({ length: count }, (_, n) => {
      const [from, to] = [place(n), place(n + 1)];
      return { n, from, to, place: place(n + 0.5), side: to - from };
    });
    quantileAxes.set(count, axis);
  }
  return quantileAxes.get(count);
}

/** The inverse of the normal distribution function, by Newton's method on erf. */
function normalQuantile(share) {
  let x = 0;
  for (let n = 0; n < 60; n++) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    const step = ((1 + erf(x * Math.SQRT1_2)) / 2 - share) / density;
    x -= Math.max(-1, Math.min(1, step));
    if (Math.abs(step) < 1e-9) break;
  }
  return x;
}
