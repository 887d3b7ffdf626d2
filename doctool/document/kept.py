"""The cells that regions keep as their author filled them in, and those of them that leave a number open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from doctool.document.address import SLOT, Address, parse_address
from doctool.document.cells import ask_of
from doctool.document.context import Context
from doctool.document.insertion import with_begins
from doctool.document.measurable import describe_stranger, why_not_measured
from doctool.document.outline import Row, Table
from doctool.document.parsing import Document
from doctool.document.placeholders import (
    Open,
    has_estimate_word,
    holds_number,
    is_estimate,
    is_form,
    is_postponed,
    read_cell,
    seems_open,
)
from doctool.document.region import ManagedRegion, Region
from doctool.document.sides import Draft, Problem
from doctool.document.sightings import FOOTNOTE, Placeholder, visible_cell, visible_label
from doctool.terms.metrics import Family, metric_of
from doctool.vocabulary import Vocabulary

_OPEN_IN_LINE = re.compile(
    r"[:：=]\s*[*_`~]*(?P<open>\[[A-ZÇĞİÖŞÜ][^\[\]\d]{0,40}\](?![(\[:])|\{\w[^{}]{0,40}\}|T\.?B\.?[DA]\b|X{2,}|_{3,}|\?{2,})"
)
_NO_VALUE = frozenset({"na", "n.a", "none", "null", "yok", "nil"})


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A kept cell.

    Args:
        row: Name of its row.
        column: Name of its column.
        text: As written.
        asks: What would be measured there; None where doctool does not know its row or its column.
        stranger: The row or column it does not know, else None.
    """

    row: str
    column: str
    text: str
    asks: Address | None
    stranger: str | None = None


def line_of_cell(managed: ManagedRegion, label: str, text: str) -> int:
    """Return the line on which a kept cell stands, that of the region if it has not been written yet; from 1."""
    for number, row in enumerate(managed.text.split("\n")):
        if text and text in row and label in row:
            return managed.text_line + number
    return managed.line


def open_in_regions(document: Document) -> tuple[Placeholder, ...]:
    """Return the kept cells that leave a number open, and why each is left so.

    But for those that a comment allows or the project ignores.
    """
    found = [left for managed in document.regions for left in _open_in_lines(managed)]
    for managed in document.regions:
        if managed.region.keep:
            for row, left in _open_cells(managed, document.vocabulary):
                line = line_of_cell(managed, managed.region.shown.get(row, row), left.text)
                found.append(msgspec.structs.replace(left, line=line))
    return tuple(
        left for left in found if left.line - 1 not in document.allowed and not document.ignores(left.line - 1)
    )


def _open_in_lines(managed: ManagedRegion) -> Iterator[Placeholder]:
    """Yield what is still open in the lines above a region's table, beside what is filled in."""
    for number, text in enumerate(managed.region.lines):
        literal = SLOT.sub(lambda slot: slot[0][0] if slot[1] is None else " ", text)
        for match in _OPEN_IN_LINE.finditer(literal):
            reason = f"nothing is known by the name before it; write it into 'lines' of region {managed.id!r} by hand"
            line = managed.text_line + number if managed.text else managed.line
            yield Placeholder(line=line, text=match["open"], place="kept", reason=reason)


def _open_cells(managed: ManagedRegion, vocabulary: Vocabulary) -> Iterator[tuple[str, Placeholder]]:
    region = managed.region
    found = [
        (kept, place) for kept in _kept_cells(region, vocabulary) if (place := _seems_left(region, kept, vocabulary))
    ]
    said = _ask_again(region, [kept for kept, _ in found], vocabulary) if found else {}
    for kept, place in found:
        reason = (
            "" if place == "estimate" else said.get((kept.row, kept.column)) or _why_left(managed, kept, vocabulary)
        )
        yield kept.row, Placeholder(line=managed.line, text=kept.text, place=place, reason=reason)


