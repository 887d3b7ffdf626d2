"""`doctool verify`: recompute records from their raw samples."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctool import environment, git, statistics
from doctool.cli.output import say, say_json
from doctool.errors import ConfigError, RecordError, UsageError
from doctool.project import find_project
from doctool.project.root import find_root
from doctool.records import COMMIT_LENGTH, ID_LENGTH, Record
from doctool.records.store import read_record, read_signer
from doctool.system.reading import inside_of


def run(options: argparse.Namespace) -> int:
    """Verify every record file; the exit code tells whether one does not hold."""
    problems: dict[str, tuple[str, ...]] = {}
    told: dict[str, list[str]] = {}
    repository = git.repository_root(options.project)
    signers = _signers(options)
    for path in _files_of(options.records):
        record = read_record(path, _boundary_of(path, options.project))
        named = re.search(rf"-([0-9a-f]{{{ID_LENGTH}}})$", path.stem)
        problems[str(path)] = (
            *_verify_name(record, path.stem, is_stored=named is not None),
            *statistics.verify(
                record,
                record_id=named[1] if named else None,
                machine=environment.fingerprint(record.environment),
                seal=record.seal or None,
            ),
        )
        told[str(path)] = []
        if signers is not None:
            try:
                signer = read_signer(path, record, signers, _boundary_of(path, options.project))
                told[str(path)].append(f"signed by {signer}")
            except RecordError as refusal:
                problems[str(path)] += (refusal.message,)
        commit = record.source.commit
        if commit is not None and repository is not None and not git.has_commit(repository, commit):
            told[str(path)].append(f"its commit {commit[:COMMIT_LENGTH]} is not in this repository")
    if options.json:
        say_json({"records": {name: list(found) for name, found in problems.items()}, "notes": told}, indent=None)
    else:
        for name, found in problems.items():
            for problem in found:
                say(f"{name}: {problem}")
            if not found:
                say(f"{name}: {', '.join(('holds', *told[name]))}")
    return RecordError.exit_code if any(problems.values()) else 0


def _files_of(places: Iterable[Path]) -> Iterator[Path]:
    """Yield the files, and of directories all that are named as records are."""
    for place in places:
        yield from sorted(place.glob("*.json")) if place.is_dir() else (place,)


def _verify_name(record: Record, stem: str, *, is_stored: bool) -> Iterator[str]:
    """Yield what is wrong with the name of a file that is named as the store names its files."""
    of = f"{record.mechanism}-{record.workload}"
    if is_stored and stem.rpartition("-")[0] != of:
        yield f"the content is about {of}, and the file is named {stem}"


def _signers(options: argparse.Namespace) -> Path | None:
    """Return the file of those who may sign; None if no signature is asked for."""
    if options.signers is not None or not options.signed:
        given: Path | None = options.signers
        return given
    project = find_project(options.project)
    if project.config.release.signers is None:
        raise UsageError(
            "--signed needs to know who may sign: `release: {signers: FILE}` in doctool.yaml, or --signers"
        )
    try:
        return inside_of(project.root / project.config.release.signers, project.root)
    except OSError as problem:
        raise UsageError(f"cannot be read: {problem.strerror}", file=project.config.release.signers) from problem


def _boundary_of(path: Path, start: Path) -> Path | None:
    """Return the project that a file is named in, which it must not lead out of; None for a file from elsewhere."""
    try:
        root = find_root(start)
    except ConfigError:
        return None
    return root if Path(os.path.abspath(path)).is_relative_to(root) else None  # noqa: PTH100 - links are not followed
