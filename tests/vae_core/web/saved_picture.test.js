import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { figureToSave } from "../../../vae_core/web/save/figure.js";
import { annotatePng, annotateSvg } from "../../../vae_core/web/shared/saved_picture.js";

/** @type {[string, string][]} */
const ABOUT = [["model", "β = 1"], ["link", "http://a/?b=1&c=<d>"]];

/**
 * @param {string} kind
 * @param {Buffer} content
 */
function chunk(kind, content) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** @param {Buffer} png */
function chunksOf(png) {
  const found = [];
  for (let place = 8; place < png.length; ) {
    const length = png.readUInt32BE(place);
    const body = png.subarray(place + 4, place + 8 + length);
    assert.equal(png.readUInt32BE(place + 8 + length), crc32(body));
    found.push({ kind: body.toString("latin1", 0, 4), content: body.subarray(4) });
    place += 12 + length;
  }
  return found;
}

test("a PNG keeps its pixels and has the lines as text", () => {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  const pixels = deflateSync(Buffer.from([0, 200]));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  const plain = [chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))];
  const found = chunksOf(Buffer.from(annotatePng(Buffer.concat([signature, ...plain]), ABOUT)));
  assert.deepEqual(found.map(({ kind }) => kind), ["IHDR", "iTXt", "iTXt", "IDAT", "IEND"]);
  assert.equal(found[1].content.toString("utf8"), "model\0\0\0\0\0β = 1");
  assert.deepEqual(found[3].content, pixels);
});

test("an SVG has title and lines inside, and they are text", () => {
  const svg = annotateSvg('<svg width="1"><g/></svg>', "a < b", ABOUT);
  assert.ok(svg.startsWith('<svg width="1"><title>a &lt; b</title><desc>model: β = 1\n'));
  assert.ok(svg.includes("?b=1&amp;c=&lt;d&gt;"));
  assert.ok(svg.endsWith("<g/></svg>"));
});

test("a figure is saved in the colours asked for, and the page's own stays", () => {
  const figure = {
    data: [{ x: [1], xaxis: "x2", yaxis: "y2", marker: { color: "#123456" } }],
    layout: { xaxis2: { title: { text: "KL, nats" }, tickfont: { color: "#fff" } }, margin: { t: 10 } },
  };
  const before = structuredClone(figure);
  const light = figureToSave(figure, "A <b>", "light");
  const dark = figureToSave(figure, "A <b>", "dark");
  assert.deepEqual(figure, before);
  assert.equal(light.layout.title.text, "A &lt;b&gt;");
  assert.equal(light.layout.xaxis2.title.text, "KL, nats");
  assert.notEqual(light.layout.xaxis2.tickfont.color, dark.layout.xaxis2.tickfont.color);
  assert.notEqual(light.layout.paper_bgcolor, dark.layout.paper_bgcolor);
  assert.equal(dark.data[0].marker.color, "#123456");
});
