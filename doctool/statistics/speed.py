"""From timed visits to speed metrics: block values, replicate values, and what may spoil a claim.

Times are in seconds. It does not know how a visit is timed, nor on what machine.

Source: PROTOCOL `doctool-ab/1`, "The comparison", 4 to 8 and 10.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import msgspec

from doctool.records import NULL, OFF, ON, Block, Comparison, Replicate, Result, Verdict
from doctool.statistics import readings
from doctool.statistics.arms import DEFAULT_ARMS, Arms
from doctool.statistics.comparison import (
    MIN_MARGIN,
    MIN_REPLICATES,
    Rule,
    compare,
    is_claim,
    make_inconclusive,
)
from doctool.statistics.estimates import estimate, geometric_mean
from doctool.statistics.readings import Reading
from doctool.terms.metrics import METRICS, metric_of

MAX_EXCLUDED = 0.3
"""Largest share of excluded blocks with which a session still makes claims."""
MIN_NULL_SESSIONS = 20
"""Past sessions from which on they set the margin."""

CHANGE = "change"
"""Stands for the ratio of `on` to `off` where roles are listed."""

HOST_BUSY = "host-busy"
"""Reason of a result without numbers: the environment spoilt every block."""
TOO_WIDE = "too-wide"
"""Reason of a result without numbers: its interval is as wide as the value itself, so it is no figure."""


class SpeedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to make of the visits.

    Args:
        arms: Who is compared with whom.
        tokens_per_call: Tokens that one call processes, or samples; None if neither is counted.
        throughput_in: Base unit of the throughput: `tokens/s` or `samples/s`.
        block_names: The submodules whose mean time is the block latency; none, no block latency.
        layer_names: The submodules that are reported one by one.
        margin: Smallest relative change that counts as one, from `margin_from`.
        counts_excluded: Whether blocks count that the environment spoilt; then nothing is claimed if there are any.
    """

    arms: Arms = DEFAULT_ARMS
    tokens_per_call: int | None = None
    throughput_in: str = "tokens/s"
    block_names: tuple[str, ...] = ()
    layer_names: tuple[str, ...] = ()
    margin: float = MIN_MARGIN
    counts_excluded: bool = False


def margin_from(past_null_ratios: Sequence[float]) -> float:
    """Return the smallest relative change that counts as one on this host.

    Args:
        past_null_ratios: |A'/A - 1| of past sessions, as `session_null_ratio` gives them.

    Returns:
        Their 95th percentile, at least 1 %; 1 % while there are fewer than 20.
    """
    if len(past_null_ratios) < MIN_NULL_SESSIONS:
        return MIN_MARGIN
    return max(MIN_MARGIN, statistics.quantiles(past_null_ratios, n=20, method="inclusive")[-1])


def session_null_ratio(metrics: Mapping[str, Result]) -> float | None:
    """Return |A'/A - 1| of the session, the noise between two identical arms; None if it was not measured."""
    result = metrics.get("forward_latency")
    return abs(result.null.change) if result is not None and result.null is not None else None


def drop_wide(result: Result) -> Result:
    """Return the result without numbers if one of its arms has an interval that is no narrower than its value."""
    is_wide = any(
        each.half_width is not None and not each.deterministic and each.half_width >= each.value
        for each in result.arms.values()
    )
    return Result(unit=result.unit, arms={}, reason=TOO_WIDE) if is_wide else result


def summarise_speed(replicates: Sequence[Replicate], plan: SpeedPlan) -> dict[str, Result]:
    """Derive all speed metrics from the visits.

    Args:
        replicates: One per fresh process; excluded blocks are skipped.
        plan: What to make of them.

    Returns:
        Results by metric key, with arms by role (`off`, `null`, `on`). A metric that was not timed is left out; where
        the environment spoilt every block, each says so and has no arms.
    """
    found, seen = _readings(plan), replicates
    replicates = _counted(replicates, plan)
    if replicates and not any(block.excluded is None for replicate in replicates for block in replicate.blocks):
        return {key: Result(unit=_unit_of(key, plan), arms={}, reason=HOST_BUSY) for key in found}
    results = {key: _summarise_one(replicates, key, reading, plan) for key, reading in found.items()}
    results = {key: result for key, result in results.items() if result.arms}
    spoilt = _find_spoiler(seen, results, plan)
    checks = _Checks(replicates=replicates, plan=plan)
    return {key: _withdraw(result, spoilt, checks) for key, result in results.items()}


def values_by_role(replicates: Sequence[Replicate], plan: SpeedPlan) -> dict[str, dict[str, list[float]]]:
    """Return the replicate values of every metric: of each arm by its role, and log(on / off) as `CHANGE`."""
    replicates = _counted(replicates, plan)
    values: dict[str, dict[str, list[float]]] = {}
    for key, reading in _readings(plan).items():
        found = {
            role: [value for replicate in replicates if (value := _arm_value(replicate, arm, key, reading)) is not None]
            for role, arm in plan.arms.by_role.items()
        }
        if plan.arms.on is not None:
            found[CHANGE] = replicate_values(replicates, plan.arms.off, plan.arms.on, reading)
        values[key] = {role: of_role for role, of_role in found.items() if of_role}
    return values


def _counted(replicates: Sequence[Replicate], plan: SpeedPlan) -> Sequence[Replicate]:
    """Return the replicates with every block counted, where that was asked for."""
    if not plan.counts_excluded:
        return replicates
    return [
        msgspec.structs.replace(
            replicate, blocks=tuple(msgspec.structs.replace(block, excluded=None) for block in replicate.blocks)
        )
        for replicate in replicates
    ]


