"""`doctool verify`: recompute records from their raw samples."""

from __future__ import annotations

import argparse
import re

from doctool import environment, statistics
from doctool.cli.output import say, say_json
from doctool.errors import RecordError
from doctool.records import ID_LENGTH
from doctool.records.store import read_record


def run(options: argparse.Namespace) -> int:
    """Verify every record file; the exit code tells whether one does not hold."""
    problems = {}
    for path in options.records:
        record = read_record(path)
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
