"""What links said before options had ids: the English labels of then, and what they meant.

This table is history: it is not to follow what the choosers say today.
"""

from __future__ import annotations

import re

_MODEL = {
    "MNIST 16-D, β = 1": "mnist-16d-beta-1",
    "MNIST 2-D, β = 0": "mnist-2d-beta-0",
    "MNIST 2-D, β = 0.1": "mnist-2d-beta-0.1",
    "MNIST 2-D, β = 0.5": "mnist-2d-beta-0.5",
    "MNIST 2-D, β = 1": "mnist-2d-beta-1",
    "MNIST 2-D, β = 2": "mnist-2d-beta-2",
    "MNIST 2-D, β = 4": "mnist-2d-beta-4",
    "MNIST 2-D, β = 8": "mnist-2d-beta-8",
    "MNIST 2-D, β = 20": "mnist-2d-beta-20",
    "MNIST 2-D, β = 1, continuous Bernoulli": "mnist-2d-continuous-bernoulli",
    "MNIST 2-D, β = 1, Gaussian, σ fixed at 0.2": "mnist-2d-gaussian-0.2",
    "MNIST 2-D, β = 0.25, Gaussian, σ fixed at 0.4": "mnist-2d-gaussian-0.4",
    "MNIST 2-D, β = 1, Gaussian, σ learned": "mnist-2d-gaussian",
    "MNIST 20 × 10, β = 1": "mnist-categorical-20x10",
}

OLD_TEXTS: dict[str, dict[str, str]] = {
    "model": _MODEL,
    "discrete_model": _MODEL,
    "projection": {"latent space itself": "identity", "PCA": "pca", "UMAP": "umap"},
    "colour": {
        "KL": "kl",
        "reconstruction NLL": "reconstruction",
        "ELBO": "elbo",
        "posterior width": "width",
    },
    "points": {
        "posterior means": "means",
        "one sample per image": "sample",
        "new samples each second": "resample",
        "no points": "none",
    },
    "ellipses": {
        "under the pointer": "pointer",
        "of the selection": "selection",
        "of all images": "all",
    },
    "rings": {"2σ": "2", "1σ, 2σ, 3σ": "3"},
    "backdrop": {
        "decoded images": "manifold",
        "density of q(z)": "density",
        "holes: log q(z)/p(z)": "holes",
    },
    "contours": {"q(z)": "all", "each class": "class"},
    "layout": {"even steps": "regular", "prior's quantiles": "quantiles"},
}
"""Name in the link -> its text of then -> its text now, where they differ."""

# A saved model was named with its traits behind; names have no parentheses.
_SAVED = re.compile(r"([^()]+) \(.*\)")


def text_of_today(name: str, text: str) -> str:
    """What a link says today for what it may have said then."""
    known = OLD_TEXTS.get(name, {})
    if text in known:
        return known[text]
    if known is _MODEL and (saved := _SAVED.fullmatch(text)):
        return saved[1]
    return text
