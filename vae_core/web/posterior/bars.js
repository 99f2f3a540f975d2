// One bar a q: the ELBO fills it from the left, the gap is what is missing to log p(x).

const SPANS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

class Bars {
  constructor() {
    this.root = element("div", "bars");
    this.heading = element("div", "heading");
    this.rows = element("div", "rows");
    this.scale = element("div", "scale");
    this.scale.append(element("span"), element("span", "", "nats, axis cut; hatched: the gap, KL[q ‖ p(z|x)]"), element("span"));
    this.root.append(this.heading, this.rows, this.scale);
    this.byName = new Map();
  }

  /** @param qs [{ name, colour, elbo, likelihood, kl }], nats. */
  show(logP, qs) {
    // The scale changes in steps, so that while one drags the bars move and not the scale.
    const widest = Math.max(...qs.map(({ elbo }) => logP - elbo));
    const span = SPANS.find((value) => widest <= 0.96 * value) ?? widest / 0.96;
    const low = logP - span;
    this.heading.textContent = `log p(x) = ${signed(logP, 3)} nats, whatever q is`;
    this.scale.firstChild.textContent = signed(low, span < 5 ? 1 : 0);
    this.scale.lastChild.textContent = "log p(x)";
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

  row(name, colour) {
    let row = this.byName.get(name);
    if (row) return row;
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
    row = { root, elbo, gap, track, filled, terms };
    this.byName.set(name, row);
    this.rows.append(root);
    return row;
  }
}
