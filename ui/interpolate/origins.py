"""Where the numbers of the Interpolate page come from."""

from __future__ import annotations

from ui.interpolate.path_choice import Ends, Walk
from ui.library.loaded import LoadedModel
from ui.library.provenance import again, measured_on
from vae_core.provenance import Provenance


def plane(loaded: LoadedModel, kind: str) -> Provenance:
    return measured_on(f"A {kind} path", loaded, "Fisher lengths")


def steps(loaded: LoadedModel, ends: Ends, straight: Walk) -> Provenance:
    """Between the ends of a walk.

    Args:
        straight: the straight path between them, whose length is given again.
    """
    reproduction = again(
        loaded,
        "the Fisher length of the straight path",
        straight.length,
        "from vae_core.planes.geodesics import fisher_embedding, step_lengths\n"
        "from vae_core.planes.geometry import straight_path",
        f"ends = np.array({[ends.start_Z.tolist(), ends.end_Z.tolist()]})",
        f"z_TZ = straight_path(*ends, {len(straight.path.z_TZ)})",
        "print(step_lengths(fisher_embedding(model), z_TZ).sum())",
    )
    return measured_on(
        "How much each step changes the image", loaded, "Fisher lengths", reproduction=reproduction
    )
