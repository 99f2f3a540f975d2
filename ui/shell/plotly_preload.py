"""Plotly's code, fetched by the browser before the first page that draws with it is asked for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import streamlit as st

# 4.7 MB, which take longer to be read and run than most pages. Fetched once the page that opened
# is at rest, and run when the pointer or the focus comes to the menu: a drag is never held up.
_SCRIPT = """<script>
{
  const main = document.querySelector('script[type="module"][src*="static/js/"]');
  const menu = document.querySelector('[data-testid="stSidebar"]');
  const address = main && new URL(FILE, main.src).href;
  if (address && menu && !window.plotlyIsComing) {
    window.plotlyIsComing = true;
    requestIdleCallback(() => {
      const link = document.createElement("link");
      Object.assign(link, { rel: "modulepreload", crossOrigin: "", href: address });
      document.head.append(link);
      for (const nearing of ["pointerenter", "focusin"]) {
        menu.addEventListener(nearing, () => import(address), { once: true });
      }
    });
  }
}
</script>"""


def fetch_early() -> None:
    """Does nothing where this version of Streamlit keeps its files elsewhere."""
    if file := _file():
        st.html(_SCRIPT.replace("FILE", json.dumps(file)), unsafe_allow_javascript=True)


@cache
def _file() -> str | None:
    """Its name, which changes with Streamlit's version."""
    found = [*Path(st.__file__).parent.glob("static/static/js/PlotlyChart.*.js")]
    return found[0].name if len(found) == 1 else None
