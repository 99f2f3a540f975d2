// Mouse, pen, touch and keyboard on one pane, as what they mean.
//
// Mouse: move = look, drag = pan, wheel = zoom, click, double click = whole plane.
// Touch: tap = click, drag = pan, pinch = zoom; hold still for a moment, then drag = look.
// With the tool box or lasso, or with Shift held down (a box), a drag draws an outline instead.

const CLICK_SLACK = 4; // pixels that a click may wander
const HOLD_MS = 250;
const DOUBLE_CLICK_MS = 350;

/** @import { Kind } from "./selection.js" */
/** @import { Tool } from "./toolbar.js" */

/**
 * What gestures mean; places in pixels of the target.
 *
 * @typedef {object} Meanings
 * @property {(x: number, y: number, touch: boolean) => void} look
 * @property {() => void} leave
 * @property {(dx: number, dy: number) => void} pan
 * @property {(x: number, y: number, factor: number) => void} zoom
 * @property {(x: number, y: number, pointerType: string) => void} click
 * @property {() => void} home
 * @property {(dx: number, dy: number) => void} step
 * @property {(factor: number) => void} zoomAtProbe
 * @property {() => void} clickProbe
 * @property {(x: number, y: number, kind: Kind) => void} outline
 * @property {() => void} closeOutline
 * @property {() => void} cancelOutline
 */

/** @typedef {{ x: number, y: number, startX: number, startY: number }} Pointer */

/** Listens on one element and says what was meant. */
export class Gestures {
  /**
   * @param {HTMLElement} target
   * @param {Meanings} on
   */
  constructor(target, on) {
    this.on = on;
    this.target = target;
    /** @type {Tool} */
    this.tool = "pan"; // what a drag does
    this.selectable = false;
    /** @type {Map<number, Pointer>} */
    this.down = new Map(); // pointers that touch the plane, by id
    this.moved = false;
    this.looking = false;
    /** @type {Kind | null} */
    this.outlining = null;
    this.hold = 0;
    this.lastClick = { time: -Infinity, x: 0, y: 0 };
    target.addEventListener("pointerdown", (event) => this.pointerDown(event));
    target.addEventListener("pointermove", (event) => this.pointerMove(event));
    target.addEventListener("pointerup", (event) => this.pointerUp(event));
    target.addEventListener("pointercancel", (event) => this.release(event));
    target.addEventListener("pointerleave", () => this.down.size || on.leave());
    target.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    target.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {PointerEvent} event */
  pointerDown(event) {
    if (event.button !== 0) return;
    this.target.setPointerCapture(event.pointerId);
    const place = { x: event.offsetX, y: event.offsetY };
    this.down.set(event.pointerId, { ...place, startX: place.x, startY: place.y });
    this.moved = this.down.size > 1; // two fingers are never a click
    this.looking = false;
    const kind = event.shiftKey && this.selectable ? "box" : this.tool;
    this.outlining = this.down.size > 1 || kind === "pan" ? null : kind;
    if (this.down.size > 1) this.on.cancelOutline();
    clearTimeout(this.hold);
    if (event.pointerType === "touch" && this.down.size === 1 && !this.outlining) {
      this.hold = setTimeout(() => {
        this.looking = true;
        this.on.look(place.x, place.y, true);
      }, HOLD_MS);
    }
  }

  /** @param {PointerEvent} event */
  pointerMove(event) {
    const [x, y] = [event.offsetX, event.offsetY];
    const pointer = this.down.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch") this.on.look(x, y, false);
      return;
    }
    if (this.looking) {
      this.on.look(x, y, true);
      return;
    }
    if (!this.moved && Math.hypot(x - pointer.startX, y - pointer.startY) <= CLICK_SLACK) return;
    if (!this.moved) this.on.leave();
    if (!this.moved && this.outlining) {
      this.on.outline(pointer.startX, pointer.startY, this.outlining);
    }
    this.moved = true;
    clearTimeout(this.hold);
    if (this.outlining) this.on.outline(x, y, this.outlining);
    else if (this.down.size === 1) this.on.pan(x - pointer.x, y - pointer.y);
    else this.pinch(event.pointerId, pointer, x, y);
    [pointer.x, pointer.y] = [x, y];
  }

  /**
   * Each finger's move in turn: pan by half of it and zoom by the change of their distance.
   *
   * @param {number} id of the finger that has moved.
   * @param {Pointer} pointer where it was.
   * @param {number} x
   * @param {number} y
   */
  pinch(id, pointer, x, y) {
    const [, other] = [...this.down].find(([key]) => key !== id) ?? [];
    if (!other) return;
    const before = Math.hypot(pointer.x - other.x, pointer.y - other.y);
    const after = Math.hypot(x - other.x, y - other.y);
    this.on.pan((x - pointer.x) / 2, (y - pointer.y) / 2);
    if (before > 0 && after > 0) {
      this.on.zoom((x + other.x) / 2, (y + other.y) / 2, after / before);
    }
  }

  /** @param {PointerEvent} event */
  pointerUp(event) {
    const pointer = this.down.get(event.pointerId);
    if (!pointer) return;
    const [x, y] = [event.offsetX, event.offsetY];
    const isClick = !this.moved && !this.looking;
    if (this.outlining && this.moved) this.on.closeOutline();
    this.outlining = null;
    this.release(event);
    if (!isClick) return;
    const { lastClick } = this;
    const isDouble =
      event.timeStamp - lastClick.time < DOUBLE_CLICK_MS &&
      Math.hypot(x - lastClick.x, y - lastClick.y) <= 2 * CLICK_SLACK;
    this.lastClick = { time: isDouble ? -Infinity : event.timeStamp, x, y };
    if (isDouble) this.on.home();
    else this.on.click(x, y, event.pointerType);
  }

  /** @param {PointerEvent} event */
  release(event) {
    clearTimeout(this.hold);
    if (this.outlining) this.on.cancelOutline();
    this.outlining = null;
    this.down.delete(event.pointerId);
    if (event.pointerType === "touch") this.on.leave();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault(); // the page must not scroll
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a trackpad's pinch comes as small ctrl-wheels
    const step = Math.max(-240, Math.min(240, pixels));
    this.on.zoom(event.offsetX, event.offsetY, Math.exp(-step * speed));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const stride = event.shiftKey ? 40 : 8;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.on.step(-stride, 0),
      ArrowRight: () => this.on.step(stride, 0),
      ArrowUp: () => this.on.step(0, -stride),
      ArrowDown: () => this.on.step(0, stride),
      Enter: () => this.on.clickProbe(),
      " ": () => this.on.clickProbe(),
      "+": () => this.on.zoomAtProbe(1.25),
      "=": () => this.on.zoomAtProbe(1.25),
      "-": () => this.on.zoomAtProbe(0.8),
      0: () => this.on.home(),
      Home: () => this.on.home(),
      Escape: () => this.on.cancelOutline(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}
