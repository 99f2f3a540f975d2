"""What ships measured beside a bundled model, if it is of this very file."""

from __future__ import annotations

from pathlib import Path

from ui.library.cache import cached
from ui.library.loaded import LoadedModel
from vae_core.storage.measured import SUFFIX, Measured, load_measured


def shipped(loaded: LoadedModel) -> Measured | None:
    """None for every other model: what is shown of it is measured when it is asked for."""
    if not loaded.entry.bundled:
        return None
    return _beside(str(loaded.entry.path.with_suffix(SUFFIX)), loaded.digest)


# By path too: somebody may have saved a copy of a bundled model, which is of the same digest.
@cached(max_entries=64)
def _beside(path: str, digest: str) -> Measured | None:
    return load_measured(Path(path), digest)
