"""`doctool verify`: recompute records from their raw samples."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctool import environment, statistics
from doctool.errors import RecordError
from doctool.records import ID_LENGTH, Record
from doctool.records.store import read_record


def run(options: argparse.Namespace) -> int:
    """Verify every record file; the exit code tells whether one does not hold."""
    problems = {}
    for path in _files_of(options.records):
        record = read_record(path)
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
    if options.json:
        print(json.dumps({"records": {name: list(found) for name, found in problems.items()}}, ensure_ascii=False))
    else:
        for name, found in problems.items():
            for problem in found:
                print(f"{name}: {problem}")
            if not found:
                print(f"{name}: holds")
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
