"""Where the numbers of the Reparameterisation page come from."""

from __future__ import annotations

from ui.common.measurements import measurement
from ui.library.loaded import LoadedModel
from ui.library.provenance import again, image_note, measured_on
from ui.reparameterisation import measured
from vae_core.provenance import Provenance, Reproduction, Unmeasured

TWO_GRAPHS = "A drawing of the computation; its numbers are those of the sliders."
SOME_NOISE = "The density of the sliders' μ and σ, and forty draws of a normal ε, seed 1."


def drawing(title: str, reason: str = TWO_GRAPHS) -> Unmeasured:
    return Unmeasured(title, reason)


def toy(mu: float, sigma: float, title: str) -> Provenance:
    mean = measured.toy(mu, sigma)["pathwise"].mean.value
    code = [
        "import torch",
        "from vae_core.gradients.estimators import compare",
        "from vae_core.gradients.references import square",
        "",
        f"mu_Z, sigma_Z = torch.tensor([{mu}]).double(), torch.tensor([{sigma}]).double()",
        "generator = torch.Generator().manual_seed(0)",
        f"draws = {{'samples': {measured.TOY_DRAWS}, 'generator': generator}}",
        "print(float(compare(square, mu_Z, sigma_Z, **draws)['pathwise'].mu_SZ.mean()))",
    ]
    return Provenance(
        title,
        [measurement("A toy with closed forms")],
        notes=[("sliders", f"mu = {mu:g}, sigma = {sigma:g}")],
        reproduction=Reproduction("the mean of the pathwise draws", "\n".join(code), mean),
    )


def on_decoder(loaded: LoadedModel, image: int, title: str) -> Provenance:
    scatter = measured.on_decoder(loaded, image).scatters["pathwise"]
    reproduction = again(
        loaded,
        f"the mean of the pathwise draws of image {image}, nats per unit of z",
        scatter.mean.value,
        "from vae_core.gradients.estimators import compare\n"
        "from vae_core.gradients.references import reconstruction_nll\n"
        "from vae_core.statistics import image_seed",
        f"x_D = x_ND[{image}]",
        "with torch.no_grad():",
        "    mu_1Z, logvar_1Z = model.encode(x_D[None])",
        "q = mu_1Z[0], torch.exp(0.5 * logvar_1Z[0])",
        f"generator = torch.Generator().manual_seed(image_seed(0, {image}))",
        f"draws = {{'samples': {measured.DECODER_DRAWS}, 'generator': generator}}",
        "found = compare(reconstruction_nll(model, x_D), *q, **draws)",
        "print(float(found['pathwise'].mu_SZ[:, 0].double().mean()))",
        as_likelihood=True,
    )
    return measured_on(
        title,
        loaded,
        "On the decoder of the model on screen",
        notes=image_note(image),
        reproduction=reproduction,
    )
