"""Two sessions are not a pair: what may be said between them is less than within one."""

import itertools
import math
import random
import statistics as reference

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from doctool.records import Verdict
from doctool.statistics import ABSOLUTE_MARGIN, Session, compare_sessions, drift_margin, is_claim, joint_margin
from doctool.statistics.distributions import rank_sum_p
from doctool.terms.metrics import METRICS

LATENCY = METRICS["forward_latency"]
MEMORY = METRICS["peak_memory"]


def session(mean, spread=0.004, count=8, seed=0, **options):
    chance = random.Random(seed)
    return Session(logs=tuple(chance.gauss(mean, spread) for _ in range(count)), **options)


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=5),
    st.lists(st.integers(0, 6), min_size=1, max_size=5),
)
def test_the_rank_sum_test_counts_every_division(first, second):
    values = [float(value) for value in first + second]
    ranks = stats.rankdata(values)
    expected = len(first) * (len(values) + 1) / 2
    seen = abs(sum(ranks[: len(first)]) - expected)
    sums = [sum(ranks[index] for index in chosen) for chosen in itertools.combinations(range(len(values)), len(first))]
    share = sum(abs(total - expected) >= seen - 1e-9 for total in sums) / len(sums)
    assert rank_sum_p([float(value) for value in first], [float(value) for value in second]) == pytest.approx(share)


def test_the_rank_sum_test_is_that_of_others_and_quick_at_the_largest_size():
    chance = random.Random(3)
    first, second = ([chance.gauss(shift, 1.0) for _ in range(16)] for shift in (0.0, 0.8))
    theirs = stats.mannwhitneyu(first, second, method="exact").pvalue
    assert rank_sum_p(first, second) == pytest.approx(theirs)


@given(st.integers(2, 12), st.integers(2, 12), st.floats(-0.2, 0.2), st.floats(0.001, 0.05), st.integers(0, 1000))
def test_the_interval_is_welchs_with_no_more_degrees_than_his(few, many, shift, spread, seed):
    old, new = session(0.0, spread, few, seed), session(shift, 2 * spread, many, seed + 1)
    found = compare_sessions(old, new, LATENCY)
    theirs = stats.ttest_ind(new.logs, old.logs, equal_var=False).confidence_interval(0.99)
    assert math.log1p(found.change) == pytest.approx(reference.mean(new.logs) - reference.mean(old.logs))
    assert math.log1p(found.low) <= theirs.low + 1e-12
    assert math.log1p(found.high) >= theirs.high - 1e-12
    assert found.low <= found.low90 <= found.change <= found.high90 <= found.high


@given(st.floats(-0.3, 0.3), st.integers(0, 50))
def test_exchanging_the_releases_turns_the_claim_around(shift, seed):
    old, new = session(0.0, seed=seed), session(shift, seed=seed + 99)
    there, back = compare_sessions(old, new, LATENCY), compare_sessions(new, old, LATENCY)
    turned = {Verdict.FASTER: Verdict.SLOWER, Verdict.SLOWER: Verdict.FASTER}
    assert back.verdict is turned.get(there.verdict, there.verdict)
    assert math.log1p(back.low) == pytest.approx(-math.log1p(there.high))


def test_the_margins_of_both_sessions_count():
    assert joint_margin(0.0, 0.03) == pytest.approx(0.03)
    assert joint_margin(0.01, 0.01) == pytest.approx(0.0141, abs=1e-4)
    old = session(0.0)
    found = [compare_sessions(old, session(-0.05, seed=1, margin=margin), LATENCY) for margin in (0.01, 0.05, 0.2)]
    assert [one.verdict for one in found] == [Verdict.FASTER, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE]


def test_a_wide_margin_makes_nothing_the_same():
    """What is plainly seen and less than the sessions' noise is left open; what is not seen is bounded."""
    old = session(0.0)
    found = compare_sessions(old, session(-0.05, seed=1, margin=0.2), LATENCY)
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "drift")
    assert compare_sessions(old, session(0.0, seed=1, margin=0.2), LATENCY).verdict is Verdict.NO_DIFFERENCE
    barely = compare_sessions(session(0.0, 0.0005), session(0.004, 0.0005, seed=1), LATENCY)
    assert (barely.verdict, barely.low > 0) == (Verdict.NO_DIFFERENCE, True)


