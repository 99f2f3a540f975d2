// What a person does on a pane: looking, clicking, moving the view, and outlining a selection.
import { Gestures } from "./gestures.js";
import { Draft } from "./selection.js";

/** @import { Pane } from "./pane.js" */
/** @import { Kind } from "./selection.js" */
/** @import { Tool } from "./toolbar.js" */

/** The hand on one pane. */
export class Hand {
  /** @param {Pane} pane */
  constructor(pane) {
    this.pane = pane;
    /** @type {Draft | null} */
    this.draft = null; // the outline of a selection while it is being drawn
    const { view } = pane;
    this.gestures = new Gestures(pane.probeCanvas, {
      look: (x, y, touch) => this.look(x, y, touch),
      leave: () => pane.tile.hide(),
      pan: (dx, dy) => pane.changeView(() => view.panBy(dx, dy)),
      zoom: (x, y, factor) => pane.changeView(() => view.zoomAt(x, y, factor)),
      click: (x, y, pointerType) => this.click(x, y, pointerType),
      home: () => pane.goHome(),
      step: (dx, dy) => this.stepProbe(dx, dy),
      zoomAtProbe: (factor) => this.zoomAtProbe(factor),
      clickProbe: () => this.clickProbe(),
      outline: (x, y, kind) => this.outline(x, y, kind),
      closeOutline: () => this.closeOutline(),
      cancelOutline: () => this.cancelOutline(),
    });
  }

  /** @param {boolean} allowed */
  allowSelecting(allowed) {
    this.gestures.selectable = allowed;
  }

  /** @param {Tool} tool */
  take(tool) {
    this.gestures.tool = tool;
    this.cancelOutline();
    this.pane.probeCanvas.focus({ preventScroll: true });
  }

  /**
   * @param {number} px
   * @param {number} py
   * @param {boolean} touch
   */
  look(px, py, touch) {
    const { pane } = this;
    if (!pane.loaded) return;
    pane.board.moveProbe(pane, pane.view.toPlaneX(px), pane.view.toPlaneY(py));
    pane.tile.moveTo(px, py, pane.view, touch);
  }

  /**
   * @param {number} px
   * @param {number} py
   * @param {string} pointerType
   */
  click(px, py, pointerType) {
    const { pane } = this;
    if (!pane.loaded) return;
    const [x, y] = [pane.view.toPlaneX(px), pane.view.toPlaneY(py)];
    pane.board.moveProbe(pane, x, y);
    pane.board.sendClick(pane, x, y);
    if (pointerType !== "touch") pane.tile.moveTo(px, py, pane.view, false);
  }

  /**
   * @param {number} dx pixels
   * @param {number} dy
   */
  stepProbe(dx, dy) {
    const { pane } = this;
    if (!pane.loaded) return;
    const { view, probe } = pane;
    const [px, py] = [view.toPixelX(probe.x) + dx, view.toPixelY(probe.y) + dy];
    const [x, y] = [view.toPlaneX(px), view.toPlaneY(py)];
    /**
     * @param {number} value
     * @param {number} size
     */
    const inside = (value, size) => Math.max(20, Math.min(size - 20, value));
    const [overX, overY] = [px - inside(px, view.width), py - inside(py, view.height)];
    if (overX || overY) pane.changeView(() => view.panBy(-overX, -overY));
    pane.tile.hide();
    this.draft?.moveTo(x, y, 1 / view.scale);
    pane.board.moveProbe(pane, x, y);
    pane.board.announce(pane);
  }

  /** @param {number} factor */
  zoomAtProbe(factor) {
    const { view, probe } = this.pane;
    const [px, py] = [view.toPixelX(probe.x), view.toPixelY(probe.y)];
    this.pane.changeView(() => view.zoomAt(px, py, factor));
  }

  /**
   * @param {number} px
   * @param {number} py
   * @param {Kind} kind
   */
  outline(px, py, kind) {
    const { pane } = this;
    if (!pane.loaded) return;
    const [x, y] = [pane.view.toPlaneX(px), pane.view.toPlaneY(py)];
    if (this.draft) this.draft.moveTo(x, y, 1 / pane.view.scale);
    else this.draft = new Draft(kind, x, y);
    pane.tile.hide();
    pane.board.moveProbe(pane, x, y);
  }

  closeOutline() {
    if (this.draft) this.pane.board.sendSelection(this.pane, this.draft.polygon);
    this.cancelOutline();
  }

  cancelOutline() {
    this.draft = null;
    this.pane.mark("probe");
  }

  // With the box or the lasso in hand, Enter begins an outline at the crosshair and closes it.
  clickProbe() {
    const { view, probe, board } = this.pane;
    const { tool } = this.gestures;
    if (this.draft) this.closeOutline();
    else if (tool === "pan") board.sendClick(this.pane, probe.x, probe.y);
    else this.outline(view.toPixelX(probe.x), view.toPixelY(probe.y), tool);
  }
}
