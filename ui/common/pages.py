"""Where the scripts of the pages lie, for links from one to another."""

from __future__ import annotations

from pathlib import Path

PAGES_FOLDER = Path(__file__).resolve().parents[2] / "pages"
