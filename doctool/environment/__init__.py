"""The machine a measurement was made on, and what disturbed it.

It knows nothing of what is measured. PyTorch and the GPU library are loaded only by the functions that need them.
"""

from __future__ import annotations

from doctool.environment.comparability import comparable_key, explain_difference, fingerprint, is_comparable
from doctool.environment.gpu import collect_gpu, gpu_difference, open_nvml, sample_gpu
from doctool.environment.keys import KEYS, Facts, Key, check
from doctool.environment.machine import collect_machine, collect_moment
from doctool.environment.signals import (
    Quiet,
    Signals,
    difference,
    exclusion_of,
    is_quiet,
    read_signals,
    wait_until_quiet,
)
from doctool.environment.torch_facts import collect_torch

__all__ = [
    "KEYS",
    "Facts",
    "Key",
    "Quiet",
    "Signals",
    "check",
    "collect_gpu",
    "collect_machine",
    "collect_moment",
    "collect_torch",
    "comparable_key",
    "difference",
    "exclusion_of",
    "explain_difference",
    "fingerprint",
    "gpu_difference",
    "is_comparable",
    "is_quiet",
    "open_nvml",
    "read_signals",
    "sample_gpu",
    "wait_until_quiet",
]
