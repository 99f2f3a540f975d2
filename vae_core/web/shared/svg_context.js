// A drawing context that writes SVG: what draws on a canvas draws on it as well.
import { escapeXml } from "./saved_picture.js";

/** @typedef {[a: number, b: number, c: number, d: number, e: number, f: number]} Matrix */

const DEFAULTS = {
  fillStyle: "#000",
  strokeStyle: "#000",
  lineWidth: 1,
  globalAlpha: 1,
  font: "12px sans-serif",
  textAlign: "start",
  textBaseline: "alphabetic",
  lineJoin: "miter",
  lineCap: "butt",
};
/** @type {Record<string, string>} */
const ANCHORS = { center: "middle", right: "end", end: "end" };
/** @type {Record<string, number>} shares of the font's size by which a baseline lies lower. */
const BASELINES = { top: 0.8, middle: 0.35 };

/**
 * The part of CanvasRenderingContext2D that the scene uses.
 *
 * Its properties are those of a context, and are read when something is drawn.
 */
export class SvgContext {
  /**
   * @param {number} width
   * @param {number} height
   * @param {CanvasRenderingContext2D} ruler measures texts.
   */
  constructor(width, height, ruler) {
    this.width = width;
    this.height = height;
    this.ruler = ruler;
    this.state = { ...DEFAULTS, dash: "", clip: "", matrix: /** @type {Matrix} */ ([1, 0, 0, 1, 0, 0]) };
    /** @type {(typeof this.state)[]} */
    this.saved = [];
    /** @type {string[]} */
    this.parts = [];
    this.path = "";
    this.last = [0, 0];
    this.clips = 0;
    for (const name of Object.keys(DEFAULTS)) {
      Object.defineProperty(this, name, {
        get: () => /** @type {any} */ (this.state)[name],
        set: (value) => {
          Object.assign(this.state, { [name]: value });
        },
      });
    }
  }

  /** @returns {string} a document with all that was drawn. */
  toSvg() {
    const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${this.parts.join("")}</svg>`;
  }

  save() {
    this.saved.push({ ...this.state });
  }

  restore() {
    this.state = this.saved.pop() ?? this.state;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  translate(x, y) {
    const [a, b, c, d, e, f] = this.state.matrix;
    this.state.matrix = [a, b, c, d, e + a * x + c * y, f + b * x + d * y];
  }

  /** @param {number} angle radians. */
  rotate(angle) {
    const [a, b, c, d, e, f] = this.state.matrix;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.state.matrix = [a * cos + c * sin, b * cos + d * sin, c * cos - a * sin, d * cos - b * sin, e, f];
  }

  /** @param {number[]} pattern */
  setLineDash(pattern) {
    this.state.dash = pattern.join(" ");
  }

  beginPath() {
    this.path = "";
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y) {
    this.path += `M${short(x)} ${short(y)}`;
    this.last = [x, y];
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${short(x)} ${short(y)}`;
    this.last = [x, y];
  }

