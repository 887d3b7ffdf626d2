"""How long looking through a repository may take."""

from __future__ import annotations

import time

LIMIT_S = 5.0
"""Seconds of a processor, so that a busy machine changes nothing about what is found."""


class Budget:
    """Time that is used up by whatever this process does.

    Args:
        limit_s: Seconds of a processor.
    """

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._end = time.process_time() + limit_s
        self.cut_short: list[str] = []
        """What was left undone, in words."""

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.process_time() > self._end

    def cut(self, words: str) -> None:
        """Remember that something was left undone."""
        self.cut_short.append(words)
