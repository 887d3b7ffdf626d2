"""Whether what a record says of itself can be true: identities between its fields, and bounds nobody can leave.

A record that was written by hand and sealed afresh may still pass; what cannot be known is listed in the guide.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from doctool.records import (
    DIGEST_LENGTH,
    NULL,
    OFF,
    ON,
    Memory,
    Record,
    Replicate,
    TrainingComparison,
    TrainingRun,
    Visit,
)
from doctool.statistics.protocol import PROTOCOL
from doctool.statistics.target import choose_target
from doctool.terms.mechanism import Status

_T = TypeVar("_T")
KNOWN_PROTOCOLS = frozenset({PROTOCOL})
_BASELINE = "baseline"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CLOCK_SKEW = timedelta(days=1)
_ROUNDING_S = 0.01
_TURNS_WITHIN = 2.0
"""Turns of a visit have about equally many calls, so their plain mean is near that of the calls."""
_LONGEST_TAIL = 100.0
"""How much longer than its median the mean call of a visit may be."""


def find_implausible(record: Record, now: datetime | None = None) -> Iterator[str]:
    """Yield one sentence for each thing that cannot be.

    Args:
        record: Any record.
        now: Before which it must have been made; the clock of this machine if None.
    """
    yield from _look_at_head(record, now or datetime.now(UTC))
    yield from _look_at_arms(record)
    yield from _look_at_time(record)
    for number, replicate in enumerate(record.replicates, 1):
        for problem in _look_at_replicate(replicate, record):
            yield f"replicate {number}: {problem}"
    yield from _look_for_copies("replicate", record.replicates, lambda each: (each.blocks,))
    yield from _look_for_copies("replicate", record.replicates, lambda each: (each.seed,), what="the seed")
    for memory in record.memory:
        yield from _look_at_memory(memory, record)
    if record.training is not None:
        yield from _look_at_training(record.training)
        yield from _look_at_settings(record, record.training)
    for number, trial in enumerate(record.trials, 1):
        if trial.seconds <= 0 or trial.samples < 0 or not -1 < trial.truth < math.inf:
            yield f"trial {number}: no rule answers in {trial.seconds} s from {trial.samples} calls"


def _look_at_head(record: Record, now: datetime) -> Iterator[str]:
    if record.protocol not in KNOWN_PROTOCOLS:
        yield f"protocol: {record.protocol!r} is not known; known: {', '.join(sorted(KNOWN_PROTOCOLS))}"
    for what, text in (("started", record.started), *(("replicate", each.started) for each in record.replicates)):
        moment = _moment(text)
        if moment is None:
            yield f"{what}: {text!r} is not a time with a time zone"
        elif moment > now + _CLOCK_SKEW:
            yield f"{what}: {text} lies in the future"
    source = record.source
    if source.commit is not None and not _COMMIT.fullmatch(source.commit):
        yield f"source: {source.commit!r} is not a commit id"
    if (source.patch_digest is not None) and not source.dirty:
        yield "source: it holds a digest of uncommitted changes, and says that there were none"
    named = (f"doctool measure {record.mechanism} --workload {record.workload} ", "doctool selftest", "python ")
    if not f"{record.command} ".startswith(named):
        yield f"command: {record.command!r} does not measure {record.mechanism} under {record.workload}"
    has_numbers = bool(record.metrics or record.trials)
    if has_numbers and record.refusal is not None:
        yield f"refusal: {record.refusal.reason!r}, and there are figures"
    expected = Status.WIRED if record.mechanism == _BASELINE else Status.EFFECTIVE
    if has_numbers and record.status is not expected:
        yield f"status: {record.status.value!r}, and only what is {expected.value} is measured"


def _look_at_arms(record: Record) -> Iterator[str]:
    off, on, null = (record.arms.get(name) for name in (OFF, ON, NULL))
    if off is not None and null is not None and off != null:
        yield f"arms: the second copy of off is {null}, and off is {off}"
    if off is not None and off == on and record.metrics:
        yield f"arms: off and on are both {off}"


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _look_at_time(record: Record) -> Iterator[str]:
    inside = math.fsum(replicate.duration_s for replicate in record.replicates)
    if record.replicates and abs(record.duration_s - inside) > max(_ROUNDING_S * len(record.replicates), 0.01 * inside):
        yield f"duration: {record.duration_s} s, and its processes took {inside:.3f} s"
    if record.metrics and record.duration_s <= 0:
        yield f"duration: nothing is measured in {record.duration_s} s"
    if record.training is not None:
        trained = sum(run.evaluations[-1].clock_s for run in record.training.runs if run.evaluations)
        if trained > record.duration_s:
            yield f"duration: {record.duration_s} s, and its training runs took {trained:.3f} s"


def _look_at_replicate(replicate: Replicate, record: Record) -> Iterator[str]:
    visits = [(visit, block.excluded is not None) for block in replicate.blocks for visit in block.visits]
    timed = math.fsum(visit.wall_s for visit, _ in visits)
    if timed > replicate.duration_s + _ROUNDING_S:
        yield f"it took {replicate.duration_s} s, and {timed:.3f} s were timed in it"
    for visit, is_disturbed in visits:
        if visit.arm not in {*record.arms, OFF, NULL, ON}:
            yield f"arm {visit.arm!r} is none of the record's"
        yield from (f"a visit of {visit.arm!r}: {problem}" for problem in _look_at_visit(visit, record))
        if not is_disturbed:
            yield from (f"a visit of {visit.arm!r}: {problem}" for problem in _look_at_pace(visit, record))
    for arm, calls in replicate.warmup_calls.items():
        if calls < 0 or arm not in {*record.arms, OFF, NULL, ON}:
            yield f"{calls} warm-up calls of {arm!r}"


def _look_at_visit(visit: Visit, record: Record) -> Iterator[str]:
    times = (visit.wall_s, visit.median_s, *visit.turns_s, *visit.layers_s.values())
    # An arm may do without the blocks that the other arm runs.
    is_negative = any(not 0 <= seconds < math.inf for seconds in visit.block_turns_s)
    if visit.calls < 1 or is_negative or any(not 0 < seconds < math.inf for seconds in times):
        yield f"{visit.calls} calls, and a time that is not a positive number of seconds"
    cores = record.environment.get("cores")
    most = visit.wall_s * (cores if isinstance(cores, int) else 1024) * 1.1 + _ROUNDING_S
    if not 0 <= visit.cpu_s <= most:
        yield f"{visit.cpu_s:.3g} s of processor time in {visit.wall_s:.3g} s"


def _look_at_pace(visit: Visit, record: Record) -> Iterator[str]:
    """Hold the times of a visit against each other, as they are where nothing disturbed it."""
    if visit.calls < 1:
        return
    mean = visit.wall_s / visit.calls
    # At least half of all calls are as long as the median, so the mean is at least half of it.
    if record.environment.get("device") != "cuda" and not visit.median_s / 2 <= mean <= visit.median_s * _LONGEST_TAIL:
        yield f"{visit.calls} calls of {visit.median_s:.3g} s in {visit.wall_s:.3g} s"
    if visit.turns_s:
        of_turns = math.fsum(visit.turns_s) / len(visit.turns_s)
        if not mean / _TURNS_WITHIN <= of_turns <= mean * _TURNS_WITHIN:
            yield f"turns of {of_turns:.3g} s a call, and calls of {mean:.3g} s"
    if any(seconds > mean * _LONGEST_TAIL for seconds in visit.layers_s.values()):
        yield "a layer takes longer than the call it is part of"


def _look_for_copies(
    kind: str, items: Iterable[_T], key: Callable[[_T], object], what: str = "every sample"
) -> Iterator[str]:
    seen: dict[bytes, int] = {}
    for number, item in enumerate(items, 1):
        digest = hashlib.sha256(msgspec.json.encode(key(item))).digest()
        if digest in seen:
            yield f"{kind} {number}: {what} is that of {kind} {seen[digest]}"
        seen.setdefault(digest, number)


def _look_at_memory(memory: Memory, record: Record) -> Iterator[str]:
    if memory.arm not in {*record.arms, OFF, ON}:
        yield f"memory: arm {memory.arm!r} is none of the record's"
    if any(peak < memory.resident_bytes for peak in memory.peak_bytes) or memory.resident_bytes < 0:
        yield f"memory of {memory.arm!r}: its peak is less than what was there before the call"
    if any(reserved < 0 for reserved in memory.reserved_bytes) or memory.parameters < 0:
        yield f"memory of {memory.arm!r}: less than nothing"
    of_runs = record.training.parameters.get(memory.arm) if record.training is not None else None
    if of_runs not in {None, memory.parameters}:
        yield f"memory of {memory.arm!r}: {memory.parameters} parameters, and the training runs had {of_runs}"


def _look_at_training(training: TrainingComparison) -> Iterator[str]:
    digest = hashlib.sha256(msgspec.json.encode(training.plan, order="deterministic")).hexdigest()
    if training.plan_digest != digest:
        said, found = (each[:DIGEST_LENGTH] for each in (training.plan_digest, digest))
        yield f"training: the plan's digest is {said}…, and the plan gives {found}…"
    runs = (*training.calibration, *training.runs)
    for run in runs:
        yield from (f"training, seed {run.seed}, arm {run.arm!r}: {problem}" for problem in _look_at_run(run, training))
    for key, group in (("calibration_seeds", training.calibration), ("seeds", training.runs)):
        seeds = training.plan.get(key)
        for run in group:
            if isinstance(seeds, list) and run.seed not in seeds:
                yield f"training: seed {run.seed} is none of the plan's {key}"
    for run in training.calibration:
        if run.arm != OFF:
            yield f"training, seed {run.seed}: a calibration run of arm {run.arm!r}"
    steps = training.plan.get("steps")
    if isinstance(steps, int) and training.target_loss_nats != choose_target(training.calibration, steps):
        yield f"training: the target is {training.target_loss_nats}, and the calibration runs give another"
    yield from _look_for_copies("run", training.runs, lambda run: (run.seed, run.arm), what="seed and arm")
    yield from _look_for_copies("run", runs, lambda run: (run.arm, run.losses_nats))


def _look_at_settings(record: Record, training: TrainingComparison) -> Iterator[str]:
    """Compare the settings with the plan that was fixed before the first step."""
    plan = training.plan
    counts = {"pairs": plan.get("seeds"), "calibration": plan.get("calibration_seeds")}
    shared = ("build", "args", "steps", "evaluate_every", "scale", "threads")
    planned: dict[str, object] = {key: plan[key] for key in shared if key in plan}
    planned |= {key: len(seeds) for key, seeds in counts.items() if isinstance(seeds, list)}
    for key, value in planned.items():
        if key in record.settings and record.settings[key] != value:
            yield f"settings: {key} is {record.settings[key]!r}, and the plan has {value!r}"
    if plan.get("arms") not in (None, record.arms):
        yield f"arms: they are {record.arms}, and the plan has {plan['arms']}"


def _look_at_run(run: TrainingRun, training: TrainingComparison) -> Iterator[str]:
    steps = [evaluation.step for evaluation in run.evaluations]
    clocks = [evaluation.clock_s for evaluation in run.evaluations]
    losses = [*run.losses_nats, *(evaluation.loss_nats for evaluation in run.evaluations)]
    if steps != sorted(set(steps)) or clocks != sorted(clocks) or any(clock < 0 for clock in clocks):
        yield "its evaluations are not in the order of time"
    every, last = training.plan.get("evaluate_every"), training.plan.get("steps")
    if isinstance(every, int) and isinstance(last, int) and every > 0:
        planned_steps = [*range(0, last, every), last]
        if steps != planned_steps[len(planned_steps) - len(steps) :]:
            yield "it was not evaluated after the steps of the plan"
    if any(not math.isfinite(loss) for loss in losses):
        yield "a loss is not a number"
    planned = training.plan.get("steps")
    if isinstance(planned, int) and run.losses_nats and len(run.losses_nats) != planned:
        yield f"{len(run.losses_nats)} steps, and the plan has {planned}"
