// The colour bar of what is coloured by number.
import { element } from "../shared/dom.js";
import { paletteCss, shortNumber } from "../shared/palettes.js";

/** @import { FieldSpec, ValuesSpec } from "./types.d.ts" */

/**
 * Title and unit, the scale, its ends in figures.
 *
 * @param {ValuesSpec | FieldSpec} spec
 * @param {string[]} anchors
 * @returns {HTMLElement}
 */
export function colourBar({ title, unit, low, high }, anchors) {
  const root = element("div", "colour-bar");
  const strip = element("span", "strip");
  strip.style.background = paletteCss(anchors);
  root.append(element("span", "name", unit ? `${title} (${unit})` : title));
  root.append(element("span", "", shortNumber(low)), strip, element("span", "", shortNumber(high)));
  return root;
}
