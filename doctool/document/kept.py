"""The cells that regions keep as their author filled them in: those that leave a number open, or that nobody measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from doctool.document.address import Address, parse_address
from doctool.document.insertion import with_begins
from doctool.document.measurable import describe_stranger, why_not_measured
from doctool.document.parsing import Document
from doctool.document.placeholders import has_estimate_word, holds_number, is_estimate, is_postponed, seems_open
from doctool.document.region import ManagedRegion, Region
from doctool.document.sightings import Placeholder, visible_cell, visible_label
from doctool.terms.metrics import Family, metric_of
from doctool.vocabulary import Vocabulary

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
    """Return the kept cells that leave a number open, and why each is left so."""
    return tuple(
        msgspec.structs.replace(found, line=line_of_cell(managed, managed.region.shown.get(row, row), found.text))
        for managed in document.regions
        if managed.region.keep
        for row, found in _open_cells(managed, document.vocabulary)
    )


def _open_cells(managed: ManagedRegion, vocabulary: Vocabulary) -> Iterator[tuple[str, Placeholder]]:
    def leave(kept: _Kept, reason: str, place: str = "kept") -> tuple[str, Placeholder]:
        return kept.row, Placeholder(line=managed.line, text=kept.text, place=place, reason=reason)

    for kept in _kept_cells(managed.region, vocabulary):
        shown = visible_cell(kept.text, {})
        if not shown.strip():
            continue
        if kept.stranger is not None:
            if seems_open(shown, vocabulary):
                yield leave(kept, _describe(managed.region, kept.stranger, vocabulary))
            continue
        reason = _why_not(managed.region, kept.asks, vocabulary)
        if reason is not None:
            if seems_open(shown, vocabulary):
                yield leave(kept, reason)
        elif kept.asks is not None and is_postponed(shown):
            yield leave(kept, "", "estimate")
        elif kept.asks is not None and (seems_open(shown, vocabulary) or _says_no_value(kept.asks, shown)):
            yield leave(
                kept,
                f"doctool measures {kept.asks.metric or kept.asks.key} there: take the cell out of 'keep' in the comment "
                f"that begins region {managed.id!r} to have it filled, or write a number or a dash",
            )


def _describe(region: Region, stranger: str, vocabulary: Vocabulary) -> str:
    label = visible_label(region.shown.get(stranger, stranger), {})
    across = region.columns if stranger in region.rows else region.rows
    names = (vocabulary.mechanisms, vocabulary.workloads)
    is_quantity = not any(parse_address(address, *names).metric for address in across.values())
    return describe_stranger(label, vocabulary, is_quantity=is_quantity)


def _says_no_value(asks: Address, shown: str) -> bool:
    """Whether a cell where a number is measured holds words that are neither a number nor say that there is none."""
    words = shown.casefold().strip(" ().")
    is_silent = not any(char.isalnum() for char in words) or words.replace("/", "") in _NO_VALUE
    return asks.metric is not None and not is_silent and not holds_number(shown)


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
