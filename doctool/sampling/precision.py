"""How precise the replicates of a request already are: the only thing that decides whether measuring goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from doctool import statistics
from doctool.records import NULL, OFF, Replicate, Result
from doctool.sampling.request import SpeedRequest


def is_precise(request: SpeedRequest, replicates: Sequence[Replicate]) -> bool:
    """Tell whether even the least precise comparison is precise enough to stop."""
    return all(
        statistics.are_precise_enough(_summarise(request, replicates, arm)) for arm in _compared(request) or (None,)
    )


def half_widths(request: SpeedRequest, replicates: Sequence[Replicate]) -> dict[str, float]:
    """Return the relative half-width of each arm's 99 % interval against `off`, as far as there is one."""
    widths = {}
    for arm in _compared(request) or (NULL,):
        metrics = _summarise(request, replicates, arm if arm != NULL else None)
        result = metrics.get("forward_latency")
        comparison = (result.comparison or result.null) if result is not None else None
        if comparison is not None:
            widths[arm] = (math.log1p(comparison.high) - math.log1p(comparison.low)) / 2
    return widths


def _compared(request: SpeedRequest) -> tuple[str, ...]:
    return tuple(arm for arm in request.arms if arm not in {OFF, NULL})


def _summarise(request: SpeedRequest, replicates: Sequence[Replicate], on: str | None) -> Mapping[str, Result]:
    workload = request.workload
    timed = {
        name: None
        for replicate in replicates
        for block in replicate.blocks
        for visit in block.visits
        for name in visit.layers_s
    }
    plan = statistics.SpeedPlan(
        arms=statistics.Arms(null=NULL if NULL in request.arms else None, on=on),
        tokens_per_call=math.prod(workload.tokens) if workload.tokens else None,
        block_names=statistics.match_names((workload.blocks,) if workload.blocks else (), timed),
        margin=request.margin,
        counts_excluded=request.counts_excluded,
    )
    return statistics.summarise_speed(replicates, plan)
