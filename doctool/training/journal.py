"""Keep finished parts of a comparison on the disk, so that an interruption costs one part at most."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from doctool import records
from doctool.errors import RecordError
from doctool.project.config import Training
from doctool.terms.notes import Note
from doctool.training.messages import Pace, Peaks, Runs


class Planned(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The first line: the plan, fixed before the first step of any run that counts."""

    plan: dict[str, Any]
    digest: str
    training: Training
    """The section as it is measured."""
    pace: Pace
    startup_s: float
    """Seconds until a child process is ready to build."""
    notes: tuple[Note, ...]


class Calibrated(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One finished baseline run, for the target."""

    digest: str
    run: records.TrainingRun


class Paired(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One finished pair."""

    digest: str
    pair: Runs


class Weighed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One finished memory process."""

    digest: str
    repeat: int
    peaks: Peaks


Entry = Planned | Calibrated | Paired | Weighed


class Journal:
    """A file of JSON lines. A line counts once its newline is on the disk.

    Args:
        path: The file; it need not exist yet.

    Raises:
        RecordError: If a line that was written whole cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: list[Entry] = []
        data = path.read_bytes() if path.exists() else b""
        *lines, torn = data.split(b"\n")
        # What follows the last newline was being written when the process ended; it is written again, whole.
        self._whole = len(data) - len(torn)
        for number, line in enumerate(lines, start=1):
            self.entries.append(self._read(line, number))

    def append(self, entry: Entry) -> None:
        """Add a finished part; it is on the disk when this returns."""
        line = msgspec.json.encode(entry) + b"\n"
        with self.path.open("ab") as file:
            file.truncate(self._whole)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._whole += len(line)
        self.entries.append(entry)

    @property
    def planned(self) -> Planned | None:
        """The plan, once there is one."""
        return next((entry for entry in self.entries if isinstance(entry, Planned)), None)

    def calibration(self, digest: str) -> dict[int, records.TrainingRun]:
        """Return the finished baseline runs of a plan, by seed."""
        return {
            entry.run.seed: entry.run
            for entry in self.entries
            if isinstance(entry, Calibrated) and entry.digest == digest
        }

    def pairs(self, digest: str) -> dict[int, Runs]:
        """Return the finished pairs of a plan, by seed."""
        return {
            entry.pair.seed: entry.pair
            for entry in self.entries
            if isinstance(entry, Paired) and entry.digest == digest
        }

    def peaks(self, digest: str) -> dict[tuple[str, int], records.Memory]:
        """Return the finished memory processes of a plan, by arm and repeat."""
        return {
            (entry.peaks.memory.arm, entry.repeat): entry.peaks.memory
            for entry in self.entries
            if isinstance(entry, Weighed) and entry.digest == digest
        }

    def _read(self, line: bytes, number: int) -> Entry:
        try:
            entry: Entry = msgspec.json.decode(line, type=Entry)
        except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
            raise RecordError(
                f"this is not a finished part of a training comparison: {problem}; remove the file to start it afresh",
                file=str(self.path),
                line=number,
            ) from problem
        return entry
