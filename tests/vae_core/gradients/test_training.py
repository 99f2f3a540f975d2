"""A whole run with each estimator."""

from __future__ import annotations

from typing import Any

import pytest

from vae_core.config import ESTIMATORS, TrainConfig
from vae_core.training.vae import train


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_run_with_either_estimator_learns_and_says_so(estimator, model_config, images, held_out):
    config = TrainConfig(epochs=6, batch_size=299, learning_rate=1e-2, seed=3, estimator=estimator)
    reports = list(train(model_config, config, images, held_out))  # batches of 299 and 1
    assert reports[-1].elbo > reports[0].elbo + 1


def test_the_estimator_changes_the_run_and_the_default_is_the_path(model_config, images, held_out):
    elbos = {}
    for estimator in (None, *ESTIMATORS):
        settings: dict[str, Any] = {} if estimator is None else {"estimator": estimator}
        config = TrainConfig(epochs=1, batch_size=64, learning_rate=1e-2, seed=3, **settings)
        *_, last = train(model_config, config, images, held_out)
        elbos[estimator] = last.elbo
    assert elbos[None] == elbos["pathwise"]
    assert len(set(elbos.values())) == 3


def test_an_unknown_estimator_is_one_sentence():
    with pytest.raises(ValueError, match="estimator must be one of pathwise, score-function"):
        TrainConfig(estimator="reinforce")  # type: ignore[arg-type]
