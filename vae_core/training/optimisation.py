"""Steps of training: Adam with a guard, its learning rate, and numbers that are too small."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

WARM_UP_SHARE = 0.1
ADAM_BETAS = (0.9, 0.95)
CLIP_AT = 3.0  # times the running gradient norm


def one_cycle(step: int, total_steps: int, peak: float) -> float:
    """Learning rate: a cosine up over the first tenth of the steps, a cosine down to ~0.

    Source: Smith & Topin 2018, arXiv:1708.07120, with cosine annealing.
    """
    start, end = peak / 25, peak / 25e4
    warm_up = WARM_UP_SHARE * total_steps
    if step < warm_up:
        low, high, share = start, peak, step / warm_up
    else:
        low, high, share = end, peak, 1 - (step - warm_up) / max(total_steps - warm_up, 1)
    return low + (high - low) * 0.5 * (1 - math.cos(math.pi * share))


class GuardedAdam:
    """Adam that clips at 3x the running gradient norm and leaves non-finite steps out.

    It calls torch's fused kernel directly: the first ``torch.optim.Adam`` of a process imports
    torch._dynamo, 1.5 s that a student would wait for the first picture.

    Source: Kingma & Ba 2015, arXiv:1412.6980; decoupled weight decay as in Loshchilov & Hutter
    2019, arXiv:1711.05101.
    """

    def __init__(self, parameters: list[Tensor], weight_decay: float = 0.0) -> None:
        self.parameters = parameters
        self.weight_decay = weight_decay
        self._first = [torch.zeros_like(p) for p in parameters]
        self._second = [torch.zeros_like(p) for p in parameters]
        self._step = torch.zeros((), device=parameters[0].device)
        self._running_norm: float | None = None

    def step(self, gradients: Sequence[Tensor], learning_rate: float) -> bool:
        """One update in place. Returns False, and changes nothing, if a gradient is not finite."""
        norms = torch._foreach_norm(list(gradients))
        norm = torch.linalg.vector_norm(torch.stack(norms)).item()
        if not math.isfinite(norm):
            return False
        if not self._running_norm:
            self._running_norm = norm
        limit = CLIP_AT * self._running_norm
        clipped = min(norm, limit)
        self._running_norm = 0.99 * self._running_norm + 0.01 * clipped
        scale = None
        if norm > limit:
            # The kernel divides by it, so clipping costs no pass of its own.
            scale = torch.tensor(norm / limit, device=self.parameters[0].device)
        self._step += 1
        with torch.no_grad():
            torch._fused_adamw_(
                self.parameters,
                list(gradients),
                self._first,
                self._second,
                [],
                [self._step] * len(self.parameters),
                lr=learning_rate,
                beta1=ADAM_BETAS[0],
                beta2=ADAM_BETAS[1],
                weight_decay=self.weight_decay,
                eps=1e-8,
                amsgrad=False,
                maximize=False,
                grad_scale=scale,
            )
        return True


@contextmanager
def denormals_as_zero() -> Iterator[None]:
    """For this thread's float arithmetic on the CPU.

    Adam's averages shrink below 1e-38 where no gradient arrives any more: at a ReLU unit that has
    died, at a pixel that is hardly ever lit. The processor takes many times longer for such
    numbers; after 1,000 steps of a 784-400-2 ReLU network that was a third of a step.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
