"""M2's bounds against torch.distributions, loops over classes, and a model of known evidence."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional as F

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models import semi_supervised
from vae_core.models.classifier import PartlyLabelled
from vae_core.models.semi_supervised import SemiSupervisedVAE

CLASSES, PIXELS, LATENT = 3, 6, 2
CONFIG = ModelConfig(
    model="semi-supervised",
    image_shape=(2, 3),
    latent_dim=LATENT,
    hidden=(8, 7),
    decoder_hidden=(9,),
    classes=CLASSES,
)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model() -> SemiSupervisedVAE:
    model = SemiSupervisedVAE.create(CONFIG, seeded(0)).double()
    with torch.no_grad():  # biases of their own, so that none of them can be left out unseen
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=seeded(parameter.numel())))
    return model


@pytest.fixture
def x_BD() -> torch.Tensor:
    return (torch.rand(5, PIXELS, generator=seeded(1)) < 0.5).double()


@pytest.fixture
def noise_BZ() -> torch.Tensor:
    return torch.randn(5, LATENT, generator=seeded(2), dtype=torch.float64)


def bound_of(model, x_D, label: int, noise_Z) -> float:
    """log p(x|y,z) + log p(y) - KL for one image, from the nets' inputs on."""
    one_hot_K = F.one_hot(torch.tensor(label), CLASSES).double()
    mu_Z, logvar_Z = model.nets.encoder(torch.cat([x_D, one_hot_K])).chunk(2)
    q = Normal(mu_Z, torch.exp(logvar_Z / 2))
    z_Z = q.mean + q.stddev * noise_Z
    pixels = Bernoulli(logits=model.nets.decoder(torch.cat([z_Z, one_hot_K])))
    prior = Normal(torch.zeros_like(mu_Z), torch.ones_like(mu_Z))
    log_joint = pixels.log_prob(x_D).sum() - math.log(CLASSES)
    return (log_joint - kl_divergence(q, prior).sum()).item()


def test_the_labelled_bound_is_the_sum_of_its_three_terms(model, x_BD, noise_BZ):
    label_B = torch.tensor([0, 1, 2, 2, 0])
    ours_B = model.labelled_bound(x_BD, label_B, noise_BZ)
    for ours, x_D, label, noise_Z in zip(ours_B, x_BD, label_B, noise_BZ, strict=True):
        assert ours.item() == pytest.approx(bound_of(model, x_D, int(label), noise_Z), abs=1e-10)


def test_the_unlabelled_bound_is_the_expectation_over_classes_plus_the_entropy(
    model, x_BD, noise_BZ
):
    ours_B = model.unlabelled_bound(x_BD, noise_BZ)
    for ours, x_D, noise_Z in zip(ours_B, x_BD, noise_BZ, strict=True):
        q_K = torch.softmax(model.nets.classifier(x_D), dim=0).tolist()
        theirs = sum(
            q * (bound_of(model, x_D, label, noise_Z) - math.log(q)) for label, q in enumerate(q_K)
        )
        assert ours.item() == pytest.approx(theirs, abs=1e-10)


def without_style(model: SemiSupervisedVAE) -> SemiSupervisedVAE:
    """p(x|y,z) = p(x|y) and q(z|x,y) = p(z): the posterior of z is the prior, exactly."""
    with torch.no_grad():
        model.nets.decoder[0].weight[:, :LATENT] = 0
        model.nets.encoder[-1].weight.zero_()
        model.nets.encoder[-1].bias.zero_()
    return model


def class_posterior(model, x_D) -> tuple[float, list[float]]:
    """log p(x), and log p(y|x) of every class, by Bayes' rule over the classes."""
    log_joint = []
    for label in range(CLASSES):
        one_hot_K = F.one_hot(torch.tensor(label), CLASSES).double()
        logits_D = model.nets.decoder(torch.cat([torch.zeros(LATENT).double(), one_hot_K]))
        log_joint.append(Bernoulli(logits=logits_D).log_prob(x_D).sum().item() - math.log(CLASSES))
    evidence = math.log(sum(math.exp(value) for value in log_joint))
    return evidence, [value - evidence for value in log_joint]


def test_the_unlabelled_gap_is_the_kl_from_the_guessed_to_the_true_class(model, x_BD, noise_BZ):
    model = without_style(model)
    ours_B = model.unlabelled_bound(x_BD, noise_BZ)
    for ours, x_D in zip(ours_B, x_BD, strict=True):
        evidence, log_p_K = class_posterior(model, x_D)
        q_K = torch.softmax(model.nets.classifier(x_D), dim=0).tolist()
        gap = sum(q * (math.log(q) - log_p) for q, log_p in zip(q_K, log_p_K, strict=True))
        assert gap > 1e-3  # else nothing was tested
        assert evidence - ours.item() == pytest.approx(gap, abs=1e-10)


