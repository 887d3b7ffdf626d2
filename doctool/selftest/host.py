"""What can be seen on this host, from how far equal arms were apart. Pure."""

from __future__ import annotations

import math
import statistics as descriptive
from collections.abc import Sequence

import msgspec

from doctool.records import NULL, OFF, Replicate
from doctool.statistics import (
    FORWARD,
    MAX_REPLICATES,
    MIN_MARGIN,
    MIN_REPLICATES,
    detectable_change,
    replicate_values,
)

_ROUND_CHANGES = (0.02, 0.03, 0.05, 0.10, 0.20, 0.50)


class HostVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """How small a change can be seen, and how long that takes.

    Args:
        spread: Standard deviation of what one process says about two equal arms, relative.
        replicate_s: Seconds that one process takes.
        change: A change that is claimed four times in five; None if even half the speed would be missed.
        replicates: Processes that this takes.
    """

    spread: float
    replicate_s: float
    change: float | None
    replicates: int

    @property
    def seconds(self) -> float:
        """How long it takes to see the change."""
        return self.replicates * self.replicate_s

    def __str__(self) -> str:
        if self.change is None:
            return "this machine is too noisy to see any change; stop whatever else is running and try again"
        return f"a {self.change:.0%} change can be seen here in about {_duration(self.seconds)}"


def judge_host(sessions: Sequence[Sequence[Replicate]]) -> HostVerdict | None:
    """Tell what can be seen, from sessions with a null arm; None if none has two usable processes.

    Args:
        sessions: The replicates of each.
    """
    values = [replicate_values(session, OFF, NULL, FORWARD) for session in sessions]
    values = [group for group in values if len(group) > 1]
    if not values:
        return None
    # Pooled within the sessions: what shifts a whole session is what the null arm is for.
    degrees = sum(len(group) - 1 for group in values)
    spread = math.sqrt(math.fsum(descriptive.variance(group) * (len(group) - 1) for group in values) / degrees)
    replicate_s = descriptive.median(replicate.duration_s for session in sessions for replicate in session)
    for change in _ROUND_CHANGES:
        for replicates in range(MIN_REPLICATES, MAX_REPLICATES + 1):
            if detectable_change(spread, replicates, MIN_MARGIN) <= change:
                return HostVerdict(spread=spread, replicate_s=replicate_s, change=change, replicates=replicates)
    return HostVerdict(spread=spread, replicate_s=replicate_s, change=None, replicates=MAX_REPLICATES)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"
