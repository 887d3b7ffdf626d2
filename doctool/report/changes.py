"""What a change changes, as Markdown for the summary of a job or a comment: cell by cell, with verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from doctool.check.findings import Finding
from doctool.compare.diff import Cell
from doctool.records import Comparison, Estimate, Verdict
from doctool.render.effects import CLAIMS
from doctool.render.escape import code, end_no_cell, escape
from doctool.terms.metrics import METRICS, metric_of
from doctool.terms.units import format_percent, format_quantity

MARK = "<!-- doctool report -->"
"""First line: whoever posts it as a comment finds the earlier one by it, and edits that."""
_MOST = 60


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is told.

    Args:
        base: What it is compared with, as it was named.
        cells: Every cell of both sides; none if the base cannot be compared with.
        obstacle: Why not; empty if it can.
        findings: What `check` finds in the documents as they are now.
        documents: How many there are.
    """

    base: str
    cells: Sequence[Cell] = ()
    obstacle: str = ""
    findings: Sequence[Finding] = ()
    documents: int = 0


def write_changes(changes: Changes) -> str:
    """Return the Markdown."""
    return "\n".join(_lines(changes)) + "\n"


def _lines(changes: Changes) -> Iterator[str]:
    yield from (MARK, "", f"### Performance documents, against {code(changes.base)}", "")
    if changes.obstacle:
        yield from (escape(changes.obstacle), "")
    changed = [cell for cell in changes.cells if cell.reason != "same-record"]
    if changed:
        yield from _table(changed)
    same = len(changes.cells) - len(changed)
    if same:
        yield from (f"{same} {'cell shows' if same == 1 else 'cells show'} the same records as before.", "")
    elif not changes.cells and not changes.obstacle:
        yield from ("Neither side shows a measured figure.", "")
    if any(cell.comparison is not None and cell.is_same_code for cell in changed):
        yield from (
            "\\* the measured code is the same in both: such a difference is the machine's or its software's.",
            "",
        )
    yield from _findings(changes)


def _table(cells: Sequence[Cell]) -> Iterator[str]:
    yield "| Cell | Before | Now | Difference | Verdict |"
    yield "| --- | ---: | ---: | ---: | --- |"
    for cell in cells[:_MOST]:
        name = code(f"{cell.mechanism}/{cell.workload}/{cell.metric} {cell.arm}")
        row = (
            name,
            _write(cell.before, cell.metric),
            _write(cell.after, cell.metric),
            _change(cell.comparison),
            _verdict(cell),
        )
        yield f"| {' | '.join(end_no_cell(text) for text in row)} |"
    yield ""
    if len(cells) > _MOST:
        yield from (f"… and {len(cells) - _MOST} more; `doctool diff` lists them all.", "")


def _verdict(cell: Cell) -> str:
    """Return what may be said of a difference: a word of claim only where there is one."""
    if cell.comparison is None:
        return f"not compared: {escape(cell.detail)}"
    if cell.is_layer:
        return "no claim about a single layer"
    verdict = cell.comparison.verdict
    words = f"**{verdict.value}**" if verdict in CLAIMS else f"{verdict.value}"
    if verdict is Verdict.INCONCLUSIVE:
        words = "open" + (f" ({escape(cell.comparison.reason)})" if cell.comparison.reason else "")
    if verdict is Verdict.NO_DIFFERENCE and not cell.comparison.deterministic:
        words += f" (within ±{format_percent(cell.comparison.margin, 1, 'en')})"
    return words + (" \\*" if cell.is_same_code else "")


def _write(figure: Estimate | Comparison | None, metric: str) -> str:
    if figure is None:
        return "–"
    if isinstance(figure, Comparison):
        return _change(figure)
    return format_quantity(figure.value, METRICS[metric_of(metric).name].shown_in, "en", half_width=figure.half_width)


def _change(comparison: Comparison | None) -> str:
    """Write a difference with its interval; of what is open, the interval alone."""
    if comparison is None:
        return ""
    change, low, high = (
        format_percent(value, 1, "en", signed=True) for value in (comparison.change, comparison.low, comparison.high)
    )
    if comparison.deterministic:
        return change
    return f"[{low} … {high}]" if comparison.verdict is Verdict.INCONCLUSIVE else f"{change} [{low} … {high}]"


def _findings(changes: Changes) -> Iterator[str]:
    grave = Counter(finding.state.value for finding in changes.findings if not finding.is_warning)
    count = f"{changes.documents} document{'s' if changes.documents != 1 else ''} checked"
    if not grave:
        yield f"{count}: all true."
        return
    states = ", ".join(f"{number} {state}" for state, number in sorted(grave.items()))
    yield f"{count}: {states}. `doctool check --all` says where and what to do."