def test_few_replicates_never_claim_and_spoilt_sessions_say_nothing():
    few = compare_sessions(session(0.0, count=7), session(-0.5, seed=1), LATENCY)
    assert (few.verdict, few.reason) == (Verdict.INCONCLUSIVE, "few")
    for spoilt in ({"old": "busy"}, {"new": "null-arm"}):
        old, new = session(0.0, spoilt=spoilt.get("old")), session(-0.5, seed=1, spoilt=spoilt.get("new"))
        found = compare_sessions(old, new, LATENCY)
        assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, next(iter(spoilt.values())))
    assert compare_sessions(session(0.0, count=1), session(0.0), LATENCY) is None


def test_one_wild_process_does_not_make_a_claim():
    """The mean of two sessions differs, their ranks do not."""
    old = Session(logs=tuple([0.0] * 7 + [0.001]))
    new = Session(logs=tuple([0.0] * 7 + [-9.0]))
    assert not is_claim(compare_sessions(old, new, LATENCY).verdict)


def test_an_interval_alone_is_no_claim_where_the_ranks_overlap():
    old = Session(logs=(0.0, 0.0001, 0.0002, 0.0003, 0.0004, 0.0005, -0.1012, -0.1011))
    new = Session(logs=tuple(-0.1 - 0.0001 * index for index in range(8)))
    found = compare_sessions(old, new, LATENCY)
    assert math.log1p(found.high) < math.log1p(-found.margin)
    assert found.sign_flip_p >= 0.01
    assert not is_claim(found.verdict)


def test_exact_figures_are_compared_exactly():
    found = compare_sessions(Session(exact=1000.0), Session(exact=1011.0), MEMORY)
    assert (found.verdict, found.deterministic) == (Verdict.MORE, True)
    assert compare_sessions(Session(exact=1000.0), Session(exact=1005.0), MEMORY).verdict is Verdict.NO_DIFFERENCE
    same = compare_sessions(Session(logs=(0.0,) * 8), Session(logs=(0.0,) * 8), LATENCY)
    assert same.verdict is Verdict.NO_DIFFERENCE


def test_an_absolute_time_needs_more_than_the_machine_wanders():
    assert drift_margin([1.0, 1.001, 1.002]) == ABSOLUTE_MARGIN
    wild = [1.0 + 0.02 * index for index in range(16)]
    assert drift_margin(wild) > 0.15
    assert drift_margin([value * 7 for value in wild]) == pytest.approx(drift_margin(wild))
    assert drift_margin([]) == drift_margin([1.0]) == ABSOLUTE_MARGIN


@pytest.mark.parametrize(("effect", "session_spread", "most"), [(0.0, 0.005, 0.01), (0.0, 0.01, 0.05)])
def test_between_sessions_of_the_same_code_claims_are_rare(effect, session_spread, most):
    """Each session is off by an amount of its own, which no replicate within it shows; the margins must cover it."""
    chance = random.Random(7)
    # The margin as a record has it: how far 95 in 100 null ratios of sessions on this host are off.
    margin = max(0.01, 1.96 * session_spread)
    claims = 0
    for _ in range(400):
        old, new = (
            Session(logs=tuple(chance.gauss(off, 0.01) for _ in range(8)), margin=margin)
            for off in (chance.gauss(0.0, session_spread), chance.gauss(effect, session_spread))
        )
        claims += is_claim(compare_sessions(old, new, LATENCY).verdict)
    assert claims <= most * 400


def test_a_large_true_change_is_found():
    chance = random.Random(8)
    claims = 0
    for _ in range(100):
        old, new = (
            Session(logs=tuple(chance.gauss(off, 0.01) for _ in range(8)))
            for off in (chance.gauss(0.0, 0.005), chance.gauss(-0.08, 0.005))
        )
        claims += compare_sessions(old, new, LATENCY).verdict is Verdict.FASTER
    assert claims >= 95
