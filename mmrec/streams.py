"""Give every purpose its own random stream, so that one never shifts another.

A mechanism that is switched on must not change the batches, nor the first values of the parameters that both
arms share. Hence nothing here reads torch's global generator, except `draw_seed`, exactly once per module.
"""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def generator(seed: int, *purpose: str | int) -> torch.Generator:
    """Build a CPU generator that depends on the seed and on what it is for, and on nothing else.

    Args:
        seed: Any integer.
        purpose: Names and counters, such as `"batch", 17`.
    """
    digest = hashlib.sha256(repr((seed, *purpose)).encode()).digest()
    return torch.Generator(device="cpu").manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def draw_seed() -> int:
    """Take one number in [0, 2^62) from torch's default CPU generator, so that `torch.manual_seed` rules."""
    return int(torch.randint(2**62, (), device="cpu", dtype=torch.int64))


def draw_normal(shape: tuple[int, ...], std: float, stream: torch.Generator) -> Tensor:
    """Draw normal values in float32 on the CPU: the same numbers on every device and in every default dtype.

    Args:
        shape: Shape of the result.
        std: Standard deviation.
        stream: Source of the numbers; it is moved on.
    """
    return torch.randn(shape, generator=stream, dtype=torch.float32, device="cpu") * std
