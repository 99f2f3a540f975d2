"""Quality for the same CPU time: vae_core's default recipe against the tutorial's.

    python benchmarks/equal_time.py [--seeds 0 1 2] [--quick]

Full MNIST, 2-D latent, one thread. ELBO on the official 10,000 test images: grey pixels, sampled
z, nats per image, by one evaluator. Only training is on the clock (CPU-seconds), evaluation is
not. Two questions: when does a model first reach -155 nats, and how good is it after 30 s?
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import common
from benchmarks.tutorial import TutorialVAE, tutorial_steps
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import LabelledImages, load_split
from vae_core.models.base import LatentModel
from vae_core.training.loop import Controls
from vae_core.training.vae import train

TARGET = -155.0

# To the target: a small network, and a cycle that ends with its budget of two epochs.
SMALL = ModelConfig(hidden=(128,) * 2, decoder_hidden=(128,) * 3)
SMALL_RECIPE = TrainConfig(
    dataset="mnist", epochs=2, batch_size=128, learning_rate=4e-3, binarisation="none", device="cpu"
)
# For a fixed time: the default network, and a cycle of as many epochs as fit.
LARGE = ModelConfig(hidden=(256,) * 3, decoder_hidden=(256,) * 3)
LARGE_RECIPE = replace(SMALL_RECIPE, batch_size=256)

LOOK_EVERY = 0.2  # seconds of training between two looks at the test ELBO
TUTORIAL_LOOK_EVERY = 2.0


class Watch:
    """Training seconds, and when the test ELBO first reached the target; looks are not timed."""

    def __init__(
        self, model: TutorialVAE | LatentModel, test: LabelledImages, every: float
    ) -> None:
        self.model, self.test, self.every = model, test, every
        self.seconds = 0.0
        self.reached = math.inf
        self.elbo = -math.inf
        self._next_look = every
        self._started = time.process_time()

    def step_done(self) -> bool:
        """Note the time, and look if it is time for it. Always True: train() may go on."""
        self.seconds += time.process_time() - self._started
        if self.seconds >= self._next_look:
            self._next_look += self.every
            self.look()
        self._started = time.process_time()
        return True

    def look(self) -> None:
        self.elbo = common.held_out_elbo(self.model.encode, self.model.decode, self.test.x_ND)
        if self.elbo >= TARGET:
            self.reached = min(self.reached, self.seconds)


def run_ours(
    network: ModelConfig, recipe: TrainConfig, images: LabelledImages, test: LabelledImages
) -> Watch:
    """Train the whole cycle; looks on the way only towards the target."""
    watch: Watch | None = None
    # Quality is judged apart: the trainer's own curve gets one image.
    reports = train(
        network,
        recipe,
        images,
        common.first_images(test, 1),
        lambda: Controls(watch is None or watch.step_done()),
    )
    model = next(reports).model
    watch = Watch(model, test, LOOK_EVERY if network is SMALL else math.inf)
    for _ in reports:
        pass
    watch.step_done()
    watch.look()
    return watch


def run_tutorial(
    seed: int, images: LabelledImages, test: LabelledImages, budget: float, limit: float
) -> tuple[Watch, float]:
    """Train until the target or the limit; also the ELBO after ``budget`` seconds."""
    torch.manual_seed(seed)
    model = TutorialVAE()
    steps = tutorial_steps(model, images)
    watch = Watch(model, test, TUTORIAL_LOOK_EVERY)
    at_budget = math.nan
    while watch.seconds < limit and (watch.reached == math.inf or watch.seconds < budget):
        next(steps)
        watch.step_done()
        if math.isnan(at_budget) and watch.seconds >= budget:
            watch.look()
            at_budget = watch.elbo
            watch.step_done()
    return watch, at_budget


def epochs_that_fit(budget: float, images: LabelledImages) -> int:
    """Whole epochs of the large recipe within the budget, from the time of a short trial."""
    share = 12
    trial = common.first_images(images, len(images) // share)
    reports = train(LARGE, replace(LARGE_RECIPE, epochs=1), trial, common.first_images(trial, 1))
    next(reports)
    started = time.process_time()
    next(reports)
    return max(1, int(0.97 * budget / (share * (time.process_time() - started))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--quick", action="store_true", help="a fifth of the time for both")
    arguments = parser.parse_args()
    budget, limit = (6.0, 20.0) if arguments.quick else (30.0, 100.0)
    torch.set_num_threads(1)
    images, test = load_split("mnist", "train"), load_split("mnist", "test")

    print(common.describe_machine())
    print(
        f"Default recipe: SiLU, one-cycle, grey pixels; to the target {SMALL.hidden} and "
        f"{SMALL.decoder_hidden}, batch {SMALL_RECIPE.batch_size}, {SMALL_RECIPE.epochs} epochs to "
        f"{SMALL_RECIPE.learning_rate:g}; for {budget:g} s {LARGE.hidden} and "
        f"{LARGE.decoder_hidden}, batch {LARGE_RECIPE.batch_size}, as many epochs as fit, to "
        f"{LARGE_RECIPE.learning_rate:g}. Tutorial: 784-400-2 ReLU, batch 128, Adam 1e-3, its own "
        f"loop; it is stopped after {limit:g} s, and looked at every {TUTORIAL_LOOK_EVERY:g} s."
    )
    to_target, after_budget = [], []
    ratios, leads = [], []
    for seed in arguments.seeds:
        ours = run_ours(SMALL, replace(SMALL_RECIPE, seed=seed), images, test)
        epochs = epochs_that_fit(budget, images)
        large = run_ours(LARGE, replace(LARGE_RECIPE, seed=seed, epochs=epochs), images, test)
        theirs, theirs_at_budget = run_tutorial(seed, images, test, budget, limit)

        # A run that was stopped counts as if it had reached the target there: at least that ratio.
        ratio = min(theirs.reached, theirs.seconds) / ours.reached
        ratios.append(ratio)
        leads.append(large.elbo - theirs_at_budget)
        to_target.append(
            [
                str(seed),
                f"{ours.reached:.1f}",
                f"{ours.elbo:.1f} at {ours.seconds:.1f} s",
                reached_text(theirs),
                f"{'' if theirs.reached < math.inf else '> '}{ratio:.0f}x",
            ]
        )
        after_budget.append(
            [
                str(seed),
                f"{large.elbo:.1f} ({epochs} epochs, {large.seconds:.1f} s)",
                f"{theirs_at_budget:.1f}",
                f"{leads[-1]:.1f}",
            ]
        )
    print_results(budget, to_target, after_budget, ratios, leads)


def reached_text(watch: Watch) -> str:
    if watch.reached < math.inf:
        return f"{watch.reached:.1f}"
    return f"not in {watch.seconds:.0f} s ({watch.elbo:.1f})"


def print_results(
    budget: float,
    to_target: Sequence[Sequence[str]],
    after_budget: Sequence[Sequence[str]],
    ratios: Sequence[float],
    leads: Sequence[float],
) -> None:
    common.print_table(
        [f"seed: CPU s to {TARGET:g}", "default recipe", "its end", "tutorial", "sooner"],
        [*to_target, ["median", "", "", "", f"{statistics.median(ratios):.0f}x"]],
    )
    common.print_table(
        [f"seed: ELBO after {budget:g} s", "default recipe", "tutorial", "ahead, nats"],
        [*after_budget, ["median", "", "", f"{statistics.median(leads):.1f}"]],
    )


if __name__ == "__main__":
    main()
