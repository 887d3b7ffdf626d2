"""Time programs in turns and print the ratios; shared by the benchmarks beside it."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping

Program = Callable[[], object]
"""Something to run and wait for; what it returns does not matter."""


def median_seconds(programs: Mapping[str, Program], rounds: int) -> dict[str, float]:
    """Return the median seconds of each program.

    All take their turn in every round, so that a slow minute of the machine meets each of them. One round before the
    timed ones warms caches.
    """
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds + 1):
        for name, program in programs.items():
            start = time.perf_counter()
            program()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times[1:]) for name, times in seconds.items()}


def report(ratios: Mapping[str, float], seconds: Mapping[str, float | Mapping[str, float]], *, as_json: bool) -> None:
    """Print the ratios by their labels what/against/size; as JSON with the median seconds behind them."""
    if as_json:
        print(json.dumps({"ratios": ratios, "meaning": "> 1 = ours is slower", "seconds": seconds}))
        return
    for label, ratio in ratios.items():
        print(f"{label}: {ratio:.2f}")
