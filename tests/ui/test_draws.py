"""Every image has draws of its own: the errors of several images are independent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tests.pages.helpers import loaded
from ui.discrete import measured as discrete
from ui.elbo import measured as elbo
from ui.library.loaded import LoadedModel, encoder_q, images_of
from ui.likelihood import measured as likelihood
from ui.reparameterisation import measured as reparameterisation
from vae_core.exact.posteriors import GaussianQ
from vae_core.statistics import image_seed


def _q() -> GaussianQ:
    return encoder_q(loaded(), 0)


def _elbo(image: int) -> float:
    return uncached(elbo.elbo)(loaded(), image, _q()).value.value


def _bound(image: int) -> float:
    return uncached(elbo.bounds)(loaded(), image)[0].value.value


def _log_p(image: int) -> float:
    return uncached(elbo._sampled_evidence)(loaded(), image).value


def _pixels(image: int) -> float:
    return float(uncached(likelihood.pixel_costs)(loaded(), image).sum())


def _gradient(image: int) -> float:
    return uncached(reparameterisation.on_decoder)(loaded(), image).scatters["pathwise"].mean.value


def _value(image: int) -> float:
    return uncached(reparameterisation.on_decoder)(loaded(), image).value.value


def _discrete_nll(image: int) -> float:
    model = loaded("mnist-categorical-20x10")
    return uncached(discrete.image_terms)(model, image).reconstruction_nll.value


def _discrete_gradient(image: int) -> float:
    model = loaded("mnist-categorical-20x10")
    return uncached(discrete.comparison)(model, image).score.bias


def uncached(function: Any) -> Callable[..., Any]:
    found: Callable[..., Any] = function.__wrapped__
    return found


@pytest.mark.parametrize(
    "measure",
    [_elbo, _bound, _log_p, _pixels, _gradient, _value, _discrete_nll, _discrete_gradient],
)
def test_the_same_picture_under_another_number_has_other_draws(
    measure: Callable[[int], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def same(model: LoadedModel) -> torch.Tensor:
        return images_of(model)[:1].expand(10, -1)

    def same_q(model: LoadedModel, image: int) -> GaussianQ:
        del model, image
        return q

    evidence, q = elbo.evidence(loaded(), 0), _q()
    for module in (elbo, likelihood, reparameterisation, discrete):
        monkeypatch.setattr(module, "images_of", same)
    monkeypatch.setattr(elbo, "image_of", lambda model, image: same(model)[image].double().numpy())
    monkeypatch.setattr(elbo, "encoder_q", same_q)
    monkeypatch.setattr(elbo, "evidence", lambda *_: evidence)
    values = [measure(image) for image in (3, 3, 4)]
    assert values[0] == values[1] != values[2]


def test_seeds_of_images_do_not_meet_and_fit_a_generator() -> None:
    seeds = [image_seed(seed, image) for seed in range(3) for image in range(5000)]
    assert len(set(seeds)) == len(seeds)
    torch.Generator().manual_seed(max(seeds))
    assert np.mean(np.array(seeds, float)) / 2**62 == pytest.approx(1, abs=0.05)
