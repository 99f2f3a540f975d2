// Lines and labels over the points: axes, the prior's ring, path and markers (drawn when the
// view changes), and the crosshair with the ring about the nearest image (drawn on every move).

import { signed } from "../shared/axes.js";
import { isLight } from "../shared/colours.js";
import { strokeWithHalo, write, writeUpwards } from "../shared/pen.js";
import { MARGIN } from "./view.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { Plane } from "./plane.js" */
/** @import { LatentData, Marker, Near, Place } from "./types.d.ts" */
/** @import { View } from "./view.js" */

/**
 * Numbers along both axes, their titles, and the border of the plot.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {Theme} theme
 */
export function drawAxes(context, view, theme) {
  const { xs, ys } = view.ticks();
  const bottom = MARGIN.top + view.height;
  context.strokeStyle = theme.border;
  context.lineWidth = 1;
  context.strokeRect(MARGIN.left - 0.5, MARGIN.top - 0.5, view.width + 1, view.height + 1);
  context.fillStyle = theme.muted;
  context.font = `12px ${theme.font}`;
  for (const x of xs.values) {
    const place = MARGIN.left + view.toPixelX(x);
    write(context, signed(x, xs.digits), place, bottom + 6, "center", "top");
  }
  for (const y of ys.values) {
    const place = MARGIN.top + view.toPixelY(y);
    write(context, signed(y, ys.digits), MARGIN.left - 6, place, "right", "middle");
  }
  context.fillStyle = theme.text;
  context.font = `13px ${theme.font}`;
  const middle = MARGIN.left + view.width / 2;
  write(context, view.axisTitles[0], middle, bottom + 36, "center", "alphabetic");
  writeUpwards(context, view.axisTitles[1], 13, MARGIN.top + view.height / 2);
}

/**
 * What lies on the plane itself.
 *
 * @typedef {Pick<LatentData, "path" | "path_position" | "other_path" | "other_path_label">
 *   & { rings: number[], markers: Marker[] }} OnPlane
 */

/**
 * The context's origin is the plot's upper left corner.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {Theme} theme
 * @param {Plane} plane
 * @param {OnPlane} data
 */
