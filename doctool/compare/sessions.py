"""A figure of a record as comparing sessions needs it: replicate values, margin, and what spoils it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from doctool import statistics
from doctool.records import NULL, OFF, ON, Comparison, Estimate, Memory, Record
from doctool.statistics import CHANGE, MIN_MARGIN, TRAINING_MARGIN, Session
from doctool.terms.metrics import METRICS, Family, metric_of

_SPOILERS = frozenset({"busy", "null-arm", "cpu-contradicts", "clock"})
"""Reasons for which a record withdrew a verdict: then nothing may be built on the same samples either."""
_CLOCKED = frozenset({"convergence_time"})
"""Training metrics that follow the machine's speed."""


def shown_figure(record: Record, metric: str, arm: str) -> Estimate | Comparison | None:
    """Return a figure as the record gives it: an arm's value, or for `change` the comparison."""
    result = record.metrics.get(metric)
    if result is None:
        return None
    return result.comparison if arm == CHANGE else result.arms.get(arm)


def session_of(record: Record, metric: str, arm: str) -> Session | None:
    """Return a figure's replicate values with the margin they need against another session.

    Args:
        record: The record.
        metric: Key in its metrics.
        arm: `off`, `on` or `change`.

    Returns:
        None if the record has no such figure.
    """
    if metric_of(metric).unit == "B" or metric == "parameters":
        return _of_memory(record, metric, arm)
    if METRICS[metric_of(metric).name].family is Family.TRAINING:
        return _of_training(record, metric, arm)
    return _of_speed(record, metric, arm)


def _of_speed(record: Record, metric: str, arm: str) -> Session | None:
    plan = statistics.plan_of(record)
    values = statistics.values_by_role(record.replicates, plan).get(metric, {})
    if not values.get(arm):
        return None
    if arm != CHANGE:
        wandered = statistics.drift_margin([*values.get(OFF, ()), *values.get(NULL, ())])
        logs = tuple(math.log(value) for value in values[arm])
        return Session(logs=logs, margin=wandered, spoilt=_spoiler(record, metric))
    null = statistics.summarise(record)[metric].null
    margin = max(plan.margin, abs(null.change) if null is not None else 0.0)
    return Session(logs=tuple(values[CHANGE]), margin=min(margin, 0.99), spoilt=_spoiler(record, metric))


def _of_training(record: Record, metric: str, arm: str) -> Session | None:
    if record.training is None:
        return None
    values = statistics.values_of_training(record.training, statistics.plan_of(record).arms).get(metric, {})
    arms = values.get(OFF, []), values.get(ON, [])
    wanted = arms if arm == CHANGE else (values.get(arm, []),)
    flat = [value for of_arm in wanted for value in of_arm]
    # Runs that never reached the target have no value, and the others alone would flatter.
    if not flat or any(value is None or value <= 0.0 for value in flat):
        return None
    margin = statistics.ABSOLUTE_MARGIN if metric in _CLOCKED and arm != CHANGE else TRAINING_MARGIN
    if arm != CHANGE:
        return Session(logs=_logs(wanted[0]), margin=margin)
    ratios = tuple(on - off for off, on in zip(_logs(arms[0]), _logs(arms[1]), strict=True))
    return Session(logs=ratios, margin=margin)


def _logs(values: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(math.log(value) for value in values if value is not None)


def _of_memory(record: Record, metric: str, arm: str) -> Session | None:
    arms = statistics.plan_of(record).arms.by_role
    by_role = {role: one for role, name in arms.items() for one in record.memory if one.arm == name}
    wanted = (OFF, ON) if arm == CHANGE else (arm,)
    if not all(role in by_role for role in wanted):
        return None
    figures = [_repeats(by_role[role], metric) for role in wanted]
    if any(not repeats for repeats in figures):
        return None
    margin = 0.0 if metric == "parameters" else MIN_MARGIN
    if all(len(set(repeats)) == 1 for repeats in figures):
        exact = figures[-1][0] / (figures[0][0] if arm == CHANGE else 1)
        return Session(exact=exact, margin=margin) if exact > 0.0 else None
    # Repeats are independent of each other, so any pairing of them is as good as another.
    pairs = zip(*figures, strict=False) if arm == CHANGE else ((1, value) for value in figures[0])
    return Session(logs=tuple(math.log(above / below) for below, above in pairs), margin=margin)


def _repeats(memory: Memory, metric: str) -> tuple[int, ...]:
    return (memory.parameters,) if metric == "parameters" else memory.peak_bytes


def _spoiler(record: Record, metric: str) -> str | None:
    result = statistics.summarise(record).get(metric)
    reason = result.comparison.reason if result is not None and result.comparison is not None else None
    return reason if reason in _SPOILERS else None
