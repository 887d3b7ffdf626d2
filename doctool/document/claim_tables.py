"""Performance numbers in tables, where rows and columns say what a bare number is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from doctool.document import claim_words as words
from doctool.document.claim_forms import CLAIM, HARDWARE, NUMERIC, UNIT_OF_LABEL
from doctool.document.claim_text import Stated, Text
from doctool.document.placeholders import has_estimate_word, strip_unit
from doctool.terms.metrics import METRICS
from doctool.vocabulary import Vocabulary

_LONGEST_LABEL = 120
_LONGEST_RATIO = 12
_LONGEST_TERSE = 40
_LONGEST_NAME = 5
_SHOWN = {"final_perplexity": "perplexity"}
_DECIMAL = re.compile(r"[0-9][.,][0-9]")


class Label(NamedTuple):
    """What the label of a row or a column says of its numbers.

    Args:
        unit: The unit of bare numbers, empty if they have none; None if it names no measured quantity.
        is_sure: Whether all of the label is understood, or it names the unit.
        excludes: Whether it says that they are no measurements.
        folded: Its words.
        is_change: Whether it names a change, and not of what.
        is_arm: Whether it names a variant or a mechanism, so that what stands there compares them.
    """

    unit: str | None
    is_sure: bool
    excludes: bool
    folded: str
    is_change: bool = False
    is_arm: bool = False


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell as a reader sees it, with its labels, its whole row, and the words above the table.

    Args:
        text: What it says.
        label: That of its row.
        header: That of its column.
        row: The row around it.
        above: The words above the table.
        asks_above: Unit of all numbers of the table, as far as rows and columns name none.
        is_column_asked: Whether any column names a quantity, so that rows are what was measured.
    """

    text: str
    label: str
    header: str
    row: str
    above: str = ""
    asks_above: str | None = None
    is_column_asked: bool = False


def read_label(text: str, vocabulary: Vocabulary) -> Label:
    """Return what a label says."""
    if len(text) > _LONGEST_LABEL:
        return Label(None, is_sure=False, excludes=False, folded="")
    return _read_label(" ".join(text.split()), vocabulary)


def _read_label(text: str, vocabulary: Vocabulary) -> Label:
    folded = words.fold(text)
    bare, unit = strip_unit(text)
    meanings = vocabulary.meanings(bare)
    metric = next((meaning.metric for meaning in meanings if meaning.metric), None)
    label = Label(None, is_sure=True, excludes=False, folded=folded)
    if metric == "parameters" or (metric is None and words.NOT_MEASURED.search(folded)):
        return label._replace(excludes=True)
    if metric:
        return label._replace(unit=unit or _SHOWN.get(metric, METRICS[metric].shown_in))
    named = _unit_named(text, folded)
    if named or words.CHANGE.search(folded):
        return label._replace(unit=named or "x")
    if any(meaning.arm == "change" for meaning in meanings):
        return label._replace(unit="%" if "%" in text else "", is_sure=False, is_change=True, is_arm=True)
    asks = words.QUANTITY.search(folded) is not None and len(text.split()) <= _LONGEST_NAME
    is_arm = any(meaning.arm in {"off", "on"} or meaning.mechanism for meaning in meanings)
    return label._replace(unit="" if asks else None, is_sure=False, is_arm=is_arm)


def _unit_named(text: str, folded: str) -> str | None:
    """Return the unit that a label gives its numbers, if it is one of performance."""
    match = UNIT_OF_LABEL.search(text)
    if match is None:
        return None
    kind = (match.lastgroup or "").rstrip("2")
    unit = match[match.lastgroup or 0]
    needs = {"bytes": words.MEMORY, "long": words.DURATION, "percent": words.BETTER}.get(kind)
    return unit if needs is None or needs.search(folded) else None


