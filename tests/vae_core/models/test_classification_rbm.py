"""The classification RBM against sums over every state it can take."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models.classification_rbm import ClassificationRBM
from vae_core.models.classifier import PartlyLabelled

CLASSES, PIXELS, HIDDEN = 3, 4, 3
CONFIG = ModelConfig(
    model="classification-rbm", image_shape=(2, 2), hidden=(HIDDEN,), classes=CLASSES
)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model() -> ClassificationRBM:
    model = ClassificationRBM.create(CONFIG, seeded(0)).double()
    random = np.random.default_rng(5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.from_numpy(random.normal(0, 0.8, tuple(parameter.shape))))
    return model


@pytest.fixture
def x_BD() -> torch.Tensor:
    return (torch.rand(6, PIXELS, generator=seeded(1)) < 0.5).double()


@pytest.fixture
def label_B() -> torch.Tensor:
    return torch.tensor([0, 2, 1, 1, 0, 2])


class Table:
    """exp(-E) of every (x, y, h) of a tiny model, in NumPy."""

    def __init__(self, model: ClassificationRBM) -> None:
        named = {name: p.detach().numpy() for name, p in model.named_parameters()}
        self.weights = [named[name] for name in (
            "filters_HD", "pixel_bias_D", "hidden_bias_H", "class_bias_K", "class_weights_KH"
        )]  # fmt: skip
        self.images = [np.array(x) for x in itertools.product([0.0, 1.0], repeat=PIXELS)]
        self.hidden = [np.array(h) for h in itertools.product([0.0, 1.0], repeat=HIDDEN)]

    def weight(self, x, label: int, h) -> float:
        w, b, c, d, u = self.weights
        return float(np.exp(h @ w @ x + b @ x + c @ h + d[label] + u[label] @ h))

    def joint(self, x, label: int) -> float:
        return sum(self.weight(x, label, h) for h in self.hidden)

    def class_posterior(self, x) -> np.ndarray:
        joint_K = np.array([self.joint(x, label) for label in range(CLASSES)])
        return joint_K / joint_K.sum()

    def statistics(self, states) -> list[np.ndarray]:
        """Mean of -dE/dparameter over (x, label, h, weight)."""
        total, sums = 0.0, [np.zeros_like(weight) for weight in self.weights]
        for x, label, h, weight in states:
            one_hot = np.eye(CLASSES)[label]
            parts = (np.outer(h, x), x, h, one_hot, np.outer(one_hot, h))
            for sum_, part in zip(sums, parts, strict=True):
                sum_ += weight * part
            total += weight
        return [sum_ / total for sum_ in sums]

    def generative_gradients(self, x_BD, known) -> list[np.ndarray]:
        """Gradients of the mean of -log p(x, y), or -log p(x) where ``known`` lists all classes."""
        everything = [
            (x, label, h, self.weight(x, label, h))
            for x in self.images for label in range(CLASSES) for h in self.hidden
        ]  # fmt: skip
        model = self.statistics(everything)
        gradients = [np.zeros_like(part) for part in model]
        for x, labels in zip(x_BD, known, strict=True):
            data = self.statistics(
                (x, label, h, self.weight(x, label, h)) for label in labels for h in self.hidden
            )
            for gradient, ours, theirs in zip(gradients, data, model, strict=True):
                gradient += (theirs - ours) / len(x_BD)
        return gradients


def test_class_probabilities_are_those_of_the_enumerated_hidden_states(model, x_BD):
    table = Table(model)
    ours_BK = model.log_probabilities(x_BD).exp().detach().numpy()
    for ours_K, x in zip(ours_BK, x_BD.numpy(), strict=True):
        np.testing.assert_allclose(ours_K, table.class_posterior(x), atol=1e-12)


def test_the_free_energy_sums_the_hidden_states(model, x_BD, label_B):
    table = Table(model)
    ours_B = model.free_energy(x_BD, label_B).detach().numpy()
    theirs_B = [
        -np.log(table.joint(x, label))
        for x, label in zip(x_BD.numpy(), label_B.tolist(), strict=True)
    ]
    np.testing.assert_allclose(ours_B, theirs_B, atol=1e-12)
    everywhere_BK = model.free_energies(x_BD).detach()
    assert torch.equal(everywhere_BK.gather(1, label_B[:, None])[:, 0].double(),
                       torch.from_numpy(ours_B))  # fmt: skip


def test_discriminative_gradients_are_those_of_finite_differences(model, x_BD, label_B):
    ours = model.discriminative_gradients(x_BD, label_B)

    def loss() -> float:
        table = Table(model)
        return -np.mean([
            np.log(table.class_posterior(x)[label])
            for x, label in zip(x_BD.numpy(), label_B.tolist(), strict=True)
        ])  # fmt: skip

    step = 1e-5
    for parameter, gradient in zip(model.parameters(), ours, strict=True):
        flat = parameter.data.view(-1)
        for place in range(len(flat)):
            value = flat[place].item()
            flat[place] = value + step
            above = loss()
            flat[place] = value - step
            below = loss()
            flat[place] = value
            slope = (above - below) / (2 * step)
            assert gradient.view(-1)[place].item() == pytest.approx(slope, abs=1e-8)


def many_chains(model, x_BD, class_BK, steps: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Mean of contrastive-divergence gradients over repeats, and its standard error."""
    copies, repeats, generator = 100, 60, seeded(9)
    runs = [
        model.generative_gradients(
            x_BD.repeat(copies, 1), class_BK.repeat(copies, 1), generator, steps
        )
        for _ in range(repeats)
    ]
    stacked = [np.stack([run[place].numpy() for run in runs]) for place in range(5)]
    return (
        [values.mean(0) for values in stacked],
        [values.std(0, ddof=1) / repeats**0.5 for values in stacked],
    )