def test_leaving_unlikely_classes_out_is_exact_for_the_cut_guess_and_still_a_bound(
    model, x_BD, noise_BZ
):
    model = without_style(model)
    with torch.no_grad():
        model.nets.classifier[-1].bias.copy_(torch.tensor([0.0, 0.0, -6.0]))
    cut = 0.02
    ours_B = model.nets.unlabelled_bound(x_BD, noise_BZ, ignore_below=cut)
    fewer = 0
    for ours, x_D in zip(ours_B, x_BD, strict=True):
        evidence, log_p_K = class_posterior(model, x_D)
        q_K = torch.softmax(model.nets.classifier(x_D), dim=0).tolist()
        kept = [label for label, q in enumerate(q_K) if q >= cut]
        fewer += len(kept) < CLASSES
        total = sum(q_K[label] for label in kept)
        gap = sum(
            q_K[label] / total * (math.log(q_K[label] / total) - log_p_K[label]) for label in kept
        )
        assert evidence - ours.item() == pytest.approx(gap, abs=1e-10)
        assert ours.item() <= evidence + 1e-8
    assert fewer


def test_the_objective_weighs_both_bounds_and_the_classification_loss(
    model, x_BD, noise_BZ, monkeypatch
):
    monkeypatch.setattr(semi_supervised, "IGNORE_BELOW", 0.0)
    noises = iter([noise_BZ[:2], noise_BZ[2:]])
    monkeypatch.setattr(torch, "randn", lambda *_, **__: next(noises))
    label_L = torch.tensor([2, 0])
    seen = PartlyLabelled(x_BD[:2], label_L, x_BD[2:], labelled_share=0.25)
    ours = model.objective_gradients(seen, TrainConfig(alpha=7.0), 3.0, seeded(0))

    loss = 7.0 * F.cross_entropy(model.nets.classifier(x_BD[:2]), label_L)
    loss = loss - 0.25 * model.labelled_bound(x_BD[:2], label_L, noise_BZ[:2]).mean()
    loss = loss - 0.75 * model.unlabelled_bound(x_BD[2:], noise_BZ[2:]).mean()
    prior = Normal(0.0, 1.0)  # beta = 3: the KL of the style counts twice more
    for label in range(CLASSES):
        mu_BZ, logvar_BZ = model.encode(x_BD, torch.full((5,), label))
        kl_B = kl_divergence(Normal(mu_BZ, torch.exp(logvar_BZ / 2)), prior).sum(-1)
        q_B = torch.softmax(model.nets.classifier(x_BD), dim=1)[:, label]
        loss = loss + 2 * (0.25 * (kl_B[:2] * (label_L == label)).mean())
        loss = loss + 2 * (0.75 * (kl_B[2:] * q_B[2:]).mean())
    theirs = torch.autograd.grad(loss, list(model.parameters()))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=1e-10, rtol=0)


def test_without_unlabelled_images_their_bound_is_not_there(model, x_BD):
    seen = PartlyLabelled(x_BD, torch.tensor([0, 1, 2, 2, 0]), x_BD[:0], labelled_share=1.0)
    model = model.float()
    seen = dataclasses.replace(seen, x_LD=x_BD.float(), x_BD=x_BD[:0].float())
    for gradient in model.objective_gradients(seen, TrainConfig(), 1.0, seeded(0)):
        assert torch.isfinite(gradient).all()


def test_one_style_can_be_decoded_as_every_class(model):
    z_Z = torch.tensor([0.5, -1.0], dtype=torch.float64)
    images_KD = model.decode(z_Z.expand(CLASSES, LATENT), torch.arange(CLASSES))
    for label, image_D in enumerate(images_KD):
        joined = torch.cat([z_Z, F.one_hot(torch.tensor(label), CLASSES).double()])
        torch.testing.assert_close(image_D, torch.sigmoid(model.nets.decoder(joined)))
    assert not torch.allclose(images_KD[0], images_KD[1])


def test_learned_noise_is_refused():
    config = dataclasses.replace(CONFIG, likelihood="gaussian-learned")
    with pytest.raises(ValueError, match="no learned noise"):
        SemiSupervisedVAE(config)


def test_gaussian_pixels_have_the_configured_noise(x_BD, noise_BZ):
    config = dataclasses.replace(CONFIG, likelihood="gaussian", noise_sd=0.3)
    model = without_style(SemiSupervisedVAE.create(config, seeded(0)).double())
    label_B = torch.tensor([0, 1, 2, 2, 0])
    mean_BD = model.decode(torch.zeros_like(noise_BZ), label_B)
    theirs_B = Normal(mean_BD, 0.3).log_prob(x_BD).sum(-1) - math.log(CLASSES)
    torch.testing.assert_close(model.labelled_bound(x_BD, label_B, noise_BZ), theirs_B)
