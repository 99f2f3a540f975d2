import assert from "node:assert/strict";
import { test } from "node:test";
import { erf, normalQuantile } from "../../../vae_core/web/shared/normal.js";
import { assertClose, expected } from "./expected.js";

const values = expected("normal");

test("erf", () => {
  assertClose(values.x.map(erf), values.erf, 3e-9);
  assert.ok(Number.isNaN(erf(NaN)));
});

test("the normal distribution's quantiles", () => {
  assertClose(values.share.map(normalQuantile), values.quantile, 1e-7);
});
