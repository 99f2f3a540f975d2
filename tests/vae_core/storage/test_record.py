"""training_record(): what was done is told from the history, not from what was asked for."""

from __future__ import annotations

import pytest
import torch

from vae_core.config import Change, ModelConfig, TrainConfig
from vae_core.models import latent_model
from vae_core.storage.checkpoints import (
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from vae_core.storage.header import CheckpointError
from vae_core.storage.record import ENDINGS, Ended, training_record, worse_than_start

BETA_1 = TrainConfig(epochs=26)


def point(epoch: float, nll: float = 100.0, kl: float = 5.0, **more: float) -> dict[str, float]:
    return {"epoch": epoch, "reconstruction_nll": nll, "kl": kl, "elbo": -nll - kl, **more}


def history(last: float) -> list[dict[str, float]]:
    whole = [point(epoch, nll=500.0 / (1 + epoch)) for epoch in range(int(last) + 1)]
    return whole if last == int(last) else [*whole, point(last)]


@pytest.mark.parametrize(
    ("last", "ended", "said"),
    [
        (26, "done", "26 epochs"),
        (26, "unknown", "26 epochs"),  # an older file that is whole
        (17.840336, "stopped", "17.84 of 26 epochs, stopped by hand"),
        (19, "limit", "19 of 26 epochs, stopped at the limit of time"),
        (19, "unwatched", "19 of 26 epochs, stopped because nobody watched"),
        (1, "diverged", "1 of 26 epochs, then it diverged"),
        (0, "diverged", "0 of 26 epochs, then it diverged"),
        (3, "cut off", "3 of 26 epochs, cut off"),
        (3, "failed", "3 of 26 epochs, then it failed"),  # the disk was full
        (3, "unfinished", "3 of 26 epochs"),  # it goes on
        (19, "unknown", "19 of 26 epochs, ended early"),  # an older file that is not
    ],
)
def test_epochs_done_and_why_there_are_no_more(last: float, ended: Ended, said: str):
    record = training_record(history(last), BETA_1, 2, ended=ended)
    assert record.epochs == last
    assert record.epochs_in_words == record.in_words == said
    assert bool(record.traits) == (said != "26 epochs")


def test_a_file_without_a_history_claims_nothing():
    record = training_record([], BETA_1, 2)
    assert record.epochs is None
    assert record.in_words == "26 epochs asked for, not recorded how many were done"


def test_every_change_by_hand_is_told_with_its_time():
    changes = [
        Change(5.2, "beta", 0.0),
        Change(6.0, "learning_rate", 0.01),
        Change(10.7, "beta", None),
        Change(12.0, "beta", 4.0),
    ]
    record = training_record(history(17.84), BETA_1, 2, changes, "stopped")
    assert record.changes_in_words == (
        "KL off from epoch 5.2 to 10.7, learning rate 0.01 from epoch 6.0, β = 4 from epoch 12.0"
    )
    assert record.steered
    assert record.traits == ("steered", "17.84 of 26 epochs")
    assert record.changes_in_words in record.in_words


def test_the_weight_of_the_kl_is_that_of_the_last_step_where_it_is_recorded():
    assert training_record(history(3), TrainConfig(beta=2.0), 2).beta == 2.0
    switched_off = [*history(2), point(2.5, beta=0.0)]
    assert training_record(switched_off, TrainConfig(beta=2.0), 2).beta == 0.0


@pytest.mark.parametrize("kind", ["elbo", "classes"])
def test_worse_than_start_is_by_what_was_trained_for(kind):
    def worse(now: dict[str, float], then: dict[str, float], **settings: float) -> bool:
        return worse_than_start(now, then, TrainConfig(**settings), latent_dim=2)  # type: ignore[arg-type]

    if kind == "elbo":
        start = point(0, 50.0, 0.0)
        assert worse(point(1, 4e22, 1e23), start)
        assert worse(point(1, 40.0, 10.1), start)
        assert not worse(point(1, 40.0, 10.0), start)
        # Without the KL term the KL is nobody's concern: it is the page's own experiment.
        assert not worse(point(1, 20.0, 200.0), start, beta=0.0)
        assert not worse(point(1, 20.0, 200.0, beta=0.0), start)  # it was switched off by hand
        assert not worse(point(1, 40.0, 20.0), start, free_bits=10.0)
    else:
        start = {"epoch": 0, "accuracy": 0.1, "log_loss": 2.3}
        assert worse({"epoch": 1, "accuracy": 0.1, "log_loss": 1e9}, start)
        assert not worse({"epoch": 1, "accuracy": 0.7, "log_loss": 2.6}, start)  # only too sure
        assert not worse({"epoch": 1, "accuracy": 0.09, "log_loss": 2.6}, start)  # chance


def test_a_ruined_model_in_an_older_file_is_told():
    ruined = [point(0, 51.4, 0.03), point(1, 4e22, 1.1e23, skipped_steps=3)]
    record = training_record(ruined, TrainConfig(epochs=5, learning_rate=1000.0), 2)
    assert record.ruined
    assert record.in_words == "1 of 5 epochs, ended early, worse than untrained"
    assert record.traits == ("1 of 5 epochs", "diverged")


@pytest.mark.parametrize("ended", ENDINGS)
def test_the_end_is_in_the_file(ended: Ended, tmp_path):
    config = ModelConfig(image_shape=(4, 5), hidden=(4,), decoder_hidden=(4,))
    model = latent_model(config).create(config, torch.Generator().manual_seed(0))
    path = tmp_path / "a.safetensors"
    save_checkpoint(Checkpoint(model, BETA_1, history(3), [], ended), path)
    loaded = load_checkpoint(path)
    assert loaded.ended == ended
    assert loaded.record == training_record(history(3), BETA_1, 2, [], ended)


def test_an_end_that_is_none_is_refused(tmp_path):
    config = ModelConfig(image_shape=(4, 5), hidden=(4,), decoder_hidden=(4,))
    model = latent_model(config).create(config, torch.Generator().manual_seed(0))
    path = tmp_path / "a.safetensors"
    save_checkpoint(Checkpoint(model, BETA_1, ended="tired"), path)  # type: ignore[arg-type]
    with pytest.raises(CheckpointError, match="ended 'tired'"):
        load_checkpoint(path)
