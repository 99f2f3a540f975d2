"""Where the numbers of the ELBO page come from."""

from __future__ import annotations

from ui.elbo import measured
from ui.library.loaded import LoadedModel
from ui.library.provenance import again, image_note, measured_on
from vae_core.provenance import Provenance

_ONE = (
    "from vae_core.exact.posteriors import GaussianQ",
    "x_D = x_ND[{image}]",
    "with torch.no_grad():",
    "    mu_1Z, logvar_1Z = model.encode(x_D[None])",
    "q = GaussianQ(mu_1Z[0].numpy(), logvar_1Z[0].numpy())",
)


def headline(loaded: LoadedModel, image: int) -> Provenance:
    reproduction = again(
        loaded,
        f"log p(x) of image {image}, integrated, nats",
        measured.evidence(loaded, image).log_p,
        f"from vae_core.exact.quadrature import Quadrature\n{_ONE[0]}",
        *(line.format(image=image) for line in _ONE[1:]),
        "print(Quadrature(model).evidence(x_D.double().numpy(), q.mu_Z).log_p)",
        as_likelihood=True,
    )
    return measured_on(
        "log p(x), ELBO and the KL between",
        loaded,
        "log p(x), integrated",
        "ELBO 6",
        "KL to the true posterior",
        notes=image_note(image),
        reproduction=reproduction,
    )


def posterior(loaded: LoadedModel, image: int) -> Provenance:
    return measured_on("The true posterior and q", loaded, "ELBO 8", notes=image_note(image))


def ledger(loaded: LoadedModel, image: int) -> Provenance:
    return measured_on(
        "Every q in numbers",
        loaded,
        "ELBO 6",
        "KL to the true posterior",
        notes=image_note(image),
    )


def bounds(loaded: LoadedModel, image: int) -> Provenance:
    first = measured.bounds(loaded, image)[0]
    reproduction = again(
        loaded,
        f"the bound of image {image} with K = {first.samples}, nats",
        first.value.value,
        "from vae_core.exact.posteriors import importance_bounds\n"
        f"{_ONE[0]}\nfrom vae_core.statistics import image_seed",
        *(line.format(image=image) for line in _ONE[1:]),
        f"counts, seed = {measured.SAMPLE_COUNTS}, image_seed(1, {image})",
        f"draws = {measured.BOUND_DRAWS}",
        "found = importance_bounds(model, x_D, q, counts, draws=draws, seed=seed)",
        "print(found[0].value.value)",
        as_likelihood=True,
    )
    return measured_on(
        "More samples, a tighter bound",
        loaded,
        "ELBO 9",
        "log p(x), integrated",
        notes=image_note(image),
        reproduction=reproduction,
    )


def linear(loaded: LoadedModel, image: int) -> Provenance:
    return measured_on("When the ELBO is log p(x)", loaded, "ELBO 11", notes=image_note(image))


def many(loaded: LoadedModel, count: int) -> Provenance:
    return measured_on(
        "The gap by class",
        loaded,
        "ELBO 10",
        "log p(x), integrated",
        notes=[("measured", f"{count:,} of the N images, evenly spread")],
    )
