import assert from "node:assert/strict";
import { test } from "node:test";
import { quantileCells, regularCells } from "../../../vae_core/web/latent/manifold.js";
import { View } from "../../../vae_core/web/latent/view.js";
import { assertClose, expected } from "./expected.js";

const values = expected("manifold");

/** @param {number} reach half of what is seen. */
function viewOf(reach) {
  const view = new View();
  view.resize(200, 200);
  view.fit({ left: -reach, right: reach, bottom: -reach, top: reach });
  return view;
}

test("cells of equal shares of the prior stand at their medians", () => {
  const cells = quantileCells(viewOf(10)); // far out: eight to an axis, all of them in view
  const { middles } = values;
  assert.equal(cells.length, 64);
  for (const axis of /** @type {const} */ (["x", "y"])) {
    const found = [...new Set(cells.map((cell) => cell[axis]))].sort((a, b) => a - b);
    assertClose(found, middles, 1e-7);
  }
});

test("equal cells cover the view once", () => {
  const view = viewOf(3);
  const cells = regularCells(view);
  const side = cells[0].size / view.scale;
  assert.ok(cells[0].size >= 32 && cells[0].size < 64);
  for (const [x, y] of [[-2.99, -2.99], [0.1, 0.1], [2.99, -1.3]]) {
    const around = cells.filter((cell) => Math.max(Math.abs(cell.x - x), Math.abs(cell.y - y)) < side / 2);
    assert.equal(around.length, 1);
  }
  assert.equal(new Set(cells.map(({ key }) => key)).size, cells.length);
});
