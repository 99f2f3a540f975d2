import { test } from "node:test";
import { oneHot } from "../../../vae_core/web/code/canvas.js";
import { assertClose, expected } from "./expected.js";

const values = expected("code");

test("a code becomes what torch makes of it", () => {
  for (const [n, code] of values.codes.entries()) {
    assertClose(oneHot(code, values.categories), values.oneHot[n], 0);
  }
});
