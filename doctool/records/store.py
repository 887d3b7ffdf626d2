"""The directory that holds all records of a project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doctool.errors import RecordError
from doctool.records import Record, decode, encode, signing
from doctool.system import files
from doctool.system.reading import RECORD_BYTES, SETTINGS_BYTES, inside_of, read_file


def read_record(path: Path, inside: Path | None = None) -> Record:
    """Read one record file.

    Args:
        path: The file.
        inside: The directory it must be in; None for a file that the user named himself.

    Raises:
        RecordError: As in `decode`, and also if the file cannot be read.
    """
    try:
        data = read_file(path, inside=inside, limit=RECORD_BYTES)
    except OSError as problem:
        raise RecordError(f"cannot be read: {problem.strerror}", file=str(path)) from problem
    return decode(data, str(path))


def signature_path(record: Path) -> Path:
    """Return where the signature of a record file is, or would be."""
    return record.with_name(f"{record.name}.sig")


def read_signer(path: Path, record: Record, signers: Path, inside: Path | None = None) -> str:
    """Return who signed a record.

    Args:
        path: Its file.
        record: What is in it.
        signers: The file of those who may sign, in the format of OpenSSH's `allowed_signers`.
        inside: The directory that the record must be in; None for one that the user named himself.

    Raises:
        RecordError: If it is not signed, or not by one of them.
    """
    try:
        signature = read_file(signature_path(path), inside=inside, limit=SETTINGS_BYTES)
    except FileNotFoundError:
        raise RecordError("it is not signed; `doctool measure --sign` signs what it measures", file=str(path)) from None
    except OSError as problem:
        raise RecordError(f"its signature cannot be read: {problem.strerror}", file=str(path)) from problem
    try:
        return signing.signer_of(encode(record), signature, read_file(signers, inside=None, limit=SETTINGS_BYTES))
    except OSError as problem:
        raise RecordError(f"cannot be read: {problem.strerror}", file=str(signers)) from problem
    except RecordError as problem:
        raise RecordError(problem.message, file=str(path)) from problem


class RecordStore:
    """The directory of records. A file is named `MECHANISM-WORKLOAD-ID.json`.

    Args:
        directory: Where the files are; it need not exist yet.
        inside: The directory that the files must be in once links are followed.
    """

    def __init__(self, directory: Path, inside: Path | None = None) -> None:
        self.directory = directory
        self._inside = inside
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
            record = read_record(path, self._inside)
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
        """Write the record to disk, whole or not at all, and return its path.

        Raises:
            RecordError: If the place is outside the project.
            DoctoolError: If it cannot be written.
        """
        path = self.path_of(record)
        try:
            inside_of(path, self._inside)
        except OSError as problem:
            raise RecordError(f"cannot be written: {problem.strerror}", file=str(path)) from problem
        self.directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            files.write_bytes(path, encode(record))
        self._read[record.id] = record
        return path

    def save_signature(self, record: Record, signature: bytes) -> Path:
        """Write the signature of a record beside it, and return its path; errors as in `save`."""
        path = signature_path(self.save(record))
        files.write_bytes(path, signature)
        return path
