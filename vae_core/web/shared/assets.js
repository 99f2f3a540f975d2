// Binary data by address. An address names its content, so what was parsed once is good for
// every later mount on every page.

const CACHE_SIZE = 48;
/** @type {Map<string, Promise<any>>} */
const parsedByUrl = new Map();

/**
 * Fetch and parse once per address; a failure is forgotten, so that a later call tries anew.
 *
 * @template Parsed
 * @param {string} url relative to the page.
 * @param {(bytes: ArrayBuffer) => Parsed} parse the same for every call with this address.
 * @returns {Promise<Parsed>}
 */
export function load(url, parse) {
  let result = parsedByUrl.get(url);
  if (result) parsedByUrl.delete(url); // put back below, as the most recently used
  else result = fetchBytes(url).then(parse);
  parsedByUrl.set(url, result);
  result.catch(() => parsedByUrl.get(url) === result && parsedByUrl.delete(url));
  if (parsedByUrl.size > CACHE_SIZE) {
    const [oldest] = parsedByUrl.keys();
    parsedByUrl.delete(oldest);
  }
  return result;
}

/** @param {string} url */
async function fetchBytes(url) {
  // Relative to the page: every page of the app lies directly under the app's base address.
  const response = await fetch(new URL(url, document.baseURI));
  if (!response.ok) throw new Error(`${response.status} for ${url}`);
  return response.arrayBuffer();
}
