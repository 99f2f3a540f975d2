"""How long exact log p(x) takes, and how far it is from a brute-force grid.

    python benchmarks/exact.py                 # minutes, most of them brute force
    python benchmarks/exact.py --models 1 --threads 2

For each bundled model: seconds of 1,000 held-out black and white images measured together,
milliseconds of one alone, and the largest difference from a plain grid on a few of them.
"""

from __future__ import annotations

import argparse
import math
import resource
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import common
from vae_core.data import binarise_fixed, load_split
from vae_core.exact.quadrature import Quadrature
from vae_core.models.vae import VAE
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint

_BETAS = ("0", "0.1", "0.5", "1", "2", "8")
_TOGETHER, _ALONE, _BRUTE = 1000, 30, 5
_HALF, _STEPS, _FINER = 6.0, 360, 10  # the grid: 3600 x 3600 where the mass is
_NEAR = 25.0  # nats below the best, where the finer grid is used


@torch.no_grad()
def brute_force(model: VAE, x_ND: Tensor) -> list[float]:
    """log p(x) of binary images from the midpoints of a plain grid, nats."""

    def log_joint(z_G2: Tensor) -> Tensor:
        output_GD = model.decoder(z_G2.float())
        softplus_G = F.softplus(output_GD).sum(1, dtype=torch.float64)
        square_G = (z_G2**2).sum(1)
        rest_G = softplus_G + 0.5 * square_G + math.log(2 * math.pi)
        log_joint_GN: Tensor = (output_GD @ x_ND.T).double() - rest_G[:, None]
        return log_joint_GN

    size = 2 * _HALF / _STEPS
    axis = (torch.arange(_STEPS, dtype=torch.float64) + 0.5) * size - _HALF
    z_G2 = torch.cartesian_prod(axis, axis)
    rough_GN = torch.cat([log_joint(part) for part in z_G2.split(4000)])
    offset = ((torch.arange(_FINER, dtype=torch.float64) + 0.5) / _FINER - 0.5) * size
    offset_F2 = torch.cartesian_prod(offset, offset)
    found = []
    for n in range(len(x_ND)):
        near = rough_GN[:, n] > rough_GN[:, n].max() - _NEAR
        values = [rough_GN[~near, n] + 2 * math.log(size)]
        for centre_G2 in z_G2[near].split(40):
            finer_G2 = (centre_G2[:, None] + offset_F2).reshape(-1, 2)
            values.append(log_joint(finer_G2)[:, n] + 2 * math.log(size / _FINER))
        found.append(torch.logsumexp(torch.cat(values), 0).item())
    return found


def measure(beta: str) -> list[str]:
    """One row."""
    model = load_checkpoint(BUNDLED / f"mnist-2d-beta-{beta}.safetensors").vae
    held_out = load_split("mnist-5k", "test").x_ND
    every = max(1, len(held_out) // _TOGETHER)
    x_ND = binarise_fixed(held_out, seed=0)[::every][:_TOGETHER]
    with torch.no_grad():
        mu_NZ = model.encode(x_ND)[0].double().numpy()
    x = x_ND.double().numpy()
    start = time.perf_counter()
    quadrature = Quadrature(model)
    build = time.perf_counter() - start
    start, busy = time.perf_counter(), time.process_time()
    found = quadrature.evidences(x, mu_NZ)
    wall, busy = time.perf_counter() - start, time.process_time() - busy
    alone = []
    for n in range(0, len(x), len(x) // _ALONE):
        start = time.perf_counter()
        quadrature.evidence(x[n], mu_NZ[n])
        alone.append(1000 * (time.perf_counter() - start))
    few = list(range(0, len(x), len(x) // _BRUTE))[:_BRUTE]
    expected = brute_force(model, x_ND[few])
    off = max(abs(found[n].log_p - value) for n, value in zip(few, expected, strict=True))
    exact = sum(one.exact for one in found)
    return [
        f"β = {beta}",
        f"{len(x):,}",
        f"{build:.2f}",
        f"{wall:.1f}",
        f"{busy:.1f}",
        f"{exact:,}",
        f"{statistics.median(alone):.0f} / {max(alone):.0f}",
        f"{off:.4f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", nargs="+", default=_BETAS, choices=_BETAS, metavar="BETA")
    parser.add_argument("--threads", type=int, default=1, help="of torch; more only if idle")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(common.describe_machine())
    header = [
        "model", "images", "coarse grid, s", "together, s", "CPU, s", "within 0.01 by estimate",
        "one alone, ms: median / worst", f"worst of {_BRUTE} against brute force, nats",
    ]  # fmt: skip
    common.print_table(header, [measure(beta) for beta in arguments.models])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Most memory of the process: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
