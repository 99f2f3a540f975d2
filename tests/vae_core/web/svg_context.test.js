import assert from "node:assert/strict";
import { test } from "node:test";
import { SvgContext } from "../../../vae_core/web/shared/svg_context.js";

/** @returns {any} with the properties of a context. */
function context() {
  const ruler = /** @type {any} */ ({ measureText: () => ({ width: 10 }) });
  return new SvgContext(100, 50, ruler);
}

test("a path is drawn with the pen of the moment, and what was saved comes back", () => {
  const svg = context();
  svg.save();
  svg.translate(10, 5);
  svg.strokeStyle = "red";
  svg.lineWidth = 2;
  svg.globalAlpha = 0.5;
  svg.setLineDash([5, 4]);
  svg.beginPath();
  svg.moveTo(0, 0);
  svg.lineTo(1.23456, 2);
  svg.stroke();
  svg.restore();
  assert.equal(svg.strokeStyle, "#000");
  const text = svg.toSvg();
  assert.match(text, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="100" height="50"/);
  for (const part of ['d="M0 0L1.235 2"', "matrix(1 0 0 1 10 5)", 'opacity="0.5"', 'stroke="red"']) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(text.includes('stroke-dasharray="5 4"'));
});

test("a quarter turn upwards maps x to minus y, as on a canvas", () => {
  const svg = context();
  svg.translate(7, 9);
  svg.rotate(-Math.PI / 2);
  const [a, b, c, d, e, f] = svg.state.matrix;
  const [x, y] = [a * 3 + c * 2 + e, b * 3 + d * 2 + f];
  assert.ok(Math.abs(x - 9) < 1e-12 && Math.abs(y - 6) < 1e-12, `${x} ${y}`);
});

test("a rounded corner ends where a circle of its radius touches both sides", () => {
  const svg = context();
  svg.beginPath();
  svg.moveTo(0, 0);
  svg.arcTo(10, 0, 10, 10, 4);
  assert.equal(svg.path, "M0 0L6 0A4 4 0 0 1 10 4");
});

test("a text is text: it names its anchor and runs nothing", () => {
  const svg = context();
  svg.font = "600 12px 'A'";
  svg.textAlign = "center";
  svg.fillText("a<b>&", 1, 2);
  assert.ok(svg.toSvg().includes('text-anchor="middle"'));
  assert.ok(svg.toSvg().includes(">a&lt;b&gt;&amp;</text>"));
});
