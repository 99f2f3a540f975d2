"""Panel of the ELBO page: q moved by hand on the true posterior, and the best one."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import streamlit as st

from ui.common import forms, links
from ui.common.forms import Form
from ui.common.saving import save_canvas
from ui.common.state import Slot
from ui.common.tables import Column, numbers, show_table
from ui.common.text import minus, unbroken, with_error
from ui.elbo import measured, origins
from ui.elbo.q_canvas import q_canvas, q_csv, q_of
from ui.library.loaded import LoadedModel, encoder_q
from vae_core.aggregate.density import Bounds
from vae_core.exact.evidence import Evidence
from vae_core.exact.optimal_q import OptimisedQ
from vae_core.exact.posteriors import GaussianQ
from vae_core.statistics import Estimate
from vae_core.web.posterior_data import posterior_data

_FURTHEST = 8.0  # times the posterior's extent: a window that holds more shows nothing of it
_HELD = 0.97  # of the posterior's mass, in the window
_HEIGHT = 430

T = TypeVar("T")
_HAND: Slot[tuple[str, GaussianQ | None]] = Slot("elbo_hand", ("", None))
_CLIMBS: Slot[tuple[str, int]] = Slot("elbo_climbs", ("", 0))


@links.fragment
def playground(loaded: LoadedModel, image: int) -> None:
    """The heat map with every q on it, their bounds, and what makes them up."""
    evidence, encoder = measured.evidence(loaded, image), encoder_q(loaded, image)
    window, outside = _window(evidence, encoder)
    image_name = f"{loaded.digest[:16]}-{image}"
    hand = _of_image(links.value(_HAND, _form_of_q(image_name), "your q"), image_name)
    fields = measured.fields(loaded, image, window)
    climbs = _of_image(links.value(_CLIMBS, _form_of_climbs(image_name)), image_name) or 0
    words, button = st.columns([2.6, 1], gap="medium", vertical_alignment="center")
    words.markdown(
        "**Try:** drag q onto the bright patch and watch the gap close. Then make it very narrow: "
        "the reconstruction gets better, the KL to the prior grows faster."
    )
    button.button(
        "Optimise q for this image",
        icon=":material/trending_up:",
        key="elbo_optimise",
        width="stretch",
        on_click=_climb,
        args=(loaded, image, image_name, climbs + 1),
        help="Gradient ascent on the ELBO over the centre and the two widths of q, for this "
        "image alone. The decoder stays as it is.",
    )
    found = measured.optimised(loaded, image) if climbs else None
    q_canvas(
        key="elbo_q",
        image=image_name,
        data=posterior_data(
            image=image_name,
            fields=fields,
            log_p=evidence.log_p,
            mode_Z=evidence.mode_Z,
            mean_Z=evidence.mean_Z,
            encoder=encoder,
            hand=hand,
            path=() if found is None else found.path,
            climbs=climbs,
            height=_HEIGHT,
            opening=links.opening(),
        ),
        on_q=_keep_hand,
    )
    drawn = {"encoder's q": encoder}
    if found is not None:
        drawn["best q"] = found.best
    if hand is not None:
        drawn["your q"] = hand
    about = origins.posterior(loaded, image)
    save_canvas("elbo_q", about, lambda lines: q_csv(fields[0], drawn, lines))
    if outside:
        st.caption(
            f":material/warning: The encoder's q lies outside this window, at "
            f"({minus(encoder.mu_Z[0], 1)}, {minus(encoder.mu_Z[1], 1)}): it misses the true "
            "posterior."
        )
    _show_ledger(loaded, image, evidence, drawn)
    st.caption(
        f"Nats. {_verdict(loaded, image, encoder)} No two of these columns come from one "
        f"computation: the ELBO is sampled ({measured.ELBO_DRAWS:,} draws), the KL has a "
        "log p(x) of its own, from importance sampling, and the last column's head is the "
        "integral. The bars above are calculated from the picture, without that noise; the table "
        "anew whenever you let go."
    )
    if found is not None:
        _three_gaps(loaded, image, found)


def _verdict(loaded: LoadedModel, image: int, q: GaussianQ) -> str:
    """Whether log p(x), ELBO and KL add up, given what sampling allows for."""
    rest, allowed = measured.remainder(loaded, image, q)
    verdict = "within" if abs(rest) <= allowed else "**beyond**"
    return (
        f"For the encoder's q, log p(x) − ELBO − KL = {minus(rest)}, {verdict} the "
        f"±{min(allowed, 99.0):.2f} of four standard errors: that they add up is a test."
    )


def _keep_hand(image_name: str, q: GaussianQ) -> None:
    _HAND.set((image_name, q))


def _climb(loaded: LoadedModel, image: int, image_name: str, climbs: int) -> None:
    """The hand's q is where it will have walked to: one press is one step of history."""
    _CLIMBS.set((image_name, climbs))
    _HAND.set((image_name, measured.optimised(loaded, image).best))