@pytest.mark.parametrize("labels_known", [True, False])
def test_long_chains_give_the_enumerated_likelihood_gradient(model, x_BD, label_B, labels_known):
    if labels_known:
        class_BK, known = F.one_hot(label_B, CLASSES).double(), [[k] for k in label_B.tolist()]
    else:
        class_BK, known = model.log_probabilities(x_BD).exp().detach(), [list(range(CLASSES))] * 6
    exact = Table(model).generative_gradients(x_BD.numpy(), known)
    means, errors = many_chains(model, x_BD, class_BK, steps=30)
    for ours, error, theirs in zip(means, errors, exact, strict=True):
        assert (np.abs(ours - theirs) <= 4 * error + 1e-12).all()


def test_one_step_is_biased(model, x_BD, label_B):
    exact = Table(model).generative_gradients(x_BD.numpy(), [[k] for k in label_B.tolist()])
    means, errors = many_chains(model, x_BD, F.one_hot(label_B, CLASSES).double(), steps=1)
    assert max(
        (np.abs(ours - theirs) / error).max()
        for ours, error, theirs in zip(means, errors, exact, strict=True)
    ) > 10  # fmt: skip


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_hybrid_mixes_both_gradients(model, x_BD, label_B, weight):
    seen = PartlyLabelled(x_BD[:4], label_B[:4], x_BD[4:], labelled_share=0.2)
    ours = model.objective_gradients(seen, TrainConfig(generative_weight=weight), 1.0, seeded(3))
    expected = [(1 - weight) * g for g in model.discriminative_gradients(seen.x_LD, seen.label_L)]
    generator = seeded(3)
    one_hot_LK = F.one_hot(seen.label_L, CLASSES).double()
    labelled = model.generative_gradients(seen.x_LD, one_hot_LK, generator)
    guess_BK = model.log_probabilities(seen.x_BD).exp().detach()
    unlabelled = model.generative_gradients(seen.x_BD, guess_BK, generator)
    for place, gradient in enumerate(ours):
        theirs = expected[place] + weight * (labelled[place] + unlabelled[place]) / 2
        torch.testing.assert_close(gradient, theirs, atol=1e-12, rtol=0)


def test_more_than_one_hidden_layer_is_refused():
    config = ModelConfig(model="classification-rbm", hidden=(5, 5))
    with pytest.raises(ValueError, match="one layer of hidden units"):
        ClassificationRBM(config)
