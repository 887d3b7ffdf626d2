"""From an author's table to a region that asks for the same: or the reasons why that is not possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from doctool.document import markdown
from doctool.document.address import BASELINE, parse_address
from doctool.document.context import find_context
from doctool.document.outline import Table
from doctool.document.placeholders import Open
from doctool.document.readings import Reading, read_labels
from doctool.document.region import Region
from doctool.document.sides import (
    CHANGE,
    OFF,
    Draft,
    Sides,
    Unmappable,
    arm_of,
    choose_mechanism,
    is_key,
    orient,
    problem_at,
)
from doctool.document.wording import write_address
from doctool.terms.metrics import METRICS, Family
from doctool.vocabulary import Meaning, Vocabulary


def map_table(
    table: Table, opened: Mapping[tuple[int, int], Open], env: markdown.Env, vocabulary: Vocabulary
) -> Region:
    """Return the region that asks for what the table leaves open.

    Args:
        table: The author's table.
        opened: Its open cells, by row and column; the label column is column 0.
        env: Link definitions of the document.
        vocabulary: Names and words of the project.

    Raises:
        Unmappable: If a label of an open cell means nothing, or the table cannot be written again without a loss.
    """
    draft = Draft(table, opened, vocabulary, env, find_context(table, vocabulary))
    _check_shape(draft)
    draft.rows, draft.columns = read_labels(table, opened, env, vocabulary)
    sides = orient(draft)
    mechanism = choose_mechanism(draft, sides)
    keys_only = all(is_key(label) for label in sides.quantities if label.is_needed) and sides.metric is None
    addresses = {
        id(label): write_address(draft, label, sides, mechanism, keys_only=keys_only)
        for label in (*draft.rows, *draft.columns)
    }
    _check_baseline(draft)
    if not draft.problems:
        _check_cells(draft, addresses)
    if draft.problems:
        raise Unmappable(*draft.problems)
    rows = {label.text: addresses[id(label)] for label in draft.rows}
    columns = {label.text: addresses[id(label)] for label in draft.columns}
    return Region(
        template=_template(draft, sides, mechanism, keys_only=keys_only),
        mechanism=mechanism,
        workload=None if keys_only else _workload(draft, sides, mechanism),
        corner=table.header.cells[0],
        rows=rows,
        columns=columns,
        align=table.align if set(table.align) != {"-"} else "",
        keep=_kept(draft),
    )


def _check_shape(draft: Draft) -> None:
    table = draft.table
    if len(table.header.cells) < 2:
        raise Unmappable(problem_at(table.start, table.header.cells[0], "the table has no column for labels"))
    for number, row in enumerate(table.rows):
        if (number, 0) in draft.opened:
            draft.problems.append(
                problem_at(row.line, row.cells[0], "a label is left open; write what the row is about")
            )
        if any(row.surplus):
            draft.problems.append(
                problem_at(
                    row.line,
                    " | ".join(row.surplus),
                    "the row has more cells than the header; add columns or escape '|'",
                )
            )
    for labels, line, what in (
        ([row.cells[0] for row in table.rows], table.start, "row"),
        (list(table.header.cells[1:]), table.start, "column"),
    ):
        twice = [label for label, count in Counter(labels).items() if count > 1]
        if twice:
            draft.problems.append(
                problem_at(line, twice[0], f"two {what}s are called {twice[0]!r}; rename one of them")
            )
    for (number, column), opened in draft.opened.items():
        if opened.rest:
            row = table.rows[number]
            draft.problems.append(
                problem_at(
                    row.line,
                    row.cells[column],
                    f"beside the placeholder stands {opened.rest!r}, which would be lost; move it into a label",
                )
            )
    if draft.problems:
        raise Unmappable(*draft.problems)


def _check_baseline(draft: Draft) -> None:
    """A baseline has no change; an open cell there asks for nothing that can be measured."""
    for row, column in draft.opened:
        if {arm_of(draft.rows[row]), arm_of(draft.columns[column - 1])} == {OFF, CHANGE}:
            found = draft.table.rows[row]
            draft.problems.append(
                problem_at(found.line, found.cells[column], "the baseline has no change; put a dash there")
            )


def _check_cells(draft: Draft, addresses: Mapping[int, str]) -> None:
    names = (draft.vocabulary.mechanisms, draft.vocabulary.workloads)
    for row, column in draft.opened:
        labels = (draft.rows[row], draft.columns[column - 1])
        asked, added = (parse_address(addresses[id(label)], *names) for label in labels)
        conflict = asked.contradicts(added)
        if conflict:
            found = draft.table.rows[row]
            draft.problems.append(
                problem_at(
                    found.line,
                    found.cells[column],
                    f"its row asks for {conflict[0]!r} and its column for {conflict[1]!r}; rename one of them",
                )
            )


def _metrics(sides: Sides) -> Iterator[str]:
    yield from filter(None, (sides.metric, sides.sole))
    for label in sides.quantities:
        reading = label.quantity()
        if label.is_needed and reading and reading.meaning.metric:
            yield reading.meaning.metric


def _template(draft: Draft, sides: Sides, mechanism: str | None, *, keys_only: bool) -> str:
    if keys_only:
        return "environment"
    labels = (*draft.rows, *draft.columns)
    if any((label.variant() or label.quantity() or Reading(meaning=Meaning())).where for label in labels):
        return "matrix"
    if any(METRICS[name].family is Family.TRAINING for name in _metrics(sides)):
        return "training"
    return BASELINE if mechanism == BASELINE else "comparison"


def _workload(draft: Draft, sides: Sides, mechanism: str | None) -> str | None:
    if all(METRICS[name].family is Family.TRAINING for name in _metrics(sides)):
        return None
    labels = (*draft.rows, *draft.columns)
    if all(
        any(reading.meaning.workload for reading in label.readings)
        for label in (
            draft.rows if any(r.meaning.workload for one in draft.rows for r in one.readings) else draft.columns
        )
        if label.is_needed
    ) and any(reading.meaning.workload for label in labels for reading in label.readings):
        return None
    if draft.context.workload:
        return draft.context.workload
    choices = draft.vocabulary.workloads_of.get(mechanism or "", ()) or draft.vocabulary.workloads
    if draft.context.stranger is not None and len(choices) > 1:
        raise Unmappable(
            problem_at(
                draft.table.start,
                draft.context.stranger,
                "it is not said under which workload the table was measured: none is known by the name in its "
                "heading; name one there, or add the words used under 'aliases: workloads' in doctool.yaml",
                choices[:3],
            )
        )
    return choices[0] if choices else None


def _kept(draft: Draft) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    for number, row in enumerate(draft.table.rows):
        for column, cell in enumerate(row.cells[1:], start=1):
            if (number, column) not in draft.opened:
                kept.setdefault(row.cells[0], {})[draft.table.header.cells[column]] = cell
    return kept
