"""What was done to a model, told from its file; a config only says what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from vae_core.config import Change, TrainConfig

Ended = Literal[
    "done",
    "stopped",
    "limit",
    "unwatched",
    "diverged",
    "failed",
    "cut off",
    "unfinished",
    "unknown",
]
"""Why a training ended: its last epoch was done, a person stopped it, it reached a limit of time,
nobody watched it, it left the numbers of a useful model, it met an error of any kind, or its
process ended before it did. One that is unfinished goes on."""

ENDINGS: tuple[Ended, ...] = get_args(Ended)

_IN_WORDS: dict[Ended, str] = {
    "done": "",
    "stopped": "stopped by hand",
    "limit": "stopped at the limit of time",
    "unwatched": "stopped because nobody watched",
    "diverged": "then it diverged",
    "cut off": "cut off",
    "failed": "then it failed",
    "unfinished": "",
    "unknown": "ended early",
}


@dataclass(frozen=True)
class TrainingRecord:
    """What was done.

    Attributes:
        epochs: done, with a fraction where the run ended within one; None: the file does not say.
        asked: epochs of the config.
        ended: why there are no more.
        changes: made by hand while it trained, in their order.
        ruined: the model is worse than it was untrained; see ``worse_than_start``.
        beta: weight of the KL term in the last step.
        temperature: of the Gumbel-Softmax at the end; None where z is not categorical.
    """

    epochs: float | None
    asked: int
    ended: Ended
    changes: tuple[Change, ...]
    ruined: bool
    beta: float
    temperature: float | None = None

    @property
    def steered(self) -> bool:
        """Whether the config does not tell what was trained with."""
        return bool(self.changes)

    @property
    def count_in_words(self) -> str:
        """ "26 epochs", "17.84 of 26 epochs"."""
        if self.epochs is None:
            return f"{_epochs(self.asked)} asked for, not recorded how many were done"
        if self.epochs == self.asked:
            return _epochs(self.asked)
        return f"{epoch_in_words(self.epochs)} of {_epochs(self.asked)}"

    @property
    def epochs_in_words(self) -> str:
        """With why there are no more: "17.84 of 26 epochs, stopped by hand"."""
        why = "" if self.epochs is None else _IN_WORDS[self.ended]
        return f"{self.count_in_words}{why and f', {why}'}"

    @property
    def changes_in_words(self) -> str:
        """ "KL off from epoch 5.2 to 10.7"; "" where nothing was changed by hand."""
        spans = []
        for index, change in enumerate(self.changes):
            if change.value is None:
                continue
            later = [c for c in self.changes[index + 1 :] if c.name == change.name]
            until = f" to {later[0].epoch:.1f}" if later else ""
            spans.append(f"{_setting(change)} from epoch {change.epoch:.1f}{until}")
        return ", ".join(spans)

    @property
    def in_words(self) -> str:
        """Everything that a caption must say, without a full stop."""
        worse = "worse than untrained" if self.ruined else ""
        return ", ".join(filter(None, (self.epochs_in_words, self.changes_in_words, worse)))

    @property
    def traits(self) -> tuple[str, ...]:
        """What a name of a few words must add to the config; nothing for a run as configured."""
        found = ["steered"] if self.steered else []
        if self.epochs is not None and self.epochs != self.asked:
            found.append(self.count_in_words)
        if self.ended == "diverged" or self.ruined:
            found.append("diverged")
        return tuple(found)


def training_record(
    history: Sequence[Mapping[str, float]],
    config: TrainConfig,
    latent_dim: int,
    changes: Sequence[Change] = (),
    ended: Ended = "unknown",
) -> TrainingRecord:
    """Read the record from a history that ends with the model's own entry.

    Args:
        latent_dim: of the model, for its free bits.
        ended: as the file says; for one that does not say it, "unknown".
    """
    epochs = history[-1].get("epoch") if history else None
    if ended == "unknown" and epochs is not None and epochs >= config.epochs:
        ended = "done"
    ruined = len(history) > 1 and worse_than_start(history[-1], history[0], config, latent_dim)
    temperature = history[-1].get("temperature") if history else None
    if temperature is not None and epochs == config.epochs:
        temperature = config.temperature_end  # the last step began a little above it
    beta = history[-1].get("beta", config.beta) if history else config.beta
    return TrainingRecord(epochs, config.epochs, ended, tuple(changes), ruined, beta, temperature)


def worse_than_start(
    point: Mapping[str, float], start: Mapping[str, float], config: TrainConfig, latent_dim: int
) -> bool:
    """Whether training has ruined a model: it would be better off untrained.

    A model with an ELBO is judged by the objective that it was trained for, on held-out images:
    at beta = 0 the KL may grow far beyond that of the start, and the model is none the worse. A
    classifier that has seen few labels is often too sure of itself, or right by chance before it
    learns: it is worse where its log loss is twice that of the start, about log K of K classes,
    and it is right no more often.

    Args:
        point, start: entries of a history; ``start`` is that of epoch 0.
    """
    if "elbo" in point and "elbo" in start:
        beta, spared = point.get("beta", config.beta), config.free_bits * latent_dim

        def loss(entry: Mapping[str, float]) -> float:
            return entry["reconstruction_nll"] + beta * max(entry["kl"] - spared, 0.0)

        return not loss(point) <= loss(start)
    if "log_loss" in point and "log_loss" in start:
        too_sure = not point["log_loss"] <= 2 * start["log_loss"]
        return too_sure and not point["accuracy"] > start["accuracy"]
    return False


def epoch_in_words(epoch: float) -> str:
    """A number of epochs: "17", or "17.84" within one."""
    return f"{epoch:.2f}".rstrip("0").rstrip(".")


def _epochs(count: int) -> str:
    return f"{count} epoch" if count == 1 else f"{count} epochs"


def _setting(change: Change) -> str:
    if change.name == "learning_rate":
        return f"learning rate {change.value:g}"
    return f"β = {change.value:g}" if change.value else "KL off"
