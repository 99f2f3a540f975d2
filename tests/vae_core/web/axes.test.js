import assert from "node:assert/strict";
import { test } from "node:test";
import { panelRange } from "../../../vae_core/web/run/curve_chart.js";
import { barScale } from "../../../vae_core/web/posterior/bars.js";
import { roundStep, signed, ticksApart, ticksBetween } from "../../../vae_core/web/shared/axes.js";
import { assertClose, expected } from "./expected.js";

const { parts, apart } = expected("axes");

/**
 * @param {{ values: number[], digits: number }} found
 * @param {{ values: number[], texts: string[] }} wanted
 */
function assertTicks({ values, digits }, wanted) {
  assertClose(values, wanted.values, 1e-9);
  assert.deepEqual(values.map((value) => signed(value, digits)), wanted.texts);
}

test("round steps that leave at least so many parts", () => {
  for (const one of parts) assertTicks(ticksBetween(one.low, one.high, one.least), one);
  assert.equal(roundStep(26, 3), 5);
});

test("round steps that are at least so far apart", () => {
  for (const one of apart) assertTicks(ticksApart(one.low, one.high, one.least), one);
});

test("a minus sign as it is printed, and none for nothing", () => {
  assert.deepEqual([-1.25, -0.001, 0, 3].map((value) => signed(value, 1)), ["−1.3", "0.0", "0.0", "3.0"]);
});

test("a huge number has few enough digits for the edge of a chart", () => {
  assert.deepEqual(
    [2e11, -1.5406e23, 999999, -1e6].map((value) => signed(value, 0)),
    ["2e11", "−1.54e23", "999999", "−1e6"],
  );
});

test("a panel leaves out the untrained model and has a margin", () => {
  const panel = { title: "", values: [900, 100, 200], parts: [] };
  assertClose(panelRange(panel), [92, 208], 1e-9);
  assertClose(panelRange({ ...panel, parts: [[1], [2]] }), [-16, 216], 1e-9);
  assertClose(panelRange({ ...panel, values: [7] }), [6, 8], 1e-9);
});

test("the bars' scale ends at log p(x) and holds every bound with room to spare", () => {
  for (const gap of [0.01, 0.47, 0.49, 3, 97, 20000]) {
    const { low, span } = barScale(-90, [-90 - gap, -90]);
    assertClose([low], [-90 - span], 1e-9);
    assert.ok(gap <= 0.96 * span + 1e-9);
    assert.ok(span <= Math.max(0.5, 2.6 * gap), `${span} is far more than ${gap}`);
  }
});
