"""Measure what is asked for, and make records of it."""

from __future__ import annotations

from doctool.measure.measuring import Effort, Measuring, probe_mechanism

__all__ = ["Effort", "Measuring", "probe_mechanism"]
