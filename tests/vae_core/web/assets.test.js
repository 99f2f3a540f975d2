import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { load } from "../../../vae_core/web/shared/assets.js";

/** @type {string[]} */
let asked = [];
let status = 200;
const { fetch } = globalThis;

beforeEach(() => {
  asked = [];
  status = 200;
  Object.assign(globalThis, { document: { baseURI: "http://host/base/page" } });
  globalThis.fetch = async (/** @type {any} */ url) => {
    asked.push(String(url));
    return new Response(Uint8Array.of(7), { status });
  };
});

afterEach(() => {
  globalThis.fetch = fetch;
});

const first = (/** @type {ArrayBuffer} */ bytes) => new Uint8Array(bytes)[0];

test("an address is relative to the page, fetched once, and parsed once", async () => {
  let parsed = 0;
  const parse = (/** @type {ArrayBuffer} */ bytes) => {
    parsed++;
    return first(bytes);
  };
  assert.deepEqual(await Promise.all([load("a.bin", parse), load("a.bin", parse)]), [7, 7]);
  assert.equal(await load("a.bin", parse), 7);
  assert.deepEqual([asked, parsed], [["http://host/base/a.bin"], 1]);
});

test("a failure is told, and forgotten", async () => {
  status = 404;
  await assert.rejects(load("b.bin", first), /404 for b.bin/);
  status = 200;
  assert.equal(await load("b.bin", first), 7);
});

test("only the most recently used are kept", async () => {
  for (let n = 0; n < 48; n++) await load(`${n}.bin`, first);
  await load("0.bin", first); // used again: the next to go is 1.bin
  await load("another.bin", first);
  asked = [];
  await load("0.bin", first);
  await load("1.bin", first);
  assert.deepEqual(asked, ["http://host/base/1.bin"]);
});
