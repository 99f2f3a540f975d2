"""The command sweep, and the configs that the options of a training make."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import find_dataset
from vae_core.files import write_atomically
from vae_core.jobs import Runner, TrainRequest, run_all, summarise
from vae_core.likelihoods import usual_binarisation
from vae_core.outputs import keep, print_json, require_output
from vae_core.settings import check_settings, reads
from vae_core.storage.checkpoints import SUFFIX, require_openable


class NothingTrainedError(RuntimeError):
    """No run of a sweep was done."""


def configs(
    dataset: str, settings: Mapping[str, Any], **own: Any
) -> tuple[ModelConfig, TrainConfig]:
    """From the settings that a person gave, which are not None; ``own`` are of one run."""
    spec = find_dataset(dataset)
    given = {name: value for name, value in settings.items() if value is not None}
    asked = set(given)
    if "hidden" in given and reads(given.get("model", ModelConfig.model), "decoder_hidden"):
        given.setdefault("decoder_hidden", given["hidden"])
    model_config = ModelConfig(
        image_shape=spec.image_shape,
        classes=len(spec.class_names),
        **_fields_of(ModelConfig, given),
    )
    given.setdefault("binarisation", usual_binarisation(model_config.likelihood))
    config = TrainConfig(dataset=dataset, **_fields_of(TrainConfig, given), **own)
    check_settings(model_config, config, asked)
    return model_config, config


def _fields_of(kind: type[ModelConfig | TrainConfig], given: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in given.items() if name in names}


def sweep(
    output: Path | None,
    dataset: str,
    betas: Sequence[float],
    seeds: Sequence[int],
    settings: Mapping[str, Any],
    force: bool,
) -> None:
    """Train a model for every beta and seed; print mean and spread over the seeds as a table."""
    requests = [
        TrainRequest(*configs(dataset, settings, beta=beta, seed=seed))
        for beta in dict.fromkeys(betas)
        for seed in dict.fromkeys(seeds)
    ]
    require_openable(requests[0].model)
    if output is not None:
        for asked in requests:
            require_output(output / _file_of(asked), SUFFIX, force=force)
        output.mkdir(parents=True, exist_ok=True)
    runner = Runner()
    try:
        with tqdm(total=len(requests), unit="run", disable=None) as bar:
            views = []
            for view in run_all(runner, requests):
                views.append(view)
                bar.update()
                request = view.request
                assert isinstance(request, TrainRequest)
                name = _file_of(request)
                said = f"{name.removesuffix(SUFFIX)}: {view.state}. {view.message}".rstrip()
                bar.write(said, file=sys.stderr)
                if output is not None and view.model_path is not None:
                    content = view.model_path.read_bytes()
                    keep(output / name, partial(write_atomically, content=content, replace=force))
    finally:
        runner.close()
    rows = summarise(views)
    print("| beta | runs | reconstruction NLL | KL | ELBO at beta = 1 |")
    print("|--:|--:|--:|--:|--:|")
    for row in rows:
        print(f"| {row.beta:g} | {row.runs} | {row.reconstruction_nll} | {row.kl} | {row.elbo} |")
    print_json([row.to_dict() for row in rows])
    if not rows:
        first = next((view.message for view in views if view.message), "")
        raise NothingTrainedError(f"none of the {len(views)} runs was done. {first}".rstrip())


def _file_of(request: TrainRequest) -> str:
    """No two betas have one name."""
    beta = f"{request.train.beta:g}"
    beta = beta if float(beta) == request.train.beta else repr(request.train.beta)
    return f"beta-{beta}-seed-{request.train.seed}{SUFFIX}"
