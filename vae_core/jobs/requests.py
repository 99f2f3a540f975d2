"""What can be asked for: one frozen record a kind of job, kept as request.json in the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vae_core.config import Change, ModelConfig, TrainConfig, from_dict, to_dict
from vae_core.planes.umap_layout import DEFAULT_UMAP, UmapSettings
from vae_core.settings import check_settings, only_read, reads

MAX_EPOCHS = 500
MAX_SECONDS = 30 * 60
"""A training that lasts longer, pauses not counted, is stopped, and its model kept."""

ABANDONED_SECONDS = 10 * 60
"""A training that nobody has looked at for so long is paused, until somebody resumes it."""

HOLD_SECONDS = 3.0
"""For so long a paused training keeps its worker; then it goes to the disk and holds no place."""


@dataclass(frozen=True)
class TrainRequest:
    """Train a model.

    Attributes:
        resume: a run of the same configs, or of fewer epochs, that has a model: go on from it.
            "" is from scratch.

    Raises:
        ValueError: more epochs than a job may take, or a setting that the model does not read.
    """

    model: ModelConfig
    train: TrainConfig
    resume: str = ""

    def __post_init__(self) -> None:
        check_settings(self.model, self.train)
        if self.train.epochs > MAX_EPOCHS:
            raise ValueError(
                f"a job trains for at most {MAX_EPOCHS} epochs, got {self.train.epochs}; "
                "the command line has no such limit"
            )


@dataclass(frozen=True)
class UmapRequest:
    """Lay out the held-out images of a checkpoint with UMAP; see ``umap_layout``.

    Attributes:
        checkpoint: path of the model.
        output: path of the plane, see ``save_umap``; written whole or not at all.

    Raises:
        ValueError: a setting is out of range.
    """

    checkpoint: str
    output: str
    neighbours: int = DEFAULT_UMAP.neighbours
    min_dist: float = DEFAULT_UMAP.min_dist
    seed: int = 0

    def __post_init__(self) -> None:
        UmapSettings(self.neighbours, self.min_dist)


Request = TrainRequest | UmapRequest


def require_kl_term(request: TrainRequest) -> None:
    """See that there is something for beta to weigh.

    Raises:
        ValueError: the training of this kind of model has no KL term.
    """
    kind = request.model.model
    if not reads(kind, "beta"):
        raise ValueError(
            f"the training of a model of the kind {kind!r} has no KL term, so beta would change "
            "nothing; only its learning rate can be changed while it trains"
        )


@dataclass(frozen=True)
class Wishes:
    """What a running training job is asked to do, kept as control.json in the run.

    Attributes:
        stop: end, and keep the model so far.
        hold: wait before the next step once this many epochs are done, or soon after if that is
            within one; None: go on. 0 is a pause at once; one more than are done is a single epoch.
        beta: weight of the KL term; None: as the schedule has it.
        learning_rate: peak of the schedule; None: as configured.

    Raises:
        ValueError: a field is out of range.
    """

    stop: bool = False
    hold: float | None = None
    beta: float | None = None
    learning_rate: float | None = None

    def holds(self, epochs_done: float) -> bool:
        """Whether a run that has come so far is to wait."""
        return not self.stop and self.hold is not None and epochs_done >= self.hold

    def __post_init__(self) -> None:
        for name in ("beta", "learning_rate"):
            if (value := getattr(self, name)) is not None:
                Change(0.0, name, value)


def to_json(request: Request) -> dict[str, Any]:
    """What request.json holds."""
    if isinstance(request, TrainRequest):
        return {
            "kind": "train",
            "model": to_dict(request.model),
            "train": to_dict(request.train),
            "resume": request.resume,
        }
    return {"kind": "umap", **asdict(request)}


def from_json(values: Mapping[str, Any]) -> Request:
    """The request back. A run may be older than the check of its settings: see ``only_read``.

    Raises:
        ValueError: it is none.
    """
    rest = dict(values)
    kind = rest.pop("kind", None)
    try:
        if kind == "train":
            stored = from_dict(ModelConfig, rest["model"]), from_dict(TrainConfig, rest["train"])
            return TrainRequest(*only_read(*stored), rest.get("resume", ""))
        if kind == "umap":
            return UmapRequest(**rest)
    except (KeyError, TypeError) as error:
        raise ValueError(f"the request of this run is broken: {error}") from error
    raise ValueError(f"the request of this run is of an unknown kind, {kind!r}")