def _readings(plan: SpeedPlan) -> dict[str, Reading]:
    found = {"forward_latency": readings.FORWARD}
    if plan.block_names:
        found["block_latency"] = readings.blocks_of(plan.block_names)
    if plan.tokens_per_call is not None:
        found["throughput"] = readings.throughput_of(plan.tokens_per_call)
    return found | {f"layer_latency/{name}": readings.layer_of(name) for name in plan.layer_names}


def _summarise_one(replicates: Sequence[Replicate], key: str, reading: Reading, plan: SpeedPlan) -> Result:
    metric = metric_of(key)
    roles = plan.arms.by_role
    per_replicate = {
        role: [value for replicate in replicates if (value := _arm_value(replicate, arm, key, reading)) is not None]
        for role, arm in roles.items()
    }
    arms = {role: estimate(values) for role, values in per_replicate.items() if values}
    if not metric.is_headline or OFF not in arms:
        return Result(unit=_unit_of(key, plan), arms=arms)
    rule = Rule(metric=metric, margin=plan.margin)
    found = {
        role: compare(replicate_values(replicates, plan.arms.off, roles[role], reading), rule)
        for role in (ON, NULL)
        if role in arms
    }
    return Result(unit=_unit_of(key, plan), arms=arms, comparison=found.get(ON), null=found.get(NULL))


def _unit_of(key: str, plan: SpeedPlan) -> str:
    return plan.throughput_in if key == "throughput" else metric_of(key).unit


def _arm_value(replicate: Replicate, arm: str, key: str, reading: Reading) -> float | None:
    visits = [visit for block in replicate.blocks if not block.excluded for visit in block.visits if visit.arm == arm]
    if key != "throughput":
        return geometric_mean([reading.typical(visit) for visit in visits])
    # All tokens over all time: a mean of rates would count the fast visits twice.
    rates = [(rate, visit.wall_s) for visit in visits if (rate := reading.typical(visit)) is not None]
    seconds = math.fsum(wall_s for _, wall_s in rates)
    return math.fsum(rate * wall_s for rate, wall_s in rates) / seconds if seconds else None


def replicate_values(replicates: Sequence[Replicate], off: str, on: str, reading: Reading) -> list[float]:
    """Return log(on / off) of every replicate that has one: the median of its blocks.

    Args:
        replicates: One per fresh process.
        off: Name of one arm.
        on: Name of the other.
        reading: What is read from a visit; None or a value not above 0 is skipped.
    """
    values = []
    for replicate in replicates:
        blocks = [
            value
            for block in replicate.blocks
            if not block.excluded and (value := block_value(block, off, on, reading)) is not None
        ]
        if blocks:
            values.append(statistics.median(blocks))
    return values


def block_value(block: Block, off: str, on: str, reading: Reading) -> float | None:
    """Return log(on / off) of a block: the median of its rounds, each compared within itself; None if there is none."""
    rounds = [
        math.log(above / below)
        for above, below in zip(_by_round(block, on, reading), _by_round(block, off, reading), strict=False)
        if above is not None and below is not None
    ]
    return statistics.median(rounds) if rounds else None


def _by_round(block: Block, arm: str, reading: Reading) -> list[float | None]:
    """Return the mean of an arm's turns, there and back, in every round."""
    turns = [reading.turns(visit) for visit in block.visits if visit.arm == arm]
    return [geometric_mean(of_round) for of_round in zip(*turns, strict=False)]


def _find_spoiler(replicates: Sequence[Replicate], results: Mapping[str, Result], plan: SpeedPlan) -> str | None:
    """Return why no verdict of the whole session counts, or None."""
    blocks = [block for replicate in replicates for block in replicate.blocks]
    most = 0.0 if plan.counts_excluded else MAX_EXCLUDED
    if blocks and sum(block.excluded is not None for block in blocks) > most * len(blocks):
        return "busy"
    if any(result.null is not None and is_claim(result.null.verdict) for result in results.values()):
        return "null-arm"
    return None


class _Checks(msgspec.Struct, frozen=True, kw_only=True):
    """Other readings of the same visits, which a claim must not contradict."""

    replicates: Sequence[Replicate]
    plan: SpeedPlan

    def compare(self, reading: Reading) -> Comparison | None:
        """Compare the arms by another reading, as a latency."""
        arms = self.plan.arms
        if arms.on is None:
            return None
        values = replicate_values(self.replicates, arms.off, arms.on, reading)
        return compare(values, Rule(metric=METRICS["forward_latency"], margin=self.plan.margin))

    def objection(self, verdict: Verdict) -> str | None:
        """Return why a claim does not hold, or None."""
        processor = self.compare(readings.PROCESSOR)
        if processor is not None and abs(processor.change) > processor.margin:
            faster = processor.change < 0
            if faster != (verdict is Verdict.FASTER):
                return "cpu-contradicts"
        cycles = self.compare(readings.CYCLES)
        return "clock" if cycles is not None and cycles.verdict is not verdict else None


def _withdraw(result: Result, spoilt: str | None, checks: _Checks) -> Result:
    comparison = result.comparison
    if comparison is None:
        return result
    reason = spoilt
    if reason == "null-arm" and comparison.replicates < MIN_REPLICATES:
        reason = None
    if reason is None and is_claim(comparison.verdict):
        reason = checks.objection(comparison.verdict)
    if reason is None:
        return result
    return msgspec.structs.replace(result, comparison=make_inconclusive(comparison, reason))
