"""Where files live: bundled models, runs, saved models."""

from __future__ import annotations

import os
from pathlib import Path

ON_BOARD = Path(__file__).resolve().parent.parent / "checkpoints"


def runs_folder() -> Path:
    """Where runs and saved models live: VAE_RUNS_DIR, else ``runs`` beside the app."""
    return Path(os.environ.get("VAE_RUNS_DIR") or ON_BOARD.parent / "runs")
