// How Streamlit mounts a canvas: the one place that knows what it passes.

/**
 * What is drawn somewhere on a page, whoever the page's maker is.
 *
 * @template Data
 * @typedef {object} Canvas
 * @property {HTMLElement} root
 * @property {(data: Data, send: Send) => void} update draw other data.
 * @property {() => void} destroy
 */

/**
 * How a canvas tells the page what a person did.
 *
 * @typedef {(name: string, value: object) => void} Send
 */

/**
 * What Streamlit passes at every call.
 *
 * @template Data
 * @typedef {{ data: Data, parentElement: ParentNode, setStateValue: Send }} Component
 */

/**
 * What a component exports: one canvas for each place where it stands, kept over its updates.
 *
 * Streamlit calls the export again whenever data or theme change, and the clean-up of an earlier
 * call possibly after a later call: only that of the last call may act.
 *
 * @template Data
 * @param {new (data: Data, send: Send) => Canvas<Data>} Canvas
 * @returns {(component: Component<Data>) => () => void} a call yields its clean-up.
 */
export function mountOnce(Canvas) {
  /** @type {WeakMap<ParentNode, { canvas: Canvas<Data>, calls: number }>} */
  const mounted = new WeakMap();
  return ({ data, parentElement, setStateValue }) => {
    let entry = mounted.get(parentElement);
    if (!entry) {
      entry = { canvas: new Canvas(data, setStateValue), calls: 0 };
      mounted.set(parentElement, entry);
      parentElement.querySelector(".room")?.remove();
      parentElement.append(entry.canvas.root);
    }
    const { canvas } = entry;
    const current = entry;
    const call = ++current.calls;
    canvas.update(data, setStateValue);
    return () => {
      if (mounted.get(parentElement) !== current || current.calls !== call) return;
      mounted.delete(parentElement);
      canvas.destroy();
    };
  };
}
