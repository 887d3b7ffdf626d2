"""Speed metrics from simulated visits."""

from __future__ import annotations

import math
import random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctool.records import Block, Replicate, Verdict, Visit
from doctool.statistics import (
    FORWARD,
    Arms,
    SpeedPlan,
    are_precise_enough,
    block_value,
    is_claim,
    margin_from,
    match_names,
    session_null_ratio,
    summarise_speed,
)
from doctool.statistics.readings import blocks_of, throughput_of
from doctool.statistics.speed import replicate_values
from doctool.terms.metrics import METRICS

PLAN = SpeedPlan(tokens_per_call=1024, block_names=("blocks.0", "blocks.1"), layer_names=("blocks.0", "norm"))
ROUNDS = st.sampled_from([1, 4, 9])
replace = msgspec.structs.replace
WITHIN_A_TEST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def change_visits(replicates, change):
    return tuple(
        replace(
            replicate,
            blocks=tuple(replace(block, visits=tuple(map(change, block.visits))) for block in replicate.blocks),
        )
        for replicate in replicates
    )


def scale(visit, factor):
    return replace(
        visit,
        wall_s=visit.wall_s * factor,
        median_s=visit.median_s * factor,
        cpu_s=visit.cpu_s * factor,
        layers_s={name: seconds * factor for name, seconds in visit.layers_s.items()},
        turns_s=tuple(seconds * factor for seconds in visit.turns_s),
        block_turns_s=tuple(seconds * factor for seconds in visit.block_turns_s),
    )


def one_block(arm_values, excluded=None):
    visits = [Visit(arm=arm, calls=10, wall_s=value, median_s=value, cpu_s=value) for arm, value in arm_values]
    return Block(visits=tuple(visits), excluded=excluded)


def replicate_of(*blocks):
    return Replicate(seed=1, started="2025-03-01T10:00:00Z", duration_s=1.0, blocks=blocks)


def test_a_replicate_is_the_median_of_its_blocks_by_hand():
    replicate = replicate_of(
        one_block([("off", 1.0), ("on", 2.0), ("on", 8.0), ("off", 4.0)]),  # means 2 and 4: log 2
        one_block([("on", 3.0), ("off", 1.0), ("off", 1.0), ("on", 3.0)]),  # log 3
        one_block([("off", 1.0), ("on", 50.0), ("on", 50.0), ("off", 1.0)]),  # log 50
        one_block([("off", 1.0), ("on", 9e9), ("on", 9e9), ("off", 1.0)], excluded="steal"),
    )
    assert replicate_values([replicate], "off", "on", FORWARD) == [pytest.approx(math.log(3.0))]


@pytest.mark.parametrize(
    ("reading", "sign"), [(FORWARD, 1), (throughput_of(tokens=6), -1), (blocks_of(["blocks.0"]), 1)]
)
def test_a_block_is_the_median_of_its_rounds_by_hand(reading, sign):
    turns = {"off": [(1.0, 1.0, 5.0), (4.0, 1.0, 5.0)], "on": [(2.0, 3.0, 500.0), (8.0, 3.0, 500.0)]}
    visits = [
        # What a visit is as a whole is not what arms are compared by.
        Visit(
            arm=arm,
            calls=3,
            wall_s=9.9,
            median_s=9.9,
            cpu_s=9.9,
            layers_s={"blocks.0": 9.9},
            turns_s=turns[arm][half],
            block_turns_s=turns[arm][half],
        )
        for half, arm in ((0, "off"), (0, "on"), (1, "on"), (1, "off"))
    ]
    # Round by round: 4 against 2, 3 against 1, 500 against 5.
    value = block_value(Block(visits=tuple(visits)), "off", "on", reading)
    assert value == pytest.approx(sign * math.log(3.0))
    assert block_value(Block(visits=tuple(visits)), "off", "null", reading) is None


