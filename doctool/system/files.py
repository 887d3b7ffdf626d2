"""Read bytes, and replace them whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from doctool.errors import DoctoolError
from doctool.system.temporaries import make_temporary, writing_in


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the file's content so that any reader sees the old or the new bytes, never a part.

    A symbolic link stays one, and the file behind it is replaced; permissions stay.

    Raises:
        DoctoolError: If the disk is full or the place cannot be written; the old content is then untouched.
    """
    write_all({path: data})


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Replace several files: all new contents are safely on disk before the first name is switched.

    Raises:
        DoctoolError: As `write_bytes`; then no file has changed, unless the failure came while switching names,
            in which case those already switched are switched back.
    """
    targets = {Path(os.path.realpath(path)): data for path, data in contents.items()}
    staged: list[tuple[Path, Path]] = []
    for target in targets:
        if os.path.lexists(target) and not target.is_file():
            raise DoctoolError("cannot be written: it is not a regular file; nothing was changed", file=str(target))
    with writing_in({target.parent for target in targets}):
        try:
            for target, data in targets.items():
                staged.append((_stage(target, data), target))
            _switch(staged)
        except OSError as problem:
            raise DoctoolError(
                f"cannot be written: {problem.strerror}; nothing was changed",
                file=str(problem.filename2 or problem.filename or ""),
            ) from problem
        finally:
            for temporary, _ in staged:
                with suppress(FileNotFoundError):
                    temporary.unlink()


def _stage(target: Path, data: bytes) -> Path:
    """Write `data` beside `target`, flushed to the disk, with the target's permissions."""
    descriptor, temporary = make_temporary(target)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode_of(target))
    except BaseException as problem:
        temporary.unlink()
        if isinstance(problem, OSError) and problem.filename is None:
            problem.filename = str(target)
        raise
    return temporary


def _mode_of(target: Path) -> int:
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _switch(staged: list[tuple[Path, Path]]) -> None:
    previous = [(target, target.read_bytes() if target.exists() else None) for _, target in staged]
    done = 0
    try:
        for temporary, target in staged:
            temporary.replace(target)
            done += 1
    except OSError:
        for target, data in previous[:done]:
            if data is None:
                target.unlink()
            else:
                _stage(target, data).replace(target)
        raise
    for directory in {target.parent for _, target in staged}:
        _sync_directory(directory)


def _sync_directory(directory: Path) -> None:
    """Make the renames survive a power cut; systems without directory handles do this by themselves."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
