// Axes: round steps, and numbers as they are printed.

/**
 * Places of an axis' grid lines, and how many digits behind the point their numbers need.
 *
 * @typedef {{ values: number[], digits: number }} Ticks
 */

/**
 * The largest of 1, 2, 5 times a power of ten that divides a span into at least `least` parts.
 *
 * @param {number} span
 * @param {number} least
 * @returns {number}
 */
export function roundStep(span, least) {
  const power = 10 ** Math.floor(Math.log10(span / least));
  return [5, 2, 1].map((digit) => digit * power).find((step) => span / step >= least) ?? power;
}

/**
 * Multiples of a round step from low to high: at least about `least` steps fit between them.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} least
 * @returns {Ticks}
 */
export function ticksBetween(low, high, least) {
  const step = roundStep(high - low, least);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  const values = Array.from({ length: count }, (_, i) => (first + i) * step);
  return { values, digits: digitsOf(step) };
}

/**
 * Multiples of 1, 2 or 5 times a power of ten, at least a distance apart.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} least
 * @returns {Ticks}
 */
export function ticksApart(low, high, least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5].map((m) => m * power).find((s) => s >= least) ?? 10 * power;
  const values = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) values.push(n * step);
  return { values, digits: digitsOf(step) };
}

/** @param {number} step */
function digitsOf(step) {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

const HUGE = 1e6;

/** @param {number} value */
function powerOfTen(value) {
  return value.toExponential(2).replace(/\.?0*e\+/, "e");
}

/**
 * With a minus sign as it is printed; nothing is "−0". What has too many digits for the edge of a
 * chart is written with a power of ten: 2e11.
 *
 * @param {number} value
 * @param {number} digits behind the point.
 * @returns {string}
 */
export function signed(value, digits) {
  const text = Math.abs(value) < HUGE ? value.toFixed(digits) : powerOfTen(value);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}
