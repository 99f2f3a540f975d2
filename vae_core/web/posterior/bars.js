// One bar a q: the ELBO fills it from the left, the gap is what is missing to log p(x).
import { signed } from "../shared/axes.js";
import { element } from "../shared/dom.js";

/**
 * What a bar shows, in nats.
 *
 * @typedef {object} Bound
 * @property {string} name
 * @property {string} colour
 * @property {number} elbo
 * @property {number} likelihood E_q log p(x|z)
 * @property {number} kl to the prior.
 */

/** @typedef {Record<"root" | "elbo" | "gap" | "track" | "filled" | "terms", HTMLElement>} Row */

const SPANS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

/**
 * The scale's lower end and length: it changes in steps, so that while one drags the bars move and
 * not the scale.
 *
 * @param {number} logP
 * @param {number[]} elbos
 * @returns {{ low: number, span: number }}
 */
export function barScale(logP, elbos) {
  const widest = Math.max(...elbos.map((elbo) => logP - elbo));
  const span = SPANS.find((value) => widest <= 0.96 * value) ?? widest / 0.96;
  return { low: logP - span, span };
}

/** A row for each q by name. */
export class Bars {
  constructor() {
    this.root = element("div", "bars");
    this.heading = element("div", "heading");
    this.rows = element("div", "rows");
    const scale = element("div", "scale");
    this.lowEnd = element("span");
    const key = element("span", "", "nats, axis cut; hatched: the gap, KL[q ‖ p(z|x)]");
    scale.append(this.lowEnd, key, element("span", "", "log p(x)"));
    this.root.append(this.heading, this.rows, scale);
    /** @type {Map<string, Row>} */
    this.byName = new Map();
  }

  /**
   * @param {number} logP nats
   * @param {Bound[]} qs
   */
  show(logP, qs) {
    const { low, span } = barScale(logP, qs.map(({ elbo }) => elbo));
    this.heading.textContent = `log p(x) = ${signed(logP, 3)} nats, whatever q is`;
    this.lowEnd.textContent = signed(low, span < 5 ? 1 : 0);
    for (const [name, row] of this.byName) {
      if (qs.some((one) => one.name === name)) continue;
      row.root.remove();
      this.byName.delete(name);
    }
    for (const { name, colour, elbo, likelihood, kl } of qs) {
      const row = this.row(name, colour);
      const share = Math.max(0, Math.min(1, (elbo - low) / span));
      row.filled.style.width = `${100 * share}%`;
      const gap = logP - elbo;
      const digits = gap < 100 ? 3 : 1;
      row.elbo.textContent = `ELBO ${signed(elbo, digits)}`;
      row.gap.textContent = `gap ${signed(gap, digits)}`;
      row.terms.textContent =
        `= reconstruction ${signed(likelihood, 2)} − KL to the prior ${signed(kl, 2)}`;
      row.track.setAttribute("aria-label", `${name}: ELBO ${signed(elbo, 2)}, gap ${signed(gap, 2)}`);
    }
  }

  /**
   * @param {string} name
   * @param {string} colour
   * @returns {Row} the one that is there, or a new one.
   */
  row(name, colour) {
    const before = this.byName.get(name);
    if (before) return before;
    const root = element("div", "row");
    root.style.setProperty("--q", colour);
    const title = element("div", "title");
    const elbo = element("span", "elbo");
    const gap = element("span", "gap-value");
    title.append(element("span", "name", name), elbo, gap);
    const track = element("div", "track");
    track.setAttribute("role", "img");
    const filled = element("div", "filled");
    track.append(filled);
    const terms = element("div", "terms");
    root.append(title, track, terms);
    const row = { root, elbo, gap, track, filled, terms };
    this.byName.set(name, row);
    this.rows.append(root);
    return row;
  }
}
