"""Panel of the ELBO page: the true posterior with every q on it, and q moved by hand."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from ui import cached_exact
from ui.cached import LoadedModel
from ui.figures.elbo import Drawn, gap_figure, posterior_figure
from vae_core.aggregate import Bounds
from vae_core.posteriors import GaussianQ
from vae_core.quadrature import Evidence

_STILL = {"displayModeBar": False}
_FURTHEST = 8.0  # times the posterior's extent: a window that holds more shows nothing of it


@st.fragment
def playground(loaded: LoadedModel, n: int) -> None:
    """The heat map with every q on it, the gaps, sliders that move a q, and the best one."""
    evidence, start = cached_exact.evidence(loaded, n), cached_exact.encoder_q(loaded, n)
    window, outside = _window(evidence, start)
    map_column, right = st.columns([1.1, 1], gap="medium")
    with right:
        optimise = st.toggle(
            "Optimise q for this image",
            key="elbo_optimise",
            persist_state="session",
            help="Gradient ascent on the ELBO over the centre and the two widths of q, for this "
            "image alone. The decoder stays as it is.",
        )
        chart = st.container()
        hand = _by_hand(loaded, n, start, window)
        drawn = [_drawn(loaded, n, "encoder's q", start)]
        if hand is not None:
            drawn.append(_drawn(loaded, n, "q by hand", hand))
        path = []
        if optimise:
            found = cached_exact.optimised(loaded, n)
            drawn.append(_drawn(loaded, n, "best q", found.best))
            path = [
                (q.mu_Z, q.sigma_Z, float(elbo))
                for q, elbo in zip(found.path, found.elbo_T, strict=True)
            ]
        with chart:
            st.plotly_chart(gap_figure(evidence.log_p, drawn), config=_STILL, key="elbo_gaps")
        if optimise:
            with chart:
                _three_gaps(evidence, drawn[0], drawn[-1], found.from_mode)
        elif hand is not None:
            st.caption(
                "Whatever q is, log p(x) stays where it is: the ELBO falls short of it by exactly "
                "the KL from q to the true posterior."
            )
    with map_column:
        picture = cached_exact.posterior_picture(loaded, n, window)
        st.plotly_chart(
            posterior_figure(picture, window, drawn, evidence.mode_Z, evidence.mean_Z, path),
            config=_STILL,
            key="elbo_posterior",
        )
        if outside:
            st.caption(
                f":material/warning: The encoder's q lies outside this window, at "
                f"({start.mu_Z[0]:.1f}, {start.mu_Z[1]:.1f}): it misses the true posterior."
            )


def _window(evidence: Evidence, q: GaussianQ) -> tuple[Bounds, bool]:
    """A square around the posterior, and around q unless that is far off; and whether it is."""
    carries = evidence.log_mass_C > math.log(1e-3)
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


def _by_hand(loaded: LoadedModel, n: int, start: GaussianQ, window: Bounds) -> GaussianQ | None:
    """The q that the sliders set; None while they stand at the encoder's."""
    st.caption("**Move q by hand**: its centre, and its widths as multiples of the encoder's σ.")
    left, right, bottom, top = window
    place = f"{loaded.digest[:8]}_{n}"
    step = (right - left) / 200
    rows = st.columns(2)
    mu = []
    for axis, (low, high) in enumerate([(left, right), (bottom, top)]):
        at = float(start.mu_Z[axis])
        mu.append(
            rows[axis].slider(
                ("centre z₁", "centre z₂")[axis],
                min(low, at),
                max(high, at),
                at,
                step,
                format="%.3f",
                key=f"elbo_mu{axis}_{place}",
            )
        )
    factor = [
        rows[axis].select_slider(
            ("width σ₁ ×", "width σ₂ ×")[axis],
            [2 ** (k / 2) for k in range(-8, 9)],
            1.0,
            format_func=lambda value: f"{value:.2g}",
            key=f"elbo_width{axis}_{place}",
        )
        for axis in (0, 1)
    ]
    hand = GaussianQ(np.array(mu), start.logvar_Z + 2 * np.log(factor))
    moved = np.abs(hand.mu_Z - start.mu_Z).max() > step / 2 or factor != [1.0, 1.0]
    return hand if moved else None


def _drawn(loaded: LoadedModel, n: int, name: str, q: GaussianQ) -> Drawn:
    elbo = cached_exact.elbo(loaded, n, q).value
    log_p = cached_exact.evidence(loaded, n).log_p
    kl = log_p - cached_exact.terms(loaded, n, q).elbo
    return Drawn(name, q.mu_Z, q.sigma_Z, elbo.value, elbo.error, kl)


def _three_gaps(evidence: Evidence, encoder: Drawn, best: Drawn, from_mode: bool) -> None:
    st.markdown(
        f"**Total gap {encoder.kl:.3f}** = approximation {best.kl:.3f} + amortisation "
        f"{encoder.kl - best.kl:.3f} nats"
    )
    st.caption(
        "Approximation: what the best diagonal Gaussian found still misses, because the true "
        "posterior is none. Amortisation: what the encoder loses to it by serving all images with "
        "one network."
        + (
            " The climb started at the posterior's mode: from the encoder's q it ended lower."
            if from_mode
            else ""
        )
        + ("" if evidence.exact else " These values are approximate.")
    )
