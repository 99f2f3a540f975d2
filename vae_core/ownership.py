"""Whose a file is: it says so by a hash of a secret that only its owner has."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from vae_core.files import read_regular


def hashed(secret: str) -> str:
    """What may be written down of a secret: 64 hexadecimal digits. It is random, so unsalted."""
    return hashlib.sha256(secret.encode()).hexdigest()


def holds_hash_of(path: Path, secret: str) -> bool:
    """Whether a file holds the hash of this secret; False where it cannot be read."""
    try:
        noted = read_regular(path)
    except OSError:
        return False
    return bool(secret) and hmac.compare_digest(noted, hashed(secret).encode())
