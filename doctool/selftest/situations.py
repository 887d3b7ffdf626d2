"""Under which circumstances the measurement is tried out: as it is, and with a fault that it should notice."""

from __future__ import annotations

import msgspec

from doctool.records import OFF
from doctool.sampling import Conditions


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Circumstances of a session.

    Args:
        name: Short, stable, for tables and JSON.
        conditions: How visits are timed and ordered.
        has_neighbour: Whether another process comes and goes.
        keeps_order: Whether the blocks are mirrored, as the protocol wants them. Where they are not, nothing may be
            said, so a difference that is not found is no failure.
    """

    name: str
    conditions: Conditions = msgspec.field(default_factory=Conditions)
    has_neighbour: bool = False
    keeps_order: bool = True


USUAL = Situation(name="as it is")
LOADED = Situation(name="bursty neighbour", has_neighbour=True)
FAULTS = (
    Situation(
        name="A always first",
        # Without a drift nobody could tell the first from the second.
        conditions=Conditions(
            clock="doctool.selftest.clocks:hurrying",
            processor_clock="doctool.selftest.clocks:hurrying_processor",
            first=OFF,
        ),
        keeps_order=False,
    ),
    Situation(
        name="drifting clock",
        conditions=Conditions(
            clock="doctool.selftest.clocks:drifting", processor_clock="doctool.selftest.clocks:drifting_processor"
        ),
    ),
    LOADED,
)
"""What a careless measurement falls for."""
