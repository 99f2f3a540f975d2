"""A UMAP that is missing: fitted as a job, since it takes most of a minute."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from ui.common import links
from ui.common.state import Slot, owner, session
from ui.common.text import plain, sentence, stop_with
from ui.library.loaded import LoadedModel
from ui.plane import planes
from ui.runs.client import runner
from ui.runs.queue_words import waiting_sentence
from vae_core.jobs import UmapRequest, read_run
from vae_core.jobs.umap_job import seconds_in_step
from vae_core.planes.projections import umap_settings

_POLL_SECONDS = 1.0


def fit_umap(loaded: LoadedModel, projection: str) -> NoReturn:
    """Offer to fit it, or tell how far it is; the page ends here, and comes back with the plane."""
    settings = umap_settings(projection)
    assert settings is not None
    fit: Slot[str | None] = Slot(f"{projection}_{loaded.digest}", None)
    run_id = fit.get()
    if run_id is not None:
        try:
            run = read_run(run_id)
        except ValueError as error:  # its folder was removed, or is damaged
            st.error(sentence(error), icon=":material/error:")
        else:
            if run.unfinished:
                st.fragment(_tell, run_every=_POLL_SECONDS)(run_id)
                links.stop()
            if run.message:
                st.error(plain(run.message), icon=":material/error:")
    st.info(
        f"UMAP has not laid out this model's images yet with {settings.neighbours} neighbours and "
        f"a smallest distance of {settings.min_dist:g}. It takes about a minute, longer on a busy "
        "machine, once for all.",
        icon=":material/info:",
    )
    if st.button("Lay them out", icon=":material/scatter_plot:", type="primary"):
        request = UmapRequest(
            checkpoint=str(loaded.entry.path.resolve()),
            output=str(planes.umap_path(loaded, projection).resolve()),
            neighbours=settings.neighbours,
            min_dist=settings.min_dist,
        )
        try:
            fit.set(runner().submit(request, session(), owner()))
        except (ValueError, OSError) as error:
            stop_with(sentence(error))
        st.rerun()
    links.stop()


def _tell(run_id: str) -> None:
    try:
        run, seconds = read_run(run_id), seconds_in_step(run_id)
    except ValueError:
        st.rerun()  # the page says what is wrong
    if not run.unfinished:
        st.rerun()
    elapsed = "" if seconds is None else f" {seconds:.0f} s so far."
    going_on = plain(run.message) if run.message else "About to start …"
    told = waiting_sentence(run) if run.state == "queued" else going_on
    st.info(told + elapsed, icon=":material/hourglass:")
