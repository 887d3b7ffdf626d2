"""Keep finished replicates on the disk, so that an interruption costs one of them at most."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from doctool.errors import RecordError
from doctool.project.config import Workload
from doctool.records import Replicate
from doctool.sampling.cache import prepare_cache
from doctool.terms.notes import Note


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One finished replicate and what it was measured with."""

    workload: Workload
    """As measured."""
    environment: dict[str, str | int | float | bool]
    replicate: Replicate
    notes: tuple[Note, ...] = ()
    inputs: dict[str, str] = {}
    """Digests of what the measured code read."""


def journal_path(directory: Path, key: str) -> Path:
    """Return where the replicates of a request are kept."""
    return directory / f"speed-{key}.jsonl"


def forget(directory: Path, key: str) -> None:
    """Remove the finished replicates of a request, once its record is saved."""
    journal_path(directory, key).unlink(missing_ok=True)


class Journal:
    """A file of JSON lines. A line counts once its newline is on the disk.

    Args:
        directory: Where it is; it need not exist yet.
        key: Of the request.

    Raises:
        RecordError: If a line that was written whole cannot be read.
    """

    def __init__(self, directory: Path, key: str) -> None:
        self.path = journal_path(directory, key)
        data = self.path.read_bytes() if self.path.exists() else b""
        *lines, torn = data.split(b"\n")
        # What follows the last newline was being written when the process ended.
        self._whole = len(data) - len(torn)
        self.entries = [self._read(line, number) for number, line in enumerate(lines, start=1)]

    @property
    def valid(self) -> tuple[Entry, ...]:
        """The entries that belong together: those with the size, environment and inputs of the newest."""
        newest = self.entries[-1:]
        return tuple(
            entry
            for entry in self.entries
            for last in newest
            if (entry.workload, entry.environment, entry.inputs) == (last.workload, last.environment, last.inputs)
        )

    def append(self, entry: Entry) -> None:
        """Add a finished replicate; it is on the disk when this returns."""
        prepare_cache(self.path.parent)
        line = msgspec.json.encode(entry) + b"\n"
        with self.path.open("ab") as file:
            file.truncate(self._whole)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._whole += len(line)
        self.entries.append(entry)

    def _read(self, line: bytes, number: int) -> Entry:
        try:
            return msgspec.json.decode(line, type=Entry)
        except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
            raise RecordError(
                f"this is not a finished replicate: {problem}; remove the file to measure afresh",
                file=str(self.path),
                line=number,
            ) from problem
