"""From paired differences to a comparison and its verdict: the only route from samples to words.

Differences are natural logarithms of on / off, one per independent replicate (a fresh process, or a pair of training
runs). It does not know how they were measured.

Source: PROTOCOL `doctool-ab/1`, "The comparison", 5 to 9.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import msgspec

from doctool.records import Comparison, Result, Verdict
from doctool.statistics.distributions import sign_flip_p, t_quantile, t_two_sided_p
from doctool.terms.metrics import METRICS, Family, Metric, metric_of

MIN_REPLICATES = 8
"""Fewer never make a claim: with 7 the sign-flip test cannot reach its level."""
MAX_REPLICATES = 16
"""Where measuring stops even if the interval is still wide."""
MIN_MARGIN = 0.01
"""Smallest relative change in speed or memory that counts as one."""
ALPHA = 0.01
_MOST_NEEDED = 999
_LARGEST_LOG = 700.0
"""Beyond it a relative change is no longer a finite number."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """When a difference becomes a claim.

    Args:
        metric: What was measured: which way is better, and whether it reads as a speed or as an amount.
        margin: Smallest relative change that counts as one.
        clears_margin_by_flips: Whether the sign-flip test must also exclude the margin, not only zero.
    """

    metric: Metric
    margin: float = MIN_MARGIN
    clears_margin_by_flips: bool = False


def is_claim(verdict: Verdict) -> bool:
    """Tell whether the verdict says that there is a difference."""
    return verdict in {Verdict.FASTER, Verdict.SLOWER, Verdict.LESS, Verdict.MORE}


def compare(values: Sequence[float], rule: Rule) -> Comparison | None:
    """Judge paired differences.

    Args:
        values: log(on / off), one per replicate, in any order.
        rule: When it becomes a claim.

    Returns:
        The comparison; None for fewer than two values, which have no spread.
    """
    count = len(values)
    if count < 2:
        return None
    # Sorted, so that the order of replicates does not change even the last bit.
    ordered = sorted(values)
    mean = math.fsum(ordered) / count
    error = statistics.stdev(ordered) / math.sqrt(count)
    comparison = Comparison(
        change=change_of(mean),
        low=change_of(mean - t_quantile(0.99, count - 1) * error),
        high=change_of(mean + t_quantile(0.99, count - 1) * error),
        low90=change_of(mean - t_quantile(0.90, count - 1) * error),
        high90=change_of(mean + t_quantile(0.90, count - 1) * error),
        margin=rule.margin,
        p_value=t_two_sided_p(mean / error, count - 1) if error else float(mean == 0.0),
        sign_flip_p=sign_flip_p(ordered),
        replicates=count,
        verdict=Verdict.INCONCLUSIVE,
        reason="wide",
    )
    return _judge(comparison, ordered, rule)


def compare_exact(off: float, on: float, repeats: int, rule: Rule) -> Comparison:
    """Compare two numbers that every repeat gave again.

    Args:
        off: Greater than 0.
        on: Greater than 0.
        repeats: How often each was seen.
        rule: Its margin decides what counts as a difference.
    """
    change = on / off - 1.0
    comparison = Comparison(
        change=change,
        low=change,
        high=change,
        low90=change,
        high90=change,
        margin=rule.margin,
        p_value=float(change == 0.0),
        sign_flip_p=float(change == 0.0),
        replicates=repeats,
        verdict=Verdict.NO_DIFFERENCE,
        deterministic=True,
    )
    direction = direction_of(comparison)
    return msgspec.structs.replace(comparison, verdict=word_of(direction, rule.metric)) if direction else comparison


def make_inconclusive(comparison: Comparison, reason: str) -> Comparison:
    """Return the comparison with its verdict withdrawn, for example because the null arm is not clean."""
    return msgspec.structs.replace(comparison, verdict=Verdict.INCONCLUSIVE, reason=reason)


def _judge(comparison: Comparison, values: Sequence[float], rule: Rule) -> Comparison:
    replace = msgspec.structs.replace
    if comparison.replicates < MIN_REPLICATES:
        needed = max(MIN_REPLICATES, replicates_needed(values, rule.margin) or 0)
        return replace(comparison, reason="few", needed=needed)
    direction = direction_of(comparison)
    if direction and _flips_agree(comparison, values, direction, rule):
        return replace(comparison, verdict=word_of(direction, rule.metric), reason=None)
    if is_within(comparison.low90, comparison.high90, rule.margin):
        return replace(comparison, verdict=Verdict.NO_DIFFERENCE, reason=None)
    return replace(comparison, needed=replicates_needed(values, rule.margin))


def direction_of(comparison: Comparison) -> int:
    """Return +1 or -1 where the whole 99 % interval is beyond the margin on that side, else 0.

    Both sides use the same logarithm, so that exchanging off and on only turns the sign.
    """
    limit = claim_limit(comparison.margin)
    if math.log1p(comparison.low) > limit:
        return 1
    return -1 if math.log1p(comparison.high) < -limit else 0


def claim_limit(margin: float) -> float:
    """Return the log ratio beyond which a change counts: the farther of the two sides of the margin."""
    return -math.log1p(-margin)


def is_within(low: float, high: float, margin: float) -> bool:
    """Tell whether an interval of relative changes lies inside the margin, on both sides by the same logarithm."""
    limit = math.log1p(margin)
    return math.log1p(low) > -limit and math.log1p(high) < limit


def _flips_agree(comparison: Comparison, values: Sequence[float], direction: int, rule: Rule) -> bool:
    if comparison.sign_flip_p >= ALPHA:
        return False
    if not rule.clears_margin_by_flips:
        return True
    shift = direction * claim_limit(rule.margin)
    return sign_flip_p([value - shift for value in values]) < ALPHA


def word_of(direction: int, metric: Metric) -> Verdict:
    """Return the word for a change of a metric in a direction, +1 or -1: a speed or an amount."""
    if metric.unit not in {"s", "tokens/s"}:
        return Verdict.MORE if direction > 0 else Verdict.LESS
    return Verdict.FASTER if (direction < 0) == metric.lower_is_better else Verdict.SLOWER


def change_of(log_ratio: float) -> float:
    """Return a natural logarithm of a ratio as a relative change, always finite and above -100 %."""
    # A change of exactly -100 % would have no logarithm to come back to.
    return max(math.expm1(min(log_ratio, _LARGEST_LOG)), math.nextafter(-1.0, 0.0))


def replicates_needed(values: Sequence[float], margin: float) -> int | None:
    """Estimate how many replicates would settle what these leave open, if they stay as they are.

    Args:
        values: log(on / off) of at least two replicates.
        margin: Smallest relative change that counts as one.

    Returns:
        At least 8; None if 999 would not do, because the effect is too close to the margin.
    """
    spread = statistics.stdev(values)
    effect = abs(math.fsum(values) / len(values))
    limit = claim_limit(margin)
    # A claim keeps the 99 % interval outside the margin, equivalence the 90 % interval inside.
    confidence, room = (0.99, effect - limit) if effect > limit else (0.90, math.log1p(margin) - effect)
    if room <= 0.0 or t_quantile(confidence, _MOST_NEEDED - 1) * spread / math.sqrt(_MOST_NEEDED) >= room:
        return None
    low, high = MIN_REPLICATES - 1, _MOST_NEEDED
    while high - low > 1:
        count = (low + high) // 2
        if t_quantile(confidence, count - 1) * spread / math.sqrt(count) < room:
            high = count
        else:
            low = count
    return high


def detectable_change(spread: float, replicates: int, margin: float) -> float:
    """Return the relative change that would be claimed four times in five.

    Args:
        spread: Standard deviation of log(on / off) over replicates.
        replicates: How many, at least 2.
        margin: Smallest relative change that counts as one.

    Returns:
        The change whose 99 % interval clears the margin with a probability of about 80 %: the margin, the half-width,
        and the 80 % point of the estimate's own spread.
    """
    error = spread / math.sqrt(replicates)
    # A two-sided interval of 60 % leaves 20 % on each side.
    room = t_quantile(0.99, replicates - 1) + t_quantile(0.60, replicates - 1)
    return change_of(claim_limit(margin) + room * error)


def is_precise_enough(comparison: Comparison) -> bool:
    """Tell whether measuring may stop: the 99 % interval is as narrow as the margin or a quarter of the effect.

    It depends on precision only, never on the verdict.
    """
    low, high = math.log1p(comparison.low), math.log1p(comparison.high)
    half_width = (high - low) / 2
    effect = abs(math.log1p(comparison.change))
    return half_width <= math.log1p(comparison.margin) or half_width <= effect / 4


def are_precise_enough(metrics: Mapping[str, Result]) -> bool:
    """Tell whether measuring speed may stop: every headline comparison is precise, with at least 8 replicates.

    Where nothing is compared, the two off arms tell how precise the values are.
    """
    comparisons = [
        result.comparison or result.null
        for key, result in metrics.items()
        if metric_of(key).is_headline and METRICS[metric_of(key).name].family is Family.SPEED
    ]
    return bool(comparisons) and all(
        comparison is not None and comparison.replicates >= MIN_REPLICATES and is_precise_enough(comparison)
        for comparison in comparisons
    )
