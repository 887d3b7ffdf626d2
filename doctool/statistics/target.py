"""Choose the loss that runs are timed to, from baseline runs that take no further part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from doctool.records import Evaluation, TrainingRun

REACHED_BY = 0.9
"""Share of the calibration runs that must reach the target."""
WITHIN = 0.75
"""Share of the steps within which they must. A target that the slowest of a few runs reaches with its last step
would be missed by one in five further runs of the very same kind, and a miss leaves no ratio to report."""


def choose_target(calibration: Sequence[TrainingRun], steps: int) -> float | None:
    """Return the lowest loss that 90 % of the runs reach, and confirm, within the first three quarters of the steps.

    Args:
        calibration: Baseline runs that are not among the compared ones.
        steps: Steps of a whole run.

    Returns:
        The target in nats per token, or None if too few runs got better than they started.
    """
    if not calibration:
        return None
    reached = sorted(_lowest_confirmed(run.evaluations, WITHIN * steps) for run in calibration)
    target = reached[math.ceil(REACHED_BY * len(reached)) - 1]
    return target if math.isfinite(target) else None


def _lowest_confirmed(evaluations: Sequence[Evaluation], last_step: float) -> float:
    """Return the lowest loss at or below which two evaluations in a row lie, the first of them in time."""
    start = evaluations[0].loss_nats if evaluations else -math.inf
    confirmed = (
        max(here.loss_nats, following.loss_nats) for here, following in pairwise(evaluations) if here.step <= last_step
    )
    lowest = min(confirmed, default=math.inf)
    return lowest if lowest < start else math.inf
