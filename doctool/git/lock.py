"""One doctool at a time per work tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doctool.errors import GitError
from doctool.git.place import Place, the_place
from doctool.system import locks

FILE_NAME = "doctool.lock"


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
    try:
        lock = locks.acquire(path, wait_s=wait_s)
    except locks.HeldError as problem:
        raise GitError(
            f"another doctool (process {problem.holder}) is committing here; try again when it is done"
        ) from None
    except OSError as problem:
        raise GitError(f"the git directory cannot be written: {problem.strerror}", file=str(path)) from problem
    with lock:
        yield place