@lru_cache(maxsize=256)
def unit_above(above: str) -> str | None:
    """Return the unit that the words right above a table give all of its numbers."""
    tail = above[-_LONGEST_LABEL:].rstrip(" *_")
    found = list(UNIT_OF_LABEL.finditer(tail))
    if not found or len(tail) - found[-1].end() > 2:
        return "" if tail.endswith(":") and words.RATES.search(words.fold(tail)) else None
    return _unit_named(tail[found[-1].start() :], words.fold(tail))


def in_cell(cell: Cell, vocabulary: Vocabulary) -> Iterator[Stated]:
    """Yield the performance numbers of a cell."""
    if not any(char in "0123456789" for char in cell.text):
        return
    label, header = read_label(cell.label, vocabulary), read_label(cell.header, vocabulary)
    if label.excludes or header.excludes or _is_of_machine(cell, header):
        return
    is_estimate = has_estimate_word(f"{cell.header} {cell.text}")
    numeric = NUMERIC.fullmatch(cell.text.strip()) if len(cell.text) <= _LONGEST_LABEL else None
    unit = _asked(label, header, cell)
    is_quality = words.QUALITY.search(f"{label.folded} {header.folded}") is not None
    if numeric and not is_quality:
        # Words above a table that name no unit leave counts and settings in it what they are.
        if unit or (unit == "" and (cell.asks_above is None or _DECIMAL.search(cell.text))):
            yield Stated(0, numeric["value"], unit, cell.row, is_estimate)
        return
    text = Text(cell.text)
    context = f"{label.folded} {header.folded}"
    for match in CLAIM.finditer(cell.text):
        if text.is_claim(match) or _is_claim_here(match, context, unit, cell, is_compared=header.is_arm):
            for stated in text.stated(match):
                yield stated._replace(sentence=cell.row, is_estimate=is_estimate)


def _asked(label: Label, header: Label, cell: Cell) -> str | None:
    """Return the unit in which a bare number is read, None if nothing says that it is measured."""
    is_measured = cell.is_column_asked or label.unit is not None
    for asked in (label if label.is_sure else None, header, None if cell.is_column_asked else label):
        # A change of what nobody measures is none of performance.
        if asked is not None and asked.unit is not None and (is_measured or not asked.is_change):
            return asked.unit
    return None if cell.is_column_asked else cell.asks_above


def _is_claim_here(match: re.Match[str], context: str, unit: str | None, cell: Cell, *, is_compared: bool) -> bool:
    """Whether a number with a unit is one of performance, as far as its labels and the words above tell."""
    kind = match.lastgroup
    if kind in {"rate", "small", "loss", "perplexity"}:
        return words.WAITING.search(context) is None
    if len(cell.text) > _LONGEST_TERSE:
        return False  # a sentence, whose own words tell
    around = f"{context} {words.fold(cell.above)}"
    if kind == "long":
        is_of_data = words.OF_DATA.match(words.fold(cell.text), match.end()) is not None
        return not is_of_data and words.DURATION.search(around) is not None and words.WAITING.search(context) is None
    if kind == "bytes":
        return words.MEMORY.search(around) is not None and words.SIZE.search(around) is None
    return is_compared or _is_ratio_here(match, context, unit, cell)


def _is_ratio_here(match: re.Match[str], context: str, unit: str | None, cell: Cell) -> bool:
    is_better = unit is not None or words.BETTER.search(context) is not None
    if match.lastgroup in {"percent", "before"}:
        return is_better and words.NOT_A_SHARE.search(context) is None
    return is_better or (len(cell.text) <= _LONGEST_RATIO and _DECIMAL.search(match[0]) is not None)


def _is_of_machine(cell: Cell, header: Label) -> bool:
    """Whether the cell says how much memory a machine has, not how much of it something takes."""
    is_memory = words.MEMORY_OF_MACHINE.search(header.folded) and not words.MEMORY_TAKEN.search(header.folded)
    return bool(is_memory) and HARDWARE.search(cell.label[:_LONGEST_LABEL]) is not None
