// The component that writes the address without a step of history: Streamlit's own messages about
// the address each make one.

/**
 * @typedef {object} Wanted
 * @property {string} path of the page below the app's own address, "" for the first page.
 * @property {string} query to stand in its address, without the question mark.
 * @property {number} number of the order: Streamlit gives the same one again, for other colours.
 */

/** @type {WeakMap<ParentNode, number>} */
const done = new WeakMap();

/** @param {{ data: Wanted, parentElement: ParentNode }} component */
export default ({ data, parentElement }) => {
  if (done.get(parentElement) === data.number) return;
  done.set(parentElement, data.number);
  const { pathname } = window.location;
  if (!pathname.endsWith(`/${data.path}`)) return; // the next page is being opened
  const query = data.query && `?${data.query}`;
  window.history.replaceState(window.history.state, "", pathname + query);
};
