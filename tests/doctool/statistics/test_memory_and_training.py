"""Memory and training metrics, mostly against numbers computed by hand."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool.records import Evaluation, Memory, TrainingComparison, TrainingRun, Verdict
from doctool.statistics import Arms, summarise_memory, summarise_training
from doctool.statistics.training import loss_variance, reach_target


def memory(arm, *peaks, parameters=100):
    return Memory(arm=arm, peak_bytes=peaks, resident_bytes=10, parameters=parameters)


def evaluations(*losses, every=10, seconds_per_step=0.5):
    return tuple(
        Evaluation(step=every * index, loss_nats=loss, clock_s=every * index * seconds_per_step)
        for index, loss in enumerate(losses)
    )


def run_of(seed, arm, losses=(1.0, 1.0, 1.0), evaluated=None):
    evaluated = evaluated or evaluations(3.0, 1.0, 1.0)
    return TrainingRun(
        seed=seed, arm=arm, losses_nats=losses, evaluations=evaluated, shared_digest="s", batches_digest=f"b{seed}"
    )


def comparison_of(runs, target=2.0):
    return TrainingComparison(plan={}, plan_digest="p", target_loss_nats=target, calibration=(), runs=tuple(runs))


def pairs_of(off, on, count=8):
    """Runs whose evaluations come from `off(seed)` and `on(seed)`."""
    return [
        run_of(seed, arm, evaluated=make(seed)) for seed in range(count) for arm, make in (("off", off), ("on", on))
    ]


def test_identical_repeats_are_deterministic():
    results = summarise_memory([memory("off", 1000, 1000), memory("on", 900, 900, parameters=90)])
    peak = results["peak_memory"]
    assert peak.arms["off"].deterministic
    assert peak.arms["off"].low is None
    assert peak.comparison.verdict is Verdict.LESS
    assert (peak.comparison.low, peak.comparison.high) == (pytest.approx(-0.1), pytest.approx(-0.1))
    assert results["parameters"].comparison.verdict is Verdict.LESS
    assert results["parameters"].arms["on"].value == 90


def test_varying_repeats_follow_the_rules_of_times():
    noise = random.Random(3)
    off = [1000_000 + noise.randrange(2000) for _ in range(8)]
    on = [1100_000 + noise.randrange(2000) for _ in range(8)]
    result = summarise_memory([memory("off", *off), memory("on", *on)])["peak_memory"]
    assert result.comparison.verdict is Verdict.MORE
    assert not result.comparison.deterministic
    assert result.arms["off"].low < result.arms["off"].value < result.arms["off"].high
    few = summarise_memory([memory("off", *off[:3]), memory("on", *on[:3])])["peak_memory"]
    assert (few.comparison.verdict, few.comparison.reason) == (Verdict.INCONCLUSIVE, "few")


def test_one_repeat_proves_nothing():
    result = summarise_memory([memory("off", 1000), memory("on", 2000)])["peak_memory"]
    assert result.comparison is None
    assert not result.arms["off"].deterministic


def test_memory_of_one_arm_is_only_an_estimate():
    results = summarise_memory([memory("off", 1000, 1000)], Arms(on=None))
    assert set(results) == {"peak_memory", "parameters"}
    assert results["peak_memory"].comparison is None
    assert summarise_memory([]) == {}


def test_a_target_is_reached_between_two_evaluations_by_hand():
    # From e^2 to 1 within steps 10 to 20; e^1 is half of the way on the logarithm.
    reached = reach_target(evaluations(9.0, math.exp(2.0), 1.0, 0.9), math.e)
    assert reached == (pytest.approx(15.0), pytest.approx(7.5))


def test_a_target_must_be_confirmed_by_the_next_evaluation():
    assert reach_target(evaluations(3.0, 1.9, 2.1, 1.9), 2.0) is None
    steps, _ = reach_target(evaluations(3.0, 1.9, 2.1, 1.9, 1.8), 2.0)
    assert 20.0 < steps < 30.0
    assert reach_target(evaluations(3.0, 2.0, 2.0), 2.0) == (pytest.approx(10.0), pytest.approx(5.0))
    assert reach_target(evaluations(3.0, 2.5), 2.0) is None
    assert reach_target((), 2.0) is None


@given(
    losses=st.lists(st.floats(0.1, 5.0), min_size=2, max_size=12),
    targets=st.tuples(st.floats(0.1, 5.0), st.floats(0.1, 5.0)),
)
def test_a_harder_target_is_never_reached_earlier(losses, targets):
    falling = sorted(losses, reverse=True)
    easy, hard = max(targets), min(targets)
    later, earlier = reach_target(evaluations(*falling), hard), reach_target(evaluations(*falling), easy)
    if later is not None:
        assert earlier is not None
        assert earlier[0] <= later[0] + 1e-9


def test_fewer_steps_at_longer_steps_are_slower():
    """The target is reached after 20 % fewer steps, each of which takes 50 % longer."""
    runs = pairs_of(
        lambda seed: evaluations(3.0, 2.5, 2.0 - 1e-9, 1.9, every=100 + seed, seconds_per_step=1.0),
        lambda seed: evaluations(3.0, 2.5, 2.0 - 1e-9, 1.9, every=80 + seed, seconds_per_step=1.5),
    )
    results = summarise_training(comparison_of(runs))
    assert results["convergence_steps"].comparison.verdict is Verdict.LESS
    assert results["convergence_time"].comparison.verdict is Verdict.SLOWER
    assert results["convergence_steps"].misses == {"off": 0.0, "on": 0.0}
    assert results["convergence_steps"].arms["off"].value == pytest.approx(2 * 103.5, rel=1e-6)


def test_many_misses_leave_no_ratio():
    def miss_first(seed):
        return evaluations(3.0, 2.9, 2.8) if seed == 0 else evaluations(3.0, 1.0, 1.0)

    results = summarise_training(comparison_of(pairs_of(miss_first, lambda _: evaluations(3.0, 1.0, 1.0))))
    for key in ("convergence_steps", "convergence_time"):
        assert results[key].reason == "misses"
        assert results[key].arms == {}
        assert results[key].comparison is None
        assert results[key].misses == {"off": 0.125, "on": 0.0}


def test_a_few_misses_never_become_a_claim():
    def miss_first(seed):
        return evaluations(3.0, 2.9, 2.8) if seed == 0 else evaluations(3.0, 2.5, 1.0 + seed / 1000, 0.9)

    runs = pairs_of(miss_first, lambda seed: evaluations(3.0, 1.0 + seed / 1000, 0.9), count=12)
    result = summarise_training(comparison_of(runs))["convergence_steps"]
    assert (result.comparison.verdict, result.comparison.reason) == (Verdict.INCONCLUSIVE, "misses")
    assert result.comparison.replicates == 11
    assert result.arms["off"].high is None
    assert math.isfinite(result.arms["off"].value)


def test_without_a_target_nothing_converges():
    results = summarise_training(comparison_of(pairs_of(*[lambda _: evaluations(3.0, 1.0)] * 2), target=None))
    assert results["convergence_steps"].reason == "no-target"
    assert results["final_perplexity"].arms["off"].value == pytest.approx(math.e)


def test_a_target_below_the_start_is_said():
    results = summarise_training(comparison_of(pairs_of(*[lambda _: evaluations(1.0, 0.9, 0.8)] * 2)))
    assert results["convergence_time"].reason == "target-at-start"


def test_perplexity_is_tested_on_nats():
    # The loss falls by 0.1 nats in every pair, while its level differs from pair to pair by ten times that.
    runs = pairs_of(lambda seed: evaluations(5.0, 2.0 + seed), lambda seed: evaluations(5.0, 1.9 + seed))
    result = summarise_training(comparison_of(runs))["final_perplexity"]
    assert result.comparison.change == pytest.approx(math.expm1(-0.1))
    assert result.comparison.verdict is Verdict.LESS
    assert result.unit == "1"


def test_training_claims_need_two_percent():
    def almost(seed):
        return evaluations(5.0, 2.0 - 0.015 - seed * 1e-5)

    result = summarise_training(comparison_of(pairs_of(lambda _: evaluations(5.0, 2.0), almost)))["final_perplexity"]
    assert result.comparison.verdict is Verdict.NO_DIFFERENCE
    assert result.comparison.margin == 0.02


def test_the_loss_variance_ignores_the_first_half_and_the_trend():
    # After the trend, the second half is +1, -1, -1, +1 (uncorrelated with time): squares 4, degrees of freedom 2.
    half = [10.0 - 0.5 * step + sign for step, sign in enumerate((1.0, -1.0, -1.0, 1.0))]
    assert loss_variance(run_of(0, "off", losses=(99.0, -99.0, 7.0, 0.0, *half))) == pytest.approx(2.0)
    assert loss_variance(run_of(0, "off", losses=(1.0, 2.0))) is None


def test_calmer_training_is_less_variance():
    noise = random.Random(5)
    runs = []
    for seed in range(8):
        wiggles = [noise.gauss(0.0, 1.0) for _ in range(200)]
        for arm, size in (("off", 0.1), ("on", 0.05)):
            losses = tuple(3.0 - 0.005 * step + size * wiggle for step, wiggle in enumerate(wiggles))
            runs.append(run_of(seed, arm, losses=losses, evaluated=evaluations(3.0, 1.0 + 0.1 * seed)))
    results = summarise_training(comparison_of(runs))
    assert results["loss_variance"].comparison.verdict is Verdict.LESS
    assert results["loss_variance"].comparison.change == pytest.approx(-0.75)
    assert results["loss_variance/across_seeds"].comparison is None
    assert results["loss_variance/across_seeds"].arms["on"].value == pytest.approx(0.06)


def test_only_complete_pairs_count_and_the_order_of_runs_does_not():
    runs = pairs_of(
        lambda seed: evaluations(5.0, 2.0 + seed / 50), lambda seed: evaluations(5.0, 1.9 + seed / 49), count=9
    )
    results = summarise_training(comparison_of(runs[:-1]))
    assert results["final_perplexity"].comparison.replicates == 8
    assert results == summarise_training(comparison_of(runs[:-2]))
    shuffled = list(runs)
    random.Random(1).shuffle(shuffled)
    assert summarise_training(comparison_of(shuffled)) == summarise_training(comparison_of(runs))


def test_memory_overhead_stands_beside_the_training():
    runs = pairs_of(*[lambda _: evaluations(3.0, 1.0, 1.0)] * 2)
    results = summarise_training(comparison_of(runs), [memory("off", 1000, 1000), memory("on", 1300, 1300)])
    assert results["memory_overhead"].comparison.change == pytest.approx(0.3)
    assert results["memory_overhead"].comparison.verdict is Verdict.MORE
    assert "parameters" not in results
