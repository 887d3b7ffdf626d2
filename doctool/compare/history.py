"""A figure over the commits that recorded it.

Reads records from git only; nothing is measured and nothing is written. Figures of machines, settings or protocols
that are not comparable stand in series of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from doctool import git
from doctool.environment import comparable_key
from doctool.errors import GitError, RecordError, UsageError
from doctool.project import Project
from doctool.records import COMMIT_LENGTH, ID_LENGTH, Comparison, Record, Result, decode
from doctool.render.pages import verdicts_of
from doctool.terms.nearest import suggest

MACHINE_FACTS = ("cpu", "cores", "gpu", "driver", "torch", "dtype", "device")
"""What decides whether two machines are comparable, as a record has it."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the figure.

    Args:
        record: The record.
        file: Its file, relative to the project's root; it need not exist any more.
        commit: Id of the commit that brought it.
        when: When that was, UTC.
        result: What it says about the metric.
        comparison: Its comparison, corrected together with all that the same commit brought, as its document was.
    """

    record: Record
    file: str
    commit: str
    when: datetime
    result: Result
    comparison: Comparison | None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Points that may be compared with each other, in the order in which they were measured.

    Args:
        workload: The workload, or `training`.
        machine: What the machines have in common, as environment facts.
        points: At least one.
    """

    workload: str
    machine: Mapping[str, object]
    points: tuple[Point, ...]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was ever recorded of a figure.

    Args:
        mechanism: Its mechanism.
        metric: Its metric.
        series: The series that ends last comes first.
        left_out: Files that could not be read as records, and why.
    """

    mechanism: str
    metric: str
    series: tuple[Series, ...]
    left_out: tuple[str, ...]


def history_of(project: Project, mechanism: str, metric: str, workloads: Iterable[str] = ()) -> History:
    """Collect a figure from all commits before and including the one that is checked out.

    Args:
        project: The project.
        mechanism: Its mechanism; one that doctool.yaml no longer has will do.
        metric: Key in the metrics of records.
        workloads: Only these; none means all.

    Raises:
        UsageError: If no commit ever recorded such a figure.
        GitError: If the history cannot be read.
    """
    left_out: list[str] = []
    recorded = list(_recorded(project, left_out))
    verdicts = _verdicts_of(recorded)
    wanted = tuple(workloads)
    groups: dict[str, list[Point]] = {}
    for one, record in recorded:
        result = record.metrics.get(metric)
        if record.mechanism != mechanism or result is None or (wanted and record.workload not in wanted):
            continue
        point = Point(
            record=record,
            file=one.path.as_posix(),
            commit=one.commit,
            when=one.when,
            result=result,
            comparison=verdicts.get((record.id, metric), result.comparison),
        )
        groups.setdefault(_kind_of(record), []).append(point)
    if not groups:
        raise _nothing_found([record for _, record in recorded], mechanism, metric, wanted)
    series = sorted(map(_series_of, groups.values()), key=lambda one: one.points[-1].record.started, reverse=True)
    return History(mechanism=mechanism, metric=metric, series=tuple(series), left_out=tuple(left_out))


def _recorded(project: Project, left_out: list[str]) -> Iterator[tuple[git.Recorded, Record]]:
    for one in git.history(project.root, project.config.measurements):
        if one.path.suffix != ".json":
            continue
        try:
            yield one, _read(project, one)
        except (RecordError, GitError) as problem:
            # What is committed cannot be mended any more; the others are still worth seeing.
            left_out.append(f"{problem} (commit {one.commit[:COMMIT_LENGTH]})")


def _verdicts_of(recorded: Iterable[tuple[git.Recorded, Record]]) -> dict[tuple[str, str], Comparison]:
    """Correct the headline comparisons that one commit brought, together: they were claimed together."""
    by_commit: dict[str, list[Record]] = {}
    for one, record in recorded:
        by_commit.setdefault(one.commit, []).append(record)
    return {key: comparison for records in by_commit.values() for key, comparison in verdicts_of(records).items()}


def _read(project: Project, one: git.Recorded) -> Record:
    record_id = one.path.stem.rpartition("-")[2]
    data = git.read_at(project.root, one.commit, one.path)
    record = decode(data if data is not None else b"", one.path.as_posix())
    if len(record_id) == ID_LENGTH and record.id != record_id:
        raise RecordError(f"the content belongs to id {record.id}", file=one.path.as_posix())
    return record


def _kind_of(record: Record) -> str:
    """Return what two records must have in common for their figures to stand in one column."""
    parts: list[Any] = [record.workload, comparable_key(record.environment), record.settings, record.protocol]
    return msgspec.json.encode(parts, order="deterministic").decode()


def _series_of(points: list[Point]) -> Series:
    ordered = sorted(points, key=lambda point: (point.record.started, point.record.id))
    newest = ordered[-1].record
    return Series(
        workload=newest.workload,
        machine={key: newest.environment[key] for key in MACHINE_FACTS if key in newest.environment},
        points=tuple(ordered),
    )


def _nothing_found(records: list[Record], mechanism: str, metric: str, workloads: tuple[str, ...]) -> UsageError:
    mechanisms = sorted({record.mechanism for record in records})
    if not mechanisms:
        return UsageError("no commit has brought a record yet; `doctool refresh` measures and commits")
    if mechanism not in mechanisms:
        return UsageError(f"no commit recorded anything about {mechanism!r}; {suggest(mechanism, mechanisms)}")
    own = [record for record in records if record.mechanism == mechanism]
    metrics = sorted({key for record in own for key in record.metrics})
    if metric not in metrics:
        return UsageError(f"no commit recorded {metric!r} of {mechanism}; {suggest(metric, metrics)}")
    known = sorted({record.workload for record in own if metric in record.metrics})
    return UsageError(
        f"no commit recorded {metric!r} of {mechanism} under {', '.join(workloads)}; "
        f"{suggest(workloads[0] if workloads else '', known)}"
    )