def _seems_left(region: Region, kept: _Kept, vocabulary: Vocabulary) -> str:
    """Return the place of a kept cell that leaves a number open, empty if it leaves none."""
    shown = FOOTNOTE.sub("", visible_cell(kept.text, {}))
    if not shown.strip():
        return ""
    if kept.stranger in region.columns and kept.stranger != kept.row:
        # Beside a column of notes, words may be just words.
        opened = read_cell(shown, vocabulary)
        is_number = opened is not None and (opened.is_strong or opened.unit or all(map(is_form, opened.tokens)))
        return "kept" if is_number else ""
    is_measurable = kept.stranger is None and _why_not(region, kept.asks, vocabulary) is None
    if is_measurable and is_postponed(shown):
        return "estimate"
    is_left = seems_open(shown, vocabulary) or (is_measurable and _says_no_value(kept.asks, shown))
    return "kept" if is_left else ""


def _why_left(managed: ManagedRegion, kept: _Kept, vocabulary: Vocabulary) -> str:
    if kept.stranger is not None:
        return _describe(managed.region, kept.stranger, vocabulary)
    asked = (kept.asks.metric or kept.asks.key) if kept.asks is not None else ""
    return _why_not(managed.region, kept.asks, vocabulary) or (
        f"doctool measures {asked} there: take the cell out of 'keep' in the comment that begins region "
        f"{managed.id!r} to have it filled, or write a number or a dash"
    )


def _ask_again(region: Region, found: list[_Kept], vocabulary: Vocabulary) -> dict[tuple[str, str], str]:
    """Say of kept cells why adoption kept them: the table is read again as its author wrote it.

    A label that only the region's own words explain is left to them.
    """
    rows, columns = list(region.rows), list(region.columns)
    table = _table_of(region)
    opened = {
        (number, place + 1): Open(tokens=("TBD",), is_strong=True)
        for number, row in enumerate(rows)
        for place, column in enumerate(columns)
        if column not in region.keep.get(row, {})
    }
    for kept in found:
        shown = FOOTNOTE.sub("", visible_cell(kept.text, {}))
        left = read_cell(shown, vocabulary) or Open(tokens=(shown,), is_strong=True, rest=shown)
        opened[rows.index(kept.row), columns.index(kept.column) + 1] = left
    context = Context(mechanism=region.mechanism, workload=region.workload)
    draft = Draft(table=table, opened=opened, vocabulary=vocabulary, env={}, context=context)
    asker = ask_of(draft)
    said = {}
    for (row, column), answer in asker.answer().items():
        labels = (draft.rows[row], draft.columns[column - 1])
        is_explained = all(label.readings or label.trouble for label in labels)
        if isinstance(answer, Problem) and is_explained and columns[column - 1] in region.keep.get(rows[row], {}):
            said[rows[row], columns[column - 1]] = (
                f"{answer.reason}; the cell is kept in the comment that begins its region"
            )
    return said


def _table_of(region: Region) -> Table:
    """Return the table that a region was made of, with placeholders where it asks for something."""
    labels = [region.shown.get(column, column) for column in region.columns]
    lines = [
        Row(
            line=number,
            cells=(
                region.shown.get(row, row),
                *(region.keep.get(row, {}).get(column, "TBD") for column in region.columns),
            ),
        )
        for number, row in enumerate(region.rows)
    ]
    return Table(
        start=0,
        end=len(lines) + 2,
        prefix=b"",
        header=Row(line=0, cells=(region.corner, *labels)),
        rows=tuple(lines),
        align="-" * (1 + len(labels)),
        headings=(),
    )


def _describe(region: Region, stranger: str, vocabulary: Vocabulary) -> str:
    label = visible_label(region.shown.get(stranger, stranger), {})
    across = region.columns if stranger in region.rows else region.rows
    names = (vocabulary.mechanisms, vocabulary.workloads)
    is_quantity = not any(parse_address(address, *names).metric for address in across.values())
    return describe_stranger(label, vocabulary, is_quantity=is_quantity)


