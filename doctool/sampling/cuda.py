"""Time visits on a CUDA device. Runs in the child process.

Three kinds of rows come out of one visit, never mixed: the whole model and its submodules, warm, inside the timed
calls; every block alone after its inputs and weights left the L2 cache (`NAME.@cold`); and, where the host is the
bottleneck, the whole model as a CUDA graph (`@graph`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import msgspec
import torch
from torch import nn

from doctool import environment
from doctool.records import Visit
from doctool.sampling.cpu import MOST_CALLS, Span
from doctool.sampling.device import Device, Mark
from doctool.sampling.layers import LayerWatch
from doctool.terms.notes import Note, NoteKind, note
from doctool.workload.channel import Tell
from doctool.workload.subject import Subject

VISIT_S = 0.05
"""Least seconds of calls in a visit."""
COLD = "@cold"
GRAPH = "@graph"
_COLD_CALLS = 5
_LAUNCH_BOUND = 0.9
"""Where enqueueing takes this much of the device's time, the device waits for the host."""


class _Block(msgspec.Struct, frozen=True, kw_only=True):
    """A submodule with the arguments of its last call."""

    layer: nn.Module
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def call(self) -> Any:
        return self.layer(*self.args, **self.kwargs)


class CudaTimer:
    """Times calls by events on the device, with one synchronisation at the end of a visit.

    Args:
        subjects: The arms.
        layers: Names of the watched submodules of each arm.
        blocks: Names of the submodules that are also timed alone.
        clock: The host's time in nanoseconds.
        device: The hardware.
    """

    def __init__(
        self,
        subjects: Mapping[str, Subject],
        layers: Mapping[str, Sequence[str]],
        blocks: Mapping[str, Sequence[str]],
        clock: Callable[[], int],
        device: Device,
    ) -> None:
        self.visit_s = VISIT_S
        self._subjects = subjects
        self._block_names = blocks
        self._clock = clock
        self._device = device
        self._watches = {
            name: LayerWatch(subject.module, layers.get(name, ()), device.mark) for name, subject in subjects.items()
        }
        self._pace_s: dict[str, float] = {}
        self._blocks: dict[str, dict[str, _Block]] = {}
        self._graphs: dict[str, Callable[[], Any] | None] = {}

    def time_once(self, arm: str) -> tuple[float, Any]:
        """Call an arm once and wait; return the seconds and the result."""
        subject = self._subjects[arm]
        with torch.inference_mode():
            if arm not in self._blocks:
                self._blocks[arm] = _catch_arguments(subject, self._block_names.get(arm, ()))
            begin = self._device.mark()
            result = subject.call()
            end = self._device.mark()
        self._device.synchronize()
        self._watches[arm].take()
        self._pace_s[arm] = begin.elapsed_time(end) / 1e3
        return self._pace_s[arm], result

    def run(self, arm: str, seconds: float) -> Span:
        """Call an arm as often as fills `seconds` by its last known pace."""
        timing = self._time(arm, seconds)
        self._pace_s[arm] = median(timing.device_s)
        return Span(calls_s=timing.device_s, cpu_s=0.0)

    def visit_all(self, order: Sequence[str], pace_s: Mapping[str, float], tell: Tell) -> tuple[Visit, ...]:
        """Visit the arms of a block one after the other."""
        visits: list[Visit] = []
        for arm in order:
            tell(f"visiting {arm}")
            switched = not visits or visits[-1].arm != arm
            dropped = (1 if pace_s[arm] > self.visit_s else 2) if switched else 0
            visits.append(self.visit(arm, dropped))
        return tuple(visits)

    def visit(self, arm: str, dropped: int) -> Visit:
        """Time one visit, after `dropped` calls that do not count."""
        for _ in range(dropped):
            self.time_once(arm)
        gpu_before, before = self._device.sample(), environment.read_signals()
        timing = self._time(arm, self.visit_s)
        after, gpu_after = environment.read_signals(), self._device.sample()
        device_s, enqueue_s = median(timing.device_s), median(timing.host_s)
        extra = self._time_cold(arm)
        if is_launch_bound(device_s, enqueue_s):
            extra |= self._time_graph(arm, len(timing.device_s))
        return Visit(
            arm=arm,
            calls=len(timing.device_s),
            wall_s=timing.wall_s,
            median_s=device_s,
            cpu_s=after.own_cpu_s - before.own_cpu_s,
            layers_s={**timing.layers_s, **extra},
            gpu_s=device_s,
            enqueue_s=enqueue_s,
            signals={
                **environment.difference(before, after),
                **environment.gpu_difference(gpu_before, gpu_after),
            },
        )

    def notes(self) -> tuple[Note, ...]:
        """Name the arms for which the host is the bottleneck."""
        return tuple(
            note(NoteKind.LAUNCH_BOUND if graph is not None else NoteKind.NO_GRAPH, arm=arm)
            for arm, graph in sorted(self._graphs.items())
        )

    def _time(self, arm: str, seconds: float) -> _DeviceTiming:
        subject, take, mark, clock = self._subjects[arm], self._watches[arm].take, self._device.mark, self._clock
        pace_s = self._pace_s.get(arm) or self.time_once(arm)[0]
        count = min(max(math.ceil(seconds / pace_s), 1), MOST_CALLS) if pace_s > 0 else 1
        host: list[int] = []
        spans: list[dict[str, list[tuple[Mark, Mark]]]] = []
        self._device.synchronize()
        began = clock()
        marks = [mark()]
        with torch.inference_mode():
            for _ in range(count):
                before = clock()
                subject.call()
                host.append(clock() - before)
                marks.append(mark())
                spans.append(take())
        self._device.synchronize()
        return _DeviceTiming(
            device_s=[begin.elapsed_time(end) / 1e3 for begin, end in itertools.pairwise(marks)],
            host_s=[ns / 1e9 for ns in host],
            wall_s=(clock() - began) / 1e9,
            layers_s=_medians(spans),
        )

    def _time_cold(self, arm: str) -> dict[str, float]:
        """Time every block alone, each call right after the L2 cache was overwritten."""
        spans: dict[str, list[tuple[Mark, Mark]]] = {}
        with torch.inference_mode():
            for name, block in self._blocks.get(arm, {}).items():
                for _ in range(_COLD_CALLS):
                    self._device.flush_cache()
                    begin = self._device.mark()
                    block.call()
                    spans.setdefault(name, []).append((begin, self._device.mark()))
        self._device.synchronize()
        self._watches[arm].take()
        return {
            f"{name}.{COLD}": median(begin.elapsed_time(end) for begin, end in pairs) / 1e3
            for name, pairs in spans.items()
        }

    def _time_graph(self, arm: str, count: int) -> dict[str, float]:
        if arm not in self._graphs:
            with torch.inference_mode():
                self._graphs[arm] = self._device.capture(self._subjects[arm].call)
            # The hooks ran during the capture; what they marked means nothing.
            self._watches[arm].take()
        replay = self._graphs[arm]
        if replay is None:
            return {}
        replay()
        marks = [self._device.mark()]
        for _ in range(count):
            replay()
            marks.append(self._device.mark())
        self._device.synchronize()
        return {GRAPH: median(begin.elapsed_time(end) for begin, end in itertools.pairwise(marks)) / 1e3}


