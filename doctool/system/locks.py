"""One process at a time, by a lock file.

The lock belongs to the process, not to the file: the kernel gives it up when the process ends in whatever way, so that
nothing a killed doctool leaves behind can block the next one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

_POLL_S = 0.02
_held: set[Path] = set()


class HeldError(Exception):
    """Another process has had the lock for longer than we would wait.

    Args:
        holder: Its number, or `unknown`.
    """

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


def acquire(path: Path, *, wait_s: float, tell: Callable[[str], None] = lambda _: None) -> AbstractContextManager[None]:
    """Take the lock, and give it up when the `with` block of what this returns is left.

    A process that has it already gets it again, and gives it up with the outermost block.

    Args:
        path: The lock file; its directory exists.
        wait_s: How long to wait for another process, in seconds.
        tell: Told the number of the process that has it, once, when waiting begins.

    Raises:
        OSError: If the file cannot be made.
        HeldError: If another process has it for longer.
    """
    if path in _held:
        return nullcontext()
    descriptor = _acquire(path, time.monotonic() + wait_s, tell)
    _held.add(path)
    return _release_later(path, descriptor)


@contextmanager
def _release_later(path: Path, descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        _held.remove(path)
        # Removed while it is still held: whoever waits for the old file notices, and makes a new one.
        with suppress(FileNotFoundError):
            path.unlink()
        os.close(descriptor)


def _acquire(path: Path, deadline_s: float, tell: Callable[[str], None]) -> int:
    told = False
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if _try_lock(descriptor) and _is_the_file(descriptor, path):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            return descriptor
        holder = _read_holder(descriptor)
        os.close(descriptor)
        if time.monotonic() >= deadline_s:
            raise HeldError(holder)
        if not told:
            told = True
            tell(holder)
        time.sleep(_POLL_S)


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
