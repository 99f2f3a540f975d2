// Elements, and canvases with as many pixels as the screen has.

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function button(className, text, title, action) {
  const node = element("button", className, text);
  node.type = "button";
  if (title) node.title = title;
  node.addEventListener("click", action);
  return node;
}

/** Lay an absolutely placed canvas over a part of its parent, with as many pixels as the screen
 *  has there, and clear it; its context then counts in CSS pixels. */
function fitCanvas(context, x, y, width, height, ratio) {
  const { canvas } = context;
  const box = { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
  Object.assign(canvas.style, box);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer;
}

/** What a component exports: one canvas for each place where it stands, kept over its updates.
 *
 *  Streamlit calls the export again whenever data or theme change, and the clean-up of an earlier
 *  call possibly after a later call: only that of the last call may act. */
function mountOnce(Canvas) {
  const mounted = new WeakMap();
  return ({ data, parentElement, setStateValue }) => {
    let entry = mounted.get(parentElement);
    if (!entry) {
      entry = { canvas: new Canvas(), calls: 0 };
      mounted.set(parentElement, entry);
      parentElement.querySelector(".room")?.remove();
      parentElement.append(entry.canvas.root);
    }
    const call = ++entry.calls;
    entry.canvas.update(data, setStateValue);
    return () => {
      if (entry.calls !== call) return;
      mounted.delete(parentElement);
      entry.canvas.destroy();
    };
  };
}
