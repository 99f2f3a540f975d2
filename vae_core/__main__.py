"""The command line: python -m vae_core {train,evaluate,encode,decode,sweep,datasets} --help

Results go to stdout, progress and errors to stderr. Exit status: 0 done, 1 the training diverged,
2 bad input (one sentence, nothing half-written), 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from vae_core.config import ModelConfig, TrainConfig

DIVERGED, BAD_INPUT, INTERRUPTED = 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """One sentence instead of a usage text, and no abbreviated options: scripts depend on them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; only ``--help`` raises SystemExit."""
    try:
        options = _parser().parse_args(_attach_z(sys.argv[1:] if argv is None else argv))

        from vae_core import commands  # imports torch, which --help need not wait for
        from vae_core.training.loop import TrainingDivergedError

        command: Callable[[argparse.Namespace], None] = getattr(commands, options.command)
        try:
            command(options)
        except TrainingDivergedError as error:
            _complain(str(error))
            return DIVERGED
    except (ValueError, OSError) as error:
        _complain(_sentence(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m vae_core",
        description="Train variational autoencoders and measure them, in nats per image.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a model and save it")
    train.add_argument("--output", required=True, type=Path, metavar="FILE.safetensors")
    _add_training_settings(train, [*_COMMON_SETTINGS, *_LABEL_SETTINGS, "beta", "seed"])
    _add_setting(train, "clusters", ModelConfig.clusters)

    sweep = commands.add_parser(
        "sweep",
        help="train a model for every beta and seed, as jobs, and print a table",
        description="Every run is a job: of a local cluster (half of the cores), or of the one "
        "whose scheduler's address is in VAE_SCHEDULER.",
    )
    sweep.add_argument("--beta", type=_numbers, required=True, metavar="BETAS", help="0,0.5,1,2,4")
    sweep.add_argument(
        "--seeds", type=_whole_numbers, default=(0,), metavar="SEEDS", help="(default: 0)"
    )
    sweep.add_argument(
        "--output", type=Path, metavar="FOLDER", help="keep the models there (default: nowhere)"
    )
    _add_training_settings(sweep, _COMMON_SETTINGS)

    evaluate = commands.add_parser(
        "evaluate",
        help="print the ELBO and its terms",
        description="The ELBO and its terms on grey pixels as they are. Under a Bernoulli "
        "likelihood these are cross-entropies: compare them with one another, not with "
        "log-likelihoods of binary images.",
    )
    evaluate.add_argument(
        "--importance-samples",
        type=int,
        metavar="K",
        help="add the importance-weighted bound of K samples, which is tighter than the ELBO",
    )
    encode = commands.add_parser("encode", help="write mu, logvar and label of every image")
    encode.add_argument("--output", required=True, type=Path, metavar="FILE.npz")
    for command in (evaluate, encode):
        command.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
        command.add_argument("--dataset", required=True, metavar="NAME", help="see: datasets")
        command.add_argument("--split", default="test", help="train or test (default: test)")

    decode = commands.add_parser("decode", help="draw what the decoder makes of z")
    decode.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    where = decode.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--z",
        type=_numbers,
        metavar="Z1,Z2,...",
        help="one point, a number per latent dimension; of a categorical VAE the category, from 0, "
        "of each variable",
    )
    where.add_argument(
        "--grid",
        type=int,
        metavar="N",
        help="N x N images over the prior's quantiles, z2 upwards; for 2-D latents",
    )
    decode.add_argument("--output", required=True, type=Path, metavar="FILE.png")

    commands.add_parser("datasets", help="list data sets: what is here, what can be fetched")
    return parser


_COMMON_SETTINGS = [
    "epochs", "batch_size", "learning_rate", "weight_decay", "beta_schedule", "warm_up_epochs",
    "cycles", "free_bits", "device", "estimator", "temperature", "temperature_end",
]  # fmt: skip
"""Fields of TrainConfig that are options of ``train`` and of ``sweep`` alike."""


_LABEL_SETTINGS = ["labels_per_class", "alpha", "generative_weight"]
"""Those of classifiers."""


def _add_training_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    parser.add_argument("--dataset", required=True, metavar="NAME", help="see: datasets")
    for name in ("model", "latent_dim", "categories", "likelihood", "noise_sd"):
        _add_setting(parser, name, getattr(ModelConfig, name))
    parser.add_argument(
        "--hidden",
        type=_whole_numbers,
        default=ModelConfig.hidden,
        metavar="WIDTHS",
        help="widths of the encoder's hidden layers (default: 256,256,256)",
    )
    parser.add_argument(
        "--decoder-hidden",
        type=_whole_numbers,
        metavar="WIDTHS",
        help="the same for the decoder, from z outwards (default: as --hidden)",
    )
    for name in names:
        _add_setting(parser, name, getattr(TrainConfig, name))
    parser.add_argument(
        "--straight-through",
        action="store_true",
        help="a categorical VAE's decoder reads the one-hot z in training too",
    )
    parser.add_argument(
        "--binarisation",
        metavar="BINARISATION",
        help="(default: dynamic for a Bernoulli likelihood, none for one of grey pixels)",
    )


def _add_setting(parser: argparse.ArgumentParser, name: str, default: str | float) -> None:
    # Ranges and choices are checked by the configs, which hold for every way in.
    parser.add_argument(
        f"--{name.replace('_', '-')}",
        type=type(default),
        default=default,
        metavar=name.split("_")[-1].upper(),
        help=f"(default: {default})",
    )


def _whole_numbers(text: str) -> tuple[int, ...]:
    return tuple(_split(text, int, "whole numbers such as 256,256"))


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(_split(text, float, "numbers such as 0.5,-1"))


def _split(text: str, kind: Callable[[str], Any], what: str) -> list[Any]:
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected {what}, got {text!r}") from None


def _attach_z(argv: Sequence[str]) -> list[str]:
    """``--z -1,0.5`` -> ``--z=-1,0.5``; argparse would take the value for an option."""
    attached: list[str] = []
    for word in argv:
        if attached and attached[-1] == "--z":
            attached[-1] = f"--z={word}"
        else:
            attached.append(word)
    return attached


def _sentence(error: ValueError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _complain(sentence: str) -> None:
    # File names may hold line breaks; a complaint is one line.
    print(f"vae_core: {' '.join(sentence.split())}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
