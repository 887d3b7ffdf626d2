"""Intervals and verdicts: pure functions from raw samples to what may be said about them.

It reads no file, no clock and no environment, and needs nothing outside the standard library.
"""

from __future__ import annotations

from doctool.statistics.arms import Arms
from doctool.statistics.comparison import (
    MAX_REPLICATES,
    MIN_MARGIN,
    MIN_REPLICATES,
    Rule,
    are_precise_enough,
    compare,
    is_claim,
    is_precise_enough,
    replicates_needed,
)
from doctool.statistics.correction import correct_together
from doctool.statistics.memory import summarise_memory
from doctool.statistics.naive import NaiveClaim, naive_claims
from doctool.statistics.protocol import RULES, protocol_digest
from doctool.statistics.speed import (
    HOST_BUSY,
    MAX_EXCLUDED,
    SpeedPlan,
    margin_from,
    match_names,
    session_null_ratio,
    summarise_speed,
)
from doctool.statistics.summary import seal_of, summarise, verify
from doctool.statistics.training import TRAINING_MARGIN, summarise_training

__all__ = [
    "HOST_BUSY",
    "MAX_EXCLUDED",
    "MAX_REPLICATES",
    "MIN_MARGIN",
    "MIN_REPLICATES",
    "RULES",
    "TRAINING_MARGIN",
    "Arms",
    "NaiveClaim",
    "Rule",
    "SpeedPlan",
    "are_precise_enough",
    "compare",
    "correct_together",
    "is_claim",
    "is_precise_enough",
    "margin_from",
    "match_names",
    "naive_claims",
    "protocol_digest",
    "replicates_needed",
    "seal_of",
    "session_null_ratio",
    "summarise",
    "summarise_memory",
    "summarise_speed",
    "summarise_training",
    "verify",
]
