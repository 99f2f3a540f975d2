"""Where the numbers of the Likelihood page come from."""

from __future__ import annotations

from collections.abc import Sequence

from ui.library.loaded import LoadedModel, encodings_of
from ui.library.provenance import again, image_note, mean_elbo, measured_on
from ui.likelihood import measured
from vae_core.provenance import Provenance


def pixel_map(loaded: LoadedModel, image: int) -> Provenance:
    reproduction = again(
        loaded,
        f"the reconstruction term of image {image}, nats",
        float(measured.pixel_costs(loaded, image).sum()),
        "from vae_core.evaluation.pixels import pixel_nll\n"
        "from vae_core.statistics import image_seed",
        f"seed = image_seed(0, {image})",
        f"nll_D = pixel_nll(model, x_ND[{image}], draws={measured.DRAWS}, seed=seed)",
        "print(float(nll_D.sum()))",
        as_likelihood=True,
    )
    return measured_on(
        "A cost for every pixel",
        loaded,
        "Reconstruction NLL",
        notes=image_note(image),
        reproduction=reproduction,
    )


def shares(loaded: LoadedModel) -> Provenance:
    elbo = float(encodings_of(loaded).elbo_N.mean())
    return measured_on(
        "Sum or mean over the pixels", loaded, "ELBO 1", reproduction=mean_elbo(loaded, elbo)
    )


def width(loaded: LoadedModel, sigma: float) -> Provenance:
    reproduction = again(
        loaded,
        "the squared error, summed over pixels",
        measured.squared_error(loaded),
        "from vae_core.evaluation.pixels import squared_errors",
        "print(float(squared_errors(model, x_ND, seed=0).mean()))",
    )
    return measured_on(
        "A Gaussian and its width",
        loaded,
        "Squared error and the best σ",
        notes=[("sigma chosen", f"{sigma:g}")],
        reproduction=reproduction,
    )


def pair(models: Sequence[LoadedModel], title: str) -> Provenance:
    return measured_on(title, models, "Squared error and the best σ", "KL from the prior")


def comparable(models: Sequence[LoadedModel]) -> Provenance:
    first = models[0]
    elbo = float(encodings_of(first).elbo_N.mean())
    return measured_on(
        "Which numbers are comparable",
        models,
        "ELBO 1",
        "ELBO 14",
        reproduction=mean_elbo(first, elbo),
    )
