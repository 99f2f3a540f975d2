// Axes: round steps, numbers, and text.

/** The largest of 1, 2, 5 times a power of ten that divides a span into at least `least` parts. */
function roundStep(span, least) {
  const power = 10 ** Math.floor(Math.log10(span / least));
  return [5, 2, 1].map((digit) => digit * power).find((step) => span / step >= least) ?? power;
}

/** Multiples of a round step from low to high. */
function ticksBetween(low, high, least) {
  const step = roundStep(high - low, least);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values = Array.from({ length: count }, (_, i) => (first + i) * step);
  return { values, text: (value) => signed(value, digits) };
}

/** With a minus sign as it is printed. */
function signed(value, digits) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

function write(context, text, x, y, align, baseline) {
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillText(text, x, y);
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
