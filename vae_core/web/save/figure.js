// A figure of the page as it is to be saved: in either theme, with its title, at its own size.
import { escapeXml } from "../shared/saved_picture.js";
import { SCHEMES } from "../shared/theme.js";

/** @import { Figure } from "./types.d.ts" */

/**
 * @typedef {"light" | "dark"} Scheme
 */

const TITLE_ROOM = 34; // pixels above the plot

/**
 * Colours that the page's theme gave are replaced, those that a figure chose itself stay.
 *
 * @param {Figure} figure as the page has it, not changed.
 * @param {string} title
 * @param {Scheme} scheme
 * @returns {Figure}
 */
export function figureToSave(figure, title, scheme) {
  const { data, layout } = structuredClone({ data: figure.data, layout: figure.layout });
  const { text, background: page, grid } = SCHEMES[scheme];
  const axes = new Set(["xaxis", "yaxis"]);
  for (const trace of data) {
    axes.add(`xaxis${(trace.xaxis ?? "x").slice(1)}`);
    axes.add(`yaxis${(trace.yaxis ?? "y").slice(1)}`);
    if (trace.colorbar) trace.colorbar = { ...trace.colorbar, tickfont: { color: text } };
    if (trace.colorbar?.title) trace.colorbar.title = withColour(trace.colorbar.title, text);
  }
  for (const name of axes) {
    const axis = layout[name] ?? {};
    layout[name] = {
      ...axis,
      title: withColour(axis.title, text),
      tickfont: { ...axis.tickfont, color: text },
      gridcolor: grid,
      linecolor: grid,
      zerolinecolor: grid,
    };
  }
  for (const note of layout.annotations ?? []) note.font = { color: text, ...note.font };
  return {
    data,
    layout: {
      ...layout,
      autosize: false,
      width: undefined,
      height: undefined,
      paper_bgcolor: page,
      plot_bgcolor: page,
      font: { ...layout.font, color: text },
      legend: { ...layout.legend, font: { ...layout.legend?.font, color: text } },
      margin: { ...layout.margin, t: (layout.margin?.t ?? 30) + TITLE_ROOM },
      title: {
        text: escapeXml(title),
        font: { color: text, size: 16 },
        x: 0.01,
        xanchor: "left",
        y: 1,
        yanchor: "top",
        yref: "container",
        pad: { t: 10 },
      },
    },
  };
}

/**
 * @param {any} title a text, or an object with one.
 * @param {string} color
 */
function withColour(title, color) {
  if (title === undefined) return title;
  const parts = typeof title === "string" ? { text: title } : title;
  return { ...parts, font: { ...parts.font, color } };
}
