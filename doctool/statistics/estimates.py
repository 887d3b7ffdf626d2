"""The value of one arm with its interval."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from doctool.records import Estimate
from doctool.statistics.distributions import t_quantile


def geometric_mean(values: Sequence[float | None]) -> float | None:
    """Return the geometric mean of the values above 0; None if there is none."""
    logarithms = sorted(math.log(value) for value in values if value is not None and value > 0.0)
    return math.exp(math.fsum(logarithms) / len(logarithms)) if logarithms else None


def estimate(values: Sequence[float]) -> Estimate:
    """Summarise one arm.

    Args:
        values: One per independent replicate, greater than 0, in any order; at least one.

    Returns:
        The median, and the 99 % t interval of the mean of the logarithms, widened if need be to hold the median.
    """
    value = statistics.median(values)
    if len(values) < 2:
        return Estimate(value=value)
    logarithms = sorted(math.log(value) for value in values)
    mean = math.fsum(logarithms) / len(logarithms)
    half_width = t_quantile(0.99, len(values) - 1) * statistics.stdev(logarithms) / math.sqrt(len(values))
    low, high = math.exp(mean - half_width), math.exp(min(mean + half_width, 700.0))
    return Estimate(value=value, low=min(low, value), high=max(high, value))


def estimate_repeats(values: Sequence[int]) -> Estimate:
    """Summarise one arm whose repeats may be identical; then there is no interval."""
    if len(values) >= 2 and len(set(values)) == 1:
        return Estimate(value=float(values[0]), deterministic=True)
    return estimate([float(value) for value in values])
