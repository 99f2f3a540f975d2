"""Where the numbers of the Surgery page come from."""

from __future__ import annotations

from collections.abc import Sequence

from ui.library.loaded import LoadedModel
from ui.library.provenance import again, measured_on
from ui.surgery import measured
from vae_core.provenance import Provenance
from vae_core.storage.measured import SURGERY_DRAWS

_INFORMATION = "Mutual information and marginal KL"


def waterfall(loaded: LoadedModel) -> Provenance:
    parts = measured.operation(loaded)
    reproduction = again(
        loaded,
        "MI(n;z), nats",
        parts.mutual_information.value,
        "from vae_core.aggregate.surgery import surgery\n"
        "from vae_core.evaluation.encodings import encode_images\n"
        "from vae_core.evaluation.evaluate import evaluate",
        "encoded = encode_images(model, images)",
        f"terms = [evaluate(model, x_ND, seed=seed) for seed in range({SURGERY_DRAWS})]",
        "nll_SN = np.stack([one.reconstruction_nll_B.numpy() for one in terms])",
        f"parts = surgery(encoded.mu_NZ, encoded.logvar_NZ, nll_SN, samples={SURGERY_DRAWS})",
        "print(parts.mutual_information.value)",
    )
    return measured_on(
        "The ELBO in three parts", loaded, "ELBO 13", _INFORMATION, reproduction=reproduction
    )


def densities(loaded: LoadedModel) -> Provenance:
    return measured_on("All codes together against the prior", loaded, "Density, holes")


def dimensions(loaded: LoadedModel) -> Provenance:
    return measured_on(
        "Dimensions on their own",
        loaded,
        "Total correlation and each dimension's own KL",
        "KL from the prior",
    )


def family(models: Sequence[LoadedModel]) -> Provenance:
    return measured_on("The KL cut apart over beta", models, "ELBO 13", _INFORMATION)
