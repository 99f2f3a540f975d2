// The decode at the probe: in the card beside the plane, and in the tile that rides beside the
// pointer.
import { signed } from "../shared/axes.js";
import { element } from "../shared/dom.js";
import { Picture } from "../shared/picture.js";
import { MARGIN } from "./view.js";

/** @import { Plane } from "./plane.js" */
/** @import { Near } from "./types.d.ts" */
/** @import { View } from "./view.js" */

/** The decode at the probe, large, with its latent in figures. */
export class Card {
  constructor() {
    this.root = element("div", "card");
    this.picture = new Picture("picture");
    const text = element("div", "figures");
    this.place = element("p", "place");
    this.near = element("p", "near");
    this.note = element("p", "note");
    this.source = new Picture("source");
    this.source.canvas.hidden = true;
    text.append(this.place, this.note, this.near, this.source.canvas);
    this.root.append(this.picture.canvas, text);
  }

  /**
   * Beside the plane as large as there is room for, else small.
   *
   * @param {number[]} imageShape
   * @param {number} stageHeight
   */
  fit(imageShape, stageHeight) {
    const beside = getComputedStyle(this.root).flexDirection === "column";
    const room = beside ? Math.min(this.root.clientWidth - 2, stageHeight - 200) : 112;
    this.picture.setShape(imageShape, room);
    this.source.setShape(imageShape, beside ? 84 : 56);
  }

  /**
   * @param {Float32Array} image
   * @param {Plane} plane
   * @param {{ x: number, y: number }} probe
   * @param {Near | null} near
   */
  show(image, plane, probe, near) {
    this.picture.show(image);
    const places = plane.latentDim === 1 && !plane.projected ? [probe.x] : [probe.x, probe.y];
    const figures = places.map((value) => signed(value, 2)).join(", ");
    this.place.textContent = `${plane.projected ? "at" : "z ="} (${figures})`;
    this.near.textContent = near ? `nearest image: class ${near.name}` : "";
    this.near.style.setProperty("--class", near ? near.colour : "transparent");
    this.note.textContent = plane.projected
      ? "decoded through the nearest latents"
      : "decoded at the crosshair";
  }

  /** @param {Uint8Array | null} pixels of the nearest image itself, grey bytes; null for none. */
  showSource(pixels) {
    this.source.canvas.hidden = !pixels;
    if (pixels) this.source.show(pixels, 1);
  }
}

/** The small decode beside the pointer. */
export class Tile {
  constructor() {
    this.picture = new Picture("tile");
    this.root = this.picture.canvas;
    this.root.setAttribute("aria-hidden", "true");
    this.hide();
  }

  /** @param {Float32Array} image */
  show(image) {
    this.picture.show(image);
  }

  /**
   * Beside a place of the plot, on the side where there is room; above a finger.
   *
   * @param {number} px
   * @param {number} py
   * @param {View} view
   * @param {boolean} aboveFinger
   */
  moveTo(px, py, view, aboveFinger) {
    const size = parseFloat(this.root.style.width) + 2;
    const gap = 18;
    const right = px + gap + size <= view.width;
    const below = !aboveFinger && py + gap + size <= view.height;
    const x = MARGIN.left + (aboveFinger ? px - size / 2 : right ? px + gap : px - gap - size);
    const y = MARGIN.top + (below ? py + gap : py - (aboveFinger ? 2.5 * gap : gap) - size);
    this.root.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    this.root.hidden = false;
  }

  hide() {
    this.root.hidden = true;
  }
}
