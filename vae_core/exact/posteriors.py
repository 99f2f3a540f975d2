"""q(z|x) of one image against the true posterior p(z|x), for models with two latent dimensions.

Shape suffixes: S samples, G nodes, T steps of an optimisation, D pixels, Z latent dimensions
(2 here).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from vae_core.exact.evidence import Evidence
from vae_core.exact.quadrature import Quadrature, log_prior
from vae_core.models.elbo import kl_to_standard_normal, reparameterise
from vae_core.models.vae import VAE
from vae_core.statistics import Estimate

Array = NDArray[np.float64]

_FEW = 10  # repeats, too few to tell an error from their own spread
_WIDE = 0.1  # of the draws for log p(x) come from the prior: no mode can have weight 0
_RULES = (14, 18, 24)  # Gauss-Hermite nodes an axis; where all agree, the last is believed
_AGREED = 0.01  # nats
_COPIES, _POINTS = 16, 512  # of a scrambled net, which takes their place where they do not


@dataclass(frozen=True)
class GaussianQ:
    """q = N(mu, diag(exp(logvar))) in the plane.

    Raises:
        ValueError: other than two finite means and two finite log-variances.
    """

    mu_Z: Array
    logvar_Z: Array

    def __post_init__(self) -> None:
        for name in ("mu_Z", "logvar_Z"):
            value = np.asarray(getattr(self, name), np.float64)
            if value.shape != (2,) or not np.isfinite(value).all():
                raise ValueError(f"{name} of q must be two finite numbers, got {value!r:.80}")
            object.__setattr__(self, name, value)

    @property
    def sigma_Z(self) -> Array:
        return np.asarray(np.exp(0.5 * self.logvar_Z))

    def kl_from_prior(self) -> float:
        """KL[q || N(0, I)], closed form, nats."""
        return float(kl_to_standard_normal(*_rows(self.mu_Z, self.logvar_Z)))


@dataclass(frozen=True)
class MonteCarloElbo:
    """An ELBO of one image; nats.

    Attributes:
        log_likelihood: E_q[log p(x|z)], by Monte Carlo.
        kl: KL[q || p(z)], closed form.
    """

    log_likelihood: Estimate
    kl: float

    @property
    def value(self) -> Estimate:
        """The bound, with the error of its first term."""
        return Estimate(self.log_likelihood.value - self.kl, self.log_likelihood.error)


@torch.no_grad()
def monte_carlo_elbo(
    model: VAE, x_D: ArrayLike, q: GaussianQ, *, samples: int, seed: int
) -> MonteCarloElbo:
    """The ELBO as training computes it, averaged over ``samples`` >= 2 draws of z ~ q.

    It shares nothing with ``Quadrature``: the decoder runs in the model's own precision at drawn
    places, so comparing the two tests both.
    """
    mu_1Z, logvar_1Z = _rows(q.mu_Z, q.logvar_Z)
    noise_SZ = torch.randn(samples, 2, generator=torch.Generator().manual_seed(seed)).double()
    z_SZ = reparameterise(mu_1Z, logvar_1Z, noise_SZ)
    return MonteCarloElbo(Estimate.of(_log_likelihood(model, z_SZ, x_D)), q.kl_from_prior())


@torch.no_grad()
def sampled_evidence(
    model: VAE, x_D: ArrayLike, evidence: Evidence, *, samples: int, seed: int
) -> Estimate:
    r"""log p(x) by importance sampling, nats, with its standard error.

    .. math:: \log \tfrac1S \sum_s \frac{p(x, z_s)}{r(z_s)}, \quad z_s \sim r

    The cells of ``evidence`` only say where to look: r draws a cell by its share of the mass and a
    place evenly within it, and one time in ten from the prior. Whatever r is, the mean of the
    ratios is p(x), so this tests the integral: neither its value nor its rule is used.

    Args:
        samples: S >= 2.
    """
    random = np.random.default_rng(seed)
    share_C = np.exp(evidence.log_mass_C)
    share_C = share_C / share_C.sum()
    cell_S = random.choice(len(share_C), size=samples, p=share_C)
    side_S1 = evidence.size_C[cell_S, None]
    z_S2 = evidence.centre_C2[cell_S] + side_S1 * random.uniform(-0.5, 0.5, (samples, 2))
    wide_S = random.uniform(size=samples) < _WIDE
    z_S2[wide_S] = random.standard_normal((int(wide_S.sum()), 2))

    away_SC = np.abs(z_S2[:, None] - evidence.centre_C2).max(axis=2)
    density_C = share_C / evidence.size_C**2
    near_S = (away_SC <= evidence.size_C / 2) @ density_C
    log_r_S = np.log((1 - _WIDE) * near_S + _WIDE * np.exp(log_prior(z_S2)))
    log_weight_S = _log_likelihood(model, torch.from_numpy(z_S2), x_D) + log_prior(z_S2) - log_r_S
    most = log_weight_S.max()
    weight_S = np.exp(log_weight_S - most)
    error = weight_S.std(ddof=1) / weight_S.mean() / math.sqrt(samples)
    return Estimate(float(most + np.log(weight_S.mean())), float(error))


@dataclass(frozen=True)
class Bound:
    """The importance-weighted bound with K samples, nats: the mean of independent repeats.

    Its error is that over the repeats; where they are few, from the spread of the weights, whose
    mean the bound is the logarithm of.
    """

    samples: int
    repeats: int
    value: Estimate


@torch.no_grad()
def importance_bounds(
    model: VAE, x_D: ArrayLike, q: GaussianQ, counts: Sequence[int], *, draws: int, seed: int
) -> list[Bound]:
    r"""E[log 1/K sum_k p(x, z_k) / q(z_k)] for each K, from the same ``draws`` of z ~ q.

    Raises:
        ValueError: a K is below 1, or above half of the draws: there would be no error to show.

    Source: Burda et al. 2016, arXiv:1509.00519, equation 8.
    """
    if not all(1 <= count <= draws // 2 for count in counts):
        raise ValueError(f"each K must lie in 1..{draws // 2} for {draws} draws, got {counts}")
    mu_1Z, logvar_1Z = _rows(q.mu_Z, q.logvar_Z)
    noise_SZ = torch.randn(draws, 2, generator=torch.Generator().manual_seed(seed)).double()
    z_SZ = reparameterise(mu_1Z, logvar_1Z, noise_SZ)
    # log p(z) - log q(z): the constants of the two Gaussians cancel.
    log_ratio_S = 0.5 * (noise_SZ**2 + logvar_1Z - z_SZ**2).sum(1).numpy()
    log_weight_S = torch.from_numpy(_log_likelihood(model, z_SZ, x_D) + log_ratio_S)
    weight_S = (log_weight_S - log_weight_S.max()).exp()
    spread = float(weight_S.std() / weight_S.mean())
    bounds = []
    for count in counts:
        repeats = draws // count
        table = log_weight_S[: repeats * count].reshape(repeats, count)
        value_R = (torch.logsumexp(table, dim=1) - math.log(count)).numpy()
        value = Estimate.of(value_R)
        if repeats < _FEW:
            value = Estimate(value.value, spread / math.sqrt(repeats * count))
        bounds.append(Bound(count, repeats, value))
    return bounds


@dataclass(frozen=True)
class Expectations:
    """Means over z ~ q of the terms of the identity, nats.

    Attributes:
        log_likelihood: E_q[log p(x|z)].
        log_prior: E_q[log p(z)].
        log_q: E_q[log q(z)].
        error: of ``log_likelihood``, and so of ``elbo``: how far rules of several orders differ,
            or the standard error over randomised copies of a rule. The others are closed forms.
    """

    log_likelihood: float
    log_prior: float
    log_q: float
    error: float

    @property
    def elbo(self) -> float:
        """E_q[log p(x, z) - log q(z)]."""
        return self.log_likelihood + self.log_prior - self.log_q


def expectations(quadrature: Quadrature, x_D: Array, q: GaussianQ) -> Expectations:
    """Each term under q in float64, with an error that holds for a q of any width.

    A q that is narrow against the decoder's detail is a matter for Gauss-Hermite quadrature, to
    many digits. Its nodes leap over the detail under a wide one: then rules of different orders
    disagree, and scrambled Sobol points take their place, whose copies tell their own error.

    Source: Owen 1997, Annals of Statistics 25(4), on scrambled nets.
    """
    values = [_by_gauss_hermite(quadrature, x_D, q, nodes) for nodes in _RULES]
    value, error = values[-1], max(values) - min(values)
    if error > _AGREED:
        estimate = _by_scrambled_nets(quadrature, x_D, q)
        value, error = estimate.value, estimate.error
    return Expectations(
        log_likelihood=value,
        log_prior=float(-0.5 * (q.mu_Z**2 + q.sigma_Z**2 + math.log(2 * math.pi)).sum()),
        log_q=float(-0.5 * (1 + q.logvar_Z + math.log(2 * math.pi)).sum()),
        error=error,
    )


def _by_gauss_hermite(quadrature: Quadrature, x_D: Array, q: GaussianQ, nodes: int) -> float:
    node_G2, weight_G = gauss_hermite(nodes)
    z_G2 = q.mu_Z + q.sigma_Z * node_G2
    return float(weight_G @ quadrature.log_likelihood(z_G2, quadrature.checked(x_D)))


def _by_scrambled_nets(quadrature: Quadrature, x_D: Array, q: GaussianQ) -> Estimate:
    seeds = np.random.SeedSequence(0).spawn(_COPIES)
    nets = [qmc.Sobol(2, rng=np.random.default_rng(seed)).random(_POINTS) for seed in seeds]
    z_G2 = q.mu_Z + q.sigma_Z * ndtri(np.concatenate(nets))
    value_G = quadrature.log_likelihood(z_G2, quadrature.checked(x_D))
    return Estimate.of(value_G.reshape(_COPIES, _POINTS).mean(axis=1))


def elbo_by_quadrature(quadrature: Quadrature, x_D: Array, q: GaussianQ) -> float:
    """The ELBO of a narrow q by Gauss-Hermite quadrature in float64, nats."""
    return _by_gauss_hermite(quadrature, x_D, q, _RULES[-1]) - q.kl_from_prior()


def kl_to_posterior(quadrature: Quadrature, x_D: Array, q: GaussianQ, log_p: float) -> float:
    """KL[q || p(z|x)] with p(z|x) = p(x, z) / p(x), by quadrature over q, nats.

    Args:
        log_p: log p(x), from ``Quadrature.evidence``.
    """
    return log_p - expectations(quadrature, x_D, q).elbo


def _log_likelihood(model: VAE, z_SZ: torch.Tensor, x_D: ArrayLike) -> Array:
    """log p(x|z) in the model's own precision, shape (S,)."""
    x_1D = torch.as_tensor(np.asarray(x_D, np.float32))[None]
    parts = []
    for z_BZ in z_SZ.float().split(1024):
        output_BD = model.decoder(z_BZ).float()
        parts.append(-model.likelihood.nll(output_BD, x_1D.expand_as(output_BD)))
    return torch.cat(parts).double().numpy()


def _rows(*values_Z: Array) -> tuple[torch.Tensor, ...]:
    return tuple(torch.from_numpy(value)[None] for value in values_Z)


def gauss_hermite(nodes: int) -> tuple[Array, Array]:
    """Nodes (G, 2) and weights (G,) of an expectation under N(0, I)."""
    node, weight = np.polynomial.hermite_e.hermegauss(nodes)
    weight = weight / weight.sum()
    return np.stack(np.meshgrid(node, node), axis=-1).reshape(-1, 2), np.outer(
        weight, weight
    ).ravel()
