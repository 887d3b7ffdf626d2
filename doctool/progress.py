"""What long work says of itself while it runs."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One step forward.

    Args:
        subject: What is being measured, for example `prefill-small`.
        stage: What is being done: `probe`, `memory`, `speed`, `calibration`, `pairs`, ...
        done: Units of the stage that are finished: replicates, seeds.
        total: Units the stage will probably have.
        half_widths: Half-width of the 99 % interval of the change so far, by arm, as a fraction.
        losses: Current training loss in nats, by arm.
        left_s: Seconds that measuring will probably still take.
        at_most_s: Seconds after which it ends in any case, or the waiting, where it only waits.
    """

    subject: str
    stage: str
    done: int = 0
    total: int = 1
    half_widths: Mapping[str, float] = msgspec.field(default_factory=dict)
    losses: Mapping[str, float] = msgspec.field(default_factory=dict)
    left_s: float | None = None
    at_most_s: float | None = None
