import assert from "node:assert/strict";
import { test } from "node:test";
import { epochText, nearestEntry } from "../../../vae_core/web/run/curve_chart.js";

test("the marked entry is the one nearest to the plane's epoch, also within an epoch", () => {
  const epochs = [0, 1, 2, 3, 3.84];
  for (const [wanted, at] of [[0, 0], [2, 2], [3, 3], [3.84, 4], [9, 4]]) {
    assert.equal(nearestEntry(epochs, wanted), at);
  }
  assert.equal(nearestEntry([], 2), -1);
});

test("a whole epoch is written without digits, a part with two", () => {
  assert.equal(epochText(17), "17");
  assert.equal(epochText(17.840336), "17.84");
});
