"""The machine a measurement was made on, and what disturbed it.

It knows nothing of what is measured. PyTorch and the GPU library are loaded only by the functions that need them.
"""

from __future__ import annotations

from doctool.environment.comparability import comparable_key, explain_difference, fingerprint, is_comparable
from doctool.environment.gpu import Card, card_of, collect_gpu, gpu_difference, open_nvml, sample_gpu
from doctool.environment.keys import KEYS, Facts, Key, check
from doctool.environment.machine import collect_machine, collect_moment, count_memory_kills
from doctool.environment.setup import Setup
from doctool.environment.signals import (
    Quiet,
    Signals,
    difference,
    exclusion_of,
    is_quiet,
    read_signals,
    wait_until_quiet,
)
from doctool.environment.torch_facts import choose_device, collect_torch, look_around

__all__ = [
    "KEYS",
    "Card",
    "Facts",
    "Key",
    "Quiet",
    "Setup",
    "Signals",
    "card_of",
    "check",
    "choose_device",
    "collect_gpu",
    "collect_machine",
    "collect_moment",
    "collect_torch",
    "comparable_key",
    "count_memory_kills",
    "difference",
    "exclusion_of",
    "explain_difference",
    "fingerprint",
    "gpu_difference",
    "is_comparable",
    "is_quiet",
    "look_around",
    "open_nvml",
    "read_signals",
    "sample_gpu",
    "wait_until_quiet",
]
