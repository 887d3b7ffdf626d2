"""Compare two arms of a mechanism by training both, in pairs of equal seeds.

The parent plans, starts child processes and keeps what they finish; only children import PyTorch and the measured
code. What the runs mean is the business of `doctool.statistics`.
"""

from __future__ import annotations

from doctool.training.comparison import compare_training
from doctool.training.request import Limits, Trainer, TrainingOutcome, TrainingRequest, settings_as_measured

__all__ = ["Limits", "Trainer", "TrainingOutcome", "TrainingRequest", "compare_training", "settings_as_measured"]
