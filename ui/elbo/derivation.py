"""Panel of the ELBO page: log p(x) = ELBO + KL, line by line, with an image's numbers."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from ui.common.tables import Column, numbers, show_table
from ui.common.text import in_formula, minus
from ui.elbo import measured, origins
from ui.library.loaded import LoadedModel, encoder_q, held_out


def derivation(loaded: LoadedModel, image: int) -> None:
    """Each line in words, as a formula, and with this image's number under each term."""
    log_p = measured.evidence(loaded, image).log_p
    terms = measured.terms(loaded, image, encoder_q(loaded, image))
    evidence = _under(r"\log p(x)", log_p)
    likelihood = _under(r"\mathbb E_q[\log p(x|z)]", terms.log_likelihood)
    prior = _under(r"\mathbb E_q[\log p(z)]", terms.log_prior)
    of_posterior = _under(
        r"\mathbb E_q[\log p(z|x)]", terms.log_likelihood + terms.log_prior - log_p
    )
    of_q = _under(r"\mathbb E_q[\log q(z|x)]", terms.log_q)
    elbo = _under(r"\text{ELBO}", terms.elbo)
    gap = _under(r"\mathrm{KL}[q \,\|\, p(z|x)]", log_p - terms.elbo)
    rate = _under(r"\mathrm{KL}[q \,\|\, p(z)]", terms.log_q - terms.log_prior)
    steps = [
        (
            "Bayes' rule: log p(x) = log p(x|z) + log p(z) − log p(z|x) at every z. On the left "
            "there is no z, so it also holds on average over z ~ q:",
            f"{evidence} = {likelihood} + {prior} - {of_posterior}",
        ),
        (
            "Take off the mean of log q(z|x) and put it back:",
            rf"= \Big({likelihood} + {prior} - {of_q}\Big) + \Big({of_q} - {of_posterior}\Big)",
        ),
        (
            "The first bracket is the ELBO. The second is KL[q ‖ p(z|x)], since KL[a ‖ b] is the "
            "mean under a of log a − log b: never negative, and zero only if q is the true "
            "posterior:",
            rf"= {elbo} + {gap} \;\ge\; \text{{ELBO}}",
        ),
        (
            "The same ELBO, regrouped: the reconstruction less the KL to the prior. "
            + _what_was_trained(loaded),
            f"{elbo} = {likelihood} - {rate}",
        ),
    ]
    # Full width: beside its words the longest line would be cut off on a projector.
    for words, formula in steps:
        st.markdown(words)
        st.latex(formula)
    st.caption(
        "Nats, for this image and the encoder's q. The mean of log p(x|z) over q is one weighted "
        "sum in float64, the other means are closed forms: these lines add up by construction, "
        "except for rounding. log q and log p(z|x) may be positive: a narrow density exceeds 1."
    )


def _what_was_trained(loaded: LoadedModel) -> str:
    beta, by_hand = loaded.checkpoint.train_config.beta, loaded.checkpoint.record.changes_in_words
    if by_hand:
        return (
            f"This model was trained with {beta:g} times that KL, but for what was changed by hand "
            f"({by_hand}):"
        )
    if beta == 1:
        return "This is what training pushes up, with β = 1:"
    return (
        f"This model was trained with {beta:g} times that KL (β = {beta:g}), so what was pushed up "
        "was not the ELBO:"
    )


def when_it_is_tight(loaded: LoadedModel, image: int) -> None:
    """A linear VAE, whose true posterior is a diagonal Gaussian: no gap, then one on purpose."""
    dataset = loaded.dataset
    linear, x_D = measured.linear_vae(dataset), held_out(dataset).x_ND[image].numpy()
    mu_Z, logvar_Z = linear.posterior(x_D)
    log_p = linear.log_evidence(x_D)
    exact = log_p - linear.elbo(x_D, mu_Z, logvar_Z)
    wider = log_p - linear.elbo(x_D, mu_Z, logvar_Z + 2 * math.log(1.5))
    moved = log_p - linear.elbo(x_D, mu_Z + np.exp(0.5 * logvar_Z), logvar_Z)
    st.markdown(
        "Only where q is the true posterior. A **linear** VAE (probabilistic PCA, Gaussian "
        "likelihood) has a Gaussian posterior; with the columns of its decoder at right angles "
        "its axes are those of z, so q can be exactly right. This image has log p(x) = "
        f"{minus(log_p, grouped=True)} under it; the gaps below are the same for every image:"
    )
    show_table(
        [Column("q"), *numbers("log p(x) − ELBO", unit="nats")],
        [
            ("the true posterior", f"{abs(exact):.0e} (rounding)"),
            ("both widths × 1.5", f"{wider:.3f}"),
            ("centre moved by one σ along each axis", f"{moved:.3f}"),
        ],
        about=origins.linear(loaded, image),
    )
    st.caption(
        "Fitted to the held-out grey images in closed form. log p(x) is the density of a normal "
        f"distribution of {len(x_D)} pixels and can be positive; it is not comparable with the "
        "Bernoulli numbers above. The ELBO has a closed form of its own: the two "
        "share no step."
    )


def _under(formula: str, value: float) -> str:
    return rf"\underbrace{{{formula}}}_{{{in_formula(value)}}}"
