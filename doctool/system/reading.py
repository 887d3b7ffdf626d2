"""The one gate through which files of a project are opened.

A project may be anybody's: what its names lead to is looked at before anything is opened. Only regular files are read,
only below the project's root once links are followed, never git's own, and never more than fits.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_KIB = 2**10
SETTINGS_BYTES = 64 * _KIB
"""Most that doctool.yaml may have."""
TEMPLATE_BYTES = 256 * _KIB
RECORD_BYTES = 8 * _KIB**2
DOCUMENT_BYTES = 2 * _KIB**2
SOURCE_BYTES = 16 * _KIB**2
PICTURE_BYTES = 16 * _KIB**2

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class RefusedFileError(OSError):
    """A file that is there, and that doctool does not open; `strerror` says why, as for every other `OSError`."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(None, reason, str(path))
        self.strerror = reason


def read_file(path: Path, *, inside: Path | None, limit: int) -> bytes:
    """Read a file whole.

    Args:
        path: The file.
        inside: The directory that it must be in once links are followed; None for a file that the user named himself.
        limit: Most bytes that it may have.

    Raises:
        OSError: If it is not there, cannot be read, or is refused; `strerror` has the reason in words.
    """
    real = inside_of(path, inside)
    is_as_seen = os.stat(real)  # noqa: PTH116 - a `Path` would take an embedded NUL for a missing file
    _ensure_plain(path, is_as_seen, limit)
    # What the name leads to may change between the look and the opening: a pipe must not make us wait even then.
    with open(real, "rb", opener=_open) as stream:
        _ensure_plain(path, os.fstat(stream.fileno()), limit)
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise _too_large(path, limit)
    return data


def read_ends(path: Path, *, inside: Path, ends: int) -> tuple[int, bytes]:
    """Return the size of a file, and its first and last bytes; arguments and errors as `read_file`."""
    real = inside_of(path, inside)
    _ensure_plain(path, os.stat(real), None)  # noqa: PTH116
    with open(real, "rb", opener=_open) as stream:
        found = os.fstat(stream.fileno())
        _ensure_plain(path, found, None)
        first = stream.read(ends)
        stream.seek(max(found.st_size - ends, 0))
        return found.st_size, first + stream.read(ends)


def inside_of(path: Path, directory: Path | None) -> Path:
    """Follow links, and return where they lead.

    Args:
        path: A file or directory; it need not exist.
        directory: Where it must be in the end; None for anywhere.

    Raises:
        OSError: If it leads out of the directory, or into what is git's own.
    """
    try:
        real = Path(os.path.realpath(path))
    except ValueError as problem:
        raise RefusedFileError(path, "its name holds a character that no file name can have") from problem
    if directory is None:
        return real
    root = Path(os.path.realpath(directory))
    if not real.is_relative_to(root):
        raise RefusedFileError(path, f"it leads to {real}, which is outside the project at {root}")
    if any(part.casefold() == ".git" for part in real.relative_to(root).parts):
        raise RefusedFileError(path, f"it leads to {real}, which is git's own")
    return real


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _ensure_plain(path: Path, found: os.stat_result, limit: int | None) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(found.st_mode)), "something else")
        raise RefusedFileError(path, f"it is {kind}, and only regular files are read")
    if limit is not None and found.st_size > limit:
        raise _too_large(path, limit)


def _too_large(path: Path, limit: int) -> RefusedFileError:
    size = f"{limit // _KIB**2} MiB" if limit >= _KIB**2 else f"{limit // _KIB} KiB"
    return RefusedFileError(path, f"it is larger than {size}, the most that doctool reads of such a file")
