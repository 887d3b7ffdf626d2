"""`doctool diff`: what changed between two releases."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from doctool.cli.output import say, say_json
from doctool.cli.snapshots import project_at
from doctool.cli.table import lines_of_table, write_change, write_estimate, write_verdict
from doctool.compare.diff import Cell, differences, shown_in
from doctool.errors import UsageError
from doctool.project import find_project
from doctool.records import Comparison, Estimate


def run(options: argparse.Namespace) -> int:
    """Print one line for each cell that differs or cannot be compared."""
    old, dots, new = options.span.partition("..")
    if not old or not dots or new.startswith("."):
        raise UsageError(f"expected OLD..NEW, for example v1.0..v1.1, found {options.span!r}")
    new = new or "HEAD"
    project = find_project(options.project)
    with project_at(project, old) as before, project_at(project, new) as after:
        cells = differences(shown_in(before), shown_in(after))
    if options.json:
        rows = [_to_json(cell) for cell in cells]
        say_json({"old": old, "new": new, "cells": rows})
    else:
        for line in _lines_of(cells, old, new):
            say(line)
    return 0


def _lines_of(cells: Sequence[Cell], old: str, new: str) -> Iterator[str]:
    shown = [cell for cell in cells if cell.reason != "same-record"]
    if shown:
        headers = ("cell", "figure", old, new, "difference [99 % interval]", "verdict")
        yield from lines_of_table(headers, [_row_of(cell) for cell in shown])
    same = len(cells) - len(shown)
    if same or not shown:
        yield f"{same} cells show the same records in both" if same else "neither shows any measured figure"
    if any(cell.is_same_code for cell in shown if cell.comparison is not None):
        yield "* the measured code is the same in both: such a difference is the machine's or its software's"


def _row_of(cell: Cell) -> tuple[str, ...]:
    is_unexplained = cell.comparison is not None and cell.is_same_code
    verdict = "no claim about a single layer" if cell.is_layer else write_verdict(cell.comparison)
    return (
        f"{cell.mechanism}/{cell.workload}/{cell.metric}",
        cell.arm,
        _write(cell.before, cell.metric),
        _write(cell.after, cell.metric),
        write_change(cell.comparison),
        verdict + (" *" if is_unexplained else "") if cell.comparison is not None else f"not compared: {cell.detail}",
    )


def _write(figure: Estimate | Comparison | None, metric: str) -> str:
    return write_change(figure) if isinstance(figure, Comparison) else write_estimate(figure, metric)


def _to_json(cell: Cell) -> dict[str, Any]:
    comparison = msgspec.to_builtins(cell.comparison)
    if comparison is not None:
        comparison["rank_sum_p"] = comparison.pop("sign_flip_p")
    return {
        "mechanism": cell.mechanism,
        "workload": cell.workload,
        "metric": cell.metric,
        "arm": cell.arm,
        "old": _side_to_json(cell.old, cell.before),
        "new": _side_to_json(cell.new, cell.after),
        "same_code": cell.is_same_code,
        "difference": comparison,
        "reason": cell.reason,
        "detail": cell.detail,
    }


def _side_to_json(record: Any, figure: Estimate | Comparison | None) -> dict[str, Any] | None:
    if record is None:
        return None
    return {"record": record.id, "commit": record.source.commit, "figure": msgspec.to_builtins(figure)}
