"""The browser's types name what Python sends: the same fields, nothing more or less."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from tests.vae_core.web.helpers import declared
from vae_core.config import Change, ModelConfig
from vae_core.exact.posteriors import GaussianQ
from vae_core.planes.projections import identity_plane
from vae_core.web import specs
from vae_core.web.code_data import code_data
from vae_core.web.posterior_data import Field, pack_field, posterior_data
from vae_core.web.run_data import run_data


@pytest.mark.parametrize(
    "record",
    [
        specs.ValuesSpec,
        specs.FieldSpec,
        specs.Level,
        specs.ContourSpec,
        specs.PlaneSpec,
        specs.Look,
        specs.Marker,
    ],
)
def test_a_record_of_the_plane(record):
    assert declared("latent", record.__name__) == {field.name for field in fields(record)}


def test_the_data_of_a_posterior():
    field = Field((-1, 1, -1, 1), np.zeros((3, 3)))
    q = GaussianQ(np.zeros(2), np.zeros(2))
    data = posterior_data(
        image="a-1",
        fields=[field, field],
        log_p=-80.0,
        mode_Z=np.zeros(2),
        mean_Z=np.zeros(2),
        encoder=q,
        hand=None,
        path=[q],
        climbs=1,
        height=400,
    )
    assert declared("posterior", "PosteriorData") == set(data)
    assert declared("posterior", "PackedField") == set(pack_field(field))
    assert data["encoder"] == {"mu": [0, 0], "sigma": [1, 1]}
    assert declared("posterior", "Gaussian") == {"mu", "sigma"}


def test_the_browser_gets_the_grid_row_by_row():
    packed = pack_field(Field((-1, 1, -1, 1), np.arange(9.0).reshape(3, 3)))
    sent = np.frombuffer(b64decode(str(packed["values"])), "<f4")
    np.testing.assert_array_equal(sent, np.arange(9))
    assert (packed["steps"], packed["bounds"]) == (3, [-1, 1, -1, 1])


def test_the_data_of_a_run():
    mu_NZ = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    data: dict[str, Any] = run_data(
        plane=identity_plane(mu_NZ),
        label_N=np.zeros(20, np.int64),
        latent_dim=2,
        image_shape=(2, 3),
        logvar_NZ=np.zeros((20, 2), np.float32),
        pictures_SD=np.zeros((4, 6)),
        shown_epoch=1,
        class_names=["0"],
        colours=["#000000", "#ffffff"],
        curve=[{"epoch": 0, "reconstruction_nll": 3.0, "kl": 1.0, "elbo": -4.0}],
        dimension_kl=[[0.25, 0.75]],
        changes=[Change(1, "beta", 0.0)],
        epochs=2,
        height=400,
    )
    assert declared("run", "RunData") == set(data)
    assert declared("run", "PlaneData") == set(data["plane"])
    assert declared("run", "SheetData") == set(data["sheet"])
    assert declared("run", "Panel") == set(data["panels"][1])
    assert data["panels"][1]["parts"] == [[0.25], [0.75]], "by part, then by epoch"
    assert (data["sheet"]["height"], data["sheet"]["width"]) == (4, 6)
    sigma = np.frombuffer(b64decode(data["plane"]["sigma"]), "<f4")
    np.testing.assert_array_equal(sigma, np.ones(40))
    assert data["changes"] == [{"epoch": 1, "text": "KL off"}]
    assert data["colours"] == ["#000000"]


def test_the_data_of_a_code():
    config = ModelConfig(
        model="categorical-vae", image_shape=(1, 3), latent_dim=2, categories=4, decoder_hidden=(5,)
    )
    data = code_data(
        config=config,
        decoder_url="d",
        probability_NK=np.full((2, 4), 0.25, np.float32),
        image_D=np.array([0.0, 0.5, 1.0]),
    )
    assert declared("code", "CodeData") == set(data)
    assert data["layers"] == [8, 5, 3]
    assert list(b64decode(str(data["image"]))) == [0, 128, 255]
