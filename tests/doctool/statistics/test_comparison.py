"""The verdicts: laws that must hold for any samples, cases computed by hand, and simulated sessions."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from doctool import statistics
from doctool.records import Comparison, Verdict
from doctool.statistics import Rule, compare, is_claim, is_precise_enough, replicates_needed
from doctool.statistics.comparison import compare_exact
from doctool.terms.metrics import METRICS, Metric

LATENCY = Rule(metric=METRICS["forward_latency"])
THROUGHPUT = Rule(metric=METRICS["throughput"])
STEPS = Rule(metric=METRICS["convergence_steps"], margin=0.02, clears_margin_by_flips=True)
VALUES = st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=16)
OPPOSITE = {
    Verdict.FASTER: Verdict.SLOWER,
    Verdict.SLOWER: Verdict.FASTER,
    Verdict.LESS: Verdict.MORE,
    Verdict.MORE: Verdict.LESS,
}


def judge(values, rule=LATENCY) -> Comparison:
    found = compare(values, rule)
    assert found is not None
    return found


@given(values=VALUES, rule=st.sampled_from([LATENCY, THROUGHPUT, STEPS]))
def test_exchanging_off_and_on_turns_the_sign(values, rule):
    there, back = judge(values, rule), judge([-value for value in values], rule)
    assert back.verdict is OPPOSITE.get(there.verdict, there.verdict)
    assert back.reason == there.reason
    assert math.log1p(back.change) == pytest.approx(-math.log1p(there.change), abs=1e-12)
    assert math.log1p(back.low) == pytest.approx(-math.log1p(there.high), abs=1e-9)
    assert back.needed == there.needed


@given(values=VALUES, order=st.randoms())
def test_the_order_of_replicates_does_not_matter(values, order):
    shuffled = list(values)
    order.shuffle(shuffled)
    assert judge(shuffled) == judge(values)


@given(values=VALUES)
def test_the_interval_is_the_t_interval_of_scipy(values):
    assume(max(values) - min(values) > 1e-6)
    found = judge(values)
    mean, error = sum(values) / len(values), stats.sem(values)
    for confidence, low, high in ((0.99, found.low, found.high), (0.90, found.low90, found.high90)):
        expected = stats.t.interval(confidence, len(values) - 1, loc=mean, scale=error)
        assert (math.log1p(low), math.log1p(high)) == pytest.approx(expected, abs=1e-9)
    assert found.p_value == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=1e-9)


@given(values=VALUES)
def test_every_claim_keeps_its_interval_beyond_the_margin(values):
    found = judge(values)
    if is_claim(found.verdict):
        assert found.low > found.margin or found.high < -found.margin
        assert found.sign_flip_p < 0.01
        assert found.replicates >= 8
    if found.verdict is Verdict.NO_DIFFERENCE:
        assert -found.margin < found.low90 <= found.high90 < found.margin
    assert (found.reason is None) == (found.verdict is not Verdict.INCONCLUSIVE)


def test_a_hand_computed_case():
    # Mean 0.05, deviations ±0.01: SD 0.01069, standard error 0.003780, t(7; 0.995) = 3.4995.
    found = judge([0.04, 0.06] * 4)
    assert found.change == pytest.approx(math.exp(0.05) - 1)
    assert math.log1p(found.low) == pytest.approx(0.05 - 3.4995 * 0.0037796, abs=1e-6)
    assert found.p_value < 0.001  # from the table, t(7; 0.9995) = 5.408, and t is 13.2 here
    assert found.sign_flip_p == 2 / 256
    assert found.verdict is Verdict.SLOWER


@pytest.mark.parametrize(
    ("rule", "more", "less"),
    [
        (LATENCY, Verdict.SLOWER, Verdict.FASTER),
        (THROUGHPUT, Verdict.FASTER, Verdict.SLOWER),
        (STEPS, Verdict.MORE, Verdict.LESS),
        (Rule(metric=METRICS["convergence_time"]), Verdict.SLOWER, Verdict.FASTER),
        (Rule(metric=METRICS["peak_memory"]), Verdict.MORE, Verdict.LESS),
    ],
)
def test_the_words_follow_what_is_measured(rule: Rule, more: Verdict, less: Verdict):
    values = [0.10, 0.11, 0.09, 0.105, 0.095, 0.1, 0.108, 0.092]
    assert judge(values, rule).verdict is more
    assert judge([-value for value in values], rule).verdict is less


def test_seven_replicates_never_claim():
    found = judge([0.5, 0.51, 0.52, 0.5, 0.51, 0.52, 0.5])
    assert (found.verdict, found.reason, found.needed) == (Verdict.INCONCLUSIVE, "few", 8)
    assert judge([1e-6] * 7).reason == "few"


def test_one_replicate_has_no_interval():
    assert compare([0.1], LATENCY) is None
    assert compare([], LATENCY) is None


def test_a_tight_interval_around_zero_is_no_difference():
    assert judge([0.001, -0.001] * 4).verdict is Verdict.NO_DIFFERENCE


def test_equivalence_is_decided_by_the_90_percent_interval():
    # Standard error 0.0106 / sqrt(7) = 0.0040: 1.895 of them are within 1 %, 3.499 of them are not.
    found = judge([0.0106, -0.0106] * 4)
    assert found.high90 < 0.01 < found.high
    assert found.verdict is Verdict.NO_DIFFERENCE
    assert judge([0.0145, -0.0145] * 4).verdict is Verdict.INCONCLUSIVE


def test_a_difference_smaller_than_the_margin_is_never_claimed():
    values = [0.006 + 0.0001 * index for index in range(8)]
    assert judge(values).p_value < 1e-6
    assert judge(values).verdict is Verdict.NO_DIFFERENCE
    assert judge(values, Rule(metric=METRICS["forward_latency"], margin=0.004)).verdict is Verdict.SLOWER


def test_a_wide_interval_is_inconclusive_and_says_what_would_settle_it():
    found = judge([0.05, -0.01, 0.09, 0.02, 0.07, -0.02, 0.06, 0.04])
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "wide")
    assert found.needed is not None
    assert found.needed > 8


def test_an_effect_at_the_margin_is_never_settled():
    assert replicates_needed([0.00998, 0.00992] * 4, 0.01) is None


@given(spread=st.floats(0.001, 0.05), effect=st.floats(0.02, 0.2))
def test_the_replicates_needed_are_just_enough(spread, effect):
    needed = replicates_needed([effect - spread, effect + spread] * 4, 0.01)
    assume(needed is not None and needed > 8)
    deviation = spread * math.sqrt(8 / 7)
    room = effect + math.log1p(-0.01)
    assert stats.t.ppf(0.995, needed - 1) * deviation / math.sqrt(needed) < room
    assert stats.t.ppf(0.995, needed - 2) * deviation / math.sqrt(needed - 1) >= room * (1 - 1e-9)


def test_training_needs_the_sign_flips_beyond_the_margin_too():
    # Seven pairs far beyond 2 %, one just inside: the interval is clear of the margin, the flips are not.
    values = [0.100, 0.101, 0.102, 0.103, 0.104, 0.105, 0.106, 0.018]
    one_more = [*values[:-1], 0.107]
    lenient = Rule(metric=STEPS.metric, margin=0.02)
    assert judge(values, lenient).verdict is Verdict.MORE
    assert judge(values, STEPS).verdict is Verdict.INCONCLUSIVE
    assert judge(one_more, STEPS).verdict is Verdict.MORE


def test_exact_counts_are_compared_exactly():
    memory = Rule(metric=METRICS["peak_memory"])
    assert compare_exact(1000, 1000, 3, memory).verdict is Verdict.NO_DIFFERENCE
    assert compare_exact(1000, 1005, 3, memory).verdict is Verdict.NO_DIFFERENCE
    assert compare_exact(1000, 1020, 3, memory).verdict is Verdict.MORE
    less = compare_exact(1000, 980, 3, memory)
    assert (less.verdict, less.low, less.high, less.deterministic) == (Verdict.LESS, less.change, less.change, True)
    count = Rule(metric=METRICS["parameters"], margin=0.0)
    assert compare_exact(1000, 999, 1, count).verdict is Verdict.LESS
    assert compare_exact(1000, 1000, 1, count).verdict is Verdict.NO_DIFFERENCE


def test_huge_spreads_stay_finite():
    found = judge([5.0, -5.0])
    assert all(map(math.isfinite, (found.low, found.high, found.low90, found.high90)))
    assert found.low > -1.0
    found = judge([80.0, -80.0, 3.0])
    assert all(map(math.isfinite, (found.low, found.high)))


@given(values=st.lists(st.floats(-0.2, 0.2), min_size=8, max_size=16), flipped=st.booleans())
def test_stopping_looks_at_precision_only(values, flipped):
    found = judge(values)
    low, high = math.log1p(found.low), math.log1p(found.high)
    assume(abs((high - low) / 2 - math.log1p(0.01)) > 1e-9)
    narrow = (high - low) / 2 <= math.log1p(0.01) or (high - low) / 2 <= abs(math.log1p(found.change)) / 4
    assert is_precise_enough(found) == narrow
    if flipped:
        assert is_precise_enough(judge([-value for value in values])) == narrow


def test_a_quarter_of_the_effect_is_precise_enough_by_hand():
    # Half-widths of 3.499 standard errors: 0.021 and 0.035, where a quarter of the effect is 0.025.
    assert is_precise_enough(judge([0.1 - 0.0159, 0.1 + 0.0159] * 4))
    assert not is_precise_enough(judge([0.1 - 0.0265, 0.1 + 0.0265] * 4))


def test_a_quiet_host_claims_five_percent_and_nothing_out_of_nothing():
    noise = random.Random(20)
    found = [judge([noise.gauss(math.log(1.05), 0.008) for _ in range(8)]) for _ in range(200)]
    assert sum(one.verdict is Verdict.SLOWER for one in found) >= 190
    nothing = [judge([noise.gauss(0.0, 0.022) for _ in range(16)]) for _ in range(300)]
    assert not any(is_claim(one.verdict) for one in nothing)


def test_the_verdict_words_need_no_metric_of_their_own():
    invented = Metric(name="x", family=METRICS["peak_memory"].family, unit="B", shown_in="B", lower_is_better=False)
    assert judge([0.1] * 8, Rule(metric=invented)).verdict is Verdict.MORE


def test_the_public_names_exist():
    assert all(hasattr(statistics, name) for name in statistics.__all__)
