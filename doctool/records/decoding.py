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
from doctool.records.record import SCHEMA_VERSION, Record, is_name
from doctool.terms.metrics import METRICS

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
            f"this is not a record: {reason}; restore it from git, or remove it and measure again", file=file
        ) from problem
    impossible = next(chain(_strange_names(record), _impossibilities(record)), None)
    if impossible is not None:
        raise RecordError(f"this is not a record: {impossible}; restore it from git, or measure again", file=file)
    return record


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
        if key.partition("/")[0] not in METRICS:
            yield f"there is no metric {key!r}"
        for estimate in result.arms.values():
            if abs(estimate.value) > _MOST:
                yield f"{key}: {estimate.value:g} is more than there is"
        for comparison in (result.comparison, result.null):
            if comparison is None:
                continue
            changes = (comparison.change, comparison.low, comparison.high, comparison.low90, comparison.high90)
            if not 0 <= comparison.margin < 1 or min(changes) <= -1 or max(changes) > _MOST:
                yield f"{key}: a change is above -1 and finite, and a margin between 0 and 1"