def test_what_meets_all_arms_of_a_round_alike_is_not_seen(session, world):
    calm = session(world(effects={"on": 0.03}, visit_noise=0.0, rounds=9))
    stormy = session(world(effects={"on": 0.03}, visit_noise=0.0, rounds=9, weather=0.5))
    for key in ("forward_latency", "block_latency", "throughput"):
        expected, found = (summarise_speed(replicates, PLAN)[key].comparison for replicates in (calm, stormy))
        assert found.change == pytest.approx(expected.change, abs=1e-9)
        assert found.high == pytest.approx(expected.high, abs=1e-9)


def test_linear_drift_cancels_within_a_mirrored_block(session, world):
    calm = summarise_speed(session(world(effects={"on": 0.03}, visit_noise=0.0)), PLAN)["forward_latency"]
    drifting = summarise_speed(session(world(effects={"on": 0.03}, visit_noise=0.0, drift=0.01)), PLAN)
    assert drifting["forward_latency"].comparison.change == pytest.approx(calm.comparison.change, abs=1e-12)
    assert drifting["forward_latency"].null.change == pytest.approx(calm.null.change, abs=1e-12)


def test_every_metric_is_there_with_its_unit(session, world):
    results = summarise_speed(session(world(effects={"on": -0.05})), PLAN)
    assert set(results) == {
        "forward_latency",
        "block_latency",
        "throughput",
        "layer_latency/blocks.0",
        "layer_latency/norm",
    }
    for key, result in results.items():
        assert result.unit == METRICS[key.partition("/")[0]].unit
        assert set(result.arms) == {"off", "null", "on"}
        for estimate in result.arms.values():
            assert estimate.low <= estimate.value <= estimate.high
    assert results["forward_latency"].comparison.verdict is Verdict.FASTER
    assert results["block_latency"].comparison.verdict is Verdict.FASTER
    assert results["throughput"].comparison.verdict is Verdict.FASTER
    assert results["throughput"].comparison.change > 0
    assert results["layer_latency/norm"].comparison is None
    off = results["forward_latency"].arms["off"].value
    assert results["block_latency"].arms["off"].value == pytest.approx(0.41 * off, rel=1e-6)
    assert results["throughput"].arms["off"].value == pytest.approx(1024 / (off * 25.5 / 25), rel=0.01)


def test_throughput_is_all_tokens_over_all_time():
    block = one_block([("off", 1.0), ("off", 3.0)])
    result = summarise_speed([replicate_of(block)], SpeedPlan(arms=Arms(on=None, null=None), tokens_per_call=7))
    assert result["throughput"].arms["off"].value == pytest.approx(2 * 10 * 7 / 4.0)
    assert result["throughput"].arms["off"].low is None


@WITHIN_A_TEST
@given(factor=st.floats(1e-3, 1e3), effect=st.floats(-0.1, 0.1), seed=st.integers(0, 99), rounds=ROUNDS)
def test_scaling_all_samples_changes_no_comparison(session, world, factor, effect, seed, rounds):
    replicates = session(world(effects={"on": effect}, rounds=rounds, weather=0.1), seed=seed)
    before = summarise_speed(replicates, PLAN)
    after = summarise_speed(change_visits(replicates, lambda visit: scale(visit, factor)), PLAN)
    for key, result in before.items():
        if result.comparison is None:
            continue
        assert after[key].comparison.verdict is result.comparison.verdict
        assert after[key].comparison.change == pytest.approx(result.comparison.change, abs=1e-9)
        assert after[key].comparison.low == pytest.approx(result.comparison.low, abs=1e-9)
        power = -1 if key == "throughput" else 1
        assert after[key].arms["on"].value == pytest.approx(result.arms["on"].value * factor**power)


@WITHIN_A_TEST
@given(seed=st.integers(0, 99), order=st.randoms(), rounds=ROUNDS)
def test_the_order_of_replicates_changes_nothing(session, world, seed, order, rounds):
    replicates = list(session(world(effects={"on": 0.05}, rounds=rounds, weather=0.1), seed=seed))
    before = summarise_speed(replicates, PLAN)
    order.shuffle(replicates)
    assert summarise_speed(replicates, PLAN) == before


