import assert from "node:assert/strict";
import { test } from "node:test";
import { mountOnce } from "../../../vae_core/web/shared/mount.js";

/** A place on a page that remembers what stands in it. */
function place() {
  /** @type {unknown[]} */
  const children = ["room"];
  const room = { remove: () => children.splice(children.indexOf("room"), 1) };
  return {
    children,
    querySelector: () => (children.includes("room") ? room : null),
    append: (/** @type {unknown} */ child) => children.push(child),
  };
}

/** A mount function, and the canvases that it has made. */
function mounted() {
  /** @type {Recorder[]} */
  const made = [];
  class Recorder {
    constructor() {
      this.root = /** @type {any} */ (`canvas ${made.length}`);
      /** @type {number[]} */
      this.updates = [];
      this.destroyed = 0;
      made.push(this);
    }

    /** @param {number} data */
    update(data) {
      this.updates.push(data);
    }

    destroy() {
      this.destroyed++;
    }
  }
  const mount = mountOnce(/** @type {new () => Recorder} */ (Recorder));
  const call = (/** @type {number} */ data, /** @type {any} */ parentElement) =>
    mount({ data, parentElement, setStateValue: () => {} });
  return { made, call };
}

test("one canvas takes the room's place and is kept over updates", () => {
  const { made, call } = mounted();
  const here = place();
  call(1, here);
  call(2, here);
  assert.deepEqual(here.children, ["canvas 0"]);
  assert.deepEqual(made.map(({ updates }) => updates), [[1, 2]]);
});

test("the clean-up of an earlier call, which comes after a later one, does nothing", () => {
  const { made, call } = mounted();
  const here = place();
  const first = call(1, here);
  const second = call(2, here);
  first();
  assert.equal(made[0].destroyed, 0);
  second();
  assert.equal(made[0].destroyed, 1);
});

test("what was cleaned up is made anew, and its clean-up does not touch the new one", () => {
  const { made, call } = mounted();
  const here = place();
  const before = call(1, here);
  before();
  call(2, here);
  before();
  call(3, here);
  assert.deepEqual(made.map(({ destroyed }) => destroyed), [1, 0]);
  assert.deepEqual(made[1].updates, [2, 3]);
});

test("each place has a canvas of its own", () => {
  const { made, call } = mounted();
  call(1, place());
  call(2, place());
  assert.deepEqual(made.map(({ updates }) => updates), [[1], [2]]);
});
