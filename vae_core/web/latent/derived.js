// What follows from a pane's data and takes a while: found once and kept while they stay.
import { CIVIDIS, fieldAnchors, paletteStep, paletteTable } from "../shared/palettes.js";
import { insidePolygon } from "./selection.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { Field } from "./field.js" */
/** @import { Plane } from "./plane.js" */
/** @import { FieldSpec, Paint, Selection, ValuesSpec } from "./types.d.ts" */

/** A pane's own: each thing is found anew only when what it follows from has changed. */
export class Derived {
  constructor() {
    /** @type {{ field: Field, key: string, picture: HTMLCanvasElement } | null} */
    this.pictured = null;
    /** @type {{ values: Float32Array, spec: ValuesSpec, steps: Uint8Array } | null} */
    this.stepped = null;
    /** @type {{ plane: Plane, selection: Selection, mask: Uint8Array } | null} */
    this.masked = null;
    /** @type {Uint32Array | null} */
    this.scale = null;
  }

  /**
   * A field as a picture in its palette.
   *
   * @param {Field} field
   * @param {FieldSpec} spec
   * @param {Theme} theme
   */
  fieldPicture(field, { palette, low, high }, theme) {
    const anchors = fieldAnchors(palette, theme);
    const key = `${anchors} ${low} ${high}`;
    if (this.pictured?.field !== field || this.pictured.key !== key) {
      const picture = field.picture(paletteTable(anchors), low, high);
      this.pictured = { field, key, picture };
    }
    return this.pictured.picture;
  }

  /**
   * The colour of every image: its class, or a step of a scale.
   *
   * @param {Plane} plane
   * @param {Float32Array | null} values
   * @param {ValuesSpec | null} spec
   * @param {Theme} theme
   * @returns {Paint}
   */
  paint(plane, values, spec, theme) {
    if (!values || !spec) return { step: plane.label, table: theme.points.classes };
    if (this.stepped?.values !== values || this.stepped.spec !== spec) {
      const { low, high } = spec;
      const steps = Uint8Array.from(values, (value) => paletteStep(value, low, high));
      this.stepped = { values, spec, steps };
    }
    this.scale ??= paletteTable(CIVIDIS);
    return { step: this.stepped.steps, table: this.scale };
  }

  /**
   * @param {Plane} plane
   * @param {Selection} selection
   * @returns {Uint8Array} by image, 1 for those of the selection, else 0.
   */
  selectionMask(plane, selection) {
    if (this.masked?.plane !== plane || this.masked.selection !== selection) {
      const mask = new Uint8Array(plane.count);
      insidePolygon(plane.xy, selection.polygon, mask);
      for (let i = 0; i < mask.length; i++) {
        if (!selection.classes.includes(plane.label[i])) mask[i] = 0;
      }
      this.masked = { plane, selection, mask };
    }
    return this.masked.mask;
  }
}
