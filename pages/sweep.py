"""Sweep: many runs that differ in beta and seed, and what they say together."""

import streamlit as st

from ui.sweep import panels

st.title("Sweep")
st.caption(
    "One run says little: the same β with other seeds shows what is luck. Every run is a job; the "
    "table fills in as they end. The same from a terminal: `python -m vae_core sweep`."
)

choices, picture = st.columns([1, 3.1], gap="medium")
panels.follow()
with choices:
    requests = panels.choose_requests()
    panels.start_button(requests)
with picture:
    if panels.SWEEP.ids():
        panels.SWEEP.watch(panels.show_sweep)
    else:
        st.info(
            "Here a table will fill in: reconstruction NLL, KL and ELBO for every β, with their "
            "spread over the seeds.",
            icon=":material/table_chart:",
        )
