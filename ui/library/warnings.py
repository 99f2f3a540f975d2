"""What must be said before anything is shown of a model: that it tells nothing, or is ruined."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ui.library.loaded import LoadedModel, encodings_of
from vae_core.evaluation.evaluate import active_units
from vae_core.models.vae import VAE


def warn_of_model(loaded: LoadedModel) -> None:
    """A sentence above the page where the model is ruined or has collapsed; else nothing."""
    record = loaded.checkpoint.record
    if record.ruined:
        st.warning(
            f"**This model is worse than an untrained one:** its training diverged "
            f"({record.in_words}). Nothing that this page shows of it is a result.",
            icon=":material/error:",
        )
    elif isinstance(loaded.checkpoint.model, VAE) and (
        said := collapse(encodings_of(loaded).mu_NZ)
    ):
        st.warning(said, icon=":material/heart_broken:")


def collapse(mu_NZ: NDArray[np.floating]) -> str:
    """A sentence where no latent dimension is active; "" where one is.

    Args:
        mu_NZ: posterior means of held-out images, shape (N, Z).
    """
    if bool(active_units(torch.from_numpy(mu_NZ)).any()):
        return ""
    count = mu_NZ.shape[1]
    none = "its only latent dimension is not" if count == 1 else f"none of its {count} is"
    return (
        f"**Posterior collapse: no latent dimension is active** ({none}: the posterior means vary "
        "by less than 0.01). Every image has nearly the same q(z|x), so the plane tells nothing "
        "of the images: PCA and UMAP would make a cloud of the noise that is left."
    )
