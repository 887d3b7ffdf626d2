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
    detectable_change,
    is_claim,
    is_precise_enough,
    replicates_needed,
)
from doctool.statistics.correction import correct_together
from doctool.statistics.memory import summarise_memory
from doctool.statistics.naive import NaiveClaim, naive_claims
from doctool.statistics.protocol import PROTOCOL, RULES, protocol_digest
from doctool.statistics.readings import FORWARD, match_names
from doctool.statistics.sessions import ABSOLUTE_MARGIN, Session, compare_sessions, drift_margin, joint_margin
from doctool.statistics.speed import (
    CHANGE,
    HOST_BUSY,
    MAX_EXCLUDED,
    TOO_WIDE,
    SpeedPlan,
    block_value,
    margin_from,
    replicate_values,
    session_null_ratio,
    summarise_speed,
    values_by_role,
)
from doctool.statistics.summary import BUSY, plan_of, seal_of, summarise, verify
from doctool.statistics.training import TRAINING_MARGIN, summarise_training, values_of_training
from doctool.statistics.trials import RuleSummary, summarise_trials

__all__ = [
    "ABSOLUTE_MARGIN",
    "BUSY",
    "CHANGE",
    "FORWARD",
    "HOST_BUSY",
    "MAX_EXCLUDED",
    "MAX_REPLICATES",
    "MIN_MARGIN",
    "MIN_REPLICATES",
    "PROTOCOL",
    "RULES",
    "TOO_WIDE",
    "TRAINING_MARGIN",
    "Arms",
    "NaiveClaim",
    "Rule",
    "RuleSummary",
    "Session",
    "SpeedPlan",
    "are_precise_enough",
    "block_value",
    "compare",
    "compare_sessions",
    "correct_together",
    "detectable_change",
    "drift_margin",
    "is_claim",
    "is_precise_enough",
    "joint_margin",
    "margin_from",
    "match_names",
    "naive_claims",
    "plan_of",
    "protocol_digest",
    "replicate_values",
    "replicates_needed",
    "seal_of",
    "session_null_ratio",
    "summarise",
    "summarise_memory",
    "summarise_speed",
    "summarise_training",
    "summarise_trials",
    "values_by_role",
    "values_of_training",
    "verify",
]
