"""What is read from a visit for each metric: one number for its size, and one per turn for its comparison.

Times are in seconds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from doctool.records import Visit


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a metric is read.

    Args:
        typical: Of the whole visit; None where it was not timed.
        turns: Turn by turn. Two arms are compared within each round, where their turns lie side by side.
    """

    typical: Callable[[Visit], float | None]
    turns: Callable[[Visit], Sequence[float | None]]


def whole(read: Callable[[Visit], float | None]) -> Reading:
    """Return a reading that knows only the visit as a whole."""
    return Reading(typical=read, turns=lambda visit: (read(visit),))


FORWARD = Reading(typical=lambda visit: visit.median_s, turns=lambda visit: visit.turns_s or (visit.median_s,))
"""The time of a call."""
# While a GPU works, the processor time of the host says nothing about the work.
PROCESSOR = whole(lambda visit: visit.cpu_s / visit.calls if visit.gpu_s is None and visit.calls else None)
"""The processor time of a call."""


def _cycles(visit: Visit) -> float | None:
    clock = visit.signals.get("sm_clock_hz")
    return visit.gpu_s * clock if visit.gpu_s is not None and clock is not None else None


CYCLES = whole(_cycles)
"""The GPU's clock cycles of a call."""


def throughput_of(tokens: int) -> Reading:
    """Read tokens per second: all tokens over all time.

    Args:
        tokens: Of one call.
    """

    def typical(visit: Visit) -> float | None:
        return visit.calls * tokens / visit.wall_s if visit.wall_s > 0 else None

    def turns(visit: Visit) -> Sequence[float | None]:
        return [tokens / seconds if seconds > 0 else None for seconds in visit.turns_s] or (typical(visit),)

    return Reading(typical=typical, turns=turns)


def blocks_of(names: Sequence[str]) -> Reading:
    """Read the mean time of the submodules of these names."""

    def typical(visit: Visit) -> float | None:
        times = [visit.layers_s[name] for name in names if name in visit.layers_s]
        return math.fsum(times) / len(times) if times else None

    return Reading(typical=typical, turns=lambda visit: visit.block_turns_s or (typical(visit),))


def layer_of(name: str) -> Reading:
    """Read the time of one submodule."""
    return whole(lambda visit: visit.layers_s.get(name))


def match_names(patterns: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the submodule names that match a pattern, in their own order.

    Args:
        patterns: Names in which `*` stands for any text without a dot: `blocks.*` is `blocks.0`, not `blocks.0.norm`.
        names: The names to choose from.
    """
    expressions = [re.compile("[^.]*".join(map(re.escape, pattern.split("*")))) for pattern in patterns]
    return tuple(name for name in names if any(expression.fullmatch(name) for expression in expressions))
