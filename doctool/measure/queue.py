"""Measurements of one project take turns: two at once would share journals, and spoil each other's times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from doctool import sampling
from doctool.errors import MeasurementError
from doctool.progress import Progress
from doctool.project import Project
from doctool.system import locks

_FILE_NAME = "measuring.lock"


@contextmanager
def measuring_alone(project: Project, wait_s: float, report: Callable[[Progress], None]) -> Iterator[None]:
    """Wait until no other doctool is measuring this project, and keep others waiting meanwhile.

    Args:
        project: The project.
        wait_s: How long to wait at most, in seconds.
        report: Told that it waits.

    Raises:
        MeasurementError: If the other one takes longer.
    """
    sampling.prepare_cache(project.cache)
    try:
        lock = locks.acquire(
            project.cache / _FILE_NAME,
            wait_s=wait_s,
            tell=lambda holder: report(Progress(subject=f"process {holder}", stage="queue", at_most_s=wait_s)),
        )
    except locks.HeldError as problem:
        raise MeasurementError(
            f"another doctool (process {problem.holder}) is still measuring here after {wait_s:.0f} s (--budget); wait "
            "for it, or stop it"
        ) from None
    with lock:
        yield
