"""Progress on the terminal: a live bar for people, plain lines for logs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from doctool.cli.output import tell, visible
from doctool.progress import Progress

_STAGES = {
    "queue": "is also measuring here; waiting for it",
    "probe": "checking that the toggle changes anything",
    "memory": "peak memory",
    "quiet": "waiting for a quiet machine",
    "speed": "processes",
    "pilot": "pilot run",
    "calibration": "target loss",
    "pairs": "paired seeds",
}


_WAITING = {"queue", "quiet"}
"""Stages in which nothing is done but to wait."""


@contextmanager
def shown_progress() -> Iterator[Callable[[Progress], None]]:
    """Yield the function to report progress to; on a terminal it draws a bar, elsewhere it prints lines."""
    if not sys.stderr.isatty():
        yield _LinePrinter()
        return
    from rich import console  # noqa: PLC0415 - only a terminal pays for it
    from rich import progress as bars  # noqa: PLC0415

    bar = bars.Progress(
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(bar_width=24),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[detail]}", markup=False),
        bars.TimeElapsedColumn(),
        console=console.Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("starting", total=None, detail="")

        def draw(progress: Progress) -> None:
            bar.update(
                task,
                description=visible(f"{progress.subject}: {_STAGES.get(progress.stage, progress.stage)}"),
                completed=progress.done,
                total=progress.total,
                detail=describe(progress),
            )

        yield draw


class _LinePrinter:
    """Prints a line whenever something was finished, never twice the same."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, progress: Progress) -> None:
        stage = _STAGES.get(progress.stage, progress.stage)
        line = f"{progress.subject}: {stage} {progress.done}/{progress.total}"
        if line != self._last:
            self._last = line
            detail = describe(progress)
            tell(f"{line}  {detail}" if detail else line)


def describe(progress: Progress) -> str:
    """Return the intervals or losses so far and the time left, in a few words."""
    parts = [f"{arm} ±{width:.1%}" for arm, width in progress.half_widths.items()]
    parts += [f"{arm} {loss:.3f} nats" for arm, loss in progress.losses.items()]
    if progress.stage in _WAITING and progress.at_most_s is not None:
        parts.insert(0, f"at most {spell_time(progress.at_most_s)}")
    if progress.left_s is not None:
        parts.append(f"about {spell_time(progress.left_s)} left")
    elif progress.at_most_s is not None and progress.stage not in _WAITING:
        parts.append(f"at most {spell_time(progress.at_most_s)} left")
    return ", ".join(parts)


def spell_time(seconds: float) -> str:
    """Return a time in minutes and seconds, as `1:05` or `40 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes else f"{rest} s"
