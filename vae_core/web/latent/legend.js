// The legend: a chip for each class, which hides and shows it.
import { button, element } from "../shared/dom.js";
import { drawShape, shapeOf } from "./shapes.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { LatentData } from "./types.d.ts" */

/** It keeps its filter until the page names another one. */
export class Legend {
  /** @param {() => void} changed called when other classes are shown. */
  constructor(changed) {
    this.changed = changed;
    this.visible = new Uint8Array(256).fill(1); // by label
    this.root = element("div", "legend");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Classes shown");
    /** @type {HTMLElement[]} */
    this.chips = [];
    this.all = button("all", "show all", "", () => this.showOnly(null));
    this.chipsKey = this.filterKey = "";
  }

  /**
   * @param {LatentData} data
   * @param {Theme} theme
   */
  show(data, theme) {
    const { class_names, colours, planes, look, shown_classes } = data;
    const plain = planes.some(({ values }) => values); // then colour does not mean class
    const key = JSON.stringify([class_names, colours, plain, look.shapes]);
    const filter = JSON.stringify([class_names, shown_classes]);
    if (key === this.chipsKey && filter === this.filterKey) return;
    if (key !== this.chipsKey) {
      this.chips = class_names.map((name, label) => {
        return this.makeChip(name, label, plain ? theme.muted : colours[label], look.shapes);
      });
      this.root.replaceChildren(...this.chips, this.all);
    }
    if (filter !== this.filterKey) {
      this.visible.fill(shown_classes ? 0 : 1);
      for (const label of shown_classes ?? []) this.visible[label] = 1;
    }
    [this.chipsKey, this.filterKey] = [key, filter];
    this.filterChanged();
  }

  /**
   * @param {string} name
   * @param {number} label
   * @param {string} colour
   * @param {boolean} shaped
   */
  makeChip(name, label, colour, shaped) {
    const title = "Click to hide or show, double click for this class alone";
    const chip = button("chip", name, title, (event) => {
      if (event.altKey || event.detail === 2) this.showOnly(label);
      else this.toggle(label);
    });
    chip.style.setProperty("--class", colour);
    if (shaped) {
      const symbol = element("canvas", "symbol");
      drawShape(symbol, shapeOf(label), colour);
      chip.prepend(symbol);
      chip.classList.add("shaped");
    }
    return chip;
  }

  /** @param {number} label */
  toggle(label) {
    this.visible[label] = this.visible[label] ? 0 : 1;
    this.filterChanged();
  }

  /**
   * One class alone, or all: for null, and when the class is alone already (its first click of a
   * double click has then hidden it, and nothing is left).
   *
   * @param {number | null} label
   */
  showOnly(label) {
    const shown = this.chips.some((_, i) => this.visible[i]);
    this.visible.fill(label === null || !shown ? 1 : 0);
    if (label !== null) this.visible[label] = 1;
    this.filterChanged();
  }

  /** @param {number[]} labels hidden; the others are shown. */
  hide(labels) {
    this.visible.fill(1);
    for (const label of labels) this.visible[label] = 0;
    this.filterChanged();
  }

  filterChanged() {
    this.chips.forEach((chip, i) => {
      chip.setAttribute("aria-pressed", String(Boolean(this.visible[i])));
    });
    this.all.classList.toggle("idle", this.chips.every((_, i) => this.visible[i]));
    this.changed();
  }
}
