"""What a saved checkpoint holds, and what comes back of it."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import torch

from vae_core.evaluation.evaluate import evaluate
from vae_core.storage.checkpoints import (
    load_checkpoint,
    save_checkpoint,
)

# --- what is saved is what is loaded


def test_the_loaded_model_gives_the_same_elbo_bit_for_bit(checkpoint, checkpoint_path, held_out):
    loaded = load_checkpoint(checkpoint_path)
    for name, weight in checkpoint.model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], weight)
    ours = evaluate(checkpoint.model, held_out.x_ND, seed=1)
    theirs = evaluate(loaded.vae, held_out.x_ND, seed=1)
    assert torch.equal(ours.reconstruction_nll_B, theirs.reconstruction_nll_B)
    assert torch.equal(ours.kl_B, theirs.kl_B)


def test_the_story_of_the_model_travels_with_it(checkpoint, checkpoint_path):
    loaded = load_checkpoint(checkpoint_path)
    assert loaded.model_config == checkpoint.model_config
    assert loaded.train_config == checkpoint.train_config
    assert loaded.history == checkpoint.history
    assert loaded.created == checkpoint.created
    assert loaded.versions == checkpoint.versions
    assert loaded.dataset == "mnist-5k"
    assert loaded.digest == hashlib.sha256(checkpoint_path.read_bytes()).hexdigest()
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


def test_the_file_is_plain_safetensors_with_the_promised_metadata(checkpoint_path):
    with safetensors.safe_open(checkpoint_path, "np") as file:
        metadata = file.metadata()
        assert {file.get_tensor(key).dtype for key in file.keys()} == {np.dtype("float32")}  # noqa: SIM118
    assert metadata["format"] == "latent-explorer"
    assert metadata["format_version"] == "2"
    assert metadata["dataset"] == "mnist-5k"
    assert json.loads(metadata["config"])["model"]["latent_dim"] == 2
    assert json.loads(metadata["history"])[0]["epoch"] == 0
    assert metadata["created"].endswith("+00:00")
    assert "torch" in json.loads(metadata["library versions"])


def test_a_half_size_file_holds_the_rounded_model(checkpoint, tmp_path):
    path = save_checkpoint(checkpoint, tmp_path / "half.safetensors", half=True)
    loaded = load_checkpoint(path).model.state_dict()
    for name, weight in checkpoint.model.state_dict().items():
        rounded = weight.numpy().astype(np.float16).astype(np.float32)
        np.testing.assert_array_equal(loaded[name].numpy(), rounded)
        assert loaded[name].dtype == torch.float32


def test_a_failed_save_leaves_nothing_behind(checkpoint, tmp_path):
    (tmp_path / "model.safetensors").mkdir()  # the rename will fail
    with pytest.raises(OSError, match=r"model\.safetensors"):
        save_checkpoint(checkpoint, tmp_path / "model.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
