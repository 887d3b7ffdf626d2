"""Make records out of what was measured: pick a mechanism's arms, summarise, seal.

Pure but for the clock of the caller: nothing here measures, reads files or writes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from doctool import __version__, statistics
from doctool.plan import Target
from doctool.records import (
    NULL,
    OFF,
    ON,
    SCHEMA_VERSION,
    Block,
    Memory,
    Record,
    Refusal,
    Replicate,
    Source,
    TrainingComparison,
    Trial,
    decode,
    encode,
)
from doctool.terms.mechanism import Detection, Status
from doctool.terms.notes import Note, NoteKind, note

_GAP_TO_EXPLAIN = 0.02
"""Between tokens per latency and throughput, relative; below it nobody reckons."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a measurement brought home.

    Args:
        started: When it began, UTC.
        duration_s: How long it took.
        environment: The machine and its software.
        replicates: Timed visits, by arm names of the session.
        memory: Peak memory, by arm names of the session.
        training: The paired runs.
        trials: Answers about arms of which the truth is known.
        refusal: Why there is no measurement.
        measured: The settings as measured, where they differ from what was asked.
        notes: What the reader must know.
        is_quick: Measured with fewer replicates than a claim needs.
        is_busy: Blocks that the machine disturbed count.
        margin: Smallest relative change that counts as one, on this host.
        status: Where the mechanism stands on the ladder, the probe included.
        command: What repeats it; None takes `doctool measure`.
        inputs: Digests of what the measured code read, see `workload.usage`.
    """

    started: str
    duration_s: float
    environment: Mapping[str, str | int | float | bool]
    status: Status
    replicates: tuple[Replicate, ...] = ()
    memory: tuple[Memory, ...] = ()
    training: TrainingComparison | None = None
    trials: tuple[Trial, ...] = ()
    refusal: Refusal | None = None
    measured: Mapping[str, Any] | None = None
    notes: tuple[Note, ...] = ()
    is_quick: bool = False
    is_busy: bool = False
    margin: float | None = None
    command: str | None = None
    inputs: Mapping[str, str] = {}


def make_record(target: Target, source: Source, parts: Parts) -> Record:
    """Put the parts together, derive the metrics and seal the record.

    Args:
        target: What the measurement answers.
        source: The state of the code.
        parts: What was measured.
    """
    settings: dict[str, Any] = dict(target.settings)
    measured = {**(parts.measured or settings), **({statistics.BUSY: True} if parts.is_busy else {})}
    if measured != settings:
        settings = {**measured, "requested": dict(target.settings)}
    arms = {name: dict(toggles) for name, toggles in target.arms.items()}
    if parts.training is not None:
        arms.pop(NULL, None)
    record = Record(
        schema=SCHEMA_VERSION,
        mechanism=target.need.mechanism,
        workload=target.need.workload,
        arms=arms,
        settings=settings,
        protocol=statistics.PROTOCOL,
        protocol_digest=statistics.protocol_digest(),
        environment={**parts.environment, "doctool": __version__},
        source=source,
        status=parts.status,
        started=parts.started,
        duration_s=round(parts.duration_s, 3),
        command=parts.command or f"doctool measure {target.need.mechanism} --workload {target.need.workload} --force",
        replicates=parts.replicates,
        memory=parts.memory,
        training=parts.training,
        trials=parts.trials,
        refusal=parts.refusal,
        quick=parts.is_quick,
        notes=parts.notes,
    )
    if parts.refusal is None:
        record = msgspec.structs.replace(record, metrics=statistics.summarise(record, margin=parts.margin))
        record = msgspec.structs.replace(record, notes=(*record.notes, *_own_notes(record)))
    record = msgspec.structs.replace(record, seal=statistics.seal_of(record))
    # As it will be read again: an integer in a field of floats would otherwise give the file another id.
    return decode(encode(record), "record")


def _own_notes(record: Record) -> Iterator[Note]:
    """Yield what a reader would stumble over in the figures themselves."""
    blocks = [block for replicate in record.replicates for block in replicate.blocks]
    spoilt = sum(block.excluded is not None for block in blocks)
    if spoilt and record.settings.get(statistics.BUSY) is True:
        yield note(NoteKind.BUSY, spoilt=spoilt, blocks=len(blocks))
    tokens = record.settings.get("tokens")
    latency, throughput = record.metrics.get("forward_latency"), record.metrics.get("throughput")
    if tokens and latency is not None and throughput is not None:
        gaps = [
            abs(math.prod(tokens) / latency.arms[arm].value / each.value - 1)
            for arm, each in throughput.arms.items()
            if arm in latency.arms
        ]
        if max(gaps, default=0.0) > _GAP_TO_EXPLAIN:
            yield note(NoteKind.APART, percent=math.ceil(100 * max(gaps)))


def refusal_of(detection: Detection) -> Refusal:
    """Return the refusal for a mechanism that the source shows not to work."""
    return Refusal(reason=detection.status.value, evidence=detection.evidence)


def pick_arms(replicates: Sequence[Replicate], on: str | None) -> tuple[Replicate, ...]:
    """Keep the visits of `off`, `null` and one mechanism's arm, renamed to `on`; their mirrored order stays.

    Args:
        replicates: Of a session that several mechanisms share.
        on: The arm's name in the session; None for the baseline.
    """
    return tuple(
        msgspec.structs.replace(
            replicate,
            blocks=tuple(_pick_visits(block, on) for block in replicate.blocks),
            warmup_calls={_role(arm, on): calls for arm, calls in replicate.warmup_calls.items() if _role(arm, on)},
        )
        for replicate in replicates
    )


def pick_memory(memory: Sequence[Memory], on: str | None) -> tuple[Memory, ...]:
    """As `pick_arms`, for peak memory."""
    return tuple(msgspec.structs.replace(one, arm=_role(one.arm, on)) for one in memory if _role(one.arm, on))


def _pick_visits(block: Block, on: str | None) -> Block:
    visits = tuple(
        msgspec.structs.replace(visit, arm=_role(visit.arm, on)) for visit in block.visits if _role(visit.arm, on)
    )
    return msgspec.structs.replace(block, visits=visits)


def _role(arm: str, on: str | None) -> str:
    if arm in {OFF, NULL}:
        return arm
    return ON if arm == on else ""
