"""Timed visits of several arms, mirrored and in fresh processes, and exact peak memory.

It measures and stores; what the samples mean is the business of `doctool.statistics`. PyTorch is imported in child
processes only: `child`, `replicate`, `cpu`, `cuda`, `layers` and `peak` run there.

Source: PROTOCOL `doctool-ab/1`.
"""

from __future__ import annotations

from doctool.sampling.cache import past_null_ratios, prepare_cache, remember_null_ratio
from doctool.sampling.journal import forget, journal_path
from doctool.sampling.memory import measure_memory
from doctool.sampling.request import Conditions, Limits, MemoryOutcome, Report, SpeedOutcome, SpeedRequest
from doctool.sampling.session import measure_speed

__all__ = [
    "Conditions",
    "Limits",
    "MemoryOutcome",
    "Report",
    "SpeedOutcome",
    "SpeedRequest",
    "forget",
    "journal_path",
    "measure_memory",
    "measure_speed",
    "past_null_ratios",
    "prepare_cache",
    "remember_null_ratio",
]
