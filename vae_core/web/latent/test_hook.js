// What tests and benchmarks see: the root element (class "latent-canvas") has data-ready="1" once
// everything is drawn, and a property latentCanvas with the functions below.

/** @import { Pane } from "./pane.js" */
/** @import { Loaded, Place } from "./types.d.ts" */

const MOST = 600;

/** The last durations of what takes time, in milliseconds. */
export class Timings {
  constructor() {
    /** @type {number[]} */
    this.decode = [];
    /** @type {number[]} */
    this.points = [];
    /** @type {number[]} from the data's arrival. */
    this.firstDraw = [];
  }

  /**
   * @param {"decode" | "points" | "firstDraw"} name
   * @param {number} milliseconds
   */
  record(name, milliseconds) {
    this[name].push(milliseconds);
    if (this[name].length > MOST) this[name].shift();
  }
}

/**
 * @param {{ panes: Pane[], timings: Timings }} canvas
 * @returns {object} what is documented in it.
 */
export function testHook({ panes, timings }) {
  /**
   * @param {number} index
   * @returns {Loaded}
   */
  const loadedOf = (index) => {
    const { loaded } = panes[index];
    if (!loaded) throw new Error(`pane ${index} has no data yet`);
    return loaded;
  };
  return {
    timings,

    /**
     * The image that is shown at a place.
     *
     * @param {number} index of the pane, as in the functions below.
     * @param {Place} place
     */
    decode(index, [x, y]) {
      const { plane, decoder, z } = loadedOf(index);
      plane.latentAt(x, y, z);
      return decoder.run(z).slice();
    },

    /**
     * The image shown now.
     *
     * @param {number} index
     */
    lastDecode: (index) => loadedOf(index).image.slice(),

    /**
     * Places of the points as they are drawn, flat.
     *
     * @param {number} index
     */
    shownPlaces: (index) => Array.from(panes[index].scene.shown.xy),

    /**
     * How many posteriors are in view, and how many of them have an outline.
     *
     * @param {number} index
     */
    ellipses: (index) => ({ ...panes[index].scene.ellipses }),

    /**
     * Whether the card shows an image of the data.
     *
     * @param {number} index
     */
    sourceShown: (index) => !panes[index].card.source.canvas.hidden,

    /**
     * Where the crosshair is.
     *
     * @param {number} index
     */
    probe: (index) => ({ ...panes[index].probe }),

    /**
     * Where a place is in the browser's window.
     *
     * @param {number} index
     * @param {number} x
     * @param {number} y
     */
    toPixels(index, x, y) {
      const { probeCanvas, view } = panes[index];
      const { left, top } = probeCanvas.getBoundingClientRect();
      return { x: left + view.toPixelX(x), y: top + view.toPixelY(y) };
    },
  };
}
