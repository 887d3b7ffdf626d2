"""What `detect` hands back: a detection per mechanism, and the files nobody could read."""

from __future__ import annotations

import msgspec

from doctool.terms.mechanism import Detection


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A source file that CPython cannot parse; everything else was read.

    Args:
        file: Path relative to the project root, with forward slashes.
        line: Line of the first problem, counted from 1.
        reason: What CPython says about it.
    """

    file: str
    line: int
    reason: str


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to every question that was asked of one package.

    Args:
        detections: By the name of the mechanism.
        unreadable: Files that could not be parsed, in order of their paths.
    """

    detections: dict[str, Detection] = msgspec.field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()
