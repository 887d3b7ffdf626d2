"""The parts of a record that a training comparison leaves."""

from __future__ import annotations

from typing import Any

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a record: what is as by default is not written, and what is unknown is an error."""


class Evaluation(Part, frozen=True):
    """The evaluation loss after some steps."""

    step: int
    loss_nats: float
    clock_s: float
    """Training time up to here, evaluations not counted."""


class TrainingRun(Part, frozen=True):
    """One training run of one arm."""

    seed: int
    arm: str
    losses_nats: tuple[float, ...]
    """Training loss of every step, rounded to 6 significant digits."""
    evaluations: tuple[Evaluation, ...]
    shared_digest: str
    """Digest of the parameters that both arms have, at step 0."""
    batches_digest: str
    """Digest of all batches in their order."""


class TrainingComparison(Part, frozen=True):
    """Paired training runs and the rule that was fixed before the first of them."""

    plan: dict[str, Any]
    """Data, budget, optimiser, batch, evaluation set and interval, target rule, seeds, metrics."""
    plan_digest: str
    target_loss_nats: float | None
    """The loss that 90 % of the calibration runs reach; None when too few did."""
    calibration: tuple[TrainingRun, ...]
    runs: tuple[TrainingRun, ...]
    parameters: dict[str, int] = {}
    flops_per_step: dict[str, float] = {}