@WITHIN_A_TEST
@given(seed=st.integers(0, 99), effect=st.floats(-0.08, 0.08), rounds=ROUNDS)
def test_exchanging_off_and_on_turns_the_verdict(session, world, seed, effect, rounds):
    replicates = session(world(effects={"on": effect}, rounds=rounds, weather=0.1), seed=seed)
    there = summarise_speed(replicates, SpeedPlan(arms=Arms(null=None)))["forward_latency"]
    back = summarise_speed(replicates, SpeedPlan(arms=Arms(off="on", on="off", null=None)))["forward_latency"]
    opposite = {Verdict.FASTER: Verdict.SLOWER, Verdict.SLOWER: Verdict.FASTER}
    assert back.comparison.verdict is opposite.get(there.comparison.verdict, there.comparison.verdict)
    assert back.arms["off"] == there.arms["on"]


def test_arms_are_found_under_any_name(session, world):
    replicates = change_visits(
        session(world(effects={"on": 0.05})), lambda visit: replace(visit, arm="hem") if visit.arm == "on" else visit
    )
    result = summarise_speed(replicates, SpeedPlan(arms=Arms(on="hem")))["forward_latency"]
    assert set(result.arms) == {"off", "null", "on"}
    assert result.comparison.verdict is Verdict.SLOWER


def test_excluded_blocks_are_blind_to_their_values(session, world):
    replicates = session(world(effects={"on": 0.05}, excluded=0.25))
    spoilt = tuple(
        replace(
            replicate,
            blocks=tuple(
                replace(block, visits=tuple(scale(visit, 77.0) for visit in block.visits)) if block.excluded else block
                for block in replicate.blocks
            ),
        )
        for replicate in replicates
    )
    assert summarise_speed(spoilt, PLAN) == summarise_speed(replicates, PLAN)
    assert summarise_speed(replicates, PLAN)["forward_latency"].comparison.verdict is Verdict.SLOWER


def test_too_many_excluded_blocks_mean_a_busy_host(session, world):
    result = summarise_speed(session(world(effects={"on": 0.2}, excluded=0.34)), PLAN)["forward_latency"]
    assert (result.comparison.verdict, result.comparison.reason) == (Verdict.INCONCLUSIVE, "busy")


def test_a_null_arm_that_claims_withdraws_every_verdict(session, world):
    results = summarise_speed(session(world(effects={"on": 0.2, "null": 0.05})), PLAN)
    for key in ("forward_latency", "block_latency", "throughput"):
        assert results[key].null.verdict in {Verdict.SLOWER, Verdict.FASTER}
        assert (results[key].comparison.verdict, results[key].comparison.reason) == (Verdict.INCONCLUSIVE, "null-arm")


def test_processor_time_that_says_the_opposite_withdraws_the_claim(session, world):
    contradicted = world(effects={"on": -0.10}, cpu_effects={"on": 0.10})
    result = summarise_speed(session(contradicted), PLAN)["forward_latency"]
    assert (result.comparison.verdict, result.comparison.reason) == (Verdict.INCONCLUSIVE, "cpu-contradicts")
    agreeing = world(effects={"on": -0.10}, cpu_effects={"on": 0.004}, session_noise=0.001, visit_noise=0.002)
    assert summarise_speed(session(agreeing), PLAN)["throughput"].comparison.verdict is Verdict.FASTER


