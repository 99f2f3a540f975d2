"""Choosers and small panels that several pages share."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from ui import cached
from ui.cached import LoadedModel
from vae_core.checkpoints import CheckpointError
from vae_core.data import DATASETS
from vae_core.library import ModelEntry, list_models
from vae_core.likelihoods import LIKELIHOODS
from vae_core.pictures import to_png
from vae_core.projections import PROJECTIONS, plane_name, projections_for
from vae_core.umap_layout import DEFAULT_UMAP, UmapSettings

DEFAULT_MODEL = "mnist-2d-beta-1"


def choose_model() -> LoadedModel:
    """The model chooser of the sidebar, kept across pages and in the link.

    Ends the page with one sentence when the chosen file cannot be read.
    """
    entries = {entry.name: entry for entry in list_models("vae")}
    names = list(entries)
    if not names:
        stop_with("There is no model: the folder checkpoints/ is empty and none was saved.")
    name = st.sidebar.selectbox(
        "Model",
        names,
        index=names.index(DEFAULT_MODEL) if DEFAULT_MODEL in names else 0,
        format_func=lambda name: model_title(entries[name]),
        key="model",
        bind="query-params",
        persist_state="session",
    )
    try:
        loaded = cached.model(entries[name])
        cached.held_out(loaded.checkpoint.dataset)
    except (CheckpointError, OSError, ValueError) as error:
        stop_with(sentence(error))
    config = loaded.checkpoint.train_config
    st.sidebar.caption(
        f"Trained on {DATASETS[config.dataset].title}, {config.epochs} epochs, seed {config.seed}. "
        f"The app shows {len(cached.held_out(config.dataset)):,} images it has not seen."
    )
    return loaded


def model_title(entry: ModelEntry) -> str:
    """How a chooser names a model: what it is for those on board, its own name for saved ones."""
    try:
        checkpoint = cached.model(entry).checkpoint
    except CheckpointError:
        return f"{entry.name} (cannot be read)"
    config = checkpoint.model_config
    size = f"{config.latent_dim}-D"
    if config.model == "categorical-vae":
        size = f"{config.latent_dim} × {config.categories}"
    traits = f"{size}, β = {checkpoint.train_config.beta:g}"
    if config.likelihood != "bernoulli":
        traits += f", {LIKELIHOODS[config.likelihood].title}"
    if LIKELIHOODS[config.likelihood].noise == "fixed":
        traits += f" at {config.noise_sd:g}"
    dataset = checkpoint.dataset.split("-")[0]
    return f"{dataset.upper()} {traits}" if entry.on_board else f"{entry.name} ({traits})"


def choose_projection(loaded: LoadedModel) -> str:
    """Which plane to show, by ``plane_name``; nothing to choose for one and two dimensions."""
    choices = projections_for(loaded.checkpoint.model_config.latent_dim)
    if len(choices) == 1:
        return choices[0]
    kind = st.sidebar.radio(
        "Plane",
        choices,
        format_func=PROJECTIONS.__getitem__,
        key="projection",
        bind="query-params",
        persist_state="session",
    )
    if kind == "axes":
        return plane_name(kind, axes=_choose_axes(loaded))
    return plane_name(kind, umap=_choose_umap()) if kind == "umap" else kind


def _choose_axes(loaded: LoadedModel) -> tuple[int, int]:
    """Two latent dimensions, those with the most KL first."""
    order = [int(j) for j in np.argsort(-cached.encodings(loaded).kl_Z, kind="stable")]
    names = [f"z{j + 1}" for j in order]
    columns = st.sidebar.columns(2)
    x = columns[0].selectbox(
        "Along x",
        names,
        key="axis_x",
        bind="query-params",
        persist_state="session",
        help="The dimensions that carry most information (KL, nats) come first.",
    )
    # Another model may not have the dimension kept from before, and x may have taken it.
    others = [name for name in names if name != x]
    if st.session_state.get("axis_y", others[0]) not in others:
        st.session_state["axis_y"] = others[0]
    y = columns[1].selectbox(
        "Along y", others, key="axis_y", bind="query-params", persist_state="session"
    )
    return int(x[1:]) - 1, int(y[1:]) - 1


def _choose_umap() -> UmapSettings:
    neighbours = st.sidebar.select_slider(
        "UMAP: neighbours",
        [5, 15, 30, 50, 100],
        DEFAULT_UMAP.neighbours,
        key="umap_neighbours",
        bind="query-params",
        persist_state="session",
        help="n_neighbors: few show detail, many the whole.",
    )
    min_dist = st.sidebar.select_slider(
        "UMAP: smallest distance",
        [0.0, 0.1, 0.25, 0.5, 0.9],
        DEFAULT_UMAP.min_dist,
        key="umap_min_dist",
        bind="query-params",
        persist_state="session",
        help="min_dist: 0 packs clusters tightly, more spreads their points.",
    )
    return UmapSettings(neighbours, min_dist)


def choose_by_class(
    columns: Sequence[DeltaGenerator],
    label_N: NDArray[np.integer],
    class_names: Sequence[str],
    key: str,
    *,
    of: str = "",
    default: int = 0,
    help: str | None = None,
) -> int:
    """Index of an image, chosen by its class and its number among those; kept, and in the link.

    Args:
        columns: where the two choosers stand.
        key: ``key_class`` and ``key_number`` are those of the choosers.
        of: what they choose an image for.
        default: the class that is shown at first.
    """
    by_class, by_number = columns
    name = by_class.selectbox(
        f"{of}: class" if of else "Image of class",
        class_names,
        index=default % len(class_names),
        key=f"{key}_class",
        bind="query-params",
        persist_state="session",
    )
    of_class = np.flatnonzero(label_N == list(class_names).index(name))
    # Another data set may hold fewer images of a class than the number kept from before.
    if st.session_state.get(f"{key}_number", 0) >= len(of_class):
        st.session_state[f"{key}_number"] = 0
    number = by_number.number_input(
        f"{of}: number" if of else "Number",
        min_value=0,
        max_value=len(of_class) - 1,
        key=f"{key}_number",
        bind="query-params",
        persist_state="session",
        help=help,
    )
    return int(of_class[int(number)])


def choose_this_image(
    index: int, label_N: NDArray[np.integer], class_names: Sequence[str], key: str
) -> None:
    """Have ``choose_by_class`` show an image; before it is drawn."""
    label = label_N[index]
    st.session_state[f"{key}_class"] = class_names[label]
    st.session_state[f"{key}_number"] = int((label_N[:index] == label).sum())


def what_nats_mean(loaded: LoadedModel) -> str:
    """One sentence: what the numbers of this model on grey pixels may be compared with."""
    family = loaded.vae.family
    if family.of_grey:
        return (
            f"The {family.title} likelihood is a density over grey values: its nats may be "
            "positive, and compare with no probability of binary images."
        )
    return (
        "Grey pixels stand in a Bernoulli likelihood: such numbers compare with one another, not "
        "with log-likelihoods of binary images, as the ELBO page has them."
    )


def class_name(loaded: LoadedModel, label: int) -> str:
    """The name of a class in the model's data set."""
    return DATASETS[loaded.checkpoint.dataset].class_names[label]


