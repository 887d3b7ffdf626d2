"""How PyTorch is set up for what runs, as far as that is known before it runs."""

from __future__ import annotations

import msgspec


class Setup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What decides, on one machine, which environment a measurement has.

    Args:
        device: `cpu`, `cuda`, or `auto`, which takes a CUDA device if there is one.
        dtype: Type of parameters and features, such as `float32`.
        threads: Threads of PyTorch on a CPU.
    """

    device: str = "auto"
    dtype: str = "float32"
    threads: int = 1
