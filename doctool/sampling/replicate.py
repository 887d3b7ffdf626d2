"""Measure one replicate: build the arms, warm them up, visit them in blocks. Runs in the child process."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any, Protocol

from doctool import environment
from doctool.project.config import Workload
from doctool.records import Block, Visit
from doctool.sampling.cpu import VISIT_S, CpuTimer, Span
from doctool.sampling.cuda import CudaTimer
from doctool.sampling.device import TorchDevice
from doctool.sampling.messages import Timed, Timing
from doctool.statistics import match_names
from doctool.terms.notes import Note, NoteKind, note
from doctool.workload.channel import RefusedError, Tell
from doctool.workload.subject import Subject, build_subjects, configure, find_target
from doctool.workload.trees import not_finite

_DIGITS = 4
"""Significant ones, of a signal."""
_STEADY = 0.02
"""Two windows in a row whose medians differ by less are warm."""


class Timer(Protocol):
    """Times the calls of all arms on one kind of device."""

    visit_s: float

    def time_once(self, arm: str) -> tuple[float, Any]:
        """Call an arm once; return the seconds and the result."""

    def run(self, arm: str, seconds: float) -> Span:
        """Call an arm again and again until the calls have taken `seconds` together."""

    def visit_all(self, order: Sequence[str], pace_s: Mapping[str, float], tell: Tell) -> tuple[Visit, ...]:
        """Time the visits of a block, in the given order."""

    def notes(self) -> tuple[Note, ...]:
        """Return what the reader must know about the timing."""


def measure_replicate(request: Timing, tell: Tell) -> Timed:
    """Do everything that one fresh process is for.

    Raises:
        RefusedError: If an output is not finite, or there is no such device.
    """
    # Before this process keeps to a few of the cores that it may use.
    machine = environment.collect_machine()
    cores = _keep_to_few_cores(request.workload.threads)
    moment: dict[str, float | str] = {**environment.collect_moment()}
    if cores:
        moment["pinned_to"] = cores
    device = configure(request.workload)
    tell("building")
    subjects = build_subjects(request.workload, request.arms, request.seed, request.build_order)
    timer = _choose_timer(request, subjects, device)
    warmup_calls, pace_s = {}, {}
    for arm in request.build_order:
        tell(f"warming up {arm}")
        warmup_calls[arm], pace_s[arm] = warm_up(timer, arm, request.warmup_s)
    began = time.perf_counter()
    blocks = tuple(measure_block(timer, order, pace_s, tell) for order in request.orders)
    blocks_s = time.perf_counter() - began
    for subject in subjects.values():
        subject.check()
    return Timed(
        blocks=blocks,
        blocks_s=blocks_s,
        warmup_calls=warmup_calls,
        moment=moment,
        environment=machine | environment.collect_torch(device, request.workload.dtype, request.workload.threads),
        notes=(*_missing_names(request.workload, subjects), *timer.notes()),
    )


def warm_up(timer: Timer, arm: str, limit_s: float) -> tuple[int, float]:
    """Call an arm until it is steady.

    Args:
        timer: Times its calls.
        arm: Its name.
        limit_s: Seconds after which it counts as warm anyway; it is called at least once.

    Returns:
        The number of calls, and the seconds of one in the end.

    Raises:
        RefusedError: If an output is not finite.
    """
    pace_s, result = timer.time_once(arm)
    place = not_finite(result)
    if place is not None:
        raise RefusedError("nan", f"arm {arm!r}: {place} holds values that are not finite")
    calls, spent_s = 1, pace_s
    before_s = None
    while spent_s < limit_s:
        window = timer.run(arm, timer.visit_s / 2).calls_s
        calls += len(window)
        # A clock that stands still must not keep us here for ever.
        spent_s += max(sum(window), limit_s / 1000)
        pace_s = median(window)
        if before_s is not None and abs(pace_s - before_s) < _STEADY * before_s:
            break
        before_s = pace_s
    return calls, pace_s


def measure_block(timer: Timer, order: Sequence[str], pace_s: Mapping[str, float], tell: Tell) -> Block:
    """Visit the arms in the given order; the block does not count if the environment interfered.

    Args:
        timer: Times the visits.
        order: Arms, one per visit.
        pace_s: Seconds of a call of each arm, so that few calls are dropped where they are long.
        tell: Told about every visit.
    """
    with _no_garbage_collection():
        before = environment.read_signals()
        visits = timer.visit_all(order, pace_s, tell)
        signals = environment.difference(before, environment.read_signals())
    worst = {
        # A clock that falls is as bad as one that rises.
        name: max((visit.signals[name] for visit in visits if name in visit.signals), key=abs)
        for name in {name for visit in visits for name in visit.signals}
    }
    return Block(
        visits=visits,
        excluded=environment.exclusion_of({**worst, **signals}),
        signals={name: float(f"{value:.{_DIGITS}g}") for name, value in signals.items()},
    )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _choose_timer(request: Timing, subjects: Mapping[str, Subject], device: str) -> Timer:
    workload = request.workload
    patterns = (*workload.layers, *((workload.blocks,) if workload.blocks else ()))
    layers = {name: _names_of(subject, patterns) for name, subject in subjects.items()}
    clock = find_target(request.clock)
    blocks = {name: _names_of(subject, patterns[len(workload.layers) :]) for name, subject in subjects.items()}
    if device == "cpu":
        processor_clock = find_target(request.processor_clock)
        return CpuTimer(subjects, layers, blocks, clock, processor_clock, request.visit_s or VISIT_S)
    return CudaTimer(subjects, layers, blocks, clock, TorchDevice())


def _names_of(subject: Subject, patterns: Sequence[str]) -> tuple[str, ...]:
    if subject.module is None:
        return ()
    return match_names(patterns, (name for name, _ in subject.module.named_modules() if name))


def _missing_names(workload: Workload, subjects: Mapping[str, Subject]) -> Iterator[Note]:
    for pattern in (*workload.layers, *((workload.blocks,) if workload.blocks else ())):
        # What begins with @, or ends in a part that does, names rows that are not submodules.
        if "@" not in pattern and not any(_names_of(subject, (pattern,)) for subject in subjects.values()):
            yield note(NoteKind.NO_SUBMODULE, name=repr(pattern))


def _keep_to_few_cores(threads: int) -> str:
    """Pin this process to as many cores as it has threads, where that is allowed; return which, in words."""
    if not hasattr(os, "sched_setaffinity"):
        return ""
    # The last ones: the first core usually serves the interrupts.
    cores = sorted(os.sched_getaffinity(0))[-threads:]
    try:
        os.sched_setaffinity(0, cores)
    except OSError:
        return ""
    return ",".join(map(str, cores))
