"""What a measurement of speed or memory is asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from doctool.errors import UsageError
from doctool.progress import Progress
from doctool.project.config import Target, Workload
from doctool.records import NULL, OFF, Memory, Refusal, Replicate
from doctool.statistics import MAX_REPLICATES, MIN_MARGIN, MIN_REPLICATES
from doctool.terms.notes import Note

QUICK_REPLICATES = 3
"""Of a quick run: enough for an interval, too few for a claim."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be spent.

    Args:
        budget_s: Seconds for all requests together; a replicate that has begun is finished.
        quick: Few replicates: bounds, never claims.
        hang_s: Seconds that a single step of a child process may take: building an arm, a warm-up, a visit.
    """

    budget_s: float
    quick: bool = False
    hang_s: float = 300.0

    @property
    def least(self) -> int:
        """Replicates of every request, however precise it already is."""
        return QUICK_REPLICATES if self.quick else MIN_REPLICATES

    @property
    def most(self) -> int:
        """Replicates of every request, however imprecise it still is."""
        return QUICK_REPLICATES if self.quick else MAX_REPLICATES


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What `selftest` spoils on purpose to show that it is noticed; everyone else leaves the defaults.

    Args:
        clock: Where the time is read, `module:callable`, in nanoseconds.
        processor_clock: Where the processor time is read, likewise.
        first: The arm that always comes first; the blocks are then not mirrored.
        visit_s: Least seconds of calls in a visit; None takes what the protocol says for the device.
    """

    clock: Target = "time:perf_counter_ns"
    processor_clock: Target = "time:process_time_ns"
    first: str | None = None
    visit_s: float | None = None


USUAL = Conditions()


class SpeedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One workload and all arms that are timed under it, in shared processes.

    Args:
        workload_name: Its name in doctool.yaml.
        workload: What is built and called.
        arms: Toggles by arm: `off`, usually `null` with the same toggles, and any others.
        key: Name of everything that makes earlier samples worthless when it changes, such as the source digest.
        margin: Smallest relative change that counts as one; decides how precise is precise enough.
        conditions: How visits are timed and ordered.
        counts_excluded: Whether a block counts that the machine disturbed; then nobody waits for a quiet one either.

    Raises:
        UsageError: If there is no arm `off`.
    """

    workload_name: str
    workload: Workload
    arms: Mapping[str, Mapping[str, Any]]
    key: str
    margin: float = MIN_MARGIN
    conditions: Conditions = USUAL
    counts_excluded: bool = False

    @property
    def subject(self) -> str:
        """What progress calls it: the workload, and whose arms are timed under it."""
        names = [arm for arm in self.arms if arm not in {OFF, NULL}]
        return f"{self.workload_name} ({', '.join(names) or 'baseline'})"

    def __post_init__(self) -> None:
        if OFF not in self.arms:
            raise UsageError(f"a speed measurement needs the arm 'off', found {sorted(self.arms)!r}")


class SpeedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request.

    Args:
        replicates: All finished ones, also of earlier, interrupted runs.
        environment: Facts about the machine and the software; every replicate was measured in exactly this one.
        refusal: Why there is nothing to be said; None if all went well.
        workload: As measured; smaller than asked for where memory was short.
        notes: What the reader must know.
        inputs: Digests of what the measured code read, see `workload.usage`.
    """

    replicates: tuple[Replicate, ...]
    environment: Mapping[str, str | int | float | bool]
    refusal: Refusal | None
    workload: Workload
    notes: tuple[Note, ...] = ()
    inputs: Mapping[str, str] = {}


class MemoryOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The peak memory of every arm, or why there is none.

    Args:
        memory: One per arm; empty after a refusal.
        workload: As measured; smaller than asked for where memory was short.
        refusal: Why there is nothing to be said; None if all went well.
        notes: What the reader must know.
    """

    memory: tuple[Memory, ...]
    workload: Workload
    refusal: Refusal | None
    notes: tuple[Note, ...] = ()


Report = Callable[[Progress], None]
