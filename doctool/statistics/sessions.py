"""The same figure from two sessions: what may be said about the difference.

Two sessions are not a paired comparison. Their replicates never ran in the same process, and whatever changed on the
machine between the sessions is in the difference. An unpaired interval over replicates tells only of the spread within
the sessions; how far two sessions of the very same code are apart is the business of the margin, which therefore comes
from the null arms, and is that of two sessions together.

- A *ratio* (on / off) cancels the machine in each session. Each session's margin is that of its record, or how far its
  own null arm was off if that is more.
- An *absolute* time does not: it follows the machine's clock, heat and neighbours. Its margin is how far apart the
  processes of one session were while they ran the same code, and never below `ABSOLUTE_MARGIN`.

Source: B. L. Welch, "The generalization of 'Student's' problem when several different population variances are
involved", 1947; PROTOCOL `doctool-ab/1`, 5 to 8, of which levels, margins and words are taken over.
Deviation: the degrees of freedom are rounded down, and an exact rank-sum test stands in for the sign flips, which need
pairs.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence

import msgspec

from doctool.records import Comparison, Verdict
from doctool.statistics.comparison import (
    ALPHA,
    MIN_MARGIN,
    MIN_REPLICATES,
    Rule,
    change_of,
    claim_limit,
    compare_exact,
    direction_of,
    is_within,
    make_inconclusive,
    word_of,
)
from doctool.statistics.distributions import rank_sum_p, t_quantile, t_two_sided_p
from doctool.terms.metrics import Metric

ABSOLUTE_MARGIN = 0.05
"""Smallest relative change of an absolute time between sessions that may count as one: machines drift that much."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one session.

    Args:
        logs: Natural logarithm of the figure, one per independent replicate.
        margin: Smallest relative change that counts as one against another session.
        spoilt: Why nothing the session says counts, in a word; None if it does.
        exact: The figure itself, where every repeat gave it again; then `logs` are not looked at.
    """

    logs: tuple[float, ...] = ()
    margin: float = MIN_MARGIN
    spoilt: str | None = None
    exact: float | None = None


def compare_sessions(old: Session, new: Session, metric: Metric) -> Comparison | None:
    """Judge how a figure of one session differs from that of another.

    Returns:
        The change new / old - 1 with its intervals; `sign_flip_p` holds the p-value of the rank-sum test. None where
        a session has fewer than two values.
    """
    if old.exact is not None and new.exact is not None:
        margin = max(old.margin, new.margin)
        return compare_exact(old.exact, new.exact, 1, Rule(metric=metric, margin=margin))
    if min(len(old.logs), len(new.logs)) < 2:
        return None
    comparison = _judge(_welch(old, new), metric)
    spoilt = old.spoilt or new.spoilt
    return make_inconclusive(comparison, spoilt) if spoilt else comparison


def joint_margin(first: float, second: float) -> float:
    """Return the margin of a difference between two sessions: each brings its own noise, independent of the other's."""
    return -math.expm1(-math.hypot(claim_limit(first), claim_limit(second)))


def drift_margin(same_code: Sequence[float]) -> float:
    """Return the margin of an absolute time, from how it wandered within the session.

    Args:
        same_code: Times of the arm without the mechanism and of its twin, one per replicate and arm.

    Returns:
        The 95th percentile of the relative differences between any two, at least `ABSOLUTE_MARGIN`.
    """
    logs = [math.log(value) for value in same_code if value > 0.0]
    apart = [abs(one - other) for one, other in itertools.combinations(logs, 2)]
    if len(apart) < 2:
        return ABSOLUTE_MARGIN
    return max(ABSOLUTE_MARGIN, -math.expm1(-statistics.quantiles(apart, n=20, method="inclusive")[-1]))


def _welch(old: Session, new: Session) -> Comparison:
    sides = [sorted(session.logs) for session in (old, new)]
    means = [math.fsum(side) / len(side) for side in sides]
    parts = [statistics.variance(side) / len(side) for side in sides]
    difference, error = means[1] - means[0], math.sqrt(math.fsum(parts))
    weights = [part * part / (len(side) - 1) for part, side in zip(parts, sides, strict=True)]
    most = len(sides[0]) + len(sides[1]) - 2
    degrees = max(1, min(most, math.floor(math.fsum(parts) ** 2 / math.fsum(weights)))) if any(weights) else most
    half, half90 = t_quantile(0.99, degrees) * error, t_quantile(0.90, degrees) * error
    return Comparison(
        change=change_of(difference),
        low=change_of(difference - half),
        high=change_of(difference + half),
        low90=change_of(difference - half90),
        high90=change_of(difference + half90),
        margin=joint_margin(old.margin, new.margin),
        p_value=t_two_sided_p(difference / error, degrees) if error else float(difference == 0.0),
        sign_flip_p=rank_sum_p(*sides),
        replicates=min(map(len, sides)),
        verdict=Verdict.INCONCLUSIVE,
        reason="wide",
    )


def _judge(comparison: Comparison, metric: Metric) -> Comparison:
    if comparison.replicates < MIN_REPLICATES:
        return msgspec.structs.replace(comparison, reason="few")
    direction = direction_of(comparison)
    if direction and comparison.sign_flip_p < ALPHA:
        return msgspec.structs.replace(comparison, verdict=word_of(direction, metric), reason=None)
    low, high = comparison.low90, comparison.high90
    if not is_within(low, high, comparison.margin):
        return comparison
    # What is seen and is less than the margin may be the sessions' noise, or hidden by it: that is no sameness.
    if is_within(low, high, joint_margin(MIN_MARGIN, MIN_MARGIN)) or comparison.low <= 0.0 <= comparison.high:
        return msgspec.structs.replace(comparison, verdict=Verdict.NO_DIFFERENCE, reason=None)
    return msgspec.structs.replace(comparison, reason="drift")
