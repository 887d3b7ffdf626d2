"""The t distribution and the sign-flip test against SciPy and against brute force."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from doctool.statistics.distributions import sign_flip_p, t_quantile, t_two_sided_p

FLOATS = st.floats(-10, 10, allow_nan=False).map(lambda value: round(value, 3))


@given(t=st.floats(-1e6, 1e6), degrees=st.integers(1, 2000))
def test_the_t_tail_is_the_one_of_scipy(t, degrees):
    assume(abs(t) > 1e-3)  # SciPy itself loses digits below
    assert t_two_sided_p(t, degrees) == pytest.approx(2 * stats.t.sf(abs(t), degrees), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("degrees", [1, 2, 3, 7, 8, 15, 31, 100, 998])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99, 0.999])
def test_the_t_quantile_is_the_one_of_scipy(confidence, degrees):
    assert t_quantile(confidence, degrees) == pytest.approx(stats.t.ppf((1 + confidence) / 2, degrees), rel=1e-10)


@given(t=st.floats(-10, 10))
def test_with_one_degree_the_tail_is_an_arcus_tangent(t):
    assert t_two_sided_p(t, 1) == pytest.approx(1 - 2 / math.pi * math.atan(abs(t)), rel=1e-13, abs=1e-14)


def test_an_infinite_statistic_has_no_tail():
    assert t_two_sided_p(math.inf, 7) == 0.0
    assert t_two_sided_p(0.0, 7) == pytest.approx(1.0)


@given(values=st.lists(FLOATS, min_size=1, max_size=9))
def test_the_sign_flip_test_counts_every_pattern(values):
    seen = abs(math.fsum(values))
    sums = [
        abs(math.fsum(sign * value for sign, value in zip(signs, values, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(values))
    ]
    expected = sum(total >= seen - 1e-7 for total in sums) / len(sums)
    assert sign_flip_p(values) == pytest.approx(expected)


def test_the_sign_flip_test_is_the_permutation_test_of_scipy():
    values = [0.4, -0.1, 0.9, 0.35, 1.2, -0.6, 0.8, 0.05, 0.31, 0.77]
    found = stats.permutation_test((values,), sum, permutation_type="samples", n_resamples=10**6, vectorized=False)
    assert sign_flip_p(values) == pytest.approx(found.pvalue)


def test_eight_equal_signs_are_the_least_that_reach_one_percent():
    assert sign_flip_p([0.05] * 8) == 2 / 256
    assert sign_flip_p([0.05] * 7) == 2 / 128


@given(values=st.lists(FLOATS, min_size=1, max_size=40), order=st.randoms())
def test_neither_order_nor_sign_matters(values, order):
    shuffled = list(values)
    order.shuffle(shuffled)
    assert sign_flip_p(shuffled) == pytest.approx(sign_flip_p(values), abs=1e-12)
    if len(set(map(abs, values))) == len(values):
        assert sign_flip_p([-value for value in values]) == pytest.approx(sign_flip_p(values), abs=1e-12)


def test_many_values_are_grouped_and_still_tell():
    assert sign_flip_p([0.05 + 0.001 * index for index in range(50)]) < 1e-8
    alternating = [(-1) ** index * (1 + 0.001 * index) for index in range(50)]
    assert sign_flip_p(alternating) > 0.5
