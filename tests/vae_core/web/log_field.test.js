import { test } from "node:test";
import { LogField, elboOf } from "../../../vae_core/web/posterior/log_field.js";
import { assertClose, expected } from "./expected.js";

const values = expected("log_field");
/** @type {LogField[]} */
const fields = values.fields.map((/** @type {any} */ field) => new LogField(field));

test("between the grid's places a quadratic is exact to float32", () => {
  const found = values.place.map((/** @type {number[]} */ [x, y]) => fields[0].at(x, y));
  assertClose(found, values.value, 1e-4);
});

test("outside, the nearest edge counts", () => {
  assertClose([fields[0].at(9, 0.5), fields[0].at(1, -7)], [fields[0].at(3, 0.5), fields[0].at(1, -2)], 0);
});

test("the values at the middles of cells, from the bottom row up", () => {
  assertClose(fields[0].resampled(values.cells), values.resampled, 1e-2);
});

test("the ELBO of a q within the window, at its rim, and outside", () => {
  for (const { mu, sigma, likelihood, kl, off } of values.qs) {
    const found = elboOf(fields, { mu, sigma });
    assertClose([found.kl], [kl], 1e-9);
    assertClose([found.likelihood], [likelihood], off);
    assertClose([found.elbo], [likelihood - kl], off);
  }
});
