"""Follow a figure in a document back to what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from doctool import document
from doctool.check.contrast import contrast
from doctool.errors import DocumentError, RecordError
from doctool.plan.pages import read_document
from doctool.project import Project
from doctool.records import Comparison, Estimate, Record
from doctool.render import Figure
from doctool.render.pages import fill_document, verdicts_of


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a figure comes from.

    Args:
        line: Line of the figure in the document.
        figure: The figure as printed.
        record: The record that holds it.
        file: The record's file, relative to the project's root.
        estimate: The arm's value and interval, if the figure is one.
        comparison: The comparison as the document shows it, if the figure is a change.
    """

    line: int
    figure: Figure
    record: Record
    file: str
    estimate: Estimate | None
    comparison: Comparison | None


def explain(project: Project, name: str, line: int) -> tuple[Origin, ...]:
    """Return the origin of every figure on a line of a document.

    Args:
        project: The project.
        name: The document, relative to the project's root.
        line: Line counted from 1.

    Raises:
        DocumentError: If the line is in no region or has no figure, or the region does not show what was measured.
        RecordError: If a record it shows is missing or cannot be trusted.
    """
    parsed = document.parse(read_document(project, name), name, project.vocabulary)
    for managed in parsed.regions:
        if managed.line <= line <= managed.end_line:
            break
    else:
        raise DocumentError(
            "this line is in no region, so doctool did not write it; `doctool claims` lists such numbers",
            file=name,
            line=line,
        )
    records = {
        region.id: tuple(_record(project, record_id, name, region.line) for record_id in region.records)
        for region in parsed.regions
    }
    rendered = fill_document(project, parsed, records)[managed.id]
    difference = contrast(managed, rendered)
    if difference is not None:
        raise DocumentError(
            f"region {managed.id!r} does not show what was measured: {difference}; see `doctool check --diff {name}`",
            file=name,
            line=difference.line,
        )
    by_id = {record.id: record for group in records.values() for record in group}
    verdicts = verdicts_of(by_id.values())
    wanted = _rendered_line(rendered.text, managed.text, line - managed.text_line)
    origins = tuple(
        _origin(project, by_id[figure.record], figure, line, verdicts)
        for index, figure in rendered.figures
        if index == wanted
    )
    if not origins:
        raise DocumentError(f"region {managed.id!r} has no figure on this line", file=name, line=line)
    return origins


def _record(project: Project, record_id: str, name: str, line: int) -> Record:
    record = project.records.get(record_id)
    if record is None:
        raise RecordError(
            f"record {record_id} is not in {project.config.measurements}; restore it, or run `doctool refresh {name}`",
            file=name,
            line=line,
        )
    return record


def _rendered_line(rendered: str, found: str, index: int) -> int | None:
    """Find the rendered line that stands at `index` in the document; a formatter may have moved it."""
    rendered_lines, found_lines = rendered.split("\n"), found.split("\n")
    if not 0 <= index < len(found_lines):
        return None
    if len(rendered_lines) == len(found_lines):
        return index
    same = [number for number, text in enumerate(rendered_lines) if document.says_the_same(text, found_lines[index])]
    return same[0] if same else None


def _origin(
    project: Project,
    record: Record,
    figure: Figure,
    line: int,
    verdicts: dict[tuple[str, str], Comparison],
) -> Origin:
    result = record.metrics.get(figure.metric) if figure.metric else None
    is_change = figure.arm == "change"
    return Origin(
        line=line,
        figure=figure,
        record=record,
        file=project.relative(project.records.path_of(record)),
        estimate=result.arms.get(figure.arm) if result and figure.arm else None,
        comparison=(verdicts.get((record.id, figure.metric or "")) or (result.comparison if result else None))
        if is_change
        else None,
    )


def to_json(origins: Sequence[Origin]) -> dict[str, Any]:
    """Return the origins as the documented JSON object."""
    return {"figures": [_to_json(origin) for origin in origins]}


def _to_json(origin: Origin) -> dict[str, Any]:
    figure, record = origin.figure, origin.record
    shown = origin.comparison or origin.estimate
    return {
        "line": origin.line,
        "text": figure.text,
        "record": record.id,
        "file": origin.file,
        "mechanism": record.mechanism,
        "workload": record.workload,
        "metric": figure.metric or figure.key,
        "arm": figure.arm,
        "value": figure.value,
        "unit": figure.unit,
        "interval": [shown.low, shown.high] if shown is not None else None,
        "verdict": origin.comparison.verdict.value if origin.comparison else None,
        "comparison": msgspec.to_builtins(origin.comparison),
        "environment": dict(record.environment),
        "commit": record.source.commit,
        "dirty": record.source.dirty,
        "protocol": record.protocol,
        "started": record.started,
        "command": record.command,
    }


def to_lines(origins: Sequence[Origin]) -> Iterator[str]:
    """Return the origins as text for a person."""
    for origin in origins:
        figure, record = origin.figure, origin.record
        of = f"{figure.metric} {figure.arm or ''}".strip() if figure.metric else str(figure.key)
        yield f"{figure.text}"
        yield f"  what      {of}, {record.mechanism} under {record.workload}"
        yield f"  record    {record.id}  {origin.file}"
        if origin.comparison is not None:
            change = origin.comparison
            yield (
                f"  interval  {change.change:+.2%} of off, 99 % interval {change.low:+.2%} to {change.high:+.2%}, "
                f"{change.replicates} processes, margin {change.margin:.2%}"
            )
            yield f"  verdict   {change.verdict.value}" + (f" ({change.reason})" if change.reason else "")
        elif origin.estimate is not None and origin.estimate.low is not None:
            yield f"  interval  99 % interval {origin.estimate.low:.6g} to {origin.estimate.high:.6g} {figure.unit}"
        hardware = record.environment.get("gpu") or record.environment.get("cpu", "unknown")
        yield f"  hardware  {hardware}, torch {record.environment.get('torch', 'unknown')}"
        dirty = ", with uncommitted changes" if record.source.dirty else ""
        yield f"  code      commit {record.source.commit or 'none'}{dirty}, measured {record.started}"
        yield f"  repeat    {record.command}"
        yield ""
