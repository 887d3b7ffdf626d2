"""Student's t distribution and the exact sign-flip test.

Mathematics only; it does not know what the numbers mean.
"""

from __future__ import annotations

import functools
import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

_LARGEST_EXACT = 32
"""Values whose sign flips are enumerated one by one (in two halves of 2^16)."""


def t_two_sided_p(t: float, degrees: int) -> float:
    """Return the probability of a t statistic at least that far from zero.

    Args:
        t: The statistic, any sign; infinite gives 0.
        degrees: Degrees of freedom, at least 1.
    """
    if math.isinf(t):
        return 0.0
    # Two equal forms: the first keeps the digits of a t near zero, the second those of a small tail.
    if abs(t) < 1.0:
        return 1.0 - _incomplete_beta(0.5, degrees / 2, t * t / (degrees + t * t))
    return _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t))


@functools.cache
def t_quantile(confidence: float, degrees: int) -> float:
    """Return the half-width, in standard errors, of a two-sided t interval.

    Args:
        confidence: Of the interval, such as 0.99.
        degrees: Degrees of freedom, at least 1.
    """
    outside = 1.0 - confidence
    low, high = 0.0, 1.0
    while t_two_sided_p(high, degrees) > outside:
        high *= 2.0
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if t_two_sided_p(middle, degrees) > outside:
            low = middle
        else:
            high = middle


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b).

    Source: Abramowitz and Stegun 26.5.8 (continued fraction) and 26.5.2 (symmetry).
    Deviation: none.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    # The fraction converges quickly only on this side of the mean.
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, 1.0 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function by Lentz's method."""
    tiny = 1e-300
    c = 1.0
    d = 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0), tiny)
    fraction = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d, tiny)
            c = _away_from_zero(1.0 + term / c, tiny)
            step = c * d
            fraction *= step
        if abs(step - 1.0) < 1e-15:
            break
    return fraction


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def sign_flip_p(values: Sequence[float]) -> float:
    """Return the exact two-sided p-value of the mean under all flips of the signs.

    If nothing differs, every value is as likely as its negative; the p-value is the share of all sign patterns whose
    mean is at least as far from zero as the one seen. Above 32 values, those of similar size are flipped together,
    which is still exact.

    Args:
        values: Paired differences; their order does not matter.
    """
    sizes = sorted(abs(value) for value in values)
    # A sum that equals the seen one up to rounding counts as being as far out, so that p is never too small.
    threshold = abs(math.fsum(values)) - 1e-9 * math.fsum(sizes)
    if threshold <= 0.0:
        return 1.0
    if len(values) > _LARGEST_EXACT:
        return sign_flip_p(_sum_similar(values))
    middle = len(sizes) // 2
    first, second = _signed_sums(sizes[:middle]), sorted(_signed_sums(sizes[middle:]))
    reached = sum(len(second) - bisect_left(second, threshold - part) for part in first)
    return min(1.0, math.ldexp(reached, 1 - len(sizes)))


def rank_sum_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the exact two-sided p-value of the rank sum of two independent samples.

    Every division of the values into groups of these sizes counts as equally likely; equal values share their ranks.

    Args:
        first: One sample; its order does not matter.
        second: The other.

    Source: F. Wilcoxon, "Individual comparisons by ranking methods", 1945.
    Deviation: exact for shared ranks too, by counting the sums of doubled ranks.
    """
    ranks = _doubled_ranks([*first, *second])
    seen, expected = sum(ranks[: len(first)]), len(first) * (len(ranks) + 1)
    # ways[k][s]: how many choices of k values have the rank sum s.
    ways: list[dict[int, int]] = [{0: 1}, *({} for _ in first)]
    for rank in ranks:
        for size in range(len(first), 0, -1):
            for total, count in ways[size - 1].items():
                ways[size][total + rank] = ways[size].get(total + rank, 0) + count
    reached = sum(count for total, count in ways[-1].items() if abs(total - expected) >= abs(seen - expected))
    return reached / math.comb(len(ranks), len(first))


def _doubled_ranks(values: Sequence[float]) -> list[int]:
    """Return twice the rank of each value, so that shared ranks are whole numbers too."""
    ordered = sorted(values)
    return [bisect_left(ordered, value) + bisect_right(ordered, value) + 1 for value in values]


def _sum_similar(values: Sequence[float]) -> list[float]:
    """Add up values of similar size until few enough are left.

    The grouping looks at sizes only, so flipping a whole group is as likely as not, like flipping one value.
    """
    ordered = sorted(values, key=abs)
    edges = [part * len(ordered) // _LARGEST_EXACT for part in range(_LARGEST_EXACT + 1)]
    return [math.fsum(ordered[start:end]) for start, end in itertools.pairwise(edges)]


def _signed_sums(sizes: Sequence[float]) -> list[float]:
    sums = [0.0]
    for size in sizes:
        sums = [total + size for total in sums] + [total - size for total in sums]
    return sums
