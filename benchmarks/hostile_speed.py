"""Is what `check` and `claims` cost linear in the bytes of a hostile page, and bounded?

Each page is of a kind that once took minutes. The command runs as a process of its own, at one size and at ten times
that size. A ratio of 10 is linear; less than that is the start of the process. A page of ten megabytes is refused,
which takes no time that depends on its kind. Times are CPU seconds of the child, memory is its peak.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
_SETTINGS = "package: tiny\ndocuments: {docs/PERF.md: {}}\nmechanisms: {fast: {toggle: use_fast}}\n"
_COMMANDS = ("check", "claims")
_REFUSED_BYTES = 10_000_000


class Cost(NamedTuple):
    """What a command took."""

    cpu_seconds: float
    peak_megabytes: float


def _repeat(piece: str) -> Callable[[int], str]:
    return lambda size: piece * (size // len(piece)) + "\n"


def _regions(size: int) -> str:
    one = "<!-- doctool:begin r{0}\nmechanism: fast\n-->\n\nx\n\n<!-- doctool:end r{0} -->\n\n"
    return "".join(one.format(number) for number in range(size // len(one.format(10_000))))


def _pipes(size: int) -> str:
    count = size // 26
    return f"{'| Latency ' * count}|\n{'|------' * count}|\n{'| [X] ms ' * count}|\n"


PAGES: Mapping[str, Callable[[int], str]] = {
    "claims-in-a-paragraph": _repeat("latency 1 ms "),
    "numbers-in-a-paragraph": _repeat("1 "),
    "placeholders": _repeat("[ACTUAL VALUE] ms\n\n"),
    "placeholders-in-a-line": _repeat("TBD "),
    "placeholders-that-differ": lambda size: "".join(f"Latency of case {n}: [X] ms\n\n" for n in range(size // 29)),
    "row-of-pipes": _pipes,
    "cr-lines": _repeat("# a\rlatency 1 ms\r"),
    "regions": _regions,
    "list-items": _repeat("- latency: TBD ms\n"),
}


def run(command: str, page: str) -> Cost:
    """Run a command on a project whose only document is the page."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "docs").mkdir()
        (root / "tiny").mkdir()
        (root / "doctool.yaml").write_text(_SETTINGS, encoding="utf-8")
        (root / "docs/PERF.md").write_bytes(page.encode())
        (root / "tiny/__init__.py").write_bytes(b"")
        child = subprocess.Popen(
            [sys.executable, "-m", "doctool", command, "--all"],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))


def main() -> None:
    """Print the ratios, with what stands behind them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--size", type=int, default=1_400_000, help="bytes of the larger page (1,400,000)")
    parser.add_argument("names", nargs="*", choices=[*PAGES, []], help="kinds of pages; all without one")
    options = parser.parse_args()
    ratios, costs = {}, {}
    for name in options.names or PAGES:
        for command in _COMMANDS:
            small, large = (run(command, PAGES[name](size)) for size in (options.size // 10, options.size))
            ratios[f"{command}/{name}/{options.size}-over-{options.size // 10}-bytes"] = (
                large.cpu_seconds / small.cpu_seconds
            )
            costs[f"{command}/{name}"] = {
                "larger": large._asdict(),
                "refused": run(command, PAGES[name](_REFUSED_BYTES))._asdict(),
            }
    if options.json:
        meaning = "CPU time of ours for ten times the bytes, 10 = linear"
        print(json.dumps({"ratios": ratios, "meaning": meaning, "costs": costs}))
        return
    for (label, ratio), cost in zip(ratios.items(), costs.values(), strict=True):
        words = "; ".join(
            f"{kind} {cost[kind]['cpu_seconds']:.2f} s, {cost[kind]['peak_megabytes']:.0f} MB" for kind in cost
        )
        print(f"{label}: {ratio:.1f}  ({words})", flush=True)


if __name__ == "__main__":
    main()
