// The curves: panels over one axis of epochs, each scaled to what it holds. The untrained model of
// epoch 0 is far off and would flatten the rest: its part of the line leaves the panel.
import { roundStep, signed, ticksBetween } from "../shared/axes.js";
import { fitCanvas, makeStage } from "../shared/dom.js";
import { line, write, writeUpwards } from "../shared/pen.js";

/** @import { Theme } from "../shared/theme.js" */
/** @import { Panel, RunData, Scale } from "./types.d.ts" */

const CURVE_MARGIN = { left: 60, right: 10, top: 20, bottom: 38 };
const PANEL_GAP = 26; // between two panels, with the title of the lower one
const NEAR_EPOCH = 24; // pixels from a curve's end within which the pointer shows an epoch

/**
 * The values that a panel shows: its own but for the untrained model, with a margin.
 *
 * @param {Panel} panel with a value at least.
 * @returns {[low: number, high: number]}
 */
export function panelRange({ values, parts }) {
  const scaled = values.length > 1 ? values.slice(1) : values;
  // Each dimension's share of the KL lies between 0 and the KL.
  const low = parts.length > 1 ? 0 : Math.min(...scaled);
  const high = Math.max(...scaled);
  const margin = 0.08 * (high - low) || 1;
  return [low - margin, high + margin];
}

/**
 * The entry of a curve that is nearest to an epoch.
 *
 * @param {number[]} epochs of the curve.
 * @param {number} wanted
 * @returns {number} its index, -1 for a curve without entries.
 */
export function nearestEntry(epochs, wanted) {
  const off = epochs.map((value) => Math.abs(value - wanted));
  return off.indexOf(Math.min(...off));
}

/**
 * @param {number} epoch
 * @returns {string} with two digits at most: a run that was stopped has a part of an epoch.
 */
export function epochText(epoch) {
  return String(Math.round(100 * epoch) / 100);
}

/** Three panels; the pointer reads the values of an epoch, else they are those of the plane's. */
export class CurveChart {
  /** @param {() => void} redraw */
  constructor(redraw) {
    const { stage, canvas, context } = makeStage("img");
    this.stage = stage;
    this.canvas = canvas;
    this.context = context;
    /** @type {Pick<RunData, "epoch" | "epochs" | "panels" | "changes" | "shown_epoch">} */
    this.data = { epoch: [], epochs: 1, panels: [], changes: [], shown_epoch: 0 };
    /** @type {number | null} */
    this.pointer = null;
    /** @param {number | null} pointer */
    const look = (pointer) => {
      this.pointer = pointer;
      redraw();
    };
    this.canvas.addEventListener("pointermove", (event) => look(event.offsetX));
    this.canvas.addEventListener("pointerleave", () => look(null));
  }

  /** @param {RunData} data */
  setData({ epoch, epochs, panels, changes, shown_epoch }) {
    this.data = { epoch, epochs, panels, changes, shown_epoch };
    const at = this.shownAt();
    if (at < 0) {
      this.canvas.setAttribute("aria-label", "");
      return;
    }
    const shown = panels.map(({ title, values }) => `${title} ${signed(values[at], 1)}`);
    const text = `After epoch ${epochText(epoch[at])}, nats per image: ${shown.join(", ")}`;
    this.canvas.setAttribute("aria-label", text);
  }

  /** @returns {number} index of the epoch that the plane is of. */
  shownAt() {
    return nearestEntry(this.data.epoch, this.data.shown_epoch);
  }

  /**
   * @param {Theme} theme
   * @param {number} ratio
   */
  draw(theme, ratio) {
    const { context, stage } = this;
    const [width, height] = [stage.clientWidth, stage.clientHeight];
    if (width < 2 || height < 2) return;
    fitCanvas(context, 0, 0, width, height, ratio);
    this.drawOn(context, theme, width, height);
  }

  /**
   * @param {CanvasRenderingContext2D} context its own, or one that writes a file.
   * @param {Theme} theme
   * @param {number} width
   * @param {number} height
   */
  drawOn(context, theme, width, height) {
    const { epochs, panels } = this.data;
    const { left, right, top, bottom } = CURVE_MARGIN;
    const w = width - left - right;
    const h = (height - top - bottom - 2 * PANEL_GAP) / 3;
    /** @type {Scale} */
    const x = (value) => left + (w * value) / epochs;
    const at = this.pointedAt(x);
    panels.forEach((panel, n) => {
      this.drawPanel(context, theme, panel, x, left, top + n * (h + PANEL_GAP), w, h, at);
    });
    this.drawChanges(context, theme, x, top, height - bottom, left + w);
    const end = height - bottom;
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.muted;
    const step = Math.max(1, roundStep(epochs, 3));
    for (let value = 0; value <= epochs; value += step) {
      write(context, signed(value, 0), x(value), end + 6, "center", "top");
    }
    context.fillStyle = theme.text;
    write(context, "epoch", left + w / 2, end + 34, "center", "alphabetic");
    writeUpwards(context, "nats per image", 11, top + 1.5 * h + PANEL_GAP);
  }

