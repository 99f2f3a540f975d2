"""Panels of the ELBO page: one image, its true posterior, q on it, and what the ELBO misses."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from ui import cached, cached_exact, places, state, widgets
from ui.cached import LoadedModel
from ui.figures.elbo import Drawn, bounds_figure, gap_figure, minus, posterior_figure
from vae_core.aggregate import Bounds
from vae_core.data import DATASETS
from vae_core.posteriors import GaussianQ
from vae_core.quadrature import TOLERANCE, Evidence

_STILL = {"displayModeBar": False}
_FURTHEST = 8.0  # times the posterior's extent: a window that holds more shows nothing of it


def need_two_dimensions(loaded: LoadedModel) -> None:
    """End the page with a sentence for a model whose plane is not its latent space."""
    dimensions = loaded.checkpoint.model_config.latent_dim
    if dimensions != 2:
        st.info(
            f"This page integrates over the whole latent space, which takes 2 dimensions; this "
            f"model has {dimensions}. Choose a 2-D model in the sidebar."
        )
        st.stop()


def choose_image(loaded: LoadedModel) -> int:
    """Class and number of a held-out image; one clicked on another page comes first."""
    label_N = cached.encodings(loaded).label_N
    names = DATASETS[loaded.checkpoint.dataset].class_names
    asked: int | None = st.session_state.pop("elbo_asked", None)
    place = places.kept_place(loaded, "identity")
    clicked = None if place is None else place.point
    if clicked is not None and clicked != state.keep("elbo_clicked", None):
        state.put("elbo_clicked", clicked)
        asked = clicked
    if asked is not None:
        st.session_state["elbo_class"] = names[label_N[asked]]
        st.session_state["elbo_number"] = int((label_N[:asked] == label_N[asked]).sum())
    class_column, number_column, pictures = st.columns([1, 1.15, 3.2], gap="medium")
    name = class_column.selectbox(
        "Image of class",
        names,
        key="elbo_class",
        bind="query-params",
        persist_state="session",
    )
    of_class = np.flatnonzero(label_N == names.index(name))
    # Another data set may hold fewer images of a class than the number kept from before.
    if st.session_state.get("elbo_number", 0) >= len(of_class):
        st.session_state["elbo_number"] = 0
    number = number_column.number_input(
        "Number",
        min_value=0,
        max_value=len(of_class) - 1,
        key="elbo_number",
        bind="query-params",
        persist_state="session",
        help="An image clicked on the Latent space page is taken here too.",
    )
    n = int(of_class[int(number)])
    with pictures:
        _show_image(loaded, n)
    return n


def ask_for_image(n: int) -> None:
    """Have the chooser show an image from the next run on."""
    st.session_state["elbo_asked"] = n


def _show_image(loaded: LoadedModel, n: int) -> None:
    """The image as the likelihood takes it, and decodes of the mean of q and of the mode."""
    x_D = cached_exact.image(loaded, n)
    evidence = cached_exact.evidence(loaded, n)
    z_22 = np.stack([cached_exact.encoder_q(loaded, n).mu_Z, evidence.mode_Z])
    widgets.show_images(
        np.concatenate([x_D[None], cached.decode(loaded, z_22)]),
        loaded.checkpoint.model_config.image_shape,
        [f"image {n}", "from q", "from the mode"],
        76,
    )


def headline(loaded: LoadedModel, n: int) -> None:
    """log p(x), the ELBO and the KL, each computed on its own, and whether they add up."""
    evidence, q = cached_exact.evidence(loaded, n), cached_exact.encoder_q(loaded, n)
    elbo = cached_exact.elbo(loaded, n, q).value
    kl = evidence.log_p - cached_exact.terms(loaded, n, q).elbo
    one, two, three = st.columns(3)
    one.metric(
        "log p(x), exact" if evidence.exact else "log p(x), approximate",
        _nats(evidence.log_p, evidence.error),
        help="Adaptive quadrature over the whole plane, in float64: cells that carry mass are "
        f"split until the estimated error of this image is below {TOLERANCE} nats. Here "
        f"{evidence.points:,} latents were decoded besides the coarse grid; ± is the estimate, "
        "which is cautious.",
    )
    two.metric(
        "ELBO of the encoder's q",
        _nats(elbo.value, elbo.error),
        help=f"E_q[log p(x|z)] from {cached_exact.ELBO_DRAWS:,} draws z ~ q(z|x), decoded as in "
        "training, less KL[q || p(z)] in closed form. ± is the Monte Carlo standard error.",
    )
    three.metric(
        "KL[q || p(z|x)]",
        f"{kl:.3f} nats",
        help="The mean of log q(z) − log p(z|x) over q by Gauss-Hermite quadrature, where "
        "p(z|x) = p(x|z) p(z) / p(x).",
    )
    rest = evidence.log_p - elbo.value - kl
    allowed = 4 * math.hypot(elbo.error, 0.25 * evidence.error)
    verdict = "within" if abs(rest) <= allowed else "**beyond**"
    st.caption(
        f"log p(x) − ELBO − KL = {minus(rest)} nats, {verdict} four standard errors "
        f"({allowed:.3f}). The ELBO is sampled and knows nothing of the grid: the sum is a test, "
        "not a definition."
    )
    if not evidence.exact:
        st.warning(
            f"The estimated error of log p(x) is {min(evidence.error, 99.0):.2f} nats, above "
            f"{TOLERANCE}: the values that use it are approximate."
        )


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
        st.plotly_chart(gap_figure(evidence.log_p, drawn), config=_STILL, key="elbo_gaps")
        if optimise:
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


@st.fragment
def importance(loaded: LoadedModel, n: int) -> None:
    """Bounds from K samples, climbing towards log p(x) unless q misses a mode."""
    evidence, bounds = cached_exact.evidence(loaded, n), cached_exact.bounds(loaded, n)
    chart, words = st.columns([1.6, 1], gap="medium")
    chart.plotly_chart(
        bounds_figure(
            [bound.samples for bound in bounds],
            [bound.value.value for bound in bounds],
            [bound.value.error for bound in bounds],
            evidence.log_p,
        ),
        config=_STILL,
        key="elbo_bounds",
    )
    last = bounds[-1]
    short = evidence.log_p - last.value.value
    words.latex(r"\mathbb E\left[\log \frac1K \sum_{k=1}^K \frac{p(x, z_k)}{q(z_k|x)}\right]")
    distance = (
        f"{short:.3f} nats below log p(x)"
        if short > 2 * last.value.error
        else "log p(x) within its error"
    )
    words.markdown(
        f"K = 1 is the ELBO; more samples tighten the bound. With K = {last.samples:,} it is "
        f"**{minus(last.value.value)} ± {last.value.error:.3f}**, {distance}."
    )
    if short > 1:
        words.markdown(
            "**q misses a mode**: no draw of these lands where most of p(z|x) lies, so the bound "
            "stays low, however sure its error bar looks. Only the quadrature saw it."
        )
    else:
        words.markdown(
            "It is not always so: measure the sample below and look at its worst image, where q "
            "misses a mode."
        )
    words.caption(
        f"{cached_exact.BOUND_DRAWS:,} draws z ~ q(z|x), cut into groups of K: "
        f"{bounds[0].repeats:,} groups for K = 1, {last.repeats} for K = {last.samples:,}. Error "
        "bars: standard error over the groups; from the spread of the weights where these are few."
    )


def _nats(value: float, error: float) -> str:
    return f"{minus(value)} ± {min(error, 99.0):.3f} nats"
