"""One doctool at a time per work tree.

The lock belongs to the process, not to the file: the kernel gives it up when the process ends in whatever way, so that
nothing a killed doctool leaves behind can block the next one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from doctool.errors import GitError
from doctool.git.place import Place, the_place

FILE_NAME = "doctool.lock"

_held: set[Path] = set()


@contextmanager
def exclusive(root: Path, *, wait_s: float = 120.0) -> Iterator[Place]:
    """Keep every other doctool out of this work tree's commits; inside of itself it does nothing more.

    Args:
        root: A directory of the work tree.
        wait_s: How long to wait for another doctool, in seconds.

    Yields:
        The work tree.

    Raises:
        GitError: If another doctool holds it for longer, or `root` is in no repository.
    """
    place = the_place(root)
    path = place.git_dir / FILE_NAME
    if path in _held:
        yield place
        return
    descriptor = _acquire(path, time.monotonic() + wait_s)
    _held.add(path)
    try:
        yield place
    finally:
        _held.remove(path)
        # Removed while it is still held: whoever waits for the old file notices, and makes a new one.
        with suppress(FileNotFoundError):
            path.unlink()
        os.close(descriptor)


def _acquire(path: Path, deadline: float) -> int:
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as problem:
            raise GitError(f"the git directory cannot be written: {problem.strerror}", file=str(path)) from problem
        if _try_lock(descriptor) and _is_the_file(descriptor, path):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            return descriptor
        holder = _read_holder(descriptor)
        os.close(descriptor)
        if time.monotonic() >= deadline:
            raise GitError(f"another doctool (process {holder}) is committing here; try again when it is done")
        time.sleep(0.02)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _read_holder(descriptor: int) -> str:
    try:
        return os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
    except OSError:  # Windows refuses to read what another process has locked.
        return "unknown"


def _is_the_file(descriptor: int, path: Path) -> bool:
    """Whether the locked file is still the one with that name: its last holder removes it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
