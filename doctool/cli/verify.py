"""`doctool verify`: recompute records from their raw samples."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from doctool import environment, statistics
from doctool.cli.output import say, say_json
from doctool.errors import ConfigError, RecordError
from doctool.project.root import find_root
from doctool.records import ID_LENGTH
from doctool.records.store import read_record


def run(options: argparse.Namespace) -> int:
    """Verify every record file; the exit code tells whether one does not hold."""
    problems = {}
    for path in options.records:
        record = read_record(path, _boundary_of(path, options.project))
        named = re.search(rf"-([0-9a-f]{{{ID_LENGTH}}})$", path.stem)
        problems[str(path)] = statistics.verify(
            record,
            record_id=named[1] if named else None,
            machine=environment.fingerprint(record.environment),
            seal=record.seal or None,
        )
    if options.json:
        say_json({"records": {name: list(found) for name, found in problems.items()}}, indent=None)
    else:
        for name, found in problems.items():
            for problem in found:
                say(f"{name}: {problem}")
            if not found:
                say(f"{name}: holds")
    return RecordError.exit_code if any(problems.values()) else 0


def _boundary_of(path: Path, start: Path) -> Path | None:
    """Return the project that a file is named in, which it must not lead out of; None for a file from elsewhere."""
    try:
        root = find_root(start)
    except ConfigError:
        return None
    return root if Path(os.path.abspath(path)).is_relative_to(root) else None  # noqa: PTH100 - links are not followed
