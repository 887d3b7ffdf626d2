"""Records that nothing needs any more: no document shows them, later ones have taken their place, and git keeps them.

Reads documents, records and the source; removing is the caller's. History is not touched by it: it is read from the
commits that brought the records.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from doctool import document, git
from doctool.environment import comparable_key
from doctool.errors import DoctoolError, GitError
from doctool.plan import SELFTEST, TRAINING, TRIALS, Need, newest
from doctool.plan.pages import read_document
from doctool.plan.targets import Targets
from doctool.project import Project
from doctool.records import Record
from doctool.records.store import signature_path

UNCOMMITTED, SHOWN, CURRENT = "not-committed", "shown", "current"
STALE, SUPERSEDED = "stale", "superseded"


class Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one record.

    Args:
        record: The record.
        path: Its file.
        files: The file, and its signature if it has one.
        why: Kept as it is `shown`, `not-committed` or `current`; or else garbage, being `stale` or `superseded`.
        size_bytes: Of the files.
    """

    record: Record
    path: Path
    files: tuple[Path, ...]
    why: str
    size_bytes: int

    @property
    def is_garbage(self) -> bool:
        """Whether nothing needs it."""
        return self.why in {STALE, SUPERSEDED}


def sort_records(project: Project, names: Iterable[str]) -> tuple[Sorted, ...]:
    """Say of every record of a project whether something needs it.

    Args:
        project: The project.
        names: Every document, listed or not.

    Raises:
        DocumentError: If a document is malformed or cannot be read: what it shows cannot be known then.
        RecordError: If a record cannot be read.
    """
    records = tuple(project.records)
    shown = frozenset(_shown(project, tuple(names)))
    committed = _committed(project)
    current = _current(project, records)
    return tuple(_sort(project, record, shown, committed, current) for record in records)


def _sort(
    project: Project, record: Record, shown: frozenset[str], committed: frozenset[Path], current: dict[str, str]
) -> Sorted:
    path = project.records.path_of(record)
    files = tuple(file for file in (path, signature_path(path)) if file.is_file())
    why = current[record.id]
    if record.id in shown:
        why = SHOWN
    elif path not in committed:
        # Nobody else has it, and no commit brings it back.
        why = UNCOMMITTED
    return Sorted(record=record, path=path, files=files, why=why, size_bytes=sum(file.stat().st_size for file in files))


def _shown(project: Project, names: tuple[str, ...]) -> Iterator[str]:
    """Yield what documents show, in the work tree and in the last commit."""
    last = git.committed_contents(project.root, names) if git.repository_root(project.root) else {}
    for name in names:
        for data in (_read(project, name), last.get(name)):
            if data is not None:
                for managed in document.parse(data, name, project.vocabulary).regions:
                    yield from managed.records


def _read(project: Project, name: str) -> bytes | None:
    # One that is listed and not there shows nothing; of one that cannot be read, nobody knows what it shows.
    return read_document(project, name) if os.path.lexists(project.root / name) else None


def _committed(project: Project) -> frozenset[Path]:
    try:
        paths = git.paths_at(project.root, "HEAD", project.config.measurements)
    except GitError:
        return frozenset()
    return frozenset(project.root / path for path in paths)


def _current(project: Project, records: tuple[Record, ...]) -> dict[str, str]:
    """Say of every record whether a refresh on its machine would show it: the newest of the code as it is now."""
    targets = Targets(project, {})
    groups: dict[tuple[str, str, str], list[Record]] = {}
    said: dict[str, str] = {}
    for record in records:
        if _is_about_code(project, targets, record):
            key = (record.mechanism, record.workload, str(comparable_key(record.environment)))
            groups.setdefault(key, []).append(record)
        else:
            said[record.id] = STALE
    for group in groups.values():
        best = newest(group)
        said.update({record.id: CURRENT if record is best else SUPERSEDED for record in group})
    return said


def _is_about_code(project: Project, targets: Targets, record: Record) -> bool:
    config = project.config
    mechanism = config.mechanisms.get(record.mechanism)
    is_known = (record.mechanism, record.workload) == (SELFTEST, TRIALS) or (
        mechanism is not None
        and (mechanism.train is not None if record.workload == TRAINING else record.workload in config.workloads)
    )
    if not is_known:
        return False
    try:
        return targets.of(Need(mechanism=record.mechanism, workload=record.workload)).is_about_same_code(record)
    except DoctoolError:
        # What the source no longer says cannot be held against a record; it is kept.
        return True
