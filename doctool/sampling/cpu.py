"""Time visits on a CPU. Runs in the child process."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

import msgspec
import torch

from doctool.records import Visit
from doctool.sampling.layers import LayerWatch
from doctool.terms.notes import Note
from doctool.workload.channel import RefusedError, Tell
from doctool.workload.subject import Subject

VISIT_S = 0.1
"""Least seconds of calls in a visit."""
TURN_S = 0.005
"""Least seconds of calls in a turn.

A processor's speed changes within a tenth of a second: its clock moves, and a neighbour on the other half of the core
comes and goes unseen. What two arms do within a few milliseconds meets the same speed. On a shared two-core machine
the same time gave replicate values 5 to 20 times closer together than visits of 100 ms without a break.
"""
DROPPED = 2
"""Calls after a switch that do not count. A call as long as a turn fills the caches by itself: none is dropped."""
MOST_CALLS = 20_000
"""In a visit, should the clock stand still."""
_MOST_CALLS_OF_TURN = 1_000
_DIGITS = 5
"""Significant ones, of a turn."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive calls of one arm.

    Args:
        calls_s: Seconds of each call.
        cpu_s: Processor seconds of all of them.
        layers_s: Seconds of each watched submodule, call by call.
    """

    calls_s: Sequence[float]
    cpu_s: float
    layers_s: Sequence[Mapping[str, float]] = ()


class CpuTimer:
    """Times calls by the wall clock.

    Args:
        subjects: The arms.
        layers: Names of the watched submodules of each arm.
        blocks: Those of them whose mean time is the block latency.
        clock: The time in nanoseconds.
        processor_clock: The processor time of this process in nanoseconds.
        visit_s: Least seconds of calls in a visit.
    """

    def __init__(
        self,
        subjects: Mapping[str, Subject],
        layers: Mapping[str, Sequence[str]],
        blocks: Mapping[str, Sequence[str]],
        clock: Callable[[], int],
        processor_clock: Callable[[], int],
        visit_s: float = VISIT_S,
    ) -> None:
        self.visit_s = visit_s
        self._clock = clock
        self._processor_clock = processor_clock
        self._subjects = subjects
        self._blocks = blocks
        self._watches = {
            name: LayerWatch(subject.module, layers.get(name, ()), clock) for name, subject in subjects.items()
        }

    def time_once(self, arm: str) -> tuple[float, Any]:
        """Call an arm once; return the seconds and the result."""
        with torch.inference_mode():
            before = self._clock()
            result = self._subjects[arm].call()
            took_s = (self._clock() - before) / 1e9
        self._watches[arm].take()
        return took_s, result

    def run(self, arm: str, seconds: float, most: int = MOST_CALLS) -> Span:
        """Call an arm again and again, at least once, until the calls have taken `seconds` together."""
        call, clock, take = self._subjects[arm].call, self._clock, self._watches[arm].take
        calls: list[int] = []
        spans: list[dict[str, list[tuple[int, int]]]] = []
        total, enough = 0, int(seconds * 1e9)
        with torch.inference_mode():
            began = self._processor_clock()
            while not calls or (total < enough and len(calls) < most):
                before = clock()
                call()
                took = clock() - before
                if took < 0:
                    raise RefusedError("crashed", f"arm {arm!r}: the clock stepped back by {-took / 1e9:g} s in a call")
                calls.append(took)
                spans.append(take())
                total += took
            used = self._processor_clock() - began
        return Span(
            calls_s=[ns / 1e9 for ns in calls],
            cpu_s=used / 1e9,
            layers_s=[
                {name: sum(end - begin for begin, end in marks) / 1e9 for name, marks in span.items()} for span in spans
            ],
        )

    def visit_all(self, order: Sequence[str], pace_s: Mapping[str, float], tell: Tell) -> tuple[Visit, ...]:
        """Visit the arms of a block: in short turns, round after round, until every visit is long enough.

        A round goes through the arms and back again. The next one begins one arm further, so that none is always in
        the middle, where it follows itself.
        """
        half = tuple(order[: len(order) // 2])
        turns: dict[str, tuple[list[Span], list[Span]]] = {arm: ([], []) for arm in half}
        for number in range(self._rounds(max(pace_s[arm] for arm in half))):
            first = number % len(half)
            forth = half[first:] + half[:first]
            for place, arms in enumerate((forth, forth[::-1])):
                for arm in arms:
                    if number == 0:
                        tell(f"visiting {arm}")
                    turns[arm][place].append(self._take_turn(arm, pace_s[arm]))
        return tuple(self._gather(arm, turns[arm][place >= len(half)]) for place, arm in enumerate(order))

    def _rounds(self, longest_s: float) -> int:
        return max(math.ceil(self.visit_s / max(longest_s, TURN_S)), 1)

    def _take_turn(self, arm: str, pace_s: float) -> Span:
        for _ in range(DROPPED if pace_s < TURN_S else 0):
            self.time_once(arm)
        return self.run(arm, TURN_S, _MOST_CALLS_OF_TURN)

    def _gather(self, arm: str, turns: Sequence[Span]) -> Visit:
        calls_s = [seconds for turn in turns for seconds in turn.calls_s]
        blocks = self._blocks.get(arm, ())
        return Visit(
            arm=arm,
            calls=len(calls_s),
            wall_s=math.fsum(calls_s),
            median_s=median(calls_s),
            cpu_s=math.fsum(turn.cpu_s for turn in turns),
            turns_s=tuple(_rounded(fmean(turn.calls_s)) for turn in turns),
            block_turns_s=tuple(_rounded(fmean(_block_times(turn, blocks))) for turn in turns) if blocks else (),
            layers_s=_medians([layers for turn in turns for layers in turn.layers_s]),
        )

    def notes(self) -> tuple[Note, ...]:
        """Return what the reader must know about the timing: nothing."""
        return ()


def _block_times(turn: Span, names: Sequence[str]) -> list[float]:
    """Return the mean time of a block, call by call; 0 where none was called."""
    return [fmean(layers.get(name, 0.0) for name in names) for layers in turn.layers_s]


def _rounded(seconds: float) -> float:
    return float(f"{seconds:.{_DIGITS}g}")


def _medians(calls: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = {name: None for layers in calls for name in layers}
    return {name: median(layers[name] for layers in calls if name in layers) for name in names}
