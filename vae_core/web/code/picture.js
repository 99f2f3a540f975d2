// The table of a code as a picture to be saved.
import { pictureOf } from "../shared/canvas_picture.js";
import { write, writeUpwards } from "../shared/pen.js";

/** @import { SavedPicture } from "../shared/canvas_picture.js" */
/** @import { Theme } from "../shared/theme.js" */

const SHEET = { left: 52, top: 32, cell: 36, line: 20, bottom: 12 }; // pixels

/**
 * @param {Theme} theme
 * @param {string} title
 * @param {number[][]} rows q(z|x): by variable, then by category.
 * @param {number[]} code the category of each variable, outlined.
 * @returns {SavedPicture}
 */
export function codePicture(theme, title, rows, code) {
  const { left, top, cell, line, bottom } = SHEET;
  const [w, h] = [cell * rows[0].length, line * rows.length];
  const legend = [
    { name: "q(z|x) = 1; less is fainter, by the root of q", colour: theme.primary },
    { name: "outlined: your code", colour: "none" },
  ];
  return pictureOf(theme, title, legend, Math.max(560, left + w + 12), top + h + bottom, (context) => {
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.text;
    write(context, "category", left + w / 2, 10, "center", "alphabetic");
    writeUpwards(context, "variable", 12, top + h / 2);
    rows[0].forEach((_, k) => write(context, String(k), left + cell * (k + 0.5), top - 5, "center", "alphabetic"));
    rows.forEach((row, n) => {
      context.fillStyle = theme.text;
      write(context, `z${n + 1}`, left - 8, top + line * (n + 0.5), "right", "middle");
      row.forEach((p, k) => {
        const [x, y] = [left + cell * k + 1, top + line * n + 1];
        context.fillStyle = theme.primary;
        context.globalAlpha = Math.sqrt(p);
        context.fillRect(x, y, cell - 2, line - 2);
        context.globalAlpha = 1;
        context.strokeStyle = code[n] === k ? theme.text : theme.border;
        context.lineWidth = code[n] === k ? 2 : 1;
        context.strokeRect(x, y, cell - 2, line - 2);
      });
    });
  });
}
