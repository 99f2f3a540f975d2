"""Where a model is trained, and in which arithmetic."""

from __future__ import annotations

import torch


def choose_device(name: str) -> torch.device:
    """ "auto" is CUDA where there is one. Raises ValueError if "cuda" is asked for in vain."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device cuda was asked for, but torch sees none; use auto or cpu")
    return torch.device(name)


def choose_precision(name: str, device: torch.device) -> str:
    """ "auto" is bfloat16 only where the hardware multiplies it natively: elsewhere it is slow."""
    if name != "auto":
        return name
    native = (
        torch.cuda.is_bf16_supported(including_emulation=False)
        if device.type == "cuda"
        else torch.cpu._is_avx512_bf16_supported()
    )
    return "bfloat16" if native else "float32"
