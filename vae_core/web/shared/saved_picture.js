// Pictures as files, with where they come from inside.

/** @typedef {[name: string, value: string][]} About */

/**
 * An SVG with title and description, which viewers show and programs find.
 *
 * @param {string} svg a whole document.
 * @param {string} title
 * @param {About} about
 * @returns {string}
 */
export function annotateSvg(svg, title, about) {
  const start = svg.indexOf("<svg");
  const end = svg.indexOf(">", start) + 1;
  const text = about.map(([name, value]) => `${name}: ${value}`).join("\n");
  const inside = `<title>${escapeXml(title)}</title><desc>${escapeXml(text)}</desc>`;
  return svg.slice(start, end) + inside + svg.slice(end);
}

/**
 * Text that stands between tags.
 *
 * @param {string} text
 */
export function escapeXml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/**
 * A PNG with international text chunks ahead of its pixels (PNG specification, 11.3.4.5).
 *
 * @param {Uint8Array} png
 * @param {About} about
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function annotatePng(png, about) {
  const encoder = new TextEncoder();
  const chunks = about.map(([name, value]) => {
    // A keyword has at most 79 bytes of Latin-1; then come "not compressed" and no languages.
    const keyword = name.replaceAll(/[^ -~]/g, "?").slice(0, 79);
    return chunk("iTXt", encoder.encode(`${keyword}\0\0\0\0\0${value}`));
  });
  const header = 8 + 25; // the signature and IHDR, which has to be the first
  const parts = [png.subarray(0, header), ...chunks, png.subarray(header)];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

/**
 * @param {string} kind four letters.
 * @param {Uint8Array} content
 */
function chunk(kind, content) {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = kind.charCodeAt(i);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

/**
 * The checksum of PNG's chunks (ISO 3309), bit by bit: a few hundred bytes are not worth a table.
 *
 * @param {Uint8Array} bytes
 */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * The picture of an SVG.
 *
 * @param {string} svg
 * @param {number} width of the SVG, CSS pixels.
 * @param {number} height
 * @param {number} scale the picture's pixels to one of them.
 * @returns {Promise<Uint8Array>} a PNG.
 */
export async function rasterise(svg, width, height, scale) {
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return pngOf(canvas);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Uint8Array>}
 */
export async function pngOf(canvas) {
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("the picture is too large for this browser");
  return new Uint8Array(await blob.arrayBuffer());
}

/**
 * Give a person a file.
 *
 * @param {BlobPart} content
 * @param {string} type
 * @param {string} name
 */
export function download(content, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a slow disk must not lose it
}
