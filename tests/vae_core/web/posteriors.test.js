import assert from "node:assert/strict";
import { test } from "node:test";
import { blend, ellipseAxes, strokeEllipses } from "../../../vae_core/web/latent/ellipses.js";
import { Posteriors } from "../../../vae_core/web/latent/posteriors.js";
import { bytesOf } from "../../../vae_core/web/shared/dom.js";
import { assertClose, expected } from "./expected.js";

const values = expected("posteriors");
const count = values.covariance.length;
const posteriors = new Posteriors(bytesOf(values.bytes), count);

test("the root is the lower triangular one", () => {
  for (let n = 0; n < count; n++) {
    const [[a], [b, c]] = values.cholesky[n];
    assertClose(posteriors.root.subarray(3 * n, 3 * n + 3), [a, b, c], 1e-5);
  }
});

test("posteriors of another number are refused", () => {
  assert.throws(() => new Posteriors(bytesOf(values.bytes), count + 1), /fit/);
});

test("the ellipse's axes are the covariance's eigenvectors", () => {
  for (let n = 0; n < count; n++) {
    const { major, minor, angle } = ellipseAxes(values.covariance[n]);
    assertClose([major, minor], [values.major[n], values.minor[n]], 1e-9);
    const [x, y] = values.direction[n];
    const along = Math.abs(x * Math.cos(angle) + y * Math.sin(angle));
    assertClose([along], [1], 1e-9);
  }
});

test("draws have the posterior's mean and covariance, and their seed", () => {
  const draws = 40_000;
  const [xx, xy, yy] = values.covariance[0];
  const covariances = new Float32Array(3 * draws);
  const means = new Float32Array(2 * draws);
  for (let i = 0; i < draws; i++) {
    covariances.set([xx, xy, yy], 3 * i);
    means.set([2, -1], 2 * i);
  }
  const many = new Posteriors(covariances.buffer, draws);
  const places = new Float32Array(2 * draws);
  many.sample(means, 7, places);
  let [x, y, uu, uv, vv] = [0, 0, 0, 0, 0];
  for (let i = 0; i < draws; i++) {
    const [u, v] = [places[2 * i] - 2, places[2 * i + 1] + 1];
    [x, y] = [x + u / draws, y + v / draws];
    [uu, uv, vv] = [uu + (u * u) / draws, uv + (u * v) / draws, vv + (v * v) / draws];
  }
  const error = 5 * Math.sqrt((2 * Math.max(xx, yy) ** 2) / draws); // five standard errors
  assertClose([uu, uv, vv], [xx, xy, yy], error);
  assertClose([x, y], [0, 0], 5 * Math.sqrt(Math.max(xx, yy) / draws));
  const again = new Float32Array(2 * draws);
  many.sample(means, 7, again);
  assert.deepEqual(again, places);
  many.sample(means, 8, again);
  assert.notDeepEqual(again, places);
});

test("every pixel of an outline lies 1 or 2 standard deviations away, all around", () => {
  const size = 400;
  const frame = { left: size / 2, top: size / 2, scale: 60 };
  for (const image of [0, 7, 19]) {
    const buffer = new Uint32Array(size * size).fill(0xff000000);
    const found = strokeEllipses({ buffer, width: size, height: size }, frame, {
      places: new Float32Array(2 * count),
      order: Int32Array.from([image]),
      posteriors,
      colourOf: () => 0xffffffff,
      shown: () => true,
      most: 10,
    });
    assert.deepEqual(found, { wanted: 1, drawn: 1 });
    const [[a, b], [, c]] = values.inverse[image];
    const pixel = 1.5 / (frame.scale * values.minor[image]); // in standard deviations, at most
    const quadrants = new Set();
    buffer.forEach((colour, at) => {
      if (colour === 0xff000000) return;
      const x = ((at % size) + 0.5 - frame.left) / frame.scale;
      const y = -(Math.floor(at / size) + 0.5 - frame.top) / frame.scale;
      const away = Math.sqrt(a * x * x + 2 * b * x * y + c * y * y);
      const off = Math.min(Math.abs(away - 1), Math.abs(away - 2));
      assert.ok(off <= pixel, `a pixel of image ${image} lies ${away} standard deviations away`);
      quadrants.add(`${x > 0} ${y > 0} ${away > 1.5}`);
    });
    assert.equal(quadrants.size, 8);
  }
});

test("where more are in view than may be drawn, every n-th is", () => {
  const size = 50;
  const found = strokeEllipses(
    { buffer: new Uint32Array(size * size), width: size, height: size },
    { left: 25, top: 25, scale: 5 },
    {
      places: new Float32Array(2 * count),
      order: Int32Array.from({ length: count }, (_, i) => i),
      posteriors,
      colourOf: () => 0xffffffff,
      shown: (image) => image !== 3,
      most: 10,
    },
  );
  assert.deepEqual(found, { wanted: count - 1, drawn: 10 });
});

test("blending goes from what is there to the colour", () => {
  const buffer = Uint32Array.of(0xff102030, 0xff102030, 0xff102030);
  blend(buffer, 0, 0xffa0b0c0, 0);
  blend(buffer, 1, 0xffa0b0c0, 128);
  blend(buffer, 2, 0xffa0b0c0, 256);
  assert.deepEqual([...buffer], [0xff102030, 0xff586878, 0xffa0b0c0]);
});
