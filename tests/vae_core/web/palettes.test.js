import assert from "node:assert/strict";
import { test } from "node:test";
import { isLight, toCss, toPixel, toRgb } from "../../../vae_core/web/shared/colours.js";
import { CIVIDIS, fieldAnchors, paletteStep, paletteTable, shortNumber } from "../../../vae_core/web/shared/palettes.js";
import { assertClose, expected } from "./expected.js";

const values = expected("palettes");

test("tables run evenly from anchor to anchor", () => {
  for (const { anchors, rgb } of values.tables) {
    const table = paletteTable(anchors);
    assert.equal(table.length, 256);
    table.forEach((pixel, i) => {
      const [red, green, blue, alpha] = new Uint8Array(Uint32Array.of(pixel).buffer);
      assertClose([red, green, blue, alpha], [...rgb[i], 255], 0.5 + 1e-9);
    });
  }
});

test("steps of values, the nearest end for what lies outside", () => {
  const steps = values.value.map((/** @type {number} */ value) => paletteStep(value, -1, 3));
  assert.deepEqual(steps, values.step);
  assert.equal(paletteStep(5, 5, 5), 0);
});

test("colours are read, written and packed", () => {
  assert.deepEqual(toRgb("#0a14ff"), [10, 20, 255]);
  assert.deepEqual(toRgb("rgb(1, 22, 133)"), [1, 22, 133]);
  assert.equal(toCss([1.4, 22, 132.6]), "rgb(1, 22, 133)");
  assert.deepEqual([...new Uint8Array(Uint32Array.of(toPixel([1, 2, 3])).buffer)], [1, 2, 3, 255]);
  assert.equal(isLight("#ffff80"), true);
  assert.equal(isLight("#0000ff"), false);
});

test("cividis grows lighter all the way, a backdrop starts at the page's background", () => {
  const lightness = CIVIDIS.map((colour) => {
    const [red, green, blue] = toRgb(colour);
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
  assert.ok(lightness.every((value, n) => n === 0 || value > lightness[n - 1]));
  for (const background of ["#12161c", "#fcfcfb"]) {
    assert.equal(fieldAnchors("sequential", { background })[0], background);
    assert.equal(fieldAnchors("diverging", { background })[2], background);
  }
});

test("numbers of a colour bar have three figures", () => {
  assert.deepEqual([0, 1.2345, -98.76, 1234.5].map(shortNumber), ["0.00", "1.23", "−98.8", "1235"]);
});
