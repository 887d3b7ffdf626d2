"""What the headings above a table or a line say about it."""

from __future__ import annotations

from dataclasses import dataclass

from doctool.document.address import BASELINE
from doctool.document.outline import Table
from doctool.document.placeholders import unit_key
from doctool.document.sightings import strip_unit
from doctool.vocabulary import Vocabulary


@dataclass(frozen=True, kw_only=True)
class Context:
    """Names found above a table, the nearest heading first; None where nothing is said.

    Args:
        mechanism: Name of a mechanism.
        workload: Name of a workload.
        metric: Name of a metric.
    """

    mechanism: str | None = None
    workload: str | None = None
    metric: str | None = None


def find_context(table: Table, vocabulary: Vocabulary) -> Context:
    """Return what is said above a table: by its headings, its corner cell and the paragraph right above it."""
    near = [table.caption] if len(table.caption) < 200 and "\n" not in table.caption else []
    found = read_headings((*table.headings,), vocabulary)
    caption = read_headings(tuple(near), vocabulary)
    corner = next((m.metric for m in vocabulary.meanings(strip_unit(table.header.cells[0])[0]) if m.metric), None)
    return Context(
        mechanism=found.mechanism or caption.mechanism,
        workload=caption.workload or found.workload,
        metric=corner or caption.metric or found.metric,
    )


def read_headings(headings: tuple[str, ...], vocabulary: Vocabulary) -> Context:
    """Return what headings say, the innermost first.

    A heading that names several mechanisms says nothing, unless only one of them is not the baseline.
    """
    mechanism = workload = metric = None
    for heading in reversed(headings):
        if mechanism is None:
            named = vocabulary.named_in(heading, "mechanism")
            others = [name for name in named if name != BASELINE]
            if len(others) == 1:
                mechanism = others[0]
            elif named and not others:
                mechanism = named[0]
        if workload is None:
            named = vocabulary.named_in(heading, "workload")
            workload = named[0] if named else None
        if metric is None:
            words, unit = strip_unit(heading)
            named = vocabulary.named_in(words if unit_key(unit) else heading, "metric")
            metric = named[0] if named else None
    return Context(mechanism=mechanism, workload=workload, metric=metric)
