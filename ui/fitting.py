"""A UMAP that is missing: fitted as a job, since it takes most of a minute."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from ui import cached, state, widgets
from ui.cached import LoadedModel
from vae_core.jobs import UmapRequest, read_run

_POLL_SECONDS = 1.0


def fit_umap(loaded: LoadedModel) -> NoReturn:
    """Offer to fit it, or tell how far it is; the page ends here, and comes back with the plane."""
    kept = f"umap_{loaded.digest}"
    run_id: str | None = state.keep(kept, None)
    if run_id is not None:
        run = read_run(run_id)
        if run.unfinished:
            st.fragment(_tell, run_every=_POLL_SECONDS)(run_id)
            st.stop()
        if run.message:
            st.error(widgets.plain(run.message), icon=":material/error:")
    st.info(
        "UMAP has not laid out this model's images yet. It takes about a minute, once for all.",
        icon=":material/info:",
    )
    if st.button("Lay them out", icon=":material/scatter_plot:", type="primary"):
        request = UmapRequest(
            checkpoint=str(loaded.entry.path.resolve()),
            output=str(cached.umap_path(loaded).resolve()),
        )
        try:
            state.put(kept, cached.runner().submit(request, state.session()))
        except (ValueError, OSError) as error:
            widgets.stop_with(widgets.sentence(error))
        st.rerun()
    st.stop()


def _tell(run_id: str) -> None:
    run = read_run(run_id)
    if not run.unfinished:
        st.rerun()
    waiting = f"Number {run.position} in the queue." if run.position else "About to start …"
    st.info(widgets.plain(run.message) or waiting, icon=":material/hourglass:")
