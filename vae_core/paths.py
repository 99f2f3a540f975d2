"""Where files live: bundled models, runs, saved models.

A checkout has the bundled models and keeps runs beside the app. An installed ``vae_core`` has
neither: it lists no bundled models, and keeps runs where the person works.
"""

from __future__ import annotations

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
BUNDLED = _ROOT / "checkpoints"


def runs_folder() -> Path:
    """VAE_RUNS_DIR, else ``runs`` beside the app, else (installed) in the current directory."""
    beside = _ROOT if (_ROOT / "app.py").is_file() else Path.cwd()
    return Path(os.environ.get("VAE_RUNS_DIR") or beside / "runs")
