"""`doctool history`: a figure over the commits that recorded it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import msgspec

from doctool.cli.output import say, say_json, tell
from doctool.cli.table import lines_of_table, write_change, write_estimate, write_verdict
from doctool.compare.history import History, Point, Series, history_of
from doctool.project import find_project
from doctool.records import OFF, ON
from doctool.terms.notes import write_note


def run(options: argparse.Namespace) -> int:
    """Print one table for each kind of machine and workload."""
    found = history_of(find_project(options.project), options.mechanism, options.metric, options.workload)
    if options.json:
        say_json(_to_json(found))
        return 0
    for series in found.series:
        for line in (*_lines_of(found, series), ""):
            say(line)
    for problem in found.left_out:
        tell(f"left out: {problem}")
    return 0


def _lines_of(found: History, series: Series) -> Iterator[str]:
    yield f"{found.mechanism}, {series.workload}, {found.metric}: {_machine_words(series)}"
    headers = ("measured", "commit", "record", "off", "on", "change [99 % interval]", "verdict", "notes")
    rows = [
        (
            point.record.started[:10],
            (point.record.source.commit or "none")[:10],
            point.record.id,
            write_estimate(point.result.arms.get(OFF), found.metric),
            write_estimate(point.result.arms.get(ON), found.metric),
            write_change(point.comparison),
            write_verdict(point.comparison) or (point.result.reason or ""),
            ", ".join(_notes_of(point)),
        )
        for point in series.points
    ]
    used = [index for index in range(len(headers)) if any(row[index] for row in rows)]
    yield from lines_of_table([headers[index] for index in used], [[row[index] for index in used] for row in rows])


def _machine_words(series: Series) -> str:
    facts = series.machine
    name = facts.get("gpu") if facts.get("device") == "cuda" else facts.get("cpu")
    cores = "" if facts.get("device") == "cuda" else f", {facts.get('cores', 'unknown')} cores"
    return f"{name or 'unknown'}{cores}, torch {facts.get('torch', 'unknown')}, {facts.get('dtype', 'unknown')}"


def _notes_of(point: Point) -> Iterator[str]:
    if point.record.quick:
        yield "quick"
    if point.record.source.dirty:
        yield "uncommitted changes"
    yield from (write_note(each, "en") for each in point.record.notes)


def _to_json(found: History) -> dict[str, Any]:
    return {
        "mechanism": found.mechanism,
        "metric": found.metric,
        "series": [
            {
                "workload": series.workload,
                "machine": dict(series.machine),
                "unit": series.points[-1].result.unit,
                "points": [_point_to_json(point) for point in series.points],
            }
            for series in found.series
        ],
        "left": list(found.left_out),
    }


def _point_to_json(point: Point) -> dict[str, Any]:
    record = point.record
    return {
        "record": record.id,
        "file": point.file,
        "commit": point.commit,
        "when": point.when.isoformat(),
        "measured_commit": record.source.commit,
        "dirty": record.source.dirty,
        "quick": record.quick,
        "started": record.started,
        "arms": msgspec.to_builtins(point.result.arms),
        "comparison": msgspec.to_builtins(point.comparison),
        "reason": point.result.reason,
        "notes": [write_note(each, "en") for each in record.notes],
    }
