"""Runs and models side by side: what they differ in, their planes and their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st

from ui.common import controls
from ui.common.charts import show_chart
from ui.common.palette import CLASS_COLOURS
from ui.common.tables import Column, numbers, show_table
from ui.common.text import plain, with_error
from ui.compare import origins
from ui.compare.members import Member, by_dataset
from ui.library.chooser import tell_left_out
from ui.library.loaded import held_out, principal_variances
from ui.library.warnings import collapse
from ui.runs.figures import LinearCurve, linear_curve, planes_figure
from ui.runs.settings import title, value_in_words
from vae_core.data import DATASETS
from vae_core.likelihoods import LIKELIHOODS
from vae_core.planes.projections import default_plane
from vae_core.provenance import Unmeasured
from vae_core.statistics import Estimate

_POINTS = 1000  # of a plane; more take a browser long to draw


def show_differences(members: Sequence[Member]) -> None:
    """The settings in which they differ, and what was changed by hand; nothing else."""
    settings = [_settings(member) for member in members]
    differing = [name for name in settings[0] if len({str(s[name]) for s in settings}) > 1]
    if not differing:
        st.markdown("Their settings are the same.")
        return
    show_table(
        [Column("setting"), *(Column(plain(member.name)) for member in members)],
        [(title(name), *(plain(value_in_words(s[name])) for s in settings)) for name in differing],
        about=Unmeasured("What differs", "Settings, as they were asked for."),
    )


def _settings(member: Member) -> dict[str, object]:
    by_hand = ", ".join(
        f"{title(change.name)} {'back' if change.value is None else f'{change.value:g}'} "
        f"at epoch {change.epoch:.1f}"
        for change in member.record.changes
    )
    asked = {**asdict(member.model_config), **asdict(member.train_config)}
    return {**asked, "changed by hand": by_hand or "no"}


def show_planes(members: Sequence[Member]) -> None:
    """The same held-out images on the plane of every member of one data set."""
    one_scale = controls.toggle(
        "One scale for all planes",
        False,
        key="compare_one_scale",
        help="Same axes show how far each cloud spreads, its own what is within a narrow one.",
    )
    for dataset, group in by_dataset(members).items():
        _warn_of_collapse(group)
        label_N = held_out(dataset).label_N.numpy()
        shown = slice(None, None, max(1, len(label_N) // _POINTS))  # images are sorted by class
        show_chart(
            planes_figure(
                [(one.name, default_plane(one.measured.mu_NZ[shown])) for one in group],
                label_N[shown],
                DATASETS[dataset].class_names,
                CLASS_COLOURS,
                one_scale=one_scale,
            ),
            f"compare_planes_{dataset}",
            about=origins.of(group, f"Planes of {dataset}"),
        )
    st.caption("The same held-out images in every plane of a data set, at their posterior means.")


def _warn_of_collapse(members: Sequence[Member]) -> None:
    """Name the members whose plane is of noise alone: it looks like any other."""
    for member in members:
        if member.model_config.model == "vae" and (said := collapse(member.measured.mu_NZ)):
            st.warning(f"{plain(member.name)}: {said}", icon=":material/heart_broken:")


def show_numbers(members: Sequence[Member]) -> None:
    """Means over the held-out images, and how far each ELBO is from that of the first."""
    first = members[0]
    rows = []
    for member in members:
        measured = member.measured
        terms = (measured.reconstruction_nll_N, measured.kl_N, measured.elbo_N)
        difference = ""
        if member is not first and _comparable(member, first):
            difference = _with_error(Estimate.of(measured.elbo_N - first.measured.elbo_N))
        cells = (_with_error(Estimate.of(values_N)) for values_N in terms)
        rows.append((plain(member.name), member.record.count_in_words, *cells, difference))
    titles = ("reconstruction NLL", "KL", "ELBO at β = 1", "ELBO − that of the first")
    show_table(
        [Column("model"), Column("trained for"), *numbers(*titles)],
        rows,
        about=origins.numbers(members),
    )
    st.caption(
        "Means over all held-out images of the model that was kept, one draw of z each, nats per "
        "image. ± is the standard error over the images; that of a difference is over the "
        "differences image by image, since all models of a data set have the same images."
    )


def _with_error(estimate: Estimate) -> str:
    return with_error(estimate.value, estimate.error, 2)


def _comparable(one: Member, other: Member) -> bool:
    """Whether their nats are of the same thing."""
    return (one.loaded.dataset, one.model_config.likelihood) == (
        other.loaded.dataset,
        other.model_config.likelihood,
    )


def sound(members: Sequence[Member]) -> list[Member]:
    """Those that belong into one picture: a ruined one would flatten all others. They are named."""
    tell_left_out(
        {
            one.name: "Not in the figures below: its training has made it worse than untrained."
            for one in members
            if one.record.ruined
        }
    )
    return [member for member in members if not member.record.ruined]


def tell_without_history(members: Sequence[Member]) -> None:
    """Name those of which there is no curve."""
    if names := [plain(member.name) for member in members if not member.curve.points]:
        st.caption(f"Without a curve, since the file has no history: {', '.join(names)}.")


def warn_of_likelihoods(members: Sequence[Member]) -> None:
    """Say so where the numbers are nats of different things."""
    kinds = {member.model_config.likelihood for member in members}
    if len(kinds) > 1:
        titles = " and ".join(LIKELIHOODS[name].title for name in sorted(kinds))
        st.warning(
            f"These have different likelihoods ({titles}): their reconstruction terms and "
            "ELBOs are nats of different things and are not comparable. See the page Likelihood.",
            icon=":material/compare_arrows:",
        )


def exact_curve(members: Sequence[Member]) -> LinearCurve | None:
    """The linear beta-VAE's optimum for the same images, where its nats are those of all members.

    They are for Gaussian pixels of one fixed sigma; else None.
    """
    settings = {
        (
            member.loaded.dataset,
            member.model_config.likelihood,
            member.model_config.noise_sd,
            member.model_config.latent_dim,
        )
        for member in members
    }
    if len(settings) != 1:
        return None
    [(dataset, likelihood, noise_sd, latent_dim)] = settings
    if likelihood != "gaussian":
        return None
    return linear_curve(principal_variances(dataset), latent_dim, noise_sd**2)


def points_of(members: Sequence[Member]) -> list[tuple[str, float, float]]:
    """(name, R, D) of the members of which there is no curve."""
    return [
        (one.name, one.measured.kl_N.mean(), one.measured.reconstruction_nll_N.mean())
        for one in members
        if not one.curve.points
    ]
