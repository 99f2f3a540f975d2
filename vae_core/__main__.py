"""The command line: latent-explorer, or python -m vae_core, and --help.

Results go to stdout, progress and errors to stderr. Exit status: 0 done, 1 the training diverged
or no run of a sweep was done, 2 bad input (one sentence, nothing half-written), 3 out of memory,
128 + N ended by the signal N (130 by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP); a training that is
ended so keeps its model.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import click

from vae_core import options
from vae_core.interruption import Interrupted, signals_end_the_command
from vae_core.outputs import Forgiving, in_one_line, lacks_memory, open_missing_streams

DIVERGED, BAD_INPUT, OUT_OF_MEMORY, BY_SIGNAL = 1, 2, 3, 128


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    with redirect_stderr(Forgiving(sys.stderr)):
        return _main(argv)


def _main(argv: Sequence[str] | None) -> int:
    try:
        return int(command_line.main(argv, standalone_mode=False))
    except click.ClickException as error:
        message = error.format_message().rstrip(".")
        context = error.ctx if isinstance(error, click.UsageError) else None
        advice = f" (see {context.command_path} --help)" if context else ""
        _complain(f"{message[:1].lower()}{message[1:]}{advice}")
        return BAD_INPUT


def _run(command: str, **arguments: Any) -> int:
    """Run a function of ``commands``, and give its exit status."""
    try:
        from vae_core import commands  # imports torch, which --help need not wait for
        from vae_core.training.loop import TrainingDivergedError

        try:
            with signals_end_the_command():
                getattr(commands, command)(**arguments)
        except (TrainingDivergedError, commands.NothingTrainedError) as error:
            _complain(str(error))
            return DIVERGED
        except (MemoryError, RuntimeError) as error:
            if not lacks_memory(error):
                raise
            _complain("there is not enough memory for this; take a smaller model or batch")
            return OUT_OF_MEMORY
    except (ValueError, OSError) as error:
        _complain(in_one_line(error))
        return BAD_INPUT
    except Interrupted as error:
        _complain(str(error))
        return BY_SIGNAL + error.number
    except KeyboardInterrupt:  # while the imports last
        _complain("interrupted")
        return BY_SIGNAL + signal.SIGINT
    return 0


@click.group(
    no_args_is_help=False,  # a missing command is a mistake, and one line
    context_settings={"max_content_width": 100},
    epilog="Results go to stdout, progress to stderr. Exit status: 0 done, 1 the training "
    "diverged or no run of a sweep was done, 2 bad input, 3 out of memory, 130 interrupted (143 by "
    "SIGTERM, 129 by SIGHUP).",
)
def command_line() -> None:
    """Train variational autoencoders and measure them, in nats per image."""


def _example(*lines: str) -> str:
    """Below the options; the mark keeps click from joining the lines."""
    return "\n".join(("\b", "Example:", *(f"  python -m vae_core {line}" for line in lines)))


@command_line.command(
    epilog=_example(
        "train --dataset mnist-5k --beta 4 --output model.safetensors",
        "train --resume model.safetensors --epochs 40",
    )
)
@options.output(
    "FILE.safetensors",
    "File for the model.  [default: that of --resume, which is replaced]",
    required=False,
)
@options.force
@click.option(
    "--resume",
    type=options.FILE,
    metavar="FILE.safetensors",
    help="Go on from this model, up to --epochs in all. Its other settings stay.  [default: a new "
    "model]",
)
@options.dataset_or_that_of_resume
@options.settings()
def train(
    output: Path | None, force: bool, resume: Path | None, dataset: str | None, **settings: Any
) -> int:
    """Train a model and save it.

    The last line of stdout is a JSON object with the figures of the saved model on the test
    images, in nats per image. Ctrl-C, SIGTERM and SIGHUP end the training and keep the model so
    far; --resume goes on from there.
    """
    if resume is not None:
        given = {name: value for name, value in settings.items() if value is not None}
        epochs, device = given.pop("epochs", None), given.pop("device", None)
        if given:
            flag = f"--{next(iter(given)).replace('_', '-')}"
            raise click.UsageError(f"{flag} is not allowed with --resume, whose model has its own")
        return _run(
            "resume",
            start=resume,
            output=output or resume,
            dataset=dataset,
            epochs=epochs,
            device=device,
            force=force,
        )
    for flag, value in (("--output", output), ("--dataset", dataset)):
        if value is None:
            raise click.UsageError(f"Missing option '{flag}'")
    return _run("train", output=output, dataset=dataset, settings=settings, force=force)


@command_line.command(epilog=_example("share 'My model'"))
@click.argument("name")
def share(name: str) -> int:
    """List a saved model to all who use the app.

    A model that was saved in the app is listed to who saved it, and shown by a link that names
    it. NAME is its name there.
    """
    return _run("share", name=name)


@command_line.command(epilog=_example("sweep --dataset mnist-5k --beta 0,4 --seeds 0,1"))
@click.option(
    "--beta",
    type=options.NUMBERS,
    required=True,
    metavar="BETA,...",
    help="Weights of the KL term, each at least 0; 1 is the ELBO.",
)
@click.option(
    "--seeds",
    type=options.WHOLE_NUMBERS,
    default="0",
    metavar="SEED,...",
    help="Seeds, each at least 0; every beta is trained with each.  [default: 0]",
)
@options.output(
    "FOLDER", "Folder that keeps the models.  [default: they are not kept]", required=False
)
@options.force
@options.dataset
@options.settings("beta", "seed", "clusters", "labels_per_class", "alpha", "generative_weight")
def sweep(
    output: Path | None, force: bool, dataset: str, beta: Any, seeds: Any, **settings: Any
) -> int:
    """Train for every beta and seed, and print a table.

    Every run is a job: of a local cluster (half of the cores), or of the one whose scheduler's
    address is in VAE_SCHEDULER. The last line of stdout is the table as JSON.
    """
    return _run(
        "sweep",
        output=output,
        dataset=dataset,
        betas=beta,
        seeds=seeds,
        settings=settings,
        force=force,
    )


split = click.option(
    "--split",
    type=options.Kind(("train", "test")),
    default="test",
    help="Part of the data set.  [default: test]",
)


@command_line.command(
    epilog=_example("evaluate model.safetensors --dataset mnist-5k --importance-samples 50")
)
@options.checkpoint
@options.dataset
@split
@click.option(
    "--importance-samples",
    type=int,
    metavar="K",
    help="Add the importance-weighted bound with K samples of z per image, from 1 to 100,000; it "
    "is tighter than the ELBO.  [default: it is left out]",
)
def evaluate(checkpoint: Path, dataset: str, split: str, importance_samples: int | None) -> int:
    """Print the ELBO and its terms as JSON.

    They are means over the images in nats per image, on grey pixels as they are. Under a
    Bernoulli likelihood these are cross-entropies: compare them with one another, not with
    log-likelihoods of binary images.
    """
    return _run(
        "evaluate",
        checkpoint=checkpoint,
        dataset=dataset,
        split=split,
        importance_samples=importance_samples,
    )


@command_line.command(
    epilog=_example("encode model.safetensors --dataset mnist-5k --output latents.npz")
)
@options.checkpoint
@options.dataset
@split
@options.output("FILE.npz", "File for the arrays mu, logvar and label.")
@options.force
def encode(checkpoint: Path, dataset: str, split: str, output: Path, force: bool) -> int:
    """Write mu, logvar and label of every image."""
    return _run(
        "encode", checkpoint=checkpoint, dataset=dataset, split=split, output=output, force=force
    )


@command_line.command(
    epilog=_example(
        "decode model.safetensors --z -1,0.5 --output digit.png",
        "decode model.safetensors --grid 20 --output sheet.png",
    )
)
@options.checkpoint
@click.option(
    "--z",
    type=options.NUMBERS,
    metavar="Z1,Z2,...",
    help="One point, a number per latent dimension; of a categorical VAE the category of each "
    "variable, from 0.",
)
@click.option(
    "--grid",
    type=int,
    metavar="N",
    help="N x N images over the prior's quantiles, z2 upwards, for models with 2 latent "
    "dimensions; from 2 to 100.",
)
@options.output("FILE.png", "File for the picture.")
@options.force
def decode(checkpoint: Path, z: Any, grid: int | None, output: Path, force: bool) -> int:
    """Draw what the decoder makes of z: one point, or a grid of them."""
    if z is None and grid is None:
        raise click.UsageError("one of --z and --grid is required")
    if z is not None and grid is not None:
        raise click.UsageError("--grid is not allowed with --z")
    return _run("decode", checkpoint=checkpoint, z=z, grid=grid, output=output, force=force)


@command_line.command(epilog=_example("datasets"))
def datasets() -> int:
    """List data sets: what is here, what can be fetched."""
    return _run("datasets")


@command_line.command(epilog=_example("doctor"))
def doctor() -> int:
    """Say whether this machine is ready: versions, folders, space, memory, cores, training.

    Every line begins with ok, look (it works, but not as meant) or bad (something will fail; the
    exit status is then 2).
    """
    return _run("doctor")


def _complain(sentence: str) -> None:
    # File names may hold line breaks; a complaint is one line.
    print(f"vae_core: {' '.join(sentence.split())}", file=sys.stderr)


if __name__ == "__main__":
    open_missing_streams()
    sys.exit(main())
