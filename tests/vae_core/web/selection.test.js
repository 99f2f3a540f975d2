import assert from "node:assert/strict";
import { test } from "node:test";
import { placeAlong } from "../../../vae_core/web/latent/overlay.js";
import { Draft, insidePolygon } from "../../../vae_core/web/latent/selection.js";
import { assertClose, expected } from "./expected.js";

const values = expected("selection");

test("inside an outline, also one that crosses itself", () => {
  for (const { polygon, inside } of values.outlines) {
    const found = new Uint8Array(values.xy.length / 2).fill(1);
    insidePolygon(values.xy, polygon, found);
    assert.deepEqual(Array.from(found), inside);
  }
});

test("places along a line by its length", () => {
  for (const [n, share] of values.share.entries()) {
    assertClose(placeAlong(values.line, share), values.along[n], 1e-9);
  }
});

test("a box has four corners whichever way it is drawn", () => {
  const draft = new Draft("box", 2, 1);
  draft.moveTo(-1, 5, 0.1);
  assert.deepEqual(draft.polygon, [[2, 1], [-1, 1], [-1, 5], [2, 5]]);
});

test("a lasso keeps its shape and a bounded number of corners", () => {
  const draft = new Draft("lasso", 100, 0);
  for (let n = 1; n <= 5000; n++) {
    const angle = (2 * Math.PI * n) / 5000;
    draft.moveTo(100 * Math.cos(angle), 100 * Math.sin(angle), 0.01);
  }
  assert.ok(draft.polygon.length <= 401);
  const inside = new Uint8Array(3);
  insidePolygon([0, 0, 95, 0, 80, 80], draft.polygon, inside);
  assert.deepEqual(Array.from(inside), [1, 1, 0]);
});
