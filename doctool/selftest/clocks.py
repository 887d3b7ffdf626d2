"""Clocks that are wrong in a known way, for the fault controls. Runs in the child process.

Each is a function without arguments that returns nanoseconds, as the timers of `doctool.sampling` want it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

DRIFT = 0.10
"""How much too fast and too slow the drifting clock goes at its worst."""
PERIOD_S = 240.0
"""From too fast over too slow back to too fast: long beside a block, short beside a session."""
GAIN_PER_S = 0.15
"""By how much the hurrying clock is faster after each second of its process."""


class Clock:
    """A clock that goes at its own rate.

    Args:
        source: The true time in nanoseconds.
        rate: How many of its seconds go by in a true one, now.
    """

    def __init__(self, source: Callable[[], int], rate: Callable[[], float]) -> None:
        self._source = source
        self._rate = rate
        self._last = source()
        self._shown = 0.0

    def __call__(self) -> int:
        """Return its time in nanoseconds; it never goes backwards."""
        now = self._source()
        self._shown += (now - self._last) * self._rate()
        self._last = now
        return int(self._shown)


_BEGAN_S = time.monotonic()


def drift_rate() -> float:
    """Return the rate of a clock that drifts from session to session, the same in all processes."""
    return 1.0 + DRIFT * math.sin(2.0 * math.pi * time.monotonic() / PERIOD_S)


def hurry_rate() -> float:
    """Return the rate of a clock that makes every later call of its process look slower."""
    return 1.0 + GAIN_PER_S * (time.monotonic() - _BEGAN_S)


drifting = Clock(time.perf_counter_ns, drift_rate)
drifting_processor = Clock(time.process_time_ns, drift_rate)
hurrying = Clock(time.perf_counter_ns, hurry_rate)
hurrying_processor = Clock(time.process_time_ns, hurry_rate)
