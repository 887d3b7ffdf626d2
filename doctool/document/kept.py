"""The cells that regions keep as their author filled them in, and those of them that nobody measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from doctool.document.address import parse_address
from doctool.document.insertion import with_begins
from doctool.document.parsing import Document
from doctool.document.placeholders import has_estimate_word, is_estimate, is_postponed
from doctool.document.region import ManagedRegion, Region
from doctool.document.sightings import Placeholder, visible_cell
from doctool.vocabulary import Vocabulary


def line_of_cell(managed: ManagedRegion, label: str, text: str) -> int:
    """Return the line on which a kept cell stands, that of the region if it has not been written yet; from 1."""
    for number, row in enumerate(managed.text.split("\n")):
        if text and text in row and label in row:
            return managed.text_line + number
    return managed.line


def postponed_in_regions(document: Document) -> tuple[Placeholder, ...]:
    """Return the kept cells that say on what their number is still to be measured."""
    return tuple(
        Placeholder(line=line_of_cell(managed, label, text), text=text, place="estimate")
        for managed in document.regions
        for label, header, text in _unmeasured(managed.region, document.vocabulary)
        if is_postponed(visible_cell(text, {}))
    )


def open_estimates(document: Document) -> Document:
    """Return the document with those kept cells asked for that their author marked as not measured."""
    changed: dict[str, Region] = {}
    for managed in document.regions:
        marked = {(label, header) for label, header, _ in _unmeasured(managed.region, document.vocabulary)}
        if marked:
            changed[managed.id] = msgspec.structs.replace(managed.region, keep=_without(managed.region.keep, marked))
    return with_begins(document, changed) if changed else document


def _without(keep: Mapping[str, Mapping[str, str]], marked: set[tuple[str, str]]) -> dict[str, dict[str, str]]:
    left = {
        label: {header: text for header, text in cells.items() if (label, header) not in marked}
        for label, cells in keep.items()
    }
    return {label: cells for label, cells in left.items() if cells}


def _unmeasured(region: Region, vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    """Yield row, column and text of the kept cells that are marked as not measured and stand for a quantity."""
    for label, cells in region.keep.items():
        for header, text in cells.items():
            shown = visible_cell(text, {})
            is_under_mark = has_estimate_word(visible_cell(header, {})) and any(char.isdigit() for char in shown)
            if (is_estimate(shown) or is_postponed(shown) or is_under_mark) and _asks(
                region, label, header, vocabulary
            ):
                yield label, header, text


def _asks(region: Region, label: str, header: str, vocabulary: Vocabulary) -> bool:
    names = (vocabulary.mechanisms, vocabulary.workloads)
    row, column = (parse_address(text, *names) for text in (region.rows.get(label, ""), region.columns.get(header, "")))
    return row.contradicts(column) is None and row.combined(column).metric is not None
