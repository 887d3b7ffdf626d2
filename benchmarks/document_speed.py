"""Is the time that `check` and `claims` take to read a document linear in its bytes, whatever stands in it?

Each page is of one kind that is dear to read: a paragraph in which one claim repeats, thousands of open numbers, a row
of nothing but pipes, lines that end in CR alone, thousands of regions. It is read at one size and at ten times that
size, in this process, in turns. A ratio of 10 is linear. Times are CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from doctool import document
from doctool.vocabulary import build_vocabulary

_VOCABULARY = build_vocabulary({"baseline": (), "fast": ("use_fast",)}, {"baseline": ("step",), "fast": ("step",)})


def _repeat(piece: str) -> Callable[[int], str]:
    return lambda size: piece * (size // len(piece)) + "\n"


def _regions(size: int) -> str:
    one = (
        "<!-- doctool:begin r{0}\nmechanism: fast\nrows: {{Latency: forward_latency}}\n-->\n\n| a |\n|---|\n| {0} |\n\n"
        "<!-- doctool:end r{0} -->\n\n"
    )
    return "".join(one.format(number) for number in range(size // len(one.format(10_000))))


def _wide_table(size: int) -> str:
    columns = size // 24
    return f"|{' Latency |' * columns}\n|{'---|' * columns}\n|{' 12 ms |' * columns}\n"


PAGES: Mapping[str, Callable[[int], str]] = {
    "claims-in-a-paragraph": _repeat("latency 1 ms "),
    "claims-in-lines": _repeat("latency 1 ms here\n"),
    "claims-in-cr-lines": _repeat("latency 1 ms\r"),
    "open-in-paragraphs": _repeat("Latency: [X] ms\n\n"),
    "open-in-a-line": _repeat("[X] ms and "),
    "open-behind-labels": _repeat("Latency: TBD, "),
    "open-in-a-table": lambda size: "| Metric | Latency |\n|---|---|\n" + _repeat("| a | TBD |\n")(size),
    "row-of-pipes": lambda size: "| a | b |\n|---|---|\n| Latency " + "|" * size + "\n",
    "wide-table": _wide_table,
    "regions": _regions,
    "allowances": _repeat("takes 5 ms <!-- doctool:allow x -->\n\n"),
    "digits": _repeat("1."),
    "dots-in-a-cell": lambda size: f"| Latency | b |\n|-|-|\n| Latency | x{'.' * size}y |\n",
    "spaces": lambda size: "ppl" + " " * size + "x 12\n",
    "brackets": _repeat("["),
    "percents": _repeat("% "),
    "html-table": lambda size: f"<table>\n{_repeat('<tr><td>Latency</td><td>5 ms</td></tr>')(size)}</table>\n",
}


def read(text: str) -> float:
    """Return the CPU seconds that it takes to find all that a page reports."""
    data = text.encode()
    began = time.process_time()
    page = document.parse(data, "page.md", _VOCABULARY)
    found = len(page.placeholders) + len(document.find_claims(page)) + len(page.regions)
    spent = time.process_time() - began
    if found < 0:
        raise AssertionError
    return spent


def measure(size: int, names: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return, by kind of page, the ratio of ten times the size to the size, and the seconds of the larger."""
    ratios, seconds = {}, {}
    for name in names:
        few, many = PAGES[name](size // 10), PAGES[name](size)
        read(few)
        small = min(read(few) for _ in range(3))
        seconds[name] = read(many)
        ratios[f"{name}/itself/{size}-over-{size // 10}-bytes"] = seconds[name] / small
    return ratios, seconds


def main() -> None:
    """Print the ratios, with the seconds behind them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--size", type=int, default=180_000, help="bytes of the larger page (180,000)")
    parser.add_argument("names", nargs="*", choices=[*PAGES, []], help="kinds of pages; all without one")
    options = parser.parse_args()
    ratios, seconds = measure(options.size, options.names or list(PAGES))
    if options.json:
        meaning = "CPU time of ten times the bytes, 10 = linear"
        print(json.dumps({"ratios": ratios, "meaning": meaning, "cpu_seconds": seconds}))
        return
    for (label, ratio), taken in zip(ratios.items(), seconds.values(), strict=True):
        print(f"{label}: {ratio:.1f}  ({taken:.2f} s)")


if __name__ == "__main__":
    main()
