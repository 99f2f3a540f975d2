"""Where a number comes from: what a person needs to cite it, check it, and find it again."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from vae_core import __version__

Line = tuple[str, str]


@dataclass(frozen=True)
class Measurement:
    """How a quantity is measured, in the words of docs/measurements.md.

    Attributes:
        quantity: its heading there, or "ELBO" with the number of its row.
        draws: how many, with their seed.
        pixels, images: "" where it has none of its own.
        function: dotted name of what measures it.
    """

    quantity: str
    estimator: str
    draws: str
    pixels: str
    images: str
    error: str
    function: str


@dataclass(frozen=True)
class ModelSource:
    """A model that something was measured on.

    Attributes:
        digest: SHA-256 of its file, hexadecimal; "" where it is a run, known by its name.
        dataset: a key of ``DATASETS``, the data set that it was trained on.
        trained: how it was trained, in a few words.
    """

    name: str
    digest: str
    dataset: str
    trained: str


@dataclass(frozen=True)
class Reproduction:
    """A snippet of Python that prints a number of the page as its last line.

    Attributes:
        of: what the number is.
        value: the number as the page measured it.
    """

    of: str
    code: str
    value: float


@dataclass(frozen=True)
class Provenance:
    """Where the numbers of one chart, table or plane come from.

    Attributes:
        title: what is shown; names files and heads pictures.
        measured: how its quantities are measured.
        models: those that it was measured on.
        images: of the data set's held-out split, 0 where it needs none.
        notes: more lines, for instance the image that was chosen.
    """

    title: str
    measured: Sequence[Measurement] = ()
    models: Sequence[ModelSource] = ()
    images: int = 0
    notes: Sequence[Line] = ()
    reproduction: Reproduction | None = None

    def lines(self, link: str = "") -> list[Line]:
        """Names and values, in the sequence in which they are read.

        Args:
            link: the address of the page.
        """
        found: list[Line] = [("content", self.title)]
        if self.models:
            named = "; ".join(
                one.name
                + (f" (SHA-256 {one.digest[:16]}…)" if one.digest else "")
                + f", {one.trained}"
                for one in self.models
            )
            found.append(("model" if len(self.models) == 1 else "models", named))
        if datasets := dict.fromkeys(model.dataset for model in self.models):
            found.append(("data", f"{', '.join(datasets)}, split test"))
        if self.images:
            found.append(("N", f"{self.images:,} images"))
        found += self.notes
        for one in self.measured:
            pairs = [("estimator", one.estimator), ("draws", one.draws), ("pixels", one.pixels)]
            pairs += [("over", one.images), ("error", one.error), ("function", one.function)]
            text = "; ".join(f"{name}: {value}" for name, value in pairs if value)
            found.append((one.quantity, text))
        found.append(("versions", versions()))
        if link:
            found.append(("link", link))
        return [*found, ("cite", CITATION)]

    @property
    def file_stem(self) -> str:
        """Names the model and the content, in letters that every file system takes."""
        models = [model.name for model in self.models]
        named = models[:1] if len(models) == 1 else [f"{len(models)}-models"] if models else []
        return "_".join(slug(part) for part in [*named, self.title])


@dataclass(frozen=True)
class Unmeasured:
    """Shown without having been measured.

    Attributes:
        reason: why it needs no provenance, one sentence.
    """

    title: str
    reason: str

    def lines(self, link: str = "") -> list[Line]:
        """As those of a provenance."""
        found = [("content", self.title), ("source", self.reason), ("versions", versions())]
        return [*found, *([("link", link)] if link else []), ("cite", CITATION)]

    @property
    def file_stem(self) -> str:
        return slug(self.title)


About = Provenance | Unmeasured

CITATION = f"Latent Explorer {__version__} (computer program), MIT licence"


@cache
def versions() -> str:
    """Versions of the programs that the numbers depend on."""
    python = ".".join(map(str, sys.version_info[:3]))
    return f"latent-explorer {__version__}, torch {version('torch')}, Python {python}"


def slug(text: str) -> str:
    """Letters, digits and dashes of a text; letters of every script are letters."""
    return re.sub(r"[^\w.=]+", "-", text.replace("_", "-")).strip("-.").lower() or "figure"
