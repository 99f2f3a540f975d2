"""Where the numbers of the Compare page come from."""

from __future__ import annotations

from collections.abc import Sequence

from ui.compare.members import Member
from ui.library.provenance import again, measured_on
from vae_core.provenance import Provenance


def of(members: Sequence[Member], title: str, *quantities: str) -> Provenance:
    """What is shown of members, without a number of its own to repeat."""
    return measured_on(title, [member.loaded for member in members], *quantities)


def numbers(members: Sequence[Member]) -> Provenance:
    first = members[0]
    reproduction = again(
        first.loaded,
        f"the mean ELBO of {first.loaded.name}, nats per image",
        first.measured.elbo_N.mean(),
        "from vae_core.evaluation.evaluate import evaluate",
        "print(float(evaluate(model, x_ND, seed=0).elbo_B.double().mean()))",
    )
    return measured_on(
        "The models in numbers",
        [member.loaded for member in members],
        "ELBO 18",
        reproduction=reproduction,
    )
