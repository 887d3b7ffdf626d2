"""From an author's table to a region that asks for the same, cell by cell; and why the other cells stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from doctool.document import markdown
from doctool.document.address import BASELINE
from doctool.document.cells import Asked, Cell, ask_of
from doctool.document.context import find_context
from doctool.document.outline import Table
from doctool.document.placeholders import Open
from doctool.document.region import Region
from doctool.document.sides import Draft, Problem, Subject, UnmappableError
from doctool.document.wording import Wording
from doctool.terms.metrics import Family, metric_of
from doctool.vocabulary import Vocabulary

_ONE_COLUMN = "the table has no column for labels"
_SURPLUS = "the row has more cells than the header; add columns or escape '|'"
_OPEN_LABEL = "a label is left open; write what the row is about"


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """A region in which something can be filled.

    Args:
        region: What it asks for.
        problems: Open cells that it keeps as they are, and why.
    """

    region: Region
    problems: tuple[Problem, ...]


def map_table(
    table: Table,
    opened: Mapping[tuple[int, int], Open],
    env: markdown.Env,
    vocabulary: Vocabulary,
    *,
    takes_estimates: bool = False,
) -> Mapped:
    """Return the region that asks for what the table leaves open.

    Args:
        table: The author's table.
        opened: Its open cells, by row and column; the label column is column 0.
        env: Link definitions of the document.
        vocabulary: Names and words of the project.
        takes_estimates: Whether what stands under `theoretical` and the like is to be measured too.

    Raises:
        UnmappableError: If nothing in it can be filled, or it cannot be written again without a loss.
    """
    _check_shape(table, opened)
    draft = Draft(
        table=table,
        opened=opened,
        vocabulary=vocabulary,
        env=env,
        context=find_context(table, vocabulary),
        takes_estimates=takes_estimates,
    )
    asker = ask_of(draft)
    wording, answers = asker.wording, asker.answer()
    problems = (*_open_labels(draft), *(answer for answer in answers.values() if isinstance(answer, Problem)))
    asked = {place: answer for place, answer in answers.items() if isinstance(answer, Asked)}
    if not asked:
        raise UnmappableError(*problems)
    return Mapped(region=_write(draft, wording, asked), problems=problems)


def _check_shape(table: Table, opened: Mapping[Cell, Open]) -> None:
    if len(table.header.cells) < 2:
        reason, place = _ONE_COLUMN, (table.start, table.header.cells[0])
    else:
        surplus = next((row for row in table.rows if any(row.surplus)), None)
        if surplus is None:
            return
        reason, place = _SURPLUS, (surplus.line, " | ".join(surplus.surplus))
    raise UnmappableError(
        *(
            Problem(
                line=table.rows[row].line,
                column=column,
                text=table.rows[row].cells[column],
                reason=reason,
                about=place,
            )
            for row, column in opened
        )
    )


def _open_labels(draft: Draft) -> Iterator[Problem]:
    for row, column in draft.opened:
        if column == 0:
            found = draft.table.rows[row]
            yield Problem(line=found.line, text=found.cells[0], reason=_OPEN_LABEL)


def _write(draft: Draft, wording: Wording, asked: Mapping[Cell, Asked]) -> Region:
    table, subject = draft.table, wording.subject
    rows, columns, shown = _name_labels(draft)
    in_row, in_column, own = _place_words(asked, is_transposed=wording.sides.is_transposed)
    cells: dict[str, dict[str, str]] = {}
    for (row, column), text in own.items():
        cells.setdefault(rows[row], {})[columns[column - 1]] = text
    kept: dict[str, dict[str, str]] = {}
    for number, line in enumerate(table.rows):
        for column, cell in enumerate(line.cells[1:], start=1):
            if (number, column) not in asked:
                kept.setdefault(rows[number], {})[columns[column - 1]] = cell
    # Facts alone are those of the page, whatever could not be measured beside them.
    is_about_facts = not wording.keys_only and all(answer.address.metric is None for answer in asked.values())
    mechanism = None if is_about_facts else subject.mechanism
    return Region(
        template=_template(asked, mechanism, keys_only=wording.keys_only or is_about_facts),
        mechanism=mechanism,
        workload=None if wording.keys_only else _workload(asked, subject),
        corner=table.header.cells[0],
        rows={
            name: _join(wording.write(label), in_row.get(label.index, ""))
            for name, label in zip(rows, draft.rows, strict=True)
        },
        columns={
            name: _join(wording.write(label), in_column.get(label.index, ""))
            for name, label in zip(columns, draft.columns, strict=True)
        },
        align=table.align if set(table.align) != {"-"} else "",
        keep=kept,
        cells=cells,
        shown=shown,
    )


def _join(address: str, more: str) -> str:
    return f"{address} {more}".strip()


def _name_labels(draft: Draft) -> tuple[list[str], list[str], dict[str, str]]:
    """Return a name for each row and column, its label where no other has the same, and the labels of those renamed."""
    shown: dict[str, str] = {}
    taken = {label.text for label in (*draft.rows, *draft.columns)}
    sides = []
    for labels in (draft.rows, draft.columns):
        count: Counter[str] = Counter()
        names = []
        for label in labels:
            count[label.text] += 1
            name, number = label.text, count[label.text]
            while number > 1 and name in taken:
                name = f"{label.text} {number}".strip()
                number += 1
            if name != label.text:
                shown[name] = label.text
                taken.add(name)
            names.append(name)
        sides.append(names)
    return sides[0], sides[1], shown


def _place_words(
    asked: Mapping[Cell, Asked], *, is_transposed: bool
) -> tuple[dict[int, str], dict[int, str], dict[Cell, str]]:
    """Say once for a row or a column what all its cells would have to say for themselves.

    Returns:
        By row, by column and by cell: the words.
    """
    lines: tuple[dict[int, str], dict[int, str]] = ({}, {})
    left = dict(asked)
    quantity_side = 1 if is_transposed else 0
    for side in (quantity_side, 1 - quantity_side):
        for index in {cell[side] for cell in left}:
            of_line = {cell: answer for cell, answer in left.items() if cell[side] == index}
            unit = usual = ""
            if side == quantity_side:
                unit = next((answer.unit for answer in of_line.values() if answer.unit), "")
                usual = next((answer.usual for answer in of_line.values() if answer.unit), "")
            workloads = {answer.workload for answer in of_line.values()}
            workload = next(iter(workloads)) if len(workloads) == 1 else ""
            lines[side][index] = _join(workload, "" if unit == usual else unit)
            for cell, answer in of_line.items():
                left[cell] = msgspec.structs.replace(
                    answer,
                    workload="" if workload else answer.workload,
                    unit="" if answer.unit == unit else answer.unit,
                )
    own = {cell: answer.own() for cell, answer in left.items()}
    return lines[0], lines[1], {cell: text for cell, text in own.items() if text}


def _template(asked: Mapping[Cell, Asked], mechanism: str | None, *, keys_only: bool) -> str:
    if keys_only:
        return "environment"
    addresses = [answer.address for answer in asked.values()]
    if any(set(address.where) - {"device"} for address in addresses):
        return "matrix"
    if any(_is_of_training(answer) for answer in asked.values()):
        return "training"
    return BASELINE if mechanism == BASELINE else "comparison"


def _is_of_training(answer: Asked) -> bool:
    metric = answer.address.metric
    return metric is not None and metric_of(metric).family is Family.TRAINING


def _workload(asked: Mapping[Cell, Asked], subject: Subject) -> str | None:
    """Return the workload of the cells that name none, None if there is no such cell."""
    needs = [answer for answer in asked.values() if answer.address.metric is not None and not _is_of_training(answer)]
    return subject.workload if any(not answer.says_workload for answer in needs) else None
