from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doctool.records import Block, Replicate
from doctool.sampling.schedule import (
    MOST_BLOCKS,
    MOST_WARMUP_S,
    Candidate,
    Pace,
    choose_next,
    pace_of,
    plan_step,
    share_out,
)

SECONDS = st.floats(0, 1e4)


def replicate(duration_s: float, blocks_s: float, blocks: int) -> Replicate:
    return Replicate(
        seed=0,
        started="2026-01-01T00:00:00+00:00",
        duration_s=duration_s,
        blocks=(Block(visits=()),) * blocks,
        environment={"blocks_s": blocks_s},
    )


@given(SECONDS, st.dictionaries(st.text(max_size=3), SECONDS, min_size=1, max_size=5))
def test_a_budget_is_never_overspent_and_never_wasted(budget_s, demands_s):
    shares = share_out(budget_s, demands_s)
    assert shares.keys() == demands_s.keys()
    assert all(0 <= shares[name] <= demands_s[name] for name in shares)
    assert sum(shares.values()) == pytest.approx(min(budget_s, sum(demands_s.values())))


def test_who_needs_little_leaves_the_rest_to_the_others():
    assert share_out(100, {"a": 10, "b": 500, "c": math.inf}) == {"a": 10, "b": 45, "c": 45}
    assert share_out(-5, {"a": 10}) == {"a": 0}


def test_the_pilot_runs_with_one_block_whatever_the_budget():
    assert plan_step(0.0, 8, 4, None).blocks == 1
    assert plan_step(math.inf, 8, 4, None).warmup_s == MOST_WARMUP_S


def test_blocks_are_given_up_before_replicates():
    pace = Pace(fixed_s=10, block_s=5)
    assert plan_step(8 * 30, 8, 4, pace).blocks == 4
    assert plan_step(8 * 16, 8, 4, pace).blocks == 1
    assert plan_step(8 * 12, 8, 4, pace).blocks == 1
    assert plan_step(14, 8, 4, pace) is None
    assert plan_step(8 * 1000, 8, 4, pace).blocks == MOST_BLOCKS


@given(SECONDS, st.integers(1, 16), st.floats(0, 100), st.floats(0, 100))
def test_eight_replicates_fit_wherever_one_block_each_fits(share_s, wanted, fixed_s, block_s):
    pace = Pace(fixed_s=fixed_s, block_s=block_s)
    if share_s >= wanted * pace.cost_s(1):
        step = plan_step(share_s, wanted, 4, pace)
        assert step.blocks >= 1
        assert wanted * pace.cost_s(step.blocks) <= share_s * (1 + 1e-9) + 1e-9 or step.blocks == 1


def test_warming_up_is_shortened_where_time_is_short():
    pace = Pace(fixed_s=4, block_s=2)
    steps = [plan_step(share_s, 8, 4, pace) for share_s in (8 * 8, 8 * 80, 8 * 800)]
    assert [step.warmup_s for step in steps] == [0.5, 5.0, MOST_WARMUP_S]


def test_the_pace_splits_what_is_fixed_from_what_grows_with_blocks():
    assert pace_of([]) is None
    pace = pace_of([replicate(14, 4, 2), replicate(10, 2, 1), replicate(26, 16, 8)])
    assert pace == Pace(fixed_s=10, block_s=2)
    assert pace.cost_s(3) == 16


CHEAP = Pace(fixed_s=1, block_s=1)


def candidate(key: str, done: int, pace: Pace | None = CHEAP) -> Candidate:
    return Candidate(key=key, done=done, least=8, arms=3, pace=pace)


def test_requests_take_turns_and_the_one_with_fewest_replicates_is_next():
    assert choose_next([candidate("a", 3), candidate("b", 2)], 1000)[0] == "b"
    assert choose_next([candidate("a", 3), candidate("b", 0, None)], 0)[0] == "b"


def test_precision_waits_until_nobody_has_too_few_replicates():
    slow = Pace(fixed_s=50, block_s=50)
    assert choose_next([candidate("precise", 8), candidate("slow", 9 - 2, slow)], 100)[0] == "slow"
    # What does not fit leaves the time to what does.
    assert choose_next([candidate("precise", 8), candidate("slow", 9 - 2, slow)], 99)[0] == "precise"
    assert choose_next([candidate("precise", 8), candidate("slow", 7, slow)], 1) is None
    assert choose_next([], 100) is None


@example(57.0, [(1.0, 1.0), (1.0, 4.0)])  # the cheap one once took what the dear one needed for its replicates
@given(st.floats(0, 2000), st.lists(st.tuples(st.floats(0.1, 20), st.floats(0.1, 20)), min_size=1, max_size=4))
def test_a_run_never_spends_more_than_its_budget(budget_s, costs):
    paces = [Pace(fixed_s=fixed_s, block_s=block_s) for fixed_s, block_s in costs]
    done, left_s = [0] * len(paces), budget_s
    while chosen := choose_next(
        [candidate(str(n), done[n], paces[n]) for n in range(len(paces)) if done[n] < 16], left_s
    ):
        number = int(chosen[0])
        left_s -= paces[number].cost_s(chosen[1].blocks)
        done[number] += 1
        assert left_s > -1e-6
    if budget_s >= 8 * sum(pace.cost_s(1) for pace in paces) * (1 + 1e-9):
        assert min(done) >= 8
