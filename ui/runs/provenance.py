"""Where the numbers of runs come from, and how to train the same run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from ui.common.measurements import measurement
from vae_core.jobs import RunView, TrainRequest
from vae_core.provenance import ModelSource, Provenance, Reproduction


def measured_in(title: str, views: Sequence[RunView], *quantities: str) -> Provenance:
    """The provenance of what was measured while runs trained; their seeds stand with them."""
    sources = []
    for view in views:
        request = view.request
        assert isinstance(request, TrainRequest)
        train = request.train
        trained = f"β = {train.beta:g}, seed {train.seed}, {view.record.in_words}"
        sources.append(ModelSource(f"run {view.run_id}", "", train.dataset, trained))
    return Provenance(
        title,
        [measurement(name) for name in quantities],
        sources,
        reproduction=next(filter(None, map(trained_again, views)), None),
    )


def trained_again(view: RunView) -> Reproduction | None:
    """Trains the run anew: the same digits on the same machine. None where a hand was in it."""
    request = view.request
    if not isinstance(request, TrainRequest) or request.resume or view.changes:
        return None
    if view.state != "done" or not view.curve or "elbo" not in view.curve[-1]:
        return None
    code = [
        "import torch",
        "from vae_core.config import ModelConfig, TrainConfig",
        "from vae_core.data import load_split",
        "from vae_core.training import train_model",
        "",
        "torch.set_num_threads(1)",
        f"model_config = {_call(request.model)}",
        f"config = {_call(request.train)}",
        'images, held_out = (load_split(config.dataset, part) for part in ("train", "test"))',
        "for report in train_model(model_config, config, images, held_out):",
        "    pass",
        "print(report.elbo)",
    ]
    of = f"the ELBO of run {view.run_id} after its last epoch, nats per image"
    return Reproduction(of, "\n".join(code), float(view.curve[-1]["elbo"]))


def _call(config: Any) -> str:
    """The call that makes a configuration, without what is a default anyway."""
    usual = type(config)(
        **({"image_shape": config.image_shape} if hasattr(config, "image_shape") else {})
    )
    given = [
        f"{field.name}={getattr(config, field.name)!r}"
        for field in fields(config)
        if field.name == "image_shape" or getattr(config, field.name) != getattr(usual, field.name)
    ]
    return f"{type(config).__name__}({', '.join(given)})"
