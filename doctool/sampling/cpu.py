"""Time visits on a CPU. Runs in the child process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch

from doctool import environment
from doctool.records import Visit
from doctool.sampling.layers import LayerWatch
from doctool.workload.subject import Subject

VISIT_S = 0.1
"""Least seconds of calls in a visit."""
MOST_CALLS = 20_000
"""In a visit, should the clock stand still."""
_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Span:
    """Consecutive calls of one arm.

    Args:
        calls_s: Seconds of each call.
        cpu_s: Processor seconds of all of them.
        layers_s: Median seconds of each watched submodule within a call.
    """

    calls_s: Sequence[float]
    cpu_s: float
    layers_s: Mapping[str, float]


class CpuTimer:
    """Times calls by the wall clock.

    Args:
        subjects: The arms.
        layers: Names of the watched submodules of each arm.
        clock: The time in nanoseconds.
        processor_clock: The processor time of this process in nanoseconds.
        visit_s: Least seconds of calls in a visit.
    """

    def __init__(
        self,
        subjects: Mapping[str, Subject],
        layers: Mapping[str, Sequence[str]],
        clock: Callable[[], int],
        processor_clock: Callable[[], int],
        visit_s: float = VISIT_S,
    ) -> None:
        self.visit_s = visit_s
        self._clock = clock
        self._processor_clock = processor_clock
        self._subjects = subjects
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

    def run(self, arm: str, seconds: float) -> Span:
        """Call an arm again and again, at least once, until the calls have taken `seconds` together."""
        call, clock, take = self._subjects[arm].call, self._clock, self._watches[arm].take
        calls: list[int] = []
        spans: list[dict[str, list[tuple[int, int]]]] = []
        total, enough = 0, int(seconds * 1e9)
        with torch.inference_mode():
            began = self._processor_clock()
            while not calls or (total < enough and len(calls) < MOST_CALLS):
                before = clock()
                call()
                took = clock() - before
                calls.append(took)
                spans.append(take())
                total += took
            used = self._processor_clock() - began
        return Span(calls_s=[ns / 1e9 for ns in calls], cpu_s=used / 1e9, layers_s=_medians(spans))

    def visit(self, arm: str, dropped: int) -> Visit:
        """Time one visit, after `dropped` calls that do not count."""
        for _ in range(dropped):
            self.time_once(arm)
        before = environment.read_signals()
        span = self.run(arm, self.visit_s)
        signals = environment.difference(before, environment.read_signals())
        return Visit(
            arm=arm,
            calls=len(span.calls_s),
            wall_s=sum(span.calls_s),
            median_s=median(span.calls_s),
            cpu_s=span.cpu_s,
            layers_s=dict(span.layers_s),
            signals={name: round(value, _DIGITS) for name, value in signals.items()},
        )

    def notes(self) -> tuple[str, ...]:
        """Return what the reader must know about the timing: nothing."""
        return ()


def _medians(spans: Sequence[Mapping[str, Sequence[tuple[int, int]]]]) -> dict[str, float]:
    totals: dict[str, list[int]] = {}
    for call in spans:
        for name, marks in call.items():
            totals.setdefault(name, []).append(sum(end - begin for begin, end in marks))
    return {name: median(values) / 1e9 for name, values in totals.items()}
