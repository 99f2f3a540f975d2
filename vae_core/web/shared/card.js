// Decoded images as the person sees them: white ink on black in both themes, every pixel a
// square, in the card beside the plane and in the tile that rides beside the pointer.

/** A canvas that shows images of (height, width) pixels with values in 0..1. */
class Picture {
  constructor(className) {
    this.canvas = element("canvas", className);
    this.context = this.canvas.getContext("2d", { alpha: false });
  }

  /** Whole screen pixels for each image pixel, the larger side at most `room` CSS pixels. */
  setShape([height, width], room) {
    const size = Math.max(1, Math.floor(room / Math.max(height, width)));
    this.canvas.style.width = `${size * width}px`;
    this.canvas.style.height = `${size * height}px`;
    if (this.image?.width === width && this.image.height === height) return;
    [this.canvas.width, this.canvas.height] = [width, height];
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** @param white what a value of 1 becomes: 255 for shares of ink, 1 for grey bytes. */
  show(values, white = 255) {
    for (let i = 0; i < values.length; i++) {
      // Gaussian means may leave [0, 1].
      const grey = Math.max(0, Math.min(255, white * values[i] + 0.5)) | 0;
      this.pixels[i] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
    }
    this.context.putImageData(this.image, 0, 0);
  }
}

/** The decode at the probe, large, with its latent in figures. */
class Card {
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

  /** Beside the plane as large as there is room for, else small. */
  fit(imageShape, stageHeight) {
    const beside = getComputedStyle(this.root).flexDirection === "column";
    const room = beside ? Math.min(this.root.clientWidth - 2, stageHeight - 200) : 112;
    this.picture.setShape(imageShape, room);
    this.source.setShape(imageShape, beside ? 84 : 56);
  }

  show(image, plane, probe, near) {
    this.picture.show(image);
    const places = plane.latentDim === 1 && !plane.projected ? [probe.x] : [probe.x, probe.y];
    const figures = places.map((value) => number(value, 2)).join(", ");
    this.place.textContent = `${plane.projected ? "at" : "z ="} (${figures})`;
    this.near.textContent = near ? `nearest image: class ${near.name}` : "";
    this.near.style.setProperty("--class", near ? near.colour : "transparent");
    this.note.textContent = plane.projected
      ? "decoded through the nearest latents"
      : "decoded at the crosshair";
  }

  /** The nearest image itself, grey bytes; null for none. */
  showSource(pixels) {
    this.source.canvas.hidden = !pixels;
    if (pixels) this.source.show(pixels, 1);
  }
}

/** The small decode beside the pointer. */
class Tile {
  constructor() {
    this.picture = new Picture("tile");
    this.root = this.picture.canvas;
    this.root.setAttribute("aria-hidden", "true");
    this.hide();
  }

  show(image) {
    this.picture.show(image);
  }

  /** Beside a place of the plot, on the side where there is room; above a finger. */
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
