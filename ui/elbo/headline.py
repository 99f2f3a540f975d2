"""Panel of the ELBO page: an image's log p(x), its ELBO and the KL between."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.common.pictures import show_images
from ui.common.saving import show_origin
from ui.common.text import with_error
from ui.elbo import measured, origins
from ui.library.loaded import (
    LoadedModel,
    can_compare_binary,
    decode,
    encoder_q,
    image_of,
)
from vae_core.exact.evidence import TOLERANCE


def show_image(loaded: LoadedModel, image: int) -> None:
    """The image as the likelihood takes it, and decodes of the mean of q and of the mode."""
    x_D = image_of(loaded, image)
    evidence = measured.evidence(loaded, image)
    z_22 = np.stack([encoder_q(loaded, image).mu_Z, evidence.mode_Z])
    show_images(
        np.concatenate([x_D[None], decode(loaded, z_22)]),
        loaded.image_shape,
        [f"image {image}", "q's mean", "mode"],
        76,
    )


def _nats(value: float, error: float) -> str:
    return f"{with_error(value, min(error, 99.0))} nats"


def headline(loaded: LoadedModel, image: int) -> None:
    """log p(x), the ELBO and the KL, no two by the same computation."""
    evidence, q = measured.evidence(loaded, image), encoder_q(loaded, image)
    elbo = measured.elbo(loaded, image, q).value
    kl = measured.kl_to_posterior(loaded, image, q)
    draws = f"{measured.ELBO_DRAWS:,}"
    one, two, three = st.columns(3)
    one.metric(
        "log p(x), integrated" if evidence.exact else "log p(x), approximate",
        _nats(evidence.log_p, evidence.error),
        help="Adaptive quadrature over the whole plane: cells that carry mass are "
        f"split until the estimated error of this image is below {TOLERANCE} nats. Here "
        f"{evidence.points:,} latents were decoded besides the coarse grid; ± is the estimate, "
        "which is cautious.",
    )
    two.metric(
        "= ELBO of the encoder's q, sampled",
        _nats(elbo.value, elbo.error),
        help=f"E_q[log p(x|z)] from {draws} draws z ~ q(z|x), decoded as in training, less "
        "KL[q || p(z)] in closed form. ± is the Monte Carlo standard error. Every image has draws "
        "of ε of its own, so these errors average out over images.",
    )
    three.metric(
        "+ KL[q || p(z|x)], log p(x) sampled",
        _nats(kl.value, kl.error),
        help="The mean of log q(z|x) − log p(x, z) over q, a weighted sum over fixed places of q, "
        f"plus a log p(x) of its own: importance sampling with {draws} draws near the true "
        "posterior. ± has the errors of both.",
    )
    st.caption(
        "p(z|x) is the **true posterior**: which z explain this image. q(z|x), or q for short, is "
        "the Gaussian that the encoder gives in its place. A nat is a factor of e = 2.7 in "
        "probability."
        + (
            " Grey pixels were turned black or white, at random: this Bernoulli likelihood knows "
            "nothing between."
            if can_compare_binary(loaded)
            else ""
        )
    )
    show_origin("elbo_headline", origins.headline(loaded, image))
    if not evidence.exact:
        st.warning(
            f"The estimated error of log p(x) is {min(evidence.error, 99.0):.2f} nats, above "
            f"{TOLERANCE}: the values that use it are approximate."
        )
