"""MODELS: every model the product can train, save and load. One file + one row adds one."""

from __future__ import annotations

from vae_core.models.vae import VAE

MODELS: dict[str, type[VAE]] = {
    "vae": VAE,
}
