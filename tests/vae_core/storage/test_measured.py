"""What ships measured beside the bundled models: it is theirs, and what is measured anew."""

from __future__ import annotations

import numpy as np
import pytest

from vae_core.aggregate.best_decoder import reconstruction_cost
from vae_core.aggregate.overlap import measure_overlap
from vae_core.aggregate.surgery import surgery
from vae_core.data import binarise_fixed, load_split
from vae_core.evaluation.encodings import encode_images
from vae_core.evaluation.evaluate import evaluate
from vae_core.paths import BUNDLED
from vae_core.statistics import Estimate
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.library import list_models
from vae_core.storage.measured import (
    COST_DRAWS,
    SUFFIX,
    SURGERY_DRAWS,
    load_measured,
    save_measured,
)

NAMES = [entry.name for entry in list_models("vae") if entry.bundled]


def same(one: Estimate, other: Estimate) -> bool:
    """To the digits that another processor may round otherwise."""
    return bool(np.allclose([one.value, one.error], [other.value, other.error], rtol=1e-4))


@pytest.mark.parametrize("name", NAMES)
def test_every_bundled_vae_has_its_own(name: str) -> None:
    checkpoint = load_checkpoint(BUNDLED / f"{name}.safetensors")
    found = load_measured(BUNDLED / f"{name}{SUFFIX}", checkpoint.digest)
    assert found is not None
    assert found.surgery.images == len(found.overlap.equivocation_N) == 5000
    np.testing.assert_allclose(found.overlap.class_share_NK.sum(axis=1), 1, atol=1e-5)
    mean = found.overlap.equivocation_N.mean()
    assert mean == pytest.approx(found.overlap.equivocation.value, abs=1e-5)
    binary = checkpoint.model_config.likelihood == "bernoulli"
    assert [cost.scale for cost in found.costs] == [2 ** (k / 2) for k in range(-4, 5)] * binary


@pytest.mark.parametrize("name", ["mnist-2d-beta-1", "mnist-2d-gaussian-0.4"])
def test_what_ships_is_what_is_measured(name: str) -> None:
    checkpoint = load_checkpoint(BUNDLED / f"{name}.safetensors")
    assert (COST_DRAWS, SURGERY_DRAWS) == (600, 2), "as many as the files were made with"
    model, images = checkpoint.vae, load_split("mnist-55k", "test")
    found = load_measured(BUNDLED / f"{name}{SUFFIX}", checkpoint.digest)
    assert found is not None
    encoded = encode_images(model, images)
    posteriors = encoded.mu_NZ, encoded.logvar_NZ
    overlap = measure_overlap(*posteriors, images.label_N.numpy(), classes=10)
    assert same(found.overlap.equivocation, overlap.equivocation)
    assert same(found.overlap.identification_error, overlap.identification_error)
    np.testing.assert_allclose(found.overlap.class_share_NK, overlap.class_share_NK, atol=1e-4)
    nll_SN = [evaluate(model, images.x_ND, seed=n).reconstruction_nll_B.numpy() for n in (0, 1)]
    parts = surgery(*posteriors, np.stack(nll_SN), samples=2)
    assert found.surgery.kl == pytest.approx(parts.kl, rel=1e-5)
    for term in ("reconstruction_nll", "mutual_information", "marginal_kl", "sampled_kl"):
        assert same(getattr(found.surgery, term), getattr(parts, term)), term
    for place in range(0, len(found.costs), 4):
        shipped, binary_ND = found.costs[place], binarise_fixed(images.x_ND, seed=0)
        scale = 2 ** ((place - 4) / 2)
        cost = reconstruction_cost(model, binary_ND, *posteriors, scale=scale, draws=600)
        for term in ("equivocation", "best_nll", "model_nll", "best_squared_error", "collision"):
            assert same(getattr(shipped, term), getattr(cost, term)), (scale, term)


def test_another_models_and_damaged_ones_are_none(tmp_path) -> None:
    digest = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors").digest
    found = load_measured(BUNDLED / f"mnist-2d-beta-1{SUFFIX}", digest)
    assert found is not None
    path = tmp_path / "a.npz"
    save_measured(path, found, "one")
    again = load_measured(path, "one")
    assert again is not None
    assert (again.surgery, again.costs) == (found.surgery, found.costs)
    assert load_measured(path, "another") is None
    assert load_measured(tmp_path / "none.npz", "one") is None
    for content in (b"", b"no archive", path.read_bytes()[:-50]):
        path.write_bytes(content)
        assert load_measured(path, "one") is None
    np.savez(tmp_path / "b.npz", digest=np.array("one"), overlap=np.zeros((2, 2)))
    assert load_measured(tmp_path / "b.npz", "one") is None
