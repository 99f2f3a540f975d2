import assert from "node:assert/strict";
import { test } from "node:test";
import { View, openingBounds } from "../../../vae_core/web/latent/view.js";
import { assertClose, expected } from "./expected.js";

const { cases } = expected("view");
const BOUNDS = { left: -3, right: 5, bottom: -1, top: 1 };

function viewOf(width = 400, height = 300) {
  const view = new View();
  view.resize(width, height);
  view.fit(BOUNDS);
  return view;
}

test("the opening view leaves out the outermost 0.5% and holds the prior's ring", () => {
  for (const { xy, projected, latentDim, bounds } of cases) {
    const found = openingBounds({ xy: Float32Array.from(xy), projected, latentDim });
    const names = /** @type {const} */ (["left", "right", "bottom", "top"]);
    assertClose(names.map((name) => found[name]), names.map((name) => bounds[name]), 1e-5);
  }
});

test("at home all of the bounds are seen, in the middle, at one scale", () => {
  const view = viewOf();
  assert.equal(view.scale, 50); // 400 pixels for 8 units; 300 pixels would be enough for 6
  assert.equal(view.toPixelX(-3), 0);
  assert.equal(view.toPixelX(5), 400);
  assert.equal(view.toPixelY(0), 150);
  assert.ok(view.toPixelY(1) < view.toPixelY(-1), "up is up");
});

test("pixels and places are each other's inverse", () => {
  const view = viewOf();
  view.zoomAt(31, 200, 3.7);
  view.panBy(12, -40);
  for (const [x, y] of [[0, 0], [-2.5, 0.3], [7, -11]]) {
    assertClose([view.toPlaneX(view.toPixelX(x)), view.toPlaneY(view.toPixelY(y))], [x, y], 1e-12);
  }
});

test("zooming keeps the place under the pointer, and has limits", () => {
  const view = viewOf();
  const before = [view.toPlaneX(30), view.toPlaneY(222)];
  view.zoomAt(30, 222, 2.5);
  assert.equal(view.scale, 125);
  assert.equal(view.zoom, 2.5);
  assertClose([view.toPlaneX(30), view.toPlaneY(222)], before, 1e-12);
  view.zoomAt(30, 222, 1e9);
  assertClose([view.zoom], [400], 1e-9);
  view.zoomAt(30, 222, 1e-9);
  assertClose([view.zoom], [1 / 8], 1e-12);
});

test("the plane follows the pointer", () => {
  const view = viewOf();
  const [x, y] = [view.toPixelX(1), view.toPixelY(0.5)];
  view.panBy(17, -9);
  assertClose([view.toPixelX(1), view.toPixelY(0.5)], [x + 17, y - 9], 1e-12);
});

test("another size keeps the zoom, and home stays home", () => {
  const view = viewOf();
  view.resize(800, 300);
  assert.equal(view.scale, 100);
  view.zoomAt(0, 0, 2);
  view.resize(400, 300);
  assertClose([view.zoom], [2], 1e-12);
});

test("the way home ends there", () => {
  const view = viewOf();
  view.zoomAt(10, 10, 5);
  view.startHome(1000);
  assert.equal(view.advance(1100), true);
  assert.ok(view.zoom > 1 && view.zoom < 5);
  assert.equal(view.advance(2000), true);
  assert.deepEqual([view.x, view.y, view.scale], [1, 0, 50]);
  assert.equal(view.advance(2100), false);
});

test("an axis without a title has no ticks", () => {
  const view = viewOf();
  view.axisTitles = ["z₁", ""];
  const { xs, ys } = view.ticks();
  assert.deepEqual(xs.values, [-2, 0, 2, 4]);
  assert.deepEqual(ys.values, []);
});
