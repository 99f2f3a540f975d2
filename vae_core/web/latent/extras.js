// What a pane draws besides points and decoder, fetched when it is asked for.

class Extras {
  /** @param arrived called when something that was asked for is here. */
  constructor(arrived) {
    this.arrived = arrived;
    this.slots = new Map(); // name -> { url, value, attempt, timer }
  }

  /** The parsed content of an address; null until it is here, or if there is none. */
  get(name, url, parse) {
    let slot = this.slots.get(name);
    if (slot?.url === (url ?? null)) return slot.value;
    clearTimeout(slot?.timer);
    slot = { url: url ?? null, value: null, attempt: 0 };
    this.slots.set(name, slot);
    if (slot.url) this.fetch(slot, parse);
    return null;
  }

  async fetch(slot, parse) {
    try {
      const value = await load(slot.url, parse);
      if (![...this.slots.values()].includes(slot)) return; // another address by now
      slot.value = value;
      this.arrived();
    } catch (error) {
      console.warn("latent canvas:", error);
      const wait = RETRY_MS[Math.min(slot.attempt++, RETRY_MS.length - 1)];
      slot.timer = setTimeout(() => this.fetch(slot, parse), wait);
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
