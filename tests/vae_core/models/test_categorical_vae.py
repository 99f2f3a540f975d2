"""The categorical VAE: its bound against enumeration, its gradient, training, files, commands."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core.config import ModelConfig, TrainConfig, from_dict, to_dict
from vae_core.data import LabelledImages
from vae_core.evaluation.encodings import prior_samples
from vae_core.evaluation.evaluate import evaluate
from vae_core.gradients.estimators import objective_gradients
from vae_core.models.categorical_vae import CategoricalVAE
from vae_core.models.elbo import Objective
from vae_core.storage.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from vae_core.training.schedules import temperature_at
from vae_core.training.vae import train

N, K = 3, 4
CONFIG = ModelConfig(
    model="categorical-vae",
    image_shape=(4, 5),
    latent_dim=N,
    categories=K,
    hidden=(16,),
    decoder_hidden=(12, 14),
)
CODES = list(itertools.product(range(K), repeat=N))


def make(config: ModelConfig = CONFIG, spread: float = 4.0) -> CategoricalVAE:
    """Weights of a new model, with an encoder that is sure of some of its choices."""
    model = CategoricalVAE.create(config, torch.Generator().manual_seed(3))
    with torch.no_grad():
        model.encoder[-1].weight.mul_(spread)
        model.decoder[0].weight.mul_(3)
    return model.requires_grad_(False)


def binary(count: int = 6) -> torch.Tensor:
    return torch.bernoulli(torch.full((count, 20), 0.4), generator=torch.Generator().manual_seed(1))


def code_tables(model: CategoricalVAE, x_BD: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """log q(code|x) and log p(x|code) of every image and code, plainly in NumPy, (B, K^N)."""
    p_BNK = model.encode(x_BD)[0].double().numpy().reshape(-1, N, K)
    log_q = np.array(
        [[sum(np.log(p[n, code[n]]) for n in range(N)) for code in CODES] for p in p_BNK]
    )
    z_CZ = np.zeros((len(CODES), N, K))
    for row, code in enumerate(CODES):
        z_CZ[row, range(N), code] = 1
    mean_CD = model.decode(torch.from_numpy(z_CZ.reshape(-1, N * K)).float()).double().numpy()
    x = x_BD.double().numpy()
    return log_q, x @ np.log(mean_CD).T + (1 - x) @ np.log1p(-mean_CD).T


def test_the_elbo_is_that_of_one_hot_codes_and_a_bound():
    model, x_BD = make(), binary()
    log_q_BC, log_p_x_BC = code_tables(model, x_BD)
    q_BC = np.exp(log_q_BC)
    np.testing.assert_allclose(q_BC.sum(axis=1), 1, atol=1e-5)
    log_prior = -N * math.log(K)
    kl_B = (q_BC * (log_q_BC - log_prior)).sum(axis=1)
    nll_B = -(q_BC * log_p_x_BC).sum(axis=1)
    log_p_B = np.logaddexp.reduce(log_p_x_BC + log_prior, axis=1)
    assert (-nll_B - kl_B <= log_p_B + 1e-6).all()

    draws = torch.stack(
        [evaluate(model, x_BD, seed=s, samples=1).reconstruction_nll_B for s in range(1500)]
    ).double()
    error_B = draws.std(dim=0).numpy() / math.sqrt(len(draws))
    assert (np.abs(draws.mean(dim=0).numpy() - nll_B) < 4 * error_B + 1e-5).all()
    terms = evaluate(model, x_BD, seed=0)
    np.testing.assert_allclose(terms.kl_B.numpy(), kl_B, atol=1e-4)
    # No draw lies between codes: z is one-hot.
    gap = np.abs(draws[:, :1].numpy() + log_p_x_BC[0]).min(axis=1)
    assert gap.max() < 1e-3


def test_codes_are_means_and_variances_of_one_hot_vectors():
    model, x_BD = make(), binary()
    mu_BZ, logvar_BZ = model.encode(x_BD)
    assert mu_BZ.shape == logvar_BZ.shape == (6, N * K)
    np.testing.assert_allclose(logvar_BZ.exp(), mu_BZ * (1 - mu_BZ), atol=1e-6)
    kl_BN = model.dimension_kl(mu_BZ, logvar_BZ)
    assert kl_BN.shape == (6, N)
    torch.testing.assert_close(kl_BN.sum(dim=1), evaluate(model, x_BD, seed=0).kl_B)


def test_a_hopelessly_unlikely_image_gives_finite_numbers():
    model = make(spread=1e4)
    for part in model.encode(binary()):
        assert torch.isfinite(part).all()
    terms = evaluate(model, binary(), seed=0)
    assert torch.isfinite(terms.elbo_B).all()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    model.requires_grad_()
    for gradient in model.objective_gradients(binary(), noise, Objective(temperature=0.01)):
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("straight", [False, True])
@pytest.mark.parametrize("free_bits", [0.0, 0.25])
def test_the_gradient_is_that_of_the_loss_by_finite_differences(straight, free_bits):
    model = make().requires_grad_()
    x_BD = binary()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    objective = Objective(2.0, free_bits, temperature=0.6, straight_through=straight)
    if free_bits:
        kl_N = model.dimension_kl(*model.encode(x_BD)).mean(dim=0)
        assert 0 < (kl_N > free_bits).sum() < N  # one side of the threshold and the other
    gradients = model.objective_gradients(x_BD, noise, objective)
    # Straight through, only the decoder's part is a derivative of anything.
    parameters = dict(zip(dict(model.named_parameters()), gradients, strict=True))
    names = [name for name in parameters if not straight or name.startswith("decoder")]
    weights = dict(model.named_parameters())
    generator, step = torch.Generator().manual_seed(0), 5e-3
    for name in names:
        gradient = parameters[name]
        aside = torch.randn(gradient.shape, generator=generator)
        for direction in (gradient / gradient.norm(), aside / aside.norm()):
            losses = []
            for sign in (1, -1):
                with torch.no_grad():
                    weights[name].add_(sign * step * direction)
                    losses.append(model.training_loss(x_BD, noise, objective).item())
                    weights[name].sub_(sign * step * direction)
            slope = (losses[0] - losses[1]) / (2 * step)
            assert (gradient * direction).sum().item() == pytest.approx(slope, abs=2e-3, rel=1e-2)


def test_the_training_loss_without_noise_in_numpy():
    model, x_BD = make(), binary()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    log_p = np.log(model.encode(x_BD)[0].double().numpy().reshape(-1, N, K))
    score = (log_p + noise.double().numpy()) / 0.6
    y = np.exp(score) / np.exp(score).sum(axis=-1, keepdims=True)
    mean = model.decode(torch.from_numpy(y.reshape(-1, N * K)).float()).double().numpy()
    x = x_BD.numpy()
    nll = -(x * np.log(mean) + (1 - x) * np.log1p(-mean)).sum(axis=1).mean()
    kl = (np.exp(log_p) * (log_p + math.log(K))).sum(axis=(1, 2)).mean()
    loss = model.training_loss(x_BD, noise, Objective(beta=3.0, temperature=0.6))
    assert loss.item() == pytest.approx(nll + 3 * kl, rel=1e-5)


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_no_temperature_no_step(temperature):
    model = make().requires_grad_()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="temperature"):
        model.objective_gradients(binary(), noise, Objective(temperature=temperature))


def test_draws_of_the_prior_use_every_category_alike():
    model = make()
    z = model.draw_prior(20_000, np.random.default_rng(0)).view(-1, N, K)
    assert torch.equal(z.sum(dim=-1), torch.ones(20_000, N))
    error = math.sqrt(1 / K * (1 - 1 / K) / 20_000)
    assert ((z.mean(dim=0) - 1 / K).abs() < 4 * error).all()
    assert prior_samples(model, 5, seed=0).shape == (5, 20)


@pytest.mark.parametrize(
    ("category", "words"),
    [([[0, 1]], "3 categories"), ([[0, 1, 4]], "0 to 3"), ([[0, -1, 2]], "0 to 3")],
)
def test_categories_that_are_not_there_are_refused(category, words):
    with pytest.raises(ValueError, match=words):
        make().one_hot(torch.tensor(category))


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian-learned"])
@pytest.mark.parametrize("straight", [False, True])
def test_it_learns_and_cools(
    images: LabelledImages, held_out: LabelledImages, straight, likelihood
):
    config = TrainConfig(
        beta=0.2,  # so few pixels hardly pay for a code
        epochs=20,
        batch_size=16,
        learning_rate=1e-2,
        temperature=2.0,
        temperature_end=0.5,
        straight_through=straight,
        binarisation="none",
    )
    model = ModelConfig(**{**to_dict(CONFIG), "likelihood": likelihood})
    reports = [report.curve_point() for report in train(model, config, images, held_out)]
    assert reports[-1]["reconstruction_nll"] < reports[0]["reconstruction_nll"] - 2
    assert reports[-1]["kl"] > 0.5
    temperatures = [report["temperature"] for report in reports]
    assert temperatures[0] == 2.0
    assert temperatures[-1] == pytest.approx(0.5, rel=0.02)
    assert sorted(temperatures, reverse=True) == temperatures


def test_a_plain_vae_has_no_temperature(images, held_out, model_config):
    for report in train(model_config, TrainConfig(epochs=1), images, held_out):
        assert "temperature" not in report.curve_point()


def test_the_temperature_falls_by_the_same_factor_in_every_epoch():
    config = TrainConfig(epochs=10, temperature=4.0, temperature_end=0.25)
    values = [temperature_at(epoch, config) for epoch in range(11)]
    assert values[0] == pytest.approx(4.0)
    assert values[-1] == pytest.approx(0.25)
    np.testing.assert_allclose(np.diff(np.log(values)), math.log(1 / 16) / 10)
    assert temperature_at(12, config) == values[-1]


def test_the_score_function_of_a_gaussian_is_refused():
    with pytest.raises(ValueError, match="'categorical-vae'"):
        objective_gradients(make(), "score-function")


def test_it_comes_back_from_its_file(tmp_path: Path):
    path = tmp_path / "model.safetensors"
    save_checkpoint(Checkpoint(make(), TrainConfig(temperature_end=0.3)), path)
    back = load_checkpoint(path)
    assert back.model_config == CONFIG
    assert back.train_config.temperature_end == 0.3
    for ours, theirs in zip(
        evaluate(back.latent_model, binary(), seed=2).elbo_B,
        evaluate(make(), binary(), seed=2).elbo_B,
        strict=True,
    ):
        assert ours == theirs


def test_configs_of_before_load_with_defaults():
    old = to_dict(TrainConfig())
    for name in ("temperature", "temperature_end", "straight_through"):
        del old[name]
    assert from_dict(TrainConfig, old) == TrainConfig()
    model = to_dict(ModelConfig())
    del model["categories"]
    assert from_dict(ModelConfig, model) == ModelConfig()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", 0.0),
        ("temperature", -1.0),
        ("temperature_end", 0),
        ("temperature_end", math.inf),
        ("straight_through", 1),
    ],
)
def test_a_bad_training_setting_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field):
        TrainConfig(**{field: value})


@pytest.mark.parametrize("categories", [1, 101, 2.0, None])
def test_a_bad_number_of_categories_is_refused(categories):
    with pytest.raises(ValueError, match="categories"):
        ModelConfig(categories=categories)


def test_one_variable_of_two_categories_is_refused():
    with pytest.raises(ValueError, match="at least 3 categories"):
        ModelConfig(model="categorical-vae", latent_dim=1, categories=2)


def test_the_size_of_z():
    assert CONFIG.latent_size == N * K
    assert ModelConfig(latent_dim=7).latent_size == 7