  /**
   * A line through all panels where something was changed by hand, labelled in the lowest.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {Scale} x
   * @param {number} top
   * @param {number} bottom
   * @param {number} right
   */
  drawChanges(context, theme, x, top, bottom, right) {
    context.font = `600 11px ${theme.font}`;
    context.lineWidth = 1;
    let row = 0;
    let labelEnd = -Infinity;
    for (const { epoch, text } of this.data.changes) {
      const at = x(epoch);
      context.strokeStyle = theme.text;
      context.setLineDash([3, 3]);
      line(context, at, top, at, bottom);
      context.setLineDash([]);
      const width = context.measureText(text).width;
      const left = Math.min(at + 4, right - width);
      row = left < labelEnd ? row + 1 : 0; // labels that would touch stand one above the other
      labelEnd = left + width + 6;
      context.strokeStyle = theme.background;
      context.lineWidth = 4;
      context.textAlign = "left";
      context.textBaseline = "alphabetic";
      context.strokeText(text, left, bottom - 5 - 13 * row);
      context.lineWidth = 1;
      context.fillStyle = theme.text;
      context.fillText(text, left, bottom - 5 - 13 * row);
    }
  }

  /**
   * @param {Scale} x
   * @returns {number} index of the epoch under the pointer, else of the one that the plane is of.
   */
  pointedAt(x) {
    const { pointer } = this;
    const { epoch } = this.data;
    const last = epoch.length - 1;
    if (pointer === null || last < 0) return this.shownAt();
    if (pointer > x(epoch[last]) + NEAR_EPOCH) return this.shownAt();
    return nearestEntry(epoch.map(x), pointer);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {Panel} panel
   * @param {Scale} x
   * @param {number} left
   * @param {number} top
   * @param {number} w
   * @param {number} h
   * @param {number} at index of the epoch that is pointed at.
   */
  drawPanel(context, theme, panel, x, left, top, w, h, at) {
    const { title, values, parts } = panel;
    const { epoch } = this.data;
    context.fillStyle = theme.text;
    context.font = `12px ${theme.font}`;
    write(context, title, left, top - 7, "left", "alphabetic");
    const titleEnd = left + context.measureText(`${title}  `).width;
    context.font = `600 13px ${theme.font}`;
    if (at >= 0) {
      const when = at < values.length - 1 ? ` at epoch ${epochText(epoch[at])}` : "";
      write(context, signed(values[at], 1) + when, titleEnd, top - 7, "left", "alphabetic");
    }
    context.strokeStyle = theme.border;
    context.lineWidth = 1;
    line(context, left, top + h, left + w, top + h);
    if (!values.length) return;

    const [low, high] = panelRange(panel);
    /** @type {Scale} */
    const y = (value) => top + (h * (high - value)) / (high - low);
    const ticks = ticksBetween(low, high, h > 60 ? 2 : 1);
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.muted;
    context.lineWidth = 0.5;
    for (const value of ticks.values) {
      line(context, left, y(value), left + w, y(value));
      write(context, signed(value, ticks.digits), left - 6, y(value), "right", "middle");
    }
    context.save();
    context.beginPath();
    context.rect(left - 3, top - 3, w + 6, h + 6);
    context.clip();
    context.strokeStyle = theme.muted;
    context.lineWidth = 1;
    for (const part of parts.length > 1 ? parts : []) {
      context.beginPath();
      part.forEach((value, i) => context.lineTo(x(epoch[i]), y(value)));
      context.stroke();
    }
    context.beginPath();
    values.forEach((value, i) => context.lineTo(x(epoch[i]), y(value)));
    context.strokeStyle = theme.primary;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.stroke();
    context.beginPath();
    context.arc(x(epoch[at]), y(values[at]), 3.5, 0, 2 * Math.PI);
    context.fillStyle = theme.primary;
    context.fill();
    context.restore();
  }
}
