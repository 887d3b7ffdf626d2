"""From the peak memory of fresh processes to memory metrics. Sizes are in bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from doctool.records import OFF, ON, Comparison, Estimate, Memory, Result
from doctool.statistics.arms import DEFAULT_ARMS, Arms
from doctool.statistics.comparison import MIN_MARGIN, Rule, compare, compare_exact
from doctool.statistics.estimates import estimate_repeats
from doctool.terms.metrics import METRICS, Metric


def summarise_memory(
    memory: Sequence[Memory], arms: Arms = DEFAULT_ARMS, key: str = "peak_memory"
) -> dict[str, Result]:
    """Derive the memory metrics.

    Args:
        memory: One entry per arm.
        arms: Who is compared with whom.
        key: `peak_memory` (then `parameters` comes with it) or `memory_overhead`.

    Returns:
        Results by metric key; nothing without entries.
    """
    by_role = {
        role: entry
        for role, name in arms.by_role.items()
        if role in {OFF, ON}
        for entry in memory
        if entry.arm == name and entry.peak_bytes
    }
    if not by_role:
        return {}
    results = {key: _summarise_peaks(by_role, METRICS[key])}
    if key == "peak_memory":
        results["parameters"] = _summarise_parameters(by_role)
    return results


def _summarise_peaks(by_role: dict[str, Memory], metric: Metric) -> Result:
    estimates = {role: estimate_repeats(entry.peak_bytes) for role, entry in by_role.items()}
    return Result(unit=metric.unit, arms=estimates, comparison=_compare_peaks(by_role, estimates, metric))


def _compare_peaks(by_role: dict[str, Memory], estimates: dict[str, Estimate], metric: Metric) -> Comparison | None:
    if OFF not in by_role or ON not in by_role:
        return None
    off, on = by_role[OFF].peak_bytes, by_role[ON].peak_bytes
    if min(*off, *on) <= 0:
        return None
    rule = Rule(metric=metric, margin=MIN_MARGIN)
    if all(value.deterministic for value in estimates.values()):
        return compare_exact(off[0], on[0], min(len(off), len(on)), rule)
    # Repeats are independent of each other, so any pairing of them is as good as another.
    return compare([math.log(above / below) for below, above in zip(off, on, strict=False)], rule)


def _summarise_parameters(by_role: dict[str, Memory]) -> Result:
    metric = METRICS["parameters"]
    counts = {role: entry.parameters for role, entry in by_role.items()}
    comparison = None
    if counts.get(OFF, 0) > 0 and counts.get(ON, 0) > 0:
        # A count has no noise: one parameter fewer is fewer. None at all means that they are kept in another form.
        comparison = compare_exact(counts[OFF], counts[ON], 1, Rule(metric=metric, margin=0.0))
    arms = {role: Estimate(value=float(count), deterministic=True) for role, count in counts.items()}
    return Result(unit=metric.unit, arms=arms, comparison=comparison)
