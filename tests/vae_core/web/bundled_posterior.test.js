import { test } from "node:test";
import { LogField, elboOf } from "../../../vae_core/web/posterior/log_field.js";
import { assertClose, expected } from "./expected.js";

const values = expected("bundled_posterior");
/** @type {LogField[]} */
const plane = values.fields.map((/** @type {any} */ field) => new LogField(field));

test("a wide q sees a trained decoder's detail", () => {
  for (const { mu, sigma, likelihood } of values.qs) {
    assertClose([elboOf(plane, { mu, sigma }).likelihood], [likelihood], 0.004 * Math.abs(likelihood));
  }
});
