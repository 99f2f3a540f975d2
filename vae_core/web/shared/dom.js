// Elements, and canvases with as many pixels as the screen has.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/**
 * @param {string} className
 * @param {string} text
 * @param {string} title "" for none.
 * @param {(event: MouseEvent) => void} action what a click does.
 * @returns {HTMLButtonElement}
 */
export function button(className, text, title, action) {
  const node = element("button", className, text);
  node.type = "button";
  if (title) node.title = title;
  node.addEventListener("click", action);
  return node;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("this browser gives no context to draw in");
  return context;
}

/**
 * A canvas that fills a box of its own, to be drawn on.
 *
 * @param {string} role of the canvas for screen readers.
 * @returns {{ stage: HTMLElement, canvas: HTMLCanvasElement, context: CanvasRenderingContext2D }}
 */
export function makeStage(role) {
  const stage = element("div", "stage");
  const canvas = element("canvas");
  canvas.setAttribute("role", role);
  stage.append(canvas);
  return { stage, canvas, context: contextOf(canvas) };
}

/**
 * Lay an absolutely placed canvas over a part of its parent, with as many pixels as the screen
 * has there, and clear it; its context then counts in CSS pixels.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {number} ratio of the screen's pixels to CSS pixels.
 */
export function fitCanvas(context, x, y, width, height, ratio) {
  const { canvas } = context;
  const box = { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
  Object.assign(canvas.style, box);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
}

/**
 * Run `draw` before the browser next paints, once however often it is asked for.
 *
 * @param {(now: number) => void} draw given the frame's time in milliseconds.
 * @returns {{ schedule: () => void, stop: () => void }}
 */
export function frameScheduler(draw) {
  let frame = 0;
  return {
    schedule() {
      if (frame) return;
      frame = requestAnimationFrame((now) => {
        frame = 0;
        draw(now);
      });
    },
    stop() {
      cancelAnimationFrame(frame);
    },
  };
}

/** @returns {boolean} whether the browser asks for little motion. */
export function prefersStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * What a string in base64 stands for.
 *
 * @param {string} base64
 * @returns {ArrayBuffer}
 */
export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer;
}