def show_image(
    image_D: NDArray[np.floating],
    image_shape: tuple[int, int],
    caption: str,
    width: int = 112,
) -> None:
    """One image, enlarged in whole pixels, with a caption of plain text."""
    show_images(image_D[None], image_shape, [caption], width)


def show_images(
    images_ND: NDArray[np.floating],
    image_shape: tuple[int, int],
    captions: Sequence[str],
    width: int = 72,
) -> None:
    """A row of images that wraps, each with a caption of plain text.

    They are sent pixel for pixel; the frame's style tells the browser to enlarge them unblurred.
    """
    st.image(
        [inline_png(to_png(image_D, image_shape)) for image_D in images_ND],
        caption=[plain(caption) for caption in captions],
        width=width,
    )


def inline_png(png: bytes) -> str:
    """A PNG as an address that holds it: Streamlit would shrink, blur and encode it anew."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def plain(text: str) -> str:
    """Text for a place that reads Markdown: what came from a person must not become a link."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]()<>#+!|~$:" else char for char in text)


def sentence(error: Exception) -> str:
    """An error as a sentence: capital letter, full stop, nothing that Markdown would read."""
    text = plain(str(error))
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def stop_with(text: str) -> NoReturn:
    """Say what is wrong and end the page there."""
    st.error(text, icon=":material/error:")
    st.stop()
