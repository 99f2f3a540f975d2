"""Where the numbers of the Latent space page come from."""

from __future__ import annotations

from ui.library.loaded import LoadedModel, encodings_of
from ui.library.provenance import again, image_note, mean_elbo, measured_on
from vae_core.provenance import Provenance

_TITLE = "Latent plane"
_TERMS = ("ELBO 1", "Reconstruction NLL", "KL from the prior")


def plane(loaded: LoadedModel, image: int | None) -> Provenance:
    """Where the numbers of the plane, and of an image that was clicked, come from."""
    elbo_N = encodings_of(loaded).elbo_N
    if image is None:
        whole = mean_elbo(loaded, float(elbo_N.mean()))
        return measured_on(_TITLE, loaded, *_TERMS, reproduction=whole)
    reproduction = again(
        loaded,
        f"the ELBO of image {image}, nats",
        float(elbo_N[image]),
        "from vae_core.evaluation.encodings import encode_images",
        f"print(encode_images(model, images).elbo_N[{image}])",
    )
    return measured_on(_TITLE, loaded, *_TERMS, notes=image_note(image), reproduction=reproduction)


def selection(loaded: LoadedModel, images: int) -> Provenance:
    return measured_on(
        "Classes of the selection", loaded, notes=[("selected", f"{images:,} images")]
    )
