"""The pages, and what is changed on each, for the tests of links."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """A page and what is changed on it: key of a control -> what it is to show.

    An arrow moves a slider, "on" and "off" a toggle; the order counts, since some controls come
    with the value of another.
    """

    address: str
    changes: dict[str, str]
    shared: dict[str, str] = field(default_factory=dict)  # set beforehand, through the address


CASES = {
    "latent space": Case(
        "",
        {
            "model": "MNIST 2-D, β = 4",
            "shapes": "on",
            "points": "one sample per image",
            "ellipses": "none",
            "backdrop": "decoded images",
            "layout": "prior's quantiles",
            "opacity": "→",
            "contours": "each class",
            "rings": "none",
        },
    ),
    "latent space, values": Case("", {"colour": "overlap", "backdrop": "density of q(z)"}),
    "latent space, axes": Case(
        "", {"projection": "axes", "axis_x": "z9", "axis_y": "z2"}, {"model": "mnist-16d-beta-1"}
    ),
    "latent space, UMAP": Case(
        "",
        {"umap_neighbours": "→", "umap_min_dist": "→"},
        {"model": "mnist-16d-beta-1", "projection": "umap"},
    ),
    "interpolate": Case(
        "interpolate",
        {
            "walk_kind": "straight",
            "walk_start_class": "2",
            "walk_start_number": "5",
            "walk_end_class": "8",
            "walk_share": "→",
            "walk_next": "end 1",
        },
    ),
    "interpolate, pins": Case(
        "interpolate",
        {"walk_start_pin": "C", "walk_end_pin": "A"},
        {"pins": "A17~B0.5000_-1.2500~C40"},
    ),
    "KL switch": Case("kl_switch", {"beta": "→"}, {"place": "17"}),
    "overlap": Case(
        "overlap",
        {
            "overlap_from": "3",
            "overlap_to": "5",
            "overlap_pairs": "of any classes",
            "overlap_scale": "→",
        },
        {"place": "0.5000_-1.2500"},
    ),
    "ELBO": Case("elbo", {"elbo_class": "7", "elbo_number": "3", "elbo_sample": "1,000"}),
    "surgery": Case("surgery", {"model": "MNIST 2-D, β = 4"}),
    "likelihood": Case(
        "likelihood",
        {"elbo_class": "5", "elbo_number": "2", "likelihood_p": "→", "likelihood_sigma": "→"},
    ),
    "reparameterisation": Case(
        "reparameterisation",
        {
            "path_mu": "→",
            "path_sigma": "→",
            "path_eps": "→",
            "toy_mu": "→",
            "toy_sigma": "→",
            "toy_scale": "off",
            "elbo_class": "4",
            "decoder_scale": "on",
        },
    ),
    "missing labels": Case(
        "missing_labels",
        {
            "labels_kept": "→",
            "labels_class": "6",
            "labels_number": "2",
            "labels_method": "Small MLP",
            "labels_train_seed": "3",
            "labels_vae": "16",
            "labels_clusters": "→",
            "labels_seed": "1",
        },
    ),
    "discrete latents": Case(
        "discrete",
        {
            "discrete_temperature": "→",
            "discrete_weight_A": "→",
            "discrete_show": "density",
            "discrete_class": "8",
            "discrete_number": "4",
            "discrete_draws": "→",
        },
    ),
    "train": Case(
        "train",
        {
            "train_model": "Categorical VAE",
            "train_preset": "Cure it with a warm-up",
            "train_dataset": "Digits 8x8",
            "train_size": "3 of 256 units",
            "train_latent_dim": "5",
            "train_beta": "3",
            "train_epochs": "7",
            "train_seed": "2",
            "train_categories": "4",
            "train_straight": "on",
            "train_tau": "2",
            "train_likelihood": "Gaussian, σ fixed",
            "train_sigma": "0.3",
            "train_warm_up": "4",
        },
    ),
    "sweep": Case(
        "sweep",
        {
            "sweep_dataset": "Digits 8x8",
            "sweep_betas": "1, 3",
            "sweep_seeds": "5",
            "sweep_latent_dim": "4",
            "sweep_epochs": "6",
        },
    ),
}
