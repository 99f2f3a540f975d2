"""KL switch: the same model trained without and with the KL term, side by side."""

import streamlit as st

from ui.canvas.latent import latent_canvas
from ui.common import controls
from ui.common.draw_again import draw_again
from ui.common.palette import CLASS_COLOURS
from ui.kl_switch import origins
from ui.kl_switch.panels import (
    markers,
    show_family,
    show_linear,
    show_place,
    what_to_look_at,
)
from ui.library.beta_family import beta_family, beta_of
from ui.library.loaded import held_out, samples_from_prior
from ui.plane import places, planes
from ui.plane.parts import part_of
from vae_core.pictures.image_files import to_png

st.title("KL switch")

models = beta_family()
off, switchable = models[0], models[1:]
by_beta = {beta_of(model): model for model in switchable}
words, slider = st.columns([2.1, 1], gap="large")
beta = controls.select_slider(
    "β of the model on the right",
    {beta: f"{beta:g}" for beta in by_beta},
    default=1.0 if 1.0 in by_beta else None,
    key="beta",
    at=slider,
    help="The weight of the KL term in training. All models of the family share seed, data, "
    "network and recipe; only β differs.",
)
on = by_beta[beta]
shape = on.image_shape
pair = (off, on)

words.caption(what_to_look_at(on))
place = places.kept_place(on, "identity")
latent_canvas(
    key="kl_switch",
    planes=[
        planes.pane(off, "identity", "KL off (β = 0)"),
        planes.pane(on, "identity", f"KL on (β = {beta:g})"),
    ],
    image_shape=shape,
    class_names=on.class_names,
    colours=CLASS_COLOURS,
    height=440,
    markers=markers(pair, place),
    about=origins.planes(pair),
    on_click=lambda click: places.keep_place(pair[click.plane], "identity", click),
    **part_of("kl_view", f"{off.digest[:16]} {on.digest[:16]}"),
)

if place is None:
    st.caption("Click a place or a point to see it under every β of the family.")
else:
    show_place(models, place)

st.subheader("Samples from the prior")
st.caption("The same 20 draws z ~ N(0, I), decoded by the model without and with the KL term.")
above = st.container()
seed = draw_again("kl_switch_draw")
for column, model in zip(above.columns(2, gap="medium"), pair, strict=True):
    column.image(
        to_png(samples_from_prior(model, 20, seed=seed), shape, columns=10, scale=4),
        width="stretch",
        caption=f"β = {beta_of(model):g}",
    )

st.subheader("The family in numbers")
show_family(models, shown=(beta_of(off), beta))
st.caption(
    f"Means over the {len(held_out(on.dataset)):,} held-out images, in nats per "
    "image; z is sampled. Grey pixels stand in a Bernoulli likelihood, so these numbers are "
    "comparable with one another, not with those of binary images. A dimension is active if its "
    "posterior mean varies over the images (variance of at least 0.01). Along a dotted line of the "
    "chart the ELBO is the same."
)

st.subheader("The same, solved exactly")
show_linear(on, beta)
