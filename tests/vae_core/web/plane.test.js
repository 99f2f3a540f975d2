import assert from "node:assert/strict";
import { test } from "node:test";
import { Plane } from "../../../vae_core/web/latent/plane.js";
import { bytesOf } from "../../../vae_core/web/shared/dom.js";
import { assertClose, expected } from "./expected.js";

const values = expected("plane");
const spec = { count: values.count, latent_dim: values.latentDim, projected: true };
const plane = new Plane(bytesOf(values.bytes), spec);

test("places and labels are read as they were packed", () => {
  assertClose(plane.xy, values.xy, 0);
  assertClose(plane.label, values.label, 0);
});

test("points of another number are refused", () => {
  assert.throws(() => new Plane(bytesOf(values.bytes), { ...spec, count: 499 }), /fit/);
});

test("the eight nearest images, nearest first", () => {
  const { grid } = plane;
  for (const [n, [x, y]] of values.query.entries()) {
    assert.equal(grid.findNearest(x, y, 8, Infinity, null), 8);
    assert.deepEqual(Array.from(grid.found), values.nearest[n]);
  }
});

test("only visible images within reach", () => {
  const { grid } = plane;
  const visible = new Uint8Array(256);
  visible.set(values.visible);
  for (const [n, [x, y]] of values.query.entries()) {
    const found = grid.findNearest(x, y, 3, values.reach, visible);
    assert.deepEqual(Array.from(grid.found.subarray(0, found)), values.near[n]);
  }
});

test("images are drawn in an order that meets each once", () => {
  const sorted = Array.from(plane.grid.items).sort((a, b) => a - b);
  assert.deepEqual(sorted, Array.from({ length: values.count }, (_, i) => i));
});

test("a place of a projection is decoded through the nearest latents", () => {
  const z = new Float64Array(values.latentDim);
  for (const [n, [x, y]] of values.query.entries()) {
    plane.latentAt(x, y, z);
    assertClose(z, values.latent[n], 1e-9);
  }
});

test("a place of the latent space is its own latent", () => {
  const flat = { count: values.count, latent_dim: 2, projected: false };
  const z = new Float64Array(2);
  new Plane(bytesOf(values.flat), flat).latentAt(0.25, -3, z);
  assertClose(z, [0.25, -3], 0);
  const line = new Float64Array(1);
  new Plane(bytesOf(values.flat), { ...flat, latent_dim: 1 }).latentAt(0.25, -3, line);
  assertClose(line, [0.25], 0);
});

test("a plane without images can be asked as well", () => {
  const empty = new Plane(new ArrayBuffer(0), { count: 0, latent_dim: 2, projected: false });
  assert.equal(empty.grid.findNearest(1, 1, 1, Infinity, null), 0);
});
