"""The directory that holds all records of a project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doctool.errors import RecordError
from doctool.records import Record, decode, encode
from doctool.system import files


def read_record(path: Path) -> Record:
    """Read one record file; errors as in `decode`, and also if the file cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise RecordError(f"cannot be read: {problem.strerror}", file=str(path)) from problem
    return decode(data, str(path))


class RecordStore:
    """The directory of records. A file is named `MECHANISM-WORKLOAD-ID.json`.

    Args:
        directory: Where the files are; it need not exist yet.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._read: dict[str, Record] = {}

    def path_of(self, record: Record) -> Path:
        """Return where the record's file is, or would be."""
        return self.directory / f"{record.mechanism}-{record.workload}-{record.id}.json"

    def ids(self) -> dict[str, Path]:
        """Return the files by record id, without reading them."""
        return {path.stem.rpartition("-")[2]: path for path in sorted(self.directory.glob("*-*.json"))}

    def get(self, record_id: str) -> Record | None:
        """Return the record with that id, or None if there is no such file.

        Raises:
            RecordError: If the file cannot be read, or its content does not belong to that id.
        """
        if record_id not in self._read:
            path = self.ids().get(record_id)
            if path is None:
                return None
            record = read_record(path)
            if record.id != record_id:
                raise RecordError(
                    f"the content belongs to id {record.id}, so the file was changed after it was written; "
                    "restore it from git, or remove it and measure again",
                    file=str(path),
                )
            self._read[record_id] = record
        return self._read[record_id]

    def about(self, mechanism: str, workload: str) -> Iterator[Record]:
        """Yield the records of a mechanism under a workload; no other file is read.

        Raises:
            RecordError: As `get`.
        """
        for record_id, path in self.ids().items():
            if path.name == f"{mechanism}-{workload}-{record_id}.json":
                record = self.get(record_id)
                if record is not None:
                    yield record

    def __iter__(self) -> Iterator[Record]:
        for record_id in self.ids():
            record = self.get(record_id)
            if record is not None:
                yield record

    def save(self, record: Record) -> Path:
        """Write the record to disk, whole or not at all, and return its path."""
        path = self.path_of(record)
        self.directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            files.write_bytes(path, encode(record))
        self._read[record.id] = record
        return path
