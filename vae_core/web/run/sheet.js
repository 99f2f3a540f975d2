// A sheet of decoded pictures: white ink on black in both themes, every pixel a square.
import { bytesOf, contextOf, element } from "../shared/dom.js";

/** @import { SheetData } from "./types.d.ts" */

/** The pictures with their caption. */
export class Sheet {
  constructor() {
    this.root = element("figure", "sheet");
    this.canvas = element("canvas", "pictures");
    this.caption = element("figcaption");
    this.root.append(this.canvas, this.caption);
    this.context = contextOf(this.canvas, { alpha: false });
    this.pixels = "";
  }

  /**
   * @param {SheetData | null} sheet
   * @param {string} title
   */
  setData(sheet, title) {
    this.root.hidden = sheet === null;
    if (sheet === null || sheet.pixels === this.pixels) return;
    this.pixels = sheet.pixels;
    this.caption.textContent = title;
    const grey = new Uint8Array(bytesOf(sheet.pixels));
    const image = new ImageData(sheet.width, sheet.height);
    const words = new Uint32Array(image.data.buffer);
    for (let i = 0; i < grey.length; i++) words[i] = 0xff000000 | (grey[i] * 0x010101);
    [this.canvas.width, this.canvas.height] = [sheet.width, sheet.height];
    this.context.putImageData(image, 0, 0);
  }
}
