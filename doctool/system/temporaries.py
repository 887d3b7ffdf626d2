"""Clear what a killed doctool left beside the files that it was about to replace.

Whoever writes temporary files into a directory shares a lock on it. Who can have the directory alone knows that no
writer is alive there, so that every temporary file in it was left behind. The kernel gives a lock up when its process
ends in whatever way. Where directories cannot be locked (Windows, some network file systems), nothing is cleared.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path

_SUFFIX = ".doctool"
_TEMPORARY = re.compile(r"\..+\.\w{8}\.doctool", re.DOTALL)
# Each takes a file descriptor, of which a process may have as few as 256.
_MOST_DIRECTORIES = 100
_WAIT_S = 1.0
_POLL_S = 0.005


def make_temporary(target: Path) -> tuple[int, Path]:
    """Make a file beside `target`, open for writing, under a name that is cleared when its process dies.

    Called within `writing_in` of the target's directory.

    Raises:
        OSError: If it cannot be made.
    """
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=_SUFFIX)
    return descriptor, Path(name)


@contextmanager
def writing_in(directories: Iterable[Path]) -> Iterator[None]:
    """Clear these directories, and keep every other doctool from clearing them while the block runs.

    Of very many directories only the first are cleared and kept. In the others a second doctool may take a temporary
    file away, which the writing then reports as an error.
    """
    with ExitStack() as stack:
        for directory in islice(directories, _MOST_DIRECTORIES):
            # What is wrong with a directory is for the writing itself to say.
            with suppress(OSError):
                stack.callback(os.close, _enter(directory))
        yield


if sys.platform == "win32":

    def _enter(directory: Path) -> int:
        message = f"{directory} cannot be locked"
        raise OSError(message)

else:
    import fcntl

    def _enter(directory: Path) -> int:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if _try_lock(descriptor, fcntl.LOCK_EX):
                _clear(directory)
            # A doctool that clears is soon done. Whoever keeps the directory for longer is another program, such as
            # flock(1) around this very command, and clears nothing.
            deadline_s = time.monotonic() + _WAIT_S
            while not _try_lock(descriptor, fcntl.LOCK_SH) and time.monotonic() < deadline_s:
                time.sleep(_POLL_S)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _try_lock(descriptor: int, kind: int) -> bool:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _clear(directory: Path) -> None:
    with os.scandir(directory) as entries:
        left = [entry for entry in entries if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
    for entry in left:
        Path(entry.path).unlink(missing_ok=True)