export function drawOnPlane(context, view, theme, plane, data) {
  const { rings, path, path_position, other_path, other_path_label, markers } = data;
  if (!plane.projected) {
    for (const sigmas of rings) drawPrior(context, view, theme, plane.latentDim, sigmas);
  }
  /** @param {Place[]} line */
  const toPixels = (line) => line.map(([x, y]) => /** @type {Place} */ ([view.toPixelX(x), view.toPixelY(y)]));
  if (other_path.length > 1) drawOtherPath(context, theme, toPixels(other_path), other_path_label);
  const places = toPixels(path);
  if (places.length > 1) drawPath(context, theme, places, path_position);
  for (const { x, y, label, colour } of markers) {
    drawMarker(context, theme, view.toPixelX(x), view.toPixelY(y), label, colour);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {Theme} theme
 * @param {number} latentDim
 * @param {number} sigmas
 */
function drawPrior(context, view, theme, latentDim, sigmas) {
  const reach = sigmas * view.scale;
  const [x, y] = [view.toPixelX(0), view.toPixelY(0)];
  context.beginPath();
  if (latentDim > 1) context.arc(x, y, reach, 0, 2 * Math.PI);
  else {
    for (const side of [x - reach, x + reach]) {
      context.moveTo(side, 0);
      context.lineTo(side, view.height);
    }
  }
  context.strokeStyle = theme.background;
  context.lineWidth = 3;
  context.globalAlpha = 0.6;
  context.stroke();
  context.strokeStyle = theme.text;
  context.lineWidth = 1.25;
  context.setLineDash([5, 4]);
  context.globalAlpha = 0.75;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  const [labelX, labelY] = latentDim > 1 ? [x, y - reach - 5] : [x + reach + 44, 16];
  drawText(context, theme, `prior, ${sigmas}σ`, labelX, labelY);
}

/**
 * Text with a halo.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {string} text
 * @param {number} x
 * @param {number} y
 */
export function drawText(context, theme, text, x, y) {
  context.font = `12px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = theme.background;
  context.strokeText(text, x, y);
  context.fillStyle = theme.text;
  context.fillText(text, x, y);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Place[]} places in pixels.
 * @param {number | null} position 0..1 of its length, where a dot lies.
 */
function drawPath(context, theme, places, position) {
  context.beginPath();
  places.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.lineJoin = context.lineCap = "round";
  strokeWithHalo(context, theme, theme.text, 2, 5);
  drawDisc(context, ...places[0], 4.5, theme.background, theme.text);
  drawDisc(context, ...places[places.length - 1], 4.5, theme.text, theme.background);
  if (position === null) return;
  drawDisc(context, ...placeAlong(places, position), 7, theme.primary, theme.background);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Place[]} places in pixels.
 * @param {string} label
 */
function drawOtherPath(context, theme, places, label) {
  context.beginPath();
  places.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.lineJoin = "round";
  context.strokeStyle = theme.background;
  context.lineWidth = 5;
  context.stroke();
  context.strokeStyle = theme.primary;
  context.lineWidth = 2.5;
  context.setLineDash([7, 5]);
  context.stroke();
  context.setLineDash([]);
  const [x, y] = placeAlong(places, 0.5);
  if (label) drawText(context, theme, label, x, y - 8);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} fill
 * @param {string} stroke
 */
function drawDisc(context, x, y, radius, fill, stroke) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = stroke;
  context.lineWidth = 2;
  context.stroke();
}

/**
 * The place after a share 0..1 of a line's length.
 *
 * @param {Place[]} places
 * @param {number} share
 * @returns {Place}
 */
export function placeAlong(places, share) {
  /** @type {(place: Place, i: number) => number} */
  const step = ([x, y], i) => Math.hypot(x - places[i][0], y - places[i][1]);
  const lengths = places.slice(1).map(step);
  let left = Math.min(1, Math.max(0, share)) * lengths.reduce((sum, length) => sum + length, 0);
  for (let i = 0; i < lengths.length; i++) {
    if (left <= lengths[i] || i === lengths.length - 1) {
      const t = lengths[i] ? Math.min(1, left / lengths[i]) : 0;
      const [[x, y], [u, v]] = [places[i], places[i + 1]];
      return [x + t * (u - x), y + t * (v - y)];
    }
    left -= lengths[i];
  }
  return places[0];
}

/**
 * A pin whose tip touches its place, with room for a letter or a short word.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {number} x
 * @param {number} y
 * @param {string} label
 * @param {string | null} colour
 */
function drawMarker(context, theme, x, y, label, colour) {
  const fill = colour ?? theme.text;
  context.font = `600 12px ${theme.font}`;
  const text = label || "•";
  const half = Math.max(11, context.measureText(text).width / 2 + 7);
  const [top, bottom] = [y - 30, y - 8];
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - 5, bottom);
  context.arcTo(x - half, bottom, x - half, top, 11);
  context.arcTo(x - half, top, x + half, top, 11);
  context.arcTo(x + half, top, x + half, bottom, 11);
  context.arcTo(x + half, bottom, x, bottom, 11);
  context.lineTo(x + 5, bottom);
  context.closePath();
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = theme.background;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.stroke();
  context.fillStyle = isLight(fill) ? "#000" : "#fff";
  write(context, text, x, y - 18.5, "center", "middle");
}

/**
 * Crosshair at the probe, and a ring about the image that is nearest to it, if there is one.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {Theme} theme
 * @param {{ x: number, y: number }} probe
 * @param {Near | null} near
 */
export function drawProbe(context, view, theme, probe, near) {
  const [x, y] = [view.toPixelX(probe.x), view.toPixelY(probe.y)];
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(x + 11 * dx, y + 11 * dy);
    context.lineTo(x + 4000 * dx, y + 4000 * dy);
  }
  context.strokeStyle = theme.text;
  context.lineWidth = 1;
  context.globalAlpha = 0.35;
  context.stroke();
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  strokeWithHalo(context, theme, theme.text, 1.75, 4);
  if (near) {
    const [u, v] = [view.toPixelX(near.x), view.toPixelY(near.y)];
    drawDisc(context, u, v, near.radius + 3.5, theme.background, theme.text);
    drawDisc(context, u, v, near.radius + 1.5, near.colour, theme.background);
  }
}