  closePath() {
    this.path += "Z";
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  rect(x, y, width, height) {
    this.path += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
  }

  /**
   * A whole circle: no drawing here needs a part of one.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   */
  arc(x, y, radius) {
    this.ellipse(x, y, radius, radius, 0);
  }

  /**
   * A whole ellipse.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} major
   * @param {number} minor
   * @param {number} angle radians.
   */
  ellipse(x, y, major, minor, angle) {
    const [dx, dy] = [major * Math.cos(angle), major * Math.sin(angle)];
    const half = `A${short(major)} ${short(minor)} ${short((angle * 180) / Math.PI)} 1 1 `;
    this.path += `M${short(x - dx)} ${short(y - dy)}${half}${short(x + dx)} ${short(y + dy)}`;
    this.path += `${half}${short(x - dx)} ${short(y - dy)}Z`;
  }

  /**
   * @param {number} x1 the corner.
   * @param {number} y1
   * @param {number} x2
   * @param {number} y2
   * @param {number} radius
   */
  arcTo(x1, y1, x2, y2, radius) {
    const [x0, y0] = this.last;
    const [before, after] = [Math.hypot(x0 - x1, y0 - y1), Math.hypot(x2 - x1, y2 - y1)];
    const [ux, uy] = [(x0 - x1) / before, (y0 - y1) / before];
    const [vx, vy] = [(x2 - x1) / after, (y2 - y1) / after];
    const cross = ux * vy - uy * vx;
    if (!(Math.abs(cross) > 1e-9)) return this.lineTo(x1, y1);
    const reach = (radius * (1 + ux * vx + uy * vy)) / Math.abs(cross);
    this.lineTo(x1 + reach * ux, y1 + reach * uy);
    const [x, y] = [x1 + reach * vx, y1 + reach * vy];
    this.path += `A${radius} ${radius} 0 0 ${cross < 0 ? 1 : 0} ${short(x)} ${short(y)}`;
    this.last = [x, y];
  }

  clip() {
    const id = `clip${++this.clips}`;
    this.parts.push(`<clipPath id="${id}"><path${this.place(false)} d="${this.path}"/></clipPath>`);
    this.state.clip = ` clip-path="url(#${id})"`;
  }

  fill() {
    const { fillStyle } = this.state;
    this.draw(`<path${this.place()} d="${this.path}" fill="${fillStyle}"/>`);
  }

  stroke() {
    this.draw(`<path${this.place()} d="${this.path}" fill="none"${this.pen()}/>`);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  fillRect(x, y, width, height) {
    this.beginPath();
    this.rect(x, y, width, height);
    this.fill();
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  strokeRect(x, y, width, height) {
    this.beginPath();
    this.rect(x, y, width, height);
    this.stroke();
  }

  /**
   * @param {string} url of a picture; with its data, so that the file stands alone.
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  drawPicture(url, x, y, width, height) {
    const box = `x="${x}" y="${y}" width="${width}" height="${height}"`;
    this.draw(`<image${this.place()} ${box} href="${url}"/>`);
  }

  /** @param {string} text */
  measureText(text) {
    this.ruler.font = this.state.font;
    return this.ruler.measureText(text);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  fillText(text, x, y) {
    this.write(text, x, y, ` fill="${this.state.fillStyle}"`);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  strokeText(text, x, y) {
    this.write(text, x, y, ` fill="none"${this.pen()}`);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {string} colours
   */
  write(text, x, y, colours) {
    const { font, textAlign, textBaseline } = this.state;
    const size = Number(/([\d.]+)px/.exec(font)?.[1] ?? 12);
    const lower = (BASELINES[textBaseline] ?? 0) * size;
    const anchor = ANCHORS[textAlign] ?? "start";
    const style = ` style="font:${escapeXml(font)}" text-anchor="${anchor}"`;
    const place = `${this.place()} x="${short(x)}" y="${short(y + lower)}"`;
    this.draw(`<text${place}${style}${colours}>${escapeXml(text)}</text>`);
  }

  /** @param {string} shape */
  draw(shape) {
    // Around it: a clip counts in the coordinates of what it clips.
    this.parts.push(this.state.clip ? `<g${this.state.clip}>${shape}</g>` : shape);
  }

  pen() {
    const { strokeStyle, lineWidth, lineJoin, lineCap, dash } = this.state;
    const ends = ` stroke-linejoin="${lineJoin}" stroke-linecap="${lineCap}"`;
    const dashes = dash && ` stroke-dasharray="${dash}"`;
    return ` stroke="${strokeStyle}" stroke-width="${lineWidth}"${ends}${dashes}`;
  }

  place(seen = true) {
    const { matrix, globalAlpha } = this.state;
    const moved = matrix.some((value, n) => value !== (n === 0 || n === 3 ? 1 : 0));
    const where = moved ? ` transform="matrix(${matrix.map(short).join(" ")})"` : "";
    return where + (seen && globalAlpha !== 1 ? ` opacity="${globalAlpha}"` : "");
  }
}

/**
 * Hundredths of a pixel are enough.
 *
 * @param {number} value
 */
function short(value) {
  return String(Math.round(value * 1000) / 1000);
}
