// What expected.py has computed, for the tests that node runs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/**
 * Values by name, as expected.py documents them.
 *
 * @param {string} kind a function of expected.py.
 * @returns {Record<string, any>} of whatever kind that function makes.
 */
export function expected(kind) {
  const path = process.env.EXPECTED;
  if (!path) throw new Error("EXPECTED names no file: pytest makes it and runs these tests");
  return JSON.parse(readFileSync(path, "utf-8"))[kind];
}

/**
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} wanted
 * @param {number} tolerance the largest difference that is allowed.
 */
export function assertClose(actual, wanted, tolerance) {
  assert.equal(actual.length, wanted.length);
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i] - wanted[i]);
    assert.ok(difference <= tolerance, `value ${i} is ${actual[i]} and not ${wanted[i]}`);
  }
}
