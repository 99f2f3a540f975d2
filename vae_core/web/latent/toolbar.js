// The buttons on a pane: what a drag does, and the way back to the whole plane.
import { button, element } from "../shared/dom.js";

/** @typedef {"pan" | "box" | "lasso"} Tool */

/** @type {[tool: Tool, path: string, title: string][]} */
const TOOLS = [
  ["pan", "M2 8h12M8 2v12M2 8l2-2M2 8l2 2M14 8l-2-2M14 8l-2 2M8 2 6 4M8 2l2 2M8 14l-2-2M8 14l2-2",
    "Drag to move the plane"],
  ["box", "M2.5 3.5h11v9h-11z", "Drag a box to select images (Shift and drag, with any tool)"],
  ["lasso", "M8 3c4 0 6 1.5 6 3.5S12 10 8 10 2 8.5 2 6.5 4 3 8 3zM5 9.7c-1.5 1-1 3 .5 3.8",
    "Drag around images to select them"],
];

/** Its tools are those of `Tool`. */
export class Toolbar {
  /**
   * @param {(tool: Tool) => void} choose
   * @param {() => void} goHome
   * @param {HTMLElement} saving what saves the plane.
   */
  constructor(choose, goHome, saving) {
    this.root = element("div", "toolbar");
    this.tools = element("div", "tools");
    this.tools.setAttribute("role", "group");
    this.tools.setAttribute("aria-label", "What a drag does");
    this.buttons = TOOLS.map(([tool, path, title]) => {
      const node = button("tool", "", title, () => {
        this.press(tool);
        choose(tool);
      });
      node.setAttribute("aria-label", `${tool}: ${title}`);
      node.append(icon(path));
      return node;
    });
    this.tools.append(...this.buttons);
    const home = button("tool home", "⤢", "Whole plane (double click, or key 0)", goHome);
    home.setAttribute("aria-label", "Show the whole plane");
    this.root.append(this.tools, home, saving);
    this.press("pan");
  }

  /** @param {Tool} pressed */
  press(pressed) {
    this.buttons.forEach((node, n) => {
      node.setAttribute("aria-pressed", String(TOOLS[n][0] === pressed));
    });
  }

  /** @param {boolean} shown */
  showTools(shown) {
    this.tools.hidden = !shown;
  }
}

/**
 * A line drawing of 16 x 16.
 *
 * @param {string} path
 */
export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
