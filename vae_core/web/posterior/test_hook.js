// What tests and benchmarks see: the root element (class "q-canvas") has a property qCanvas with
//   logP, hand    log p(x), and the q that is moved: { mu, sigma }
//   elbo()        its bound as it is shown
//   handles()     where its handles are, in pixels of the window
//   map           the heat map's own canvas, and the bounds [left, right, bottom, top] it shows
import { elboOf } from "./log_field.js";

/** @import { QCanvas } from "./canvas.js" */

/**
 * @param {QCanvas} canvas
 * @returns {object} as described above.
 */
export function testHook(canvas) {
  return {
    get logP() {
      return canvas.data.log_p;
    },
    get hand() {
      return canvas.hand;
    },
    get map() {
      return { picture: canvas.map.picture, bounds: canvas.map.bounds };
    },
    elbo: () => elboOf(canvas.fields, canvas.hand).elbo,
    handles: () => {
      const { left: x, top: y } = canvas.map.canvas.getBoundingClientRect();
      const all = Object.entries(canvas.map.handles(canvas.hand));
      return Object.fromEntries(all.map(([name, [px, py]]) => [name, [x + px, y + py]]));
    },
  };
}