class _DeviceTiming(msgspec.Struct, frozen=True, kw_only=True):
    device_s: Sequence[float]
    host_s: Sequence[float]
    wall_s: float
    layers_s: Mapping[str, float]


def is_launch_bound(device_s: float, enqueue_s: float) -> bool:
    """Tell whether the device waits for the host, both in seconds per call."""
    return enqueue_s >= _LAUNCH_BOUND * device_s


def _catch_arguments(subject: Subject, names: Sequence[str]) -> dict[str, _Block]:
    """Run the arm once and remember what its blocks were called with."""
    caught: dict[str, _Block] = {}
    if subject.module is None or not names:
        return caught
    handles = []

    def watch(name: str, layer: nn.Module) -> None:
        def remember(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            caught[name] = _Block(layer=layer, args=args, kwargs=kwargs)

        handles.append(layer.register_forward_pre_hook(remember, with_kwargs=True))

    for name in names:
        watch(name, subject.module.get_submodule(name))
    subject.call()
    for handle in handles:
        handle.remove()
    return caught


def _medians(spans: Sequence[Mapping[str, Sequence[tuple[Mark, Mark]]]]) -> dict[str, float]:
    totals: dict[str, list[float]] = {}
    for call in spans:
        for name, marks in call.items():
            totals.setdefault(name, []).append(sum(begin.elapsed_time(end) for begin, end in marks))
    return {name: median(values) / 1e3 for name, values in totals.items()}
