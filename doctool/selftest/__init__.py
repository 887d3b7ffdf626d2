"""Try the measurement out on arms of which the truth is known.

An arm against itself, and against one with 5 % more work, through the very path that every figure takes; then the
same under faults that careless measurements fall for. Beside each, what the careless rules say about the same samples.

Source: PROTOCOL `doctool-ab/1`, "Showing that it works".
"""

from __future__ import annotations

from doctool.selftest.host import HostVerdict, judge_host
from doctool.selftest.recording import save_trials
from doctool.selftest.session import MORE, SAME, TRUE_CHANGE, Finding, SessionResult, judge, run_session, trials_of
from doctool.selftest.situations import FAULTS, LOADED, USUAL, Situation
from doctool.selftest.tally import Count, Tally, tally

__all__ = [
    "FAULTS",
    "LOADED",
    "MORE",
    "SAME",
    "TRUE_CHANGE",
    "USUAL",
    "Count",
    "Finding",
    "HostVerdict",
    "SessionResult",
    "Situation",
    "Tally",
    "judge",
    "judge_host",
    "run_session",
    "save_trials",
    "tally",
    "trials_of",
]
