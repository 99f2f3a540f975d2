// Images as a person sees them: white ink on black in both themes, every pixel a square.
import { contextOf, element } from "./dom.js";

/** A canvas that shows grey images. */
export class Picture {
  /** @param {string} className */
  constructor(className) {
    this.canvas = element("canvas", className);
    this.context = contextOf(this.canvas, { alpha: false });
    [this.canvas.width, this.canvas.height] = [1, 1];
    this.image = new ImageData(1, 1);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /**
   * Whole screen pixels for each image pixel, the larger side at most `room` CSS pixels.
   *
   * @param {number[]} shape height and width of the images.
   * @param {number} room
   */
  setShape([height, width], room) {
    const size = Math.max(1, Math.floor(room / Math.max(height, width)));
    this.canvas.style.width = `${size * width}px`;
    this.canvas.style.height = `${size * height}px`;
    if (this.image.width === width && this.image.height === height) return;
    [this.canvas.width, this.canvas.height] = [width, height];
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /**
   * @param {ArrayLike<number>} values row by row.
   * @param {number} white what a value of 1 becomes: 255 for shares of ink, 1 for grey bytes.
   */
  show(values, white = 255) {
    for (let i = 0; i < values.length; i++) {
      // Gaussian means may leave [0, 1].
      const grey = Math.max(0, Math.min(255, white * values[i] + 0.5)) | 0;
      this.pixels[i] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
    }
    this.context.putImageData(this.image, 0, 0);
  }
}
