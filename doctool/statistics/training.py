"""From paired training runs to training metrics.

Losses are in nats, clocks in seconds. It does not know how the runs were made.

Source: PROTOCOL `doctool-ab/1`, "The training comparison".
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence

import msgspec

from doctool.records import OFF, ON, Estimate, Evaluation, Memory, Result, TrainingComparison, TrainingRun
from doctool.statistics.arms import DEFAULT_ARMS, Arms
from doctool.statistics.comparison import Rule, compare, make_inconclusive
from doctool.statistics.estimates import estimate
from doctool.statistics.memory import summarise_memory
from doctool.terms.metrics import METRICS

TRAINING_MARGIN = 0.02
"""Smallest relative change between training runs that counts as one."""
MAX_MISSES = 0.1
"""Largest share of runs that may miss the target while a ratio is still given."""
_SMALLEST_LOSS = 1e-12
_LARGEST_LOSS = 700.0
"""Beyond it a perplexity is no longer a finite number."""

Runs = Mapping[str, Sequence[TrainingRun]]
"""Runs by role, in the order of their seeds: the i-th of one role is paired with the i-th of the other."""


def summarise_training(
    training: TrainingComparison, memory: Sequence[Memory] = (), arms: Arms = DEFAULT_ARMS
) -> dict[str, Result]:
    """Derive all training metrics.

    Args:
        training: The paired runs and the target.
        memory: Peak memory of a training step, one entry per arm.
        arms: Who is compared with whom.

    Returns:
        Results by metric key, with arms by role.
    """
    runs = _pair(training.runs, arms)
    results = {
        **_summarise_convergence(runs, training.target_loss_nats),
        "final_perplexity": _summarise(runs, "final_perplexity", _final_perplexity),
        "loss_variance": _summarise(runs, "loss_variance", loss_variance),
        "loss_variance/across_seeds": _summarise_across_seeds(runs),
        **summarise_memory(memory, arms, "memory_overhead"),
    }
    return {key: result for key, result in results.items() if result.arms or result.reason}


def values_of_training(
    training: TrainingComparison, arms: Arms = DEFAULT_ARMS
) -> dict[str, dict[str, list[float | None]]]:
    """Return the value of every paired run by metric and role, in the order of the seeds; None where it has none."""
    runs = _pair(training.runs, arms)
    readings: dict[str, Callable[[TrainingRun], float | None]] = {
        "final_perplexity": _final_perplexity,
        "loss_variance": loss_variance,
    }
    if training.target_loss_nats is not None:
        for index, key in enumerate(("convergence_steps", "convergence_time")):
            readings[key] = _moment_reading(training.target_loss_nats, index)
    return {
        key: {role: [read(run) for run in of_arm] for role, of_arm in runs.items()} for key, read in readings.items()
    }


def _moment_reading(target_nats: float, index: int) -> Callable[[TrainingRun], float | None]:
    def read(run: TrainingRun) -> float | None:
        moment = reach_target(run.evaluations, target_nats)
        return moment[index] if moment is not None else None

    return read


def _pair(runs: Sequence[TrainingRun], arms: Arms) -> Runs:
    by_role = {
        role: {run.seed: run for run in runs if run.arm == name}
        for role, name in arms.by_role.items()
        if role in {OFF, ON}
    }
    seeds = sorted(set.intersection(*(set(by_seed) for by_seed in by_role.values())))
    return {role: [by_seed[seed] for seed in seeds] for role, by_seed in by_role.items()}


def reach_target(evaluations: Sequence[Evaluation], target_nats: float) -> tuple[float, float] | None:
    """Find when a run reached the target.

    It is reached at the first evaluation at or below the target that the next evaluation confirms; the moment is
    interpolated from the evaluation before, on the logarithm of the loss.

    Args:
        evaluations: In the order of their steps.
        target_nats: The loss to reach.

    Returns:
        Steps and seconds; None if the run never reached it.
    """
    for index, (here, following) in enumerate(itertools.pairwise(evaluations)):
        if max(here.loss_nats, following.loss_nats) > target_nats:
            continue
        if index == 0:
            return float(here.step), here.clock_s
        before = evaluations[index - 1]
        start, end, level = (
            math.log(max(loss, _SMALLEST_LOSS)) for loss in (before.loss_nats, here.loss_nats, target_nats)
        )
        # Losses that differ in the last bit only may have the same logarithm.
        part = (start - level) / (start - end) if start > end else 1.0
        return (
            before.step + part * (here.step - before.step),
            before.clock_s + part * (here.clock_s - before.clock_s),
        )
    return None


def _summarise_convergence(runs: Runs, target_nats: float | None) -> dict[str, Result]:
    keys = ("convergence_steps", "convergence_time")
    if target_nats is None:
        return {key: Result(unit=METRICS[key].unit, arms={}, reason="no-target") for key in keys}
    reached = {role: [reach_target(run.evaluations, target_nats) for run in of_arm] for role, of_arm in runs.items()}
    misses = {role: moments.count(None) / len(moments) for role, moments in reached.items() if moments}
    results = {}
    for index, key in enumerate(keys):
        values = {role: [moment and moment[index] for moment in moments] for role, moments in reached.items()}
        results[key] = _compare_moments(values, misses, key)
    return results


def _compare_moments(values: Mapping[str, Sequence[float | None]], misses: dict[str, float], key: str) -> Result:
    unit = METRICS[key].unit
    if any(share > MAX_MISSES for share in misses.values()):
        return Result(unit=unit, arms={}, reason="misses", misses=misses)
    if any(value is not None and value <= 0.0 for of_arm in values.values() for value in of_arm):
        return Result(unit=unit, arms={}, reason="target-at-start", misses=misses)
    result = _compare_values(values, key)
    arms = {role: _with_misses(found, values[role]) for role, found in result.arms.items()}
    comparison = result.comparison
    if comparison is not None and any(misses.values()):
        # An infinite ratio has no t interval; the other pairs alone would flatter the arm that missed.
        comparison = make_inconclusive(comparison, "misses")
    return msgspec.structs.replace(result, arms=arms, comparison=comparison, misses=misses)


def _with_misses(found: Estimate, values: Sequence[float | None]) -> Estimate:
    if None not in values:
        return found
    return Estimate(value=statistics.median(math.inf if value is None else value for value in values))


def _summarise(runs: Runs, key: str, read: Callable[[TrainingRun], float | None]) -> Result:
    return _compare_values({role: [read(run) for run in of_arm] for role, of_arm in runs.items()}, key)


def _compare_values(values: Mapping[str, Sequence[float | None]], key: str) -> Result:
    """Compare the arms pair by pair; a pair in which one value is None or not above 0 is left out."""
    metric = METRICS[key]
    positive = {
        role: [value for value in of_arm if value is not None and value > 0.0] for role, of_arm in values.items()
    }
    arms = {role: estimate(of_arm) for role, of_arm in positive.items() if of_arm}
    if OFF not in values or ON not in values:
        return Result(unit=metric.unit, arms=arms)
    ratios = [
        math.log(on / off)
        for off, on in zip(values[OFF], values[ON], strict=True)
        if off is not None and on is not None and off > 0.0 and on > 0.0
    ]
    rule = Rule(metric=metric, margin=TRAINING_MARGIN, clears_margin_by_flips=True)
    return Result(unit=metric.unit, arms=arms, comparison=compare(ratios, rule))


def _final_perplexity(run: TrainingRun) -> float | None:
    """Return exp of the last evaluation loss: its log ratio is the difference in nats, which is what is tested."""
    return math.exp(min(run.evaluations[-1].loss_nats, _LARGEST_LOSS)) if run.evaluations else None


def loss_variance(run: TrainingRun) -> float | None:
    """Return the variance of the second half of the training losses around their straight line, in nats²."""
    losses = run.losses_nats[len(run.losses_nats) // 2 :]
    if len(losses) < 3:
        return None
    line = statistics.linear_regression(range(len(losses)), losses)
    squares = [(loss - line.intercept - line.slope * step) ** 2 for step, loss in enumerate(losses)]
    return math.fsum(squares) / (len(losses) - 2)


def _summarise_across_seeds(runs: Runs) -> Result:
    """Give the variance of the final loss across seeds, without a comparison: 8 seeds only show ratios above 5."""
    finals = {
        role: [run.evaluations[-1].loss_nats for run in of_arm if run.evaluations] for role, of_arm in runs.items()
    }
    arms = {role: Estimate(value=statistics.variance(losses)) for role, losses in finals.items() if len(losses) >= 2}
    return Result(unit=METRICS["loss_variance"].unit, arms=arms)
