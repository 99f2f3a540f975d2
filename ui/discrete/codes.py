"""Panels of the Discrete latents page: the code of an image, the prior, and the code's use."""

from __future__ import annotations

import math

import streamlit as st

from ui.common import links
from ui.common.charts import show_chart
from ui.common.draw_again import draw_again
from ui.common.forms import Form
from ui.common.pages import PAGES_FOLDER
from ui.common.pictures import show_images
from ui.common.saving import save_canvas
from ui.common.state import Slot
from ui.common.text import minus
from ui.discrete import measured, origins
from ui.discrete.code_canvas import Code, code_canvas, code_csv, is_code
from ui.discrete.figures import usage_figure
from ui.library.loaded import LoadedModel, images_of
from vae_core.web.code_data import code_data

_SAMPLES = 24
_UNUSED_BELOW = 0.01

_FLIPPED: Slot[tuple[str, Code | None]] = Slot("discrete_flipped", ("", None))


@links.fragment
def code(loaded: LoadedModel, image: int) -> None:
    """q(z|x) as a table whose cells can be pressed, and the ELBO of the image."""
    config = loaded.checkpoint.model_config
    name, shape = f"{loaded.digest[:16]}-{image}", (config.latent_dim, config.categories)
    of_image, flipped = links.value(_FLIPPED, _form_of_code(name, shape), "code")
    probability_NK = measured.probabilities(loaded, image)
    code_canvas(
        key="discrete_code",
        data=code_data(
            config=config,
            decoder_url=measured.decoder(loaded).url,
            probability_NK=probability_NK,
            image_D=images_of(loaded)[image].numpy(),
            code=flipped if of_image == name else None,
            opening=links.opening(),
        ),
        shape=shape,
        on_code=lambda code: _FLIPPED.set((name, code)),
    )
    about = origins.code(loaded, image)
    save_canvas("discrete_code", about, lambda lines: code_csv(probability_NK, lines))
    terms = measured.image_terms(loaded, image)
    nll, kl = terms.reconstruction_nll, terms.kl
    most = config.latent_dim * math.log(config.categories)
    st.markdown(
        f"**This image, nats:** reconstruction NLL {nll.value:.1f} ± {nll.error:.1f} · exact "
        f"categorical KL {kl:.1f} (at most N log K = {most:.1f}) · **ELBO "
        f"{minus(-nll.value - kl, 1)}**"
    )
    st.caption(
        "The KL named here is that of the discrete variables, Σₙ (log K + Σₖ pₖ log pₖ): closed "
        "form, no draw in it, and it has a gradient of its own. The KL between relaxed densities "
        "is another number and would make the objective no bound. The NLL is a mean over "
        "one-hot codes drawn from q, ± its standard error."
    )


def _form_of_code(name: str, shape: tuple[int, int]) -> Form[tuple[str, Code | None]]:
    """The category of each variable; nothing for the likeliest one, or that of another image."""

    def read(text: str) -> tuple[str, Code | None]:
        code = tuple(int(part) for part in text.split("-"))
        if not is_code(code, shape):
            raise ValueError(f"{text!r} is no code of {shape[0]} variables")
        return name, code

    def write(kept: tuple[str, Code | None]) -> str:
        return "-".join(map(str, kept[1])) if kept[0] == name and kept[1] else ""

    return Form(write, read)


@links.fragment
def prior(loaded: LoadedModel) -> None:
    """Decodes of codes whose categories are all equally likely."""
    st.markdown("**Draws from the prior**: every variable takes any category, all alike.")
    pictures = st.container()
    seed = draw_again("discrete_prior")
    with pictures:
        drawn_SD = measured.from_prior(loaded, _SAMPLES, seed)
        show_images(drawn_SD, loaded.image_shape, [""] * _SAMPLES, 56)


def used(loaded: LoadedModel) -> None:
    """How often each category is taken, what each variable tells, and the relaxed NLL beside."""
    usage = measured.usage(loaded)
    config = loaded.checkpoint.model_config
    count = len(images_of(loaded))
    chart, words = st.columns([2.2, 1], gap="medium")
    with chart:
        show_chart(
            usage_figure(usage.share_NK, usage.kl_N), "discrete_usage", about=origins.usage(loaded)
        )
    dead = int((usage.kl_N < _UNUSED_BELOW).sum())
    taken = int((usage.share_NK > 0.1 / config.categories).sum())
    with words:
        st.markdown(
            f"Over {count:,} held-out images **{config.latent_dim - dead} of {config.latent_dim}** "
            f"variables tell something of the image (KL of at least {_UNUSED_BELOW} nats), and "
            f"**{taken} of {config.latent_size}** categories are used (more than a tenth of an "
            "equal share)."
        )
        st.markdown(
            f"- reconstruction NLL, one-hot z: **{usage.reconstruction_nll:.1f}**\n"
            f"- exact categorical KL: **{usage.kl_N.sum():.1f}**\n"
            f"- ELBO: **{minus(usage.elbo, 1)}**\n"
            f"- reconstruction NLL, relaxed z at τ = {usage.temperature:.3g}: "
            f"{usage.relaxed_nll:.1f}"
        )
        st.caption(
            "Nats per image, means. The relaxed z carries fractions besides the category, so the "
            "decoder does better with it: that is what training minimises, but no bound on "
            "log p(x) of the discrete model. All figures of this app, curves too, have a one-hot z."
        )


def offer_training() -> None:
    """Where to train a categorical VAE, and what to watch."""
    st.markdown(
        "On the **Train** page choose the model *categorical VAE*: its temperature falls from the "
        "one to the other over the run and is shown beside the progress, and the curves show the "
        "ELBO with a one-hot z at every epoch. Or from the command line:"
    )
    st.code(
        "python -m vae_core train --model categorical-vae --latent-dim 20 --categories 10 "
        "--temperature 1 --temperature-end 0.3 --dataset mnist-5k --output mine.safetensors",
        language="bash",
        wrap_lines=True,
    )
    st.page_link(
        PAGES_FOLDER / "train.py", label="Open the Train page", icon=":material/model_training:"
    )