def _says_no_value(asks: Address | None, shown: str) -> bool:
    """Whether a cell where a number is measured holds words that are neither a number nor say that there is none."""
    words = shown.casefold().strip(" ().")
    is_silent = not any(char.isalnum() for char in words) or words.replace("/", "") in _NO_VALUE
    return asks is not None and asks.metric is not None and not is_silent and not holds_number(shown)


def _why_not(region: Region, asks: Address | None, vocabulary: Vocabulary) -> str | None:
    """Return why nothing can be measured at a kept cell's place, None if something can."""
    if asks is None:
        return "its row and its column ask for different things; rename one of them"
    mechanism, workload = asks.mechanism or region.mechanism, asks.workload or region.workload
    if asks.metric is not None:
        is_training = metric_of(asks.metric).family is Family.TRAINING
        for what, name in (("mechanism", mechanism), ("workload", workload or ("training" if is_training else None))):
            if name is None:
                return f"it is not said which {what} it is about; name one in its row or its column"
    return why_not_measured(msgspec.structs.replace(asks, mechanism=mechanism, workload=workload), vocabulary)


def _kept_cells(region: Region, vocabulary: Vocabulary) -> Iterator[_Kept]:
    names = (vocabulary.mechanisms, vocabulary.workloads)
    rows = {label: parse_address(text, *names) for label, text in region.rows.items()}
    columns = {label: parse_address(text, *names) for label, text in region.columns.items()}
    strange_rows = {
        row for row in rows if not region.rows[row] and _is_kept_whole(region, [(row, one) for one in columns])
    }
    strange_columns = {
        column
        for column in columns
        if not region.columns[column]
        and _is_kept_whole(region, [(row, column) for row in rows if row not in strange_rows])
    }
    for row, cells in region.keep.items():
        for column, text in cells.items():
            if row not in rows or column not in columns:
                continue
            stranger = row if row in strange_rows else column if column in strange_columns else None
            asks = None if rows[row].contradicts(columns[column]) else rows[row].combined(columns[column])
            if stranger is None and asks is not None and asks.metric is None and asks.key is None:
                stranger = row if not region.rows[row] else column
            yield _Kept(row=row, column=column, text=text, asks=asks, stranger=stranger)


def _is_kept_whole(region: Region, places: list[tuple[str, str]]) -> bool:
    """Whether a row or column that asks for nothing by itself is the author's own: all of it is kept."""
    return all(column in region.keep.get(row, {}) for row, column in places)


def open_estimates(document: Document) -> Document:
    """Return the document with those kept cells asked for that their author marked as not measured."""
    changed: dict[str, Region] = {}
    for managed in document.regions:
        marked = {(label, header) for label, header in _estimates(managed.region, document.vocabulary)}
        if marked:
            changed[managed.id] = msgspec.structs.replace(managed.region, keep=_without(managed.region.keep, marked))
    return with_begins(document, changed) if changed else document


def _without(keep: Mapping[str, Mapping[str, str]], marked: set[tuple[str, str]]) -> dict[str, dict[str, str]]:
    left = {
        label: {header: text for header, text in cells.items() if (label, header) not in marked}
        for label, cells in keep.items()
    }
    return {label: cells for label, cells in left.items() if cells}


def _estimates(region: Region, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield row and column of the kept cells that are marked as not measured and stand for a measured quantity."""
    for kept in _kept_cells(region, vocabulary):
        shown = visible_cell(kept.text, {})
        labels = visible_cell(kept.column, {}), visible_cell(kept.row, {})
        is_under_mark = any(map(has_estimate_word, labels)) and (
            any(char.isdigit() for char in shown) or seems_open(shown, vocabulary)
        )
        if (
            kept.stranger is None
            and kept.asks is not None
            and kept.asks.metric is not None
            and (is_estimate(shown) or is_postponed(shown) or is_under_mark)
            and _why_not(region, kept.asks, vocabulary) is None
        ):
            yield kept.row, kept.column
