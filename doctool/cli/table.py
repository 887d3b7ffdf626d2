"""Plain tables and figures for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doctool.records import Comparison, Estimate, Verdict
from doctool.terms.metrics import METRICS, metric_of
from doctool.terms.units import format_percent, format_quantity


def lines_of_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table whose columns line up; what ends in blanks is cut."""
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    for row in (headers, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def write_estimate(estimate: Estimate | None, metric: str) -> str:
    """Write one arm's value as the pages write it; empty without one."""
    if estimate is None:
        return ""
    return format_quantity(
        estimate.value, METRICS[metric_of(metric).name].shown_in, "en", half_width=estimate.half_width
    )


def write_change(comparison: Comparison | None) -> str:
    """Write a change with its interval; a ratio never stands without one."""
    if comparison is None:
        return ""
    change, low, high = (
        format_percent(value, 1, "en", signed=True) for value in (comparison.change, comparison.low, comparison.high)
    )
    return f"{change} (exact)" if comparison.deterministic else f"{change} [{low}, {high}]"


def write_verdict(comparison: Comparison | None) -> str:
    """Write what a comparison may be called, with the reason where it leaves the question open."""
    if comparison is None:
        return ""
    reason = f" ({comparison.reason})" if comparison.reason else ""
    if comparison.verdict is Verdict.NO_DIFFERENCE and not comparison.deterministic:
        reason = f" (within ±{format_percent(comparison.margin, 1, 'en')})"
    return comparison.verdict.value + reason
