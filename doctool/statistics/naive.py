"""What the usual, careless rules would say about the very same samples.

Only for `doctool selftest` and the benchmarks, which show what they get wrong. No document is written from here.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import msgspec

from doctool.records import Replicate
from doctool.statistics.arms import DEFAULT_ARMS, Arms
from doctool.statistics.distributions import t_two_sided_p

MEAN_LINE = 0.01
"""A change that is printed with one decimal of a percent is taken for real from here on."""
MEDIAN_LINE = 0.05
POOLED_ALPHA = 0.05


class NaiveClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a naive rule.

    Args:
        change: on / off - 1, as the rule computes it.
        claims: Whether the rule calls it a difference.
    """

    change: float
    claims: bool


def naive_claims(replicates: Sequence[Replicate], arms: Arms = DEFAULT_ARMS) -> dict[str, NaiveClaim]:
    """Apply the naive rules to the latencies of a session.

    Args:
        replicates: In the order in which they were measured.
        arms: Who is compared with whom; pass the null arm as `on` to compare off with itself.

    Returns:
        By name: `sequential mean` (off from the first half of the session and on from the second, any change of 1 %
        counts), `one median each` (the same halves, a line at 5 %) and `pooled t-test` (all samples as if they
        were independent, p < .05). Nothing if an arm has fewer than two samples in its part.
    """
    visits = [visit for replicate in replicates for block in replicate.blocks for visit in block.visits]
    off_all = [visit.median_s for visit in visits if visit.arm == arms.off]
    on_all = [visit.median_s for visit in visits if visit.arm == arms.on]
    middle = len(visits) // 2
    off_first = [visit.median_s for visit in visits[:middle] if visit.arm == arms.off]
    on_last = [visit.median_s for visit in visits[middle:] if visit.arm == arms.on]
    if len(off_first) < 2 or len(on_last) < 2:
        return {}
    mean_change = statistics.fmean(on_last) / statistics.fmean(off_first) - 1.0
    median_change = statistics.median(on_last) / statistics.median(off_first) - 1.0
    return {
        "sequential mean": NaiveClaim(change=mean_change, claims=abs(mean_change) > MEAN_LINE),
        "one median each": NaiveClaim(change=median_change, claims=abs(median_change) > MEDIAN_LINE),
        "pooled t-test": NaiveClaim(
            change=statistics.fmean(on_all) / statistics.fmean(off_all) - 1.0,
            claims=_pooled_p(off_all, on_all) < POOLED_ALPHA,
        ),
    }


def _pooled_p(off: Sequence[float], on: Sequence[float]) -> float:
    """Return the two-sided p-value of Student's t test with one common variance."""
    degrees = len(off) + len(on) - 2
    squares = (len(off) - 1) * statistics.variance(off) + (len(on) - 1) * statistics.variance(on)
    error = math.sqrt(squares / degrees * (1 / len(off) + 1 / len(on)))
    difference = statistics.fmean(on) - statistics.fmean(off)
    if error == 0.0:
        return float(difference == 0.0)
    return t_two_sided_p(difference / error, degrees)
