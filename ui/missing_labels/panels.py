"""Panels of the Missing labels page: what each method makes of an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
import torch

from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.image_by_class import choose_by_class
from ui.common.palette import CLASS_COLOURS
from ui.common.pictures import show_images
from ui.missing_labels import measured, origins
from ui.missing_labels.figures import (
    clusters_figure,
    energies_figure,
    probabilities_figure,
    styles_figure,
)
from vae_core.data import DATASETS
from vae_core.labels.methods import METHODS
from vae_core.models.classification_rbm import ClassificationRBM
from vae_core.models.classifier import Classifier
from vae_core.models.semi_supervised import SemiSupervisedVAE
from vae_core.pictures.image_files import to_png
from vae_core.storage.checkpoints import Checkpoint

_NAMES = DATASETS[measured.FEW].class_names
_WIDE = "mnist-16d-beta-1"
_VAES = {"mnist-2d-beta-1": "2 (the plane)", _WIDE: "16"}
_FILTERS = 60
_STYLES = 4  # further images whose style is shown


def choose_image() -> int:
    """A test image by class and number, at first one on which the bundled methods differ."""
    label_N = measured.images("test").label_N.numpy()
    *choosers, picture = st.columns([1, 1, 3], gap="medium")
    first = measured.first_they_differ_on()
    image = choose_by_class(
        choosers,
        label_N,
        _NAMES,
        "labels",
        default=int(label_N[first]),
        default_number=int((label_N[:first] == label_N[first]).sum()),
    )
    with picture:
        show_images(
            measured.images("test").x_ND[image : image + 1].numpy(),
            (28, 28),
            [f"test image {image}"],
            84,
        )
    return image


def predictions(image: int, here: Sequence[tuple[str, Checkpoint]]) -> None:
    """p(y|x) of one image under the bundled models and those trained on this page."""
    x_D = measured.images("test").x_ND[image]
    models = [
        (METHODS[name].title, checkpoint)
        for kind, name in measured.CLASSIFIERS.items()
        if (checkpoint := measured.bundled(kind)) is not None
    ]
    rows = {}
    for title, checkpoint in [*models, *here]:
        assert isinstance(checkpoint.model, Classifier)
        rows[title] = measured.probabilities(checkpoint.model, x_D)
    if not rows:
        st.info("The bundled classifiers are missing from checkpoints/; train one below.")
        return
    about = origins.of_image([*models, *here], image, "p(y|x) of one image")
    show_chart(probabilities_figure(rows, _NAMES), "labels_predictions", about=about)
    st.caption(
        "p(y|x) of this image. The first two come with the app: trained on the 55,000 images that "
        "it does not show, 10 labels per class. Train a method below and it joins them."
    )


@links.fragment
def clustering(per_class: int) -> None:
    """k-means on a VAE's latents, named by the few, on the plane."""
    left, middle, right = st.columns(3)
    name = controls.segmented_control(
        "Latent dimensions of the VAE", _VAES, key="labels_vae", at=left
    )
    clusters = controls.slider("Clusters", 5, 100, 20, 5, key="labels_clusters", at=middle)
    seed = controls.number_input("Seed", 0, 99, 0, key="labels_seed", at=right)
    loaded = measured.bundled_vae(name)
    if loaded is None:
        st.info(f"The model {name} is missing from checkpoints/; restore the folder.")
        return
    found = measured.clustering(loaded, clusters, per_class, seed)
    show_chart(
        clusters_figure(
            found.plane.xy_N2,
            measured.images("test").label_N.numpy(),
            found.cluster_N,
            found.name_N,
            _NAMES,
            CLASS_COLOURS,
            found.plane.axis_titles,
        ),
        "labels_planes",
        about=origins.clusters(
            loaded, f"{clusters} clusters, {per_class or 'all'} labels per class, seed {seed}"
        ),
    )
    labels = 4000 if per_class == 0 else 10 * per_class
    st.markdown(
        f"**{found.error:.1f}% of the test images get a wrong pseudo-label**, with {labels:,} "
        f"labels to name {clusters} clusters. A cluster is named by the majority of its labelled "
        "images; one without any takes the name of the labelled image nearest to its centre."
    )
    st.caption(
        "The VAE saw 55,000 other images and no label. k-means is fitted on the latents of 4,000 "
        "images and scored on 1,000 others, which are shown. With the best one-to-one matching of "
        "clusters to classes (Hungarian, on all labels of the 4,000) "
        f"{found.matched:.1f}% would agree: that is the cluster score, which more than ten "
        "clusters bring down. Published for k-means on all of MNIST: 53% on pixels, 88% on the "
        "codes of a deep autoencoder (as the DEC literature quotes them)."
    )


