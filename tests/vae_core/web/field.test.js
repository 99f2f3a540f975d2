import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, crossings } from "../../../vae_core/web/latent/field.js";
import { bytesOf } from "../../../vae_core/web/shared/dom.js";
import { assertClose, expected } from "./expected.js";

const values = expected("field");

/** @param {number[][]} places */
const sorted = (places) => places.sort((a, b) => a[0] - b[0] || a[1] - b[1]).flat();

test("contour lines begin and end where the sides between centres cross the level", () => {
  const pieces = new Field(bytesOf(values.bytes), /** @type {any} */ (values)).contour(values.level);
  const places = [];
  for (let n = 0; n < pieces.length; n += 2) places.push([pieces[n], pieces[n + 1]]);
  // To float32's digits: places of equal x, to the last digit, are at different heights.
  const round = (/** @type {number[][]} */ list) => list.map((place) => place.map(Math.fround));
  assertClose(sorted(round(places)), sorted(round(values.crossings)), 1e-6);
});

test("a field of another size is refused", () => {
  const spec = { width: values.width + 1, height: values.height, bounds: values.bounds };
  assert.throws(() => new Field(bytesOf(values.bytes), spec), /fit/);
});

test("a saddle hangs together as its middle says", () => {
  const [first] = crossings([1, 0, 1.5, 0], 0.5); // the middle is above: corner 1 is cut off
  assert.deepEqual(first, [[0.5, 0], [1, 0.3333333333333333]].map((place) => place.map(Number)));
  const [cut] = crossings([1, 0, 1, 0], 0.6); // the middle is below: corner 0 is cut off
  assertClose(cut.flat().sort(), [0, 0, 0.4, 0.4], 1e-9);
});

test("squares that are all above, all below, or not known have no line", () => {
  for (const corners of [[1, 1, 1, 1], [0, 0, 0, 0], [0, NaN, 1, 1], [0, Infinity, 1, 1]]) {
    assert.deepEqual(crossings(corners, 0.5), []);
  }
});
