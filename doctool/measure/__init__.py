"""Measure what is asked for, and make records of it."""

from __future__ import annotations

from doctool.measure.arms import probe_mechanism
from doctool.measure.effort import Effort, Postponed, remedy_for
from doctool.measure.measuring import Measuring
from doctool.measure.turn import Measured, measure, targets_here

__all__ = [
    "Effort",
    "Measured",
    "Measuring",
    "Postponed",
    "measure",
    "probe_mechanism",
    "remedy_for",
    "targets_here",
]