def _of_image(kept: tuple[str, T], image_name: str) -> T | None:
    """What is kept for this image; that of another one has lapsed."""
    of_image, value = kept
    return value if of_image == image_name else None


def _form_of_q(image_name: str) -> Form[tuple[str, GaussianQ | None]]:
    """Centre and widths of this image's q, with six digits."""

    def write(kept: tuple[str, GaussianQ | None]) -> str:
        q = _of_image(kept, image_name)
        return "" if q is None else "_".join(f"{v:.6g}" for v in (*q.mu_Z, *q.sigma_Z))

    def read(text: str) -> tuple[str, GaussianQ | None]:
        mu_1, mu_2, sigma_1, sigma_2 = (float(part) for part in text.split("_"))
        q = q_of((mu_1, mu_2), (sigma_1, sigma_2))
        if q is None:
            raise ValueError(f"{text!r} is no q that can be dragged")
        return image_name, q

    return Form(write, read)


def _form_of_climbs(image_name: str) -> Form[tuple[str, int]]:
    climbs = forms.number(0, 10**6)
    return Form(
        lambda kept: climbs.write(_of_image(kept, image_name) or 0),
        lambda text: (image_name, climbs.read(text)),
    )


def _show_ledger(
    loaded: LoadedModel, image: int, evidence: Evidence, drawn: dict[str, GaussianQ]
) -> None:
    """A row for each q: the ELBO's two terms, the KL to the posterior, and their sum."""
    terms = ("E_q log p(x|z)", "− KL[q ‖ p(z)]", "= ELBO", "+ KL[q ‖ p(z|x)]")
    rows = []
    for name, q in drawn.items():
        elbo = measured.elbo(loaded, image, q)
        kl, bound = measured.kl_to_posterior(loaded, image, q), elbo.value
        total = Estimate(bound.value + kl.value, math.hypot(bound.error, kl.error))
        row = [
            unbroken(name),
            minus(elbo.log_likelihood.value, 2),
            minus(elbo.kl, 2),
            *(with_error(one.value, one.error, 2) for one in (bound, kl, total)),
        ]
        rows.append(row)
    total_title = f"log p(x) = {minus(evidence.log_p, 2)}"
    about = origins.ledger(loaded, image)
    show_table([Column("q"), *numbers(*terms, total_title)], rows, about=about)


def _window(evidence: Evidence, q: GaussianQ) -> tuple[Bounds, bool]:
    """A square around the posterior, and around q unless that is far off; and whether it is."""
    # The densest cells first, until they hold nearly all: a posterior as wide as the prior lies in
    # so many cells that none of them holds much.
    densest_C = np.argsort(-(evidence.log_mass_C - 2 * np.log(evidence.size_C)))
    held_C = np.exp(evidence.log_mass_C[densest_C]).cumsum()
    carries = densest_C[: 1 + int(np.searchsorted(held_C, _HELD))]
    half_C1 = evidence.size_C[carries, None] / 2
    centre_C2 = evidence.centre_C2[carries]
    low, high = (centre_C2 - half_C1).min(axis=0), (centre_C2 + half_C1).max(axis=0)
    with_q = (
        np.minimum(low, q.mu_Z - 2.6 * q.sigma_Z),
        np.maximum(high, q.mu_Z + 2.6 * q.sigma_Z),
    )
    outside = (with_q[1] - with_q[0]).max() > _FURTHEST * (high - low).max()
    if not outside:
        low, high = with_q
    centre, half = (low + high) / 2, 0.55 * (high - low).max()
    left, bottom = (float(value) for value in centre - half)
    return (left, left + 2 * float(half), bottom, bottom + 2 * float(half)), bool(outside)


def _three_gaps(loaded: LoadedModel, image: int, found: OptimisedQ) -> None:
    evidence, encoder = measured.evidence(loaded, image), encoder_q(loaded, image)
    total, best = (
        evidence.log_p - measured.terms(loaded, image, q).elbo for q in (encoder, found.best)
    )
    st.markdown(
        f"**Total gap {minus(total)}** = approximation {minus(best)} + amortisation "
        f"{minus(total - best)} nats"
    )
    st.caption(
        "Approximation: what the best q found still misses, because the true posterior is no "
        "Gaussian with axes along z₁ and z₂. Amortisation: what the encoder loses to it by "
        "serving all images with one network."
        + (
            " The climb started at the posterior's mode: from the encoder's q it ended lower."
            if found.from_mode
            else ""
        )
        + ("" if evidence.exact else " These values are approximate.")
    )
