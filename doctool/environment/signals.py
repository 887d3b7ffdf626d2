"""What disturbs a measurement from outside: stolen time, waiting tasks, busy neighbours.

Blocks are excluded by these signals alone, blind to the values that were measured.

Source: PROTOCOL `doctool-ab/1`, "The comparison", 10.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from doctool.environment.machine import ROOT
from doctool.environment.reading import read_text

POLL_S = 0.5
_SHORTEST_LOOK_S = 0.05
"""Where nobody waits, how the machine is doing is still written down."""
MAX_STEAL = 0.05
"""Cores' worth of time that the hypervisor took from the cores that this process may use."""
MAX_WAITING = 0.05
"""Cores' worth of time in which this process could have run and had to wait."""
MAX_PRESSURE = 0.25
"""Share of the time in which some task of this machine had to wait; looked at where `waiting` cannot be read."""
MAX_INVOLUNTARY_PER_S = 50.0
"""How often the process was put aside for another; looked at where `waiting` cannot be read."""
MAX_CLOCK_CHANGE = 0.05
"""Relative change of a GPU's clock within a block."""
QUIET_PRESSURE = 0.10
QUIET_FOREIGN_CORES = 0.25
"""Cores that other processes may keep busy while the host still counts as quiet."""
THROTTLE_MASK = 0x8 | 0x20 | 0x40 | 0x80
"""Hardware slowdown, and slowdown by heat (two kinds) or by the power brake.

The power cap (0x4) is not among them: large GPUs run at it all the time, and the clock is looked at anyway.
"""


class Signals(msgspec.Struct, frozen=True, kw_only=True):
    """Counters at one moment; only differences between two moments mean something. Absent ones are None.

    Args:
        clock_s: Monotonic time.
        own_cpu_s: Processor time of this process.
        involuntary_switches: How often this process was put aside.
        steal_s: Time stolen by the hypervisor, summed over the processors that this process may use.
        waiting_s: Time in which threads of this process could have run and had to wait.
        busy_s: Time in which processors worked, for anyone on this machine.
        pressure_s: Time in which some task waited for a processor.
    """

    clock_s: float
    own_cpu_s: float
    involuntary_switches: int | None = None
    steal_s: float | None = None
    waiting_s: float | None = None
    busy_s: float | None = None
    pressure_s: float | None = None


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """How waiting for a quiet host ended.

    Args:
        is_quiet: Whether it is quiet now; False if the time ran out.
        waited_s: How long it took.
        signals: What was seen last, as `difference` gives it.
    """

    is_quiet: bool
    waited_s: float
    signals: dict[str, float]


def read_signals(root: Path = ROOT) -> Signals:
    """Read the counters.

    Args:
        root: Directory that holds `proc`.
    """
    statistics = read_text(root / "proc/stat") or ""
    return Signals(
        clock_s=time.monotonic(),
        own_cpu_s=time.process_time(),
        involuntary_switches=_read_involuntary_switches(),
        steal_s=_read_steal(statistics),
        waiting_s=_read_waiting(root),
        busy_s=_read_busy(statistics),
        pressure_s=_read_pressure(root),
    )


def _read_steal(statistics: str) -> float | None:
    own = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else frozenset[int]()
    stolen = [
        ticks[7] for number, ticks in _ticks(statistics, r"cpu(\d+)") if int(number) in own and len(ticks) >= 8
    ] or [ticks[7] for _, ticks in _ticks(statistics, "cpu()") if len(ticks) >= 8]
    return sum(stolen) / os.sysconf("SC_CLK_TCK") if stolen else None


def _read_busy(statistics: str) -> float | None:
    for _, ticks in _ticks(statistics, "cpu()"):
        if len(ticks) >= 8:
            user, nice, system, _idle, _io, interrupt, soft_interrupt = ticks[:7]
            return (user + nice + system + interrupt + soft_interrupt) / os.sysconf("SC_CLK_TCK")
    return None


def _ticks(statistics: str, name: str) -> Iterator[tuple[str, list[int]]]:
    for found in re.finditer(rf"^{name}[ \t]+([\d ]+)$", statistics, re.MULTILINE):
        yield found[1], [int(word) for word in found[2].split()]


