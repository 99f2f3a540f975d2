"""Surgery against the number of images, where the answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vae_core.aggregate.sample_size import surgery_by_size
from vae_core.aggregate.surgery import surgery


def test_posteriors_that_are_the_prior_tell_nothing_at_any_size() -> None:
    for one in surgery_by_size(np.zeros((40, 3)), np.zeros((40, 3)), [2, 10, 40], draws=50):
        assert one.mutual_information.value == pytest.approx(0, abs=1e-9)
        assert one.marginal_kl.value == pytest.approx(0, abs=1e-9)
        assert one.holes.value == 0


def test_posteriors_that_never_meet_tell_all() -> None:
    mu_NZ = 1000.0 * np.arange(30)[:, None] * np.ones(2)
    for one in surgery_by_size(mu_NZ, np.zeros((30, 2)), [5, 30], draws=100):
        assert one.mutual_information.value == pytest.approx(math.log(one.images), abs=1e-4)
        assert one.mutual_information.error == pytest.approx(0, abs=1e-4)


def test_it_agrees_with_surgery_of_the_first_images() -> None:
    random = np.random.default_rng(3)
    mu_NZ, logvar_NZ = random.normal(size=(300, 2)), random.uniform(-5, -2, (300, 2))
    [one] = surgery_by_size(mu_NZ, logvar_NZ, [120], draws=4000)
    whole = surgery(mu_NZ[:120], logvar_NZ[:120], np.zeros((2, 120)), samples=40, seed=9)
    for found, other in (
        (one.mutual_information, whole.mutual_information),
        (one.marginal_kl, whole.marginal_kl),
    ):
        assert abs(found.value - other.value) < 4 * math.hypot(found.error, other.error)


def test_more_images_leave_fewer_holes() -> None:
    random = np.random.default_rng(4)
    mu_NZ = math.sqrt(1 - 0.01) * random.normal(size=(3000, 2))
    few, many = surgery_by_size(mu_NZ, np.full((3000, 2), math.log(0.01)), [50, 3000])
    assert few.holes.value - few.holes.error > many.holes.value + many.holes.error
    assert few.marginal_kl.value > many.marginal_kl.value


@pytest.mark.parametrize("sizes", [[1], [31], [5, 0]])
def test_a_size_that_cannot_be_had_is_refused(sizes) -> None:
    with pytest.raises(ValueError, match=r"each size must lie in 2..30"):
        surgery_by_size(np.zeros((30, 2)), np.zeros((30, 2)), sizes)