def test_a_gpu_claim_must_hold_in_cycles(session, world):
    steady = {"off": 1.98e9, "null": 1.98e9, "on": 1.98e9}
    result = summarise_speed(session(world(effects={"on": -0.05}, clocks=steady)), PLAN)["forward_latency"]
    assert result.comparison.verdict is Verdict.FASTER
    busy_host = world(effects={"on": -0.05}, cpu_effects={"on": 0.3}, clocks=steady)
    assert summarise_speed(session(busy_host), PLAN)["forward_latency"].comparison.verdict is Verdict.FASTER
    boosted = {**steady, "on": 1.98e9 * math.exp(0.05)}
    result = summarise_speed(session(world(effects={"on": -0.05}, clocks=boosted)), PLAN)["forward_latency"]
    assert (result.comparison.verdict, result.comparison.reason) == (Verdict.INCONCLUSIVE, "clock")


def test_a_quick_run_never_claims(session, world):
    for count in range(2, 8):
        comparison = summarise_speed(session(world(effects={"on": 0.5}), replicates=count), PLAN)[
            "forward_latency"
        ].comparison
        assert (comparison.verdict, comparison.reason) == (Verdict.INCONCLUSIVE, "few")
        assert comparison.low < comparison.change < comparison.high
    single = summarise_speed(session(world(), replicates=1), PLAN)["forward_latency"]
    assert single.comparison is None
    assert single.arms["off"].value > 0


def test_nothing_comes_of_nothing():
    assert summarise_speed([], PLAN) == {}


def test_a_baseline_compares_nothing_and_still_stops(session, world):
    plan = SpeedPlan(arms=Arms(on=None))
    results = summarise_speed(session(world()), plan)
    assert results["forward_latency"].comparison is None
    assert "on" not in results["forward_latency"].arms
    assert are_precise_enough(results)
    assert not are_precise_enough(summarise_speed(session(world(), replicates=7), plan))


def test_stopping_waits_for_every_headline_metric(session, world):
    assert are_precise_enough(summarise_speed(session(world(session_noise=0.002, visit_noise=0.005)), PLAN))
    assert not are_precise_enough(summarise_speed(session(world(session_noise=0.05)), PLAN))
    assert not are_precise_enough({})


def test_the_margin_comes_from_this_host_once_it_is_known():
    assert margin_from([]) == 0.01
    assert margin_from([0.5] * 19) == 0.01
    assert margin_from([0.001] * 30) == 0.01
    assert margin_from([index / 1000 for index in range(21)]) == pytest.approx(0.019)


def test_the_session_null_ratio_is_the_distance_of_the_twins(session, world):
    results = summarise_speed(session(world(effects={"null": -0.03}, session_noise=0.0, visit_noise=0.0)), PLAN)
    assert session_null_ratio(results) == pytest.approx(1 - math.exp(-0.03))
    assert session_null_ratio({}) is None


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["blocks.*"], ("blocks.0", "blocks.10")),
        (["blocks.*.ff"], ("blocks.0.ff",)),
        (["norm", "embedding"], ("embedding", "norm")),
        (["*"], ("embedding", "norm")),
        (["blocks.1*"], ("blocks.10",)),
        ([], ()),
    ],
)
def test_patterns_stay_within_a_dotted_part(patterns, expected):
    assert match_names(patterns, ["embedding", "blocks.0", "blocks.0.ff", "blocks.10", "norm"]) == expected


def test_no_claim_from_drifting_nulls_and_power_for_five_percent(session, world):
    """60 comparisons of nothing under heavy drift, 40 of a true 5 % at an SD of 0.8 % between processes."""
    plan = SpeedPlan(arms=Arms(null=None))
    claims = 0
    for seed in range(60):
        null_world = world(drift=random.Random(seed).gauss(0.0, 0.003), session_noise=0.01, visit_noise=0.03)
        result = summarise_speed(session(null_world, seed=seed), plan)["forward_latency"]
        claims += is_claim(result.comparison.verdict)
    assert claims == 0
    five = world(effects={"on": math.log(1.05)}, session_noise=0.008 / math.sqrt(2), visit_noise=0.005, drift=0.001)
    found = [summarise_speed(session(five, seed=seed), plan)["forward_latency"] for seed in range(40)]
    assert sum(result.comparison.verdict is Verdict.SLOWER for result in found) >= 38
