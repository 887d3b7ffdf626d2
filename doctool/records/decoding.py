"""Reads the bytes of a record file, and refuses what no measurement can have given.

A record may have been written by anybody; what passes here can be shown, and computed with. Whether it is true is for
`doctool verify`, and for a signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec

from doctool.errors import RecordError
from doctool.records.record import SCHEMA_VERSION, Record, Result, is_name
from doctool.terms.metrics import METRICS

_LONGEST_REASON = 300
_MOST = 1e21
"""More seconds, bytes or tokens than there are anywhere; what is larger has no digits to be shown with."""


class _Versioned(msgspec.Struct):
    """What is looked at first; the rest is passed over, and so costs no memory."""

    schema: Any = None


def decode(data: bytes, file: str) -> Record:
    """Read a record and refuse what is not one.

    Raises:
        RecordError: If the bytes are no record, or one of a newer schema.
    """
    try:
        version = msgspec.json.decode(data, type=_Versioned).schema
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise RecordError(
                f"this record has schema {version}, and this doctool reads up to {SCHEMA_VERSION}; upgrade doctool",
                file=file,
            )
        record = msgspec.json.decode(data, type=Record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        reason = "it is nested too deeply" if isinstance(problem, RecursionError) else str(problem)
        raise RecordError(
            f"this is not a record: {_shortened(reason)}; restore it from git, or remove it and measure again",
            file=file,
        ) from problem
    impossible = next(chain(_strange_names(record), _impossibilities(record)), None)
    if impossible is not None:
        raise RecordError(
            f"this is not a record: {_shortened(impossible)}; restore it from git, or measure again", file=file
        )
    return record


def _shortened(reason: str) -> str:
    """Return a reason as what fits into a line; a name in it may be of any length."""
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"


def _strange_names(record: Record) -> Iterator[str]:
    for what, name in (("mechanism", record.mechanism), ("workload", record.workload)):
        if not is_name(name):
            yield f"{name!r} cannot be the name of a {what}, of which the file's name is made"


def _impossibilities(record: Record) -> Iterator[str]:
    """Say what no measurement can have given, and what nothing could be computed from."""
    try:
        datetime.fromisoformat(record.started)
    except ValueError:
        yield f"it was started {record.started!r}, which is not a time"
    for key, result in record.metrics.items():
        yield from (f"{key}: {what}" for what in _wrong_in(key, result))


def _wrong_in(key: str, result: Result) -> Iterator[str]:
    metric = METRICS.get(key.partition("/")[0])
    if metric is None:
        yield "there is no such metric"
    elif not metric.is_in(result.unit):
        yield f"it is never in {result.unit!r}, but in {' or '.join((metric.unit, *metric.also))}"
    for estimate in result.arms.values():
        for value in (estimate.value, estimate.low, estimate.high):
            if value is not None and abs(value) > _MOST:
                yield f"{value:g} is more than there is"
    for comparison in filter(None, (result.comparison, result.null)):
        changes = (comparison.change, comparison.low, comparison.high, comparison.low90, comparison.high90)
        if not 0 <= comparison.margin < 1 or min(changes) <= -1 or max(changes) > _MOST:
            yield "a change is above -1 and finite, and a margin between 0 and 1"
