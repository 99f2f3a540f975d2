import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "../../../vae_core/web/shared/decoder.js";
import { bytesOf } from "../../../vae_core/web/shared/dom.js";
import { assertClose, expected } from "./expected.js";

const { cases } = expected("decoder");

for (const { activation, likelihood, widths, bytes, z, image } of cases) {
  test(`${activation}, ${likelihood}: images as torch decodes them`, () => {
    const decoder = new Decoder(bytesOf(bytes), widths, activation, likelihood);
    for (let n = 0; n < z.length; n++) assertClose(decoder.run(z[n]), image[n], 1e-5);
  });
}

test("the next call overwrites the image", () => {
  const [{ activation, likelihood, widths, bytes, z, image }] = cases;
  const decoder = new Decoder(bytesOf(bytes), widths, activation, likelihood);
  const first = decoder.run(z[0]);
  assert.equal(decoder.run(z[1]), first);
  assertClose(first, image[1], 1e-5);
});

test("weights of another network are refused", () => {
  const [{ activation, likelihood, bytes }] = cases;
  assert.throws(() => new Decoder(bytesOf(bytes), [3, 7, 11, 25], activation, likelihood), /fit/);
});

test("an activation or a likelihood that is not known is refused", () => {
  const [{ activation, likelihood, widths, bytes }] = cases;
  assert.throws(() => new Decoder(bytesOf(bytes), widths, "swish", likelihood), /swish/);
  assert.throws(() => new Decoder(bytesOf(bytes), widths, activation, "poisson"), /poisson/);
});
