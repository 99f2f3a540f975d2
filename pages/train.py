"""Train: a model of one's own, and the plane that forms while it learns."""

import streamlit as st

from ui.train import form, start, watch
from ui.train.follow import follow

st.title("Train")
st.caption(
    "Choose, press Train, and watch the plane form epoch by epoch. The curves are means over "
    "images that the model never trains on."
)

choices, picture = st.columns([1, 3.1], gap="medium")
with picture:
    run = start.current_run()
follow(run)
with choices:
    button = st.container()  # above the settings: below them a small screen would not show it
    request = form.choose_request()
with button:
    start.train_button(request, run)
with picture:
    if run is None:
        start.show_what_comes()
    else:
        watch.watch(run)
    start.show_list(run)
