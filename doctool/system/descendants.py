"""Find and end everything that a program has started, also what has left its process group.

Every program that is watched carries a mark in its environment, which what it starts inherits. On Linux, what lost its
parent is handed to us besides, so that clearing the environment does not help it to stay. Elsewhere only the process
group is known, which is for the caller to end.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

MARK = "DOCTOOL_WATCHED"
_SET_CHILD_SUBREAPER = 36
_MOST_S = 2.0
_POLL_S = 0.01


def new_mark() -> str:
    """Return a value for `MARK` that nobody else has."""
    return f"{os.getpid()}-{secrets.token_hex(8)}"


def adopt(yes: bool) -> None:
    """Let processes that lose their parent become our children from now on, where that is possible; or no longer."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0)


def children() -> frozenset[int]:
    """Return our own children, where the system tells."""
    return frozenset(_children_of(os.getpid()))


def end_marked(mark: str, spared: Collection[int] = ()) -> None:
    """End every process that carries the mark, with all that it has started; our own process is spared.

    Args:
        mark: The value of `MARK` in its environment.
        spared: Further processes that stay.
    """
    _end(lambda: _marked(mark), spared)


def end_adopted(spared: Collection[int]) -> None:
    """End the children that we did not start ourselves.

    Args:
        spared: Those that we did start.
    """
    _end(lambda: _children_of(os.getpid()), spared)


def _end(find: Callable[[], list[int]], spared: Collection[int]) -> None:
    kept = {os.getpid(), *spared}
    deadline = time.monotonic() + _MOST_S
    while left := [pid for pid in find() if pid not in kept]:
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            # Only a child of ours can be waited for; what is not, goes by itself.
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > deadline:
            return
        time.sleep(_POLL_S)


def _marked(mark: str) -> list[int]:
    word = f"{MARK}={mark}".encode()
    found = []
    for pid in _all():
        with suppress(OSError):
            is_marked = word in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if is_marked and _state_of(pid)[0] != "Z":
                found.append(pid)
    return found


def _children_of(parent: int) -> list[int]:
    found = []
    for pid in _all():
        with suppress(OSError, IndexError, ValueError):
            if _state_of(pid)[1] == str(parent):
                found.append(pid)
    return found


def _state_of(pid: int) -> list[str]:
    """Return the state and the parent of a process, in this order; the name before them may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]


def _all() -> list[int]:
    if sys.platform != "linux":
        return []
    with suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208
    return []