def style_and_class(image: int) -> None:
    """One style under all classes, and planes of style and of a plain VAE's latent."""
    checkpoint = measured.bundled("semi-supervised")
    if checkpoint is None or not isinstance(checkpoint.model, SemiSupervisedVAE):
        st.info("The semi-supervised VAE is missing from checkpoints/; restore the folder.")
        return
    model = checkpoint.model
    test = measured.images("test")
    chosen = [image, *np.linspace(3, len(test.label_N) - 4, _STYLES).astype(int).tolist()]
    x_BD = test.x_ND[torch.tensor(chosen)]
    rows_BKD = measured.all_classes(model, x_BD)
    sheet = np.concatenate([x_BD[:, None].numpy(), rows_BKD], axis=1)
    left, right = st.columns([1.15, 1], gap="medium")
    left.image(
        to_png(sheet.reshape(-1, sheet.shape[-1]), (28, 28), columns=11, scale=3),
        width="stretch",
        caption="Left an image, the chosen one on top; then its style z as each class from 0 to 9.",
    )
    left.markdown(
        "q(y|x) guesses the class and q(z|x, y) what is left: slant, width, weight of the stroke. "
        "Keep z, change y, and the same hand writes another digit."
    )
    loaded = measured.bundled_vae(_WIDE)
    if loaded is None:
        return
    found = measured.styles(checkpoint, loaded)
    with right:
        show_chart(
            styles_figure(
                {
                    "M2: style z": found.style_N2,
                    "plain VAE: z": found.latent_N2,
                },
                test.label_N.numpy(),
                _NAMES,
                CLASS_COLOURS,
            ),
            "labels_styles",
            about=origins.styles(checkpoint, loaded),
        )
    right.caption(
        "First two principal components, 1,000 test images by true class. The nearest neighbour's "
        f"class is right for {found.style_vote:.0f}% of them by style and {found.latent_vote:.0f}% "
        "by a plain VAE's latent: much of what tells the class went into y (chance: 10%)."
    )


def energies(image: int) -> None:
    """Free energies of an image under each class, and the filters."""
    checkpoint = measured.bundled("classification-rbm")
    if checkpoint is None or not isinstance(checkpoint.model, ClassificationRBM):
        st.info("The classification RBM is missing from checkpoints/; restore the folder.")
        return
    energy_K = measured.free_energies(checkpoint.model, measured.images("test").x_ND[image])
    left, right = st.columns([1, 1.2], gap="medium")
    about = origins.of_image([("RBM", checkpoint)], image, "An energy for every class")
    show_chart(energies_figure(energy_K, _NAMES), "labels_energies", about=about, at=left)
    left.markdown(
        "p(y|x) = exp(−F(x, y)) / Σ exp(−F(x, y′)): the hidden units are summed out exactly, so "
        "the probabilities need no sampling. The lowest free energy wins; a nat more is e times "
        "less likely."
    )
    right.image(
        to_png(
            measured.strongest_filters(checkpoint.model, _FILTERS),
            (28, 28),
            columns=12,
            scale=2,
        ),
        width="stretch",
        caption=f"the {_FILTERS} strongest of {len(checkpoint.model.filters_HD)} filters: white "
        "pixels speak for the hidden unit, black ones against it",
    )