def _read_waiting(root: Path) -> float | None:
    # Fields: time on a processor, time waiting for one (both in nanoseconds), turns.
    threads = [read_text(path) for path in (root / "proc/self/task").glob("*/schedstat")]
    fields = [text.split() for text in threads if text]
    return sum(int(of_thread[1]) for of_thread in fields if len(of_thread) > 1) / 1e9 if fields else None


def _read_involuntary_switches() -> int | None:
    try:
        # Not part of Python on Windows.
        import resource  # noqa: PLC0415
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _read_pressure(root: Path) -> float | None:
    found = re.search(r"^some .*total=(\d+)", read_text(root / "proc/pressure/cpu") or "", re.MULTILINE)
    return int(found[1]) / 1e6 if found else None


def difference(before: Signals, after: Signals) -> dict[str, float]:
    """Return what happened between two moments, per second of the interval.

    Returns:
        `interval_s`; `steal`, `waiting` and `foreign` (other processes), in cores; `pressure`, a share of the time;
        `involuntary_per_s`. What cannot be read is absent.
    """
    interval_s = after.clock_s - before.clock_s
    if interval_s <= 0.0:
        return {}
    rates = {"interval_s": interval_s}
    grown = {
        "steal": _growth(before.steal_s, after.steal_s),
        "waiting": _growth(before.waiting_s, after.waiting_s),
        "pressure": _growth(before.pressure_s, after.pressure_s),
        "involuntary_per_s": _growth(before.involuntary_switches, after.involuntary_switches),
    }
    busy_s = _growth(before.busy_s, after.busy_s)
    if busy_s is not None:
        # Ticks are coarse, so short intervals may seem to hold less than our own time.
        grown["foreign"] = max(0.0, busy_s - (after.own_cpu_s - before.own_cpu_s))
    return rates | {key: value / interval_s for key, value in grown.items() if value is not None}


def _growth(before: float | None, after: float | None) -> float | None:
    return after - before if before is not None and after is not None else None


def exclusion_of(signals: Mapping[str, float]) -> str | None:
    """Return the signal for which a block does not count; None if it counts.

    Args:
        signals: Of the whole block, as `difference` and `gpu_difference` give them, together.

    Returns:
        `steal`, `waiting`, `pressure`, `switches`, `throttle`, `clock` or `gpu-process`.
    """
    # Whether this process had to wait says more than whether anyone did, or how often it was put aside.
    of_waiting = (
        {"waiting": ("waiting", MAX_WAITING)}
        if "waiting" in signals
        else {"pressure": ("pressure", MAX_PRESSURE), "switches": ("involuntary_per_s", MAX_INVOLUNTARY_PER_S)}
    )
    limits = {"steal": ("steal", MAX_STEAL), **of_waiting, "gpu-process": ("gpu_processes", 1.0)}
    for reason, (key, limit) in limits.items():
        if signals.get(key, 0.0) > limit:
            return reason
    if int(signals.get("throttle_bits", 0.0)) & THROTTLE_MASK:
        return "throttle"
    return "clock" if abs(signals.get("sm_clock_change", 0.0)) > MAX_CLOCK_CHANGE else None


def is_quiet(signals: Mapping[str, float]) -> bool:
    """Tell whether the host is quiet enough to begin."""
    return (
        signals.get("steal", 0.0) <= MAX_STEAL
        and signals.get("pressure", 0.0) <= QUIET_PRESSURE
        and signals.get("foreign", 0.0) <= QUIET_FOREIGN_CORES
    )


def wait_until_quiet(
    timeout_s: float = 30.0,
    read: Callable[[], Signals] = read_signals,
    sleep: Callable[[float], None] = time.sleep,
) -> Quiet:
    """Wait for a quiet host.

    Args:
        timeout_s: Longest time to wait.
        read: Reads the counters and the clock.
        sleep: Waits for some seconds.
    """
    first = before = read()
    while True:
        sleep(min(POLL_S, max(timeout_s, _SHORTEST_LOOK_S)))
        after = read()
        seen = difference(before, after)
        waited_s = after.clock_s - first.clock_s
        if is_quiet(seen) or waited_s >= timeout_s:
            return Quiet(is_quiet=is_quiet(seen), waited_s=waited_s, signals=seen)
        before = after
