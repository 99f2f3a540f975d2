// What a pane draws besides points and decoder, fetched when it is asked for.
import { load } from "../shared/assets.js";

/** Waits after failures, in milliseconds; the last one again and again. */
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

/**
 * @param {number} attempt 0 after the first failure.
 * @returns {number} milliseconds to wait.
 */
export function retryAfter(attempt) {
  return RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
}

/**
 * @typedef {object} Slot
 * @property {string | null} url
 * @property {any} value of whatever kind its `parse` yields.
 * @property {number} attempt
 * @property {number} timer
 */

/** Values by name, each from one address at a time; failures are tried again. */
export class Extras {
  /** @param {() => void} arrived called when something that was asked for is here. */
  constructor(arrived) {
    this.arrived = arrived;
    /** @type {Map<string, Slot>} */
    this.slots = new Map(); // by name
  }

  /**
   * The parsed content of an address.
   *
   * @template Parsed
   * @param {string} name
   * @param {string | null | undefined} url
   * @param {(bytes: ArrayBuffer) => Parsed} parse
   * @returns {Parsed | null} null until it is here, or if there is none.
   */
  get(name, url, parse) {
    const before = this.slots.get(name);
    if (before && before.url === (url ?? null)) return before.value;
    clearTimeout(before?.timer);
    const slot = { url: url ?? null, value: null, attempt: 0, timer: 0 };
    this.slots.set(name, slot);
    if (slot.url) this.fetch(slot, slot.url, parse);
    return null;
  }

  /**
   * @param {Slot} slot
   * @param {string} url
   * @param {(bytes: ArrayBuffer) => unknown} parse
   */
  async fetch(slot, url, parse) {
    try {
      const value = await load(url, parse);
      if (![...this.slots.values()].includes(slot)) return; // another address by now
      slot.value = value;
      this.arrived();
    } catch (error) {
      console.warn("latent canvas:", error);
      slot.timer = setTimeout(() => this.fetch(slot, url, parse), retryAfter(slot.attempt++));
    }
  }

  /** Whether something asked for has yet to come. */
  get waiting() {
    return [...this.slots.values()].some(({ url, value }) => url !== null && value === null);
  }

  stop() {
    for (const slot of this.slots.values()) clearTimeout(slot.timer);
    this.slots.clear();
  }
}
