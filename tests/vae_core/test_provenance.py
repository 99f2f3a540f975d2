"""Where a number comes from, as lines and as a file's name."""

from __future__ import annotations

import torch

from vae_core import __version__
from vae_core.provenance import Measurement, ModelSource, Provenance, Unmeasured, slug

MODEL = ModelSource("my model", "ab" * 32, "mnist-5k", "trained with β = 4, seed 7")
MEASURED = Measurement(
    "KL", "closed form", "none", "grey", "held-out", "none", "vae_core.models.elbo"
)


def test_a_provenance_says_all_that_a_person_needs():
    lines = dict(Provenance("The KL", [MEASURED], [MODEL], 1000).lines("http://host/surgery?x=1"))
    assert "my model" in lines["model"]
    assert "abab" in lines["model"]
    assert "seed 7" in lines["model"]
    assert lines["data"] == "mnist-5k, split test"
    assert lines["N"] == "1,000 images"
    for words in ("closed form", "draws: none", "pixels: grey", "vae_core.models.elbo"):
        assert words in lines["KL"]
    assert torch.__version__ in lines["versions"]
    assert __version__ in lines["versions"]
    assert lines["link"] == "http://host/surgery?x=1"
    assert __version__ in lines["cite"]


def test_a_file_is_named_after_model_and_content():
    assert Provenance("The KL", [], [MODEL]).file_stem == "my-model_the-kl"
    assert Provenance("The KL", [], [MODEL, MODEL]).file_stem == "2-models_the-kl"
    assert Provenance("The KL").file_stem == "the-kl"
    assert Unmeasured("A drawing", "It is a formula.").file_stem == "a-drawing"


def test_a_name_can_be_a_file_and_keeps_letters_of_every_script():
    assert slug("../β = 1: a/b\\c") == "β-=-1-a-b-c"
    assert slug("Модель №1") == "модель-1"
    assert slug("///") == "figure"


def test_what_was_not_measured_says_why():
    assert dict(Unmeasured("A drawing", "It is a formula.").lines())["source"] == "It is a formula."
