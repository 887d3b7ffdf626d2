"""A table as a grid: what each of its rows and columns says, whichever cells say it.

A row is named by its first cell, and by whatever else in it only names: a second column of labels, a column of units,
the settings it holds under, and the line above that stands for a group of rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

import msgspec

from doctool.document import markdown
from doctool.document.conditions import CHECKED, Condition, read_condition, setting_of, split_conditions
from doctool.document.outline import Row, Table
from doctool.document.placeholders import Open, holds_number, read_cell
from doctool.document.readings import Label, Reading, is_variant, read_label
from doctool.document.sightings import visible_label
from doctool.document.written_units import find_unit_of
from doctool.vocabulary import VALUE, Meaning, Vocabulary, normalise
from doctool.vocabulary.terms import INDEX_HEADERS, UNIT_HEADERS

_INDEX = frozenset({"", *map(normalise, INDEX_HEADERS)})
_UNITS = frozenset(map(normalise, UNIT_HEADERS))
_MOST_READINGS = 4
_EMPHASISED = re.compile(r"([*_]{1,3})(?!\s).+\1|<(b|strong|em|i)>.+</\2>", re.IGNORECASE)
LABELS, UNITS_COLUMN = "labels", "units"


class _Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One of the texts that name a row."""

    text: str
    readings: tuple[Reading, ...] = ()
    conditions: tuple[Condition, ...] = ()
    is_silent: bool = False
    """It names nothing and takes nothing away."""
    is_group: bool = False
    """It stands over the row."""


class _Reader(msgspec.Struct, frozen=True, kw_only=True):
    table: Table
    env: markdown.Env
    vocabulary: Vocabulary
    open_columns: frozenset[int]
    first_open: int

    def shown(self, cell: str) -> str:
        return visible_label(cell, self.env).strip()

    def piece(self, text: str) -> _Piece:
        """Read a label, conditions in it apart."""
        readings = read_label(text, self.vocabulary)
        if readings:
            return _Piece(text=text, readings=readings)
        words, conditions = split_conditions(text)
        if not conditions:
            return _Piece(text=text)
        rest = read_label(words, self.vocabulary) if words else (Reading(meaning=Meaning(arm=VALUE)),)
        return _Piece(text=text, readings=rest, conditions=conditions)

    def column(self, index: int) -> list[str]:
        return [self.shown(row.cells[index]) for row in self.table.rows]


def read_grid(
    table: Table, opened: Mapping[tuple[int, int], Open], env: markdown.Env, vocabulary: Vocabulary
) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
    """Return the labels of the rows, and those of the columns without the label column.

    Args:
        table: The author's table.
        opened: Its open cells, by row and column.
        env: Link definitions of the document.
        vocabulary: Names and words of the project.
    """
    columns = frozenset(column for _, column in opened if column)
    reader = _Reader(
        table=table,
        env=env,
        vocabulary=vocabulary,
        open_columns=columns,
        first_open=min(columns, default=1),
    )
    kinds = {index: kind for index in range(1, len(table.header.cells)) if (kind := _kind_of(reader, index))}
    return tuple(_read_rows(reader, kinds, opened)), tuple(_read_columns(reader, kinds))


def _kind_of(reader: _Reader, index: int) -> str | None:
    """Return what a column without an open cell holds: labels, units, the values of a setting, or None for anything."""
    if index in reader.open_columns:
        return None
    header = reader.shown(reader.table.header.cells[index])
    texts = [text for text in reader.column(index) if text]
    is_before = index < reader.first_open
    if is_before and texts and (normalise(header) in _UNITS or all(map(find_unit_of, texts))):
        return UNITS_COLUMN
    is_variant_header = any(
        reading.meaning.arm not in {None, VALUE} or reading.meaning.mechanism
        for reading in read_label(header, reader.vocabulary)
    )
    if is_before and texts and not is_variant_header and all(_names(reader, text) for text in texts):
        return LABELS
    return setting_of(header)


def _names(reader: _Reader, text: str) -> bool:
    return any(reading.where or reading.meaning.arm != VALUE for reading in reader.piece(text).readings)


def _read_rows(reader: _Reader, kinds: Mapping[int, str], opened: Mapping[tuple[int, int], Open]) -> Iterator[Label]:
    group: _Piece | None = None
    above: _Piece | None = None
    needed = {row for row, column in opened if column}
    corner = reader.shown(reader.table.header.cells[0])
    has_labels = LABELS in kinds.values()
    for number, row in enumerate(reader.table.rows):
        text = reader.shown(row.cells[0])
        if _is_group(reader, row, text) and number not in needed:
            group, above = _read_group(reader, text), None
            yield Label(text=row.cells[0], line=row.line, index=number, is_needed=False, readings=(), visible=text)
            continue
        first = _read_first(reader, text, corner, has_labels=has_labels)
        if not text and above is not None and has_labels:
            first = above
        above = first
        pieces = [first, *_read_others(reader, row, kinds)]
        if group is not None:
            pieces.append(group)
        yield _put_together(row, number, pieces, is_needed=number in needed)


def _is_group(reader: _Reader, row: Row, text: str) -> bool:
    """Whether a row stands over the rows below it, rather than being one whose cells were left blank."""
    if not text or any(row.cells[1:]):
        return False
    names = [one.cells[0] for one in reader.table.rows if any(one.cells[1:])]
    return (
        _EMPHASISED.fullmatch(row.cells[0].strip()) is not None
        or len(set(names)) < len(names)
        or any(is_variant(reading) for reading in reader.piece(text).readings)
    )


def _read_first(reader: _Reader, text: str, corner: str, *, has_labels: bool) -> _Piece:
    if has_labels and normalise(corner.replace("#", "")) in _INDEX and (not text or text.strip(".) ").isdigit()):
        return _Piece(text=text, is_silent=True)
    piece = reader.piece(text)
    setting = setting_of(corner)
    if not piece.readings and setting is not None:
        condition = read_condition(setting, text)
        if condition:
            value = Reading(meaning=Meaning(arm=VALUE))
            return _Piece(text=f"{corner} {text}", readings=(value,), conditions=(condition,))
    return piece


def _read_others(reader: _Reader, row: Row, kinds: Mapping[int, str]) -> Iterator[_Piece]:
    for index, kind in kinds.items():
        text = reader.shown(row.cells[index])
        if not text:
            continue
        if kind == LABELS:
            yield reader.piece(text)
        elif kind == UNITS_COLUMN:
            unit = find_unit_of(text)
            if unit:
                yield _Piece(text=text, readings=(Reading(meaning=Meaning(), unit=unit),))
        else:
            condition = read_condition(kind, text)
            if condition:
                yield _Piece(text=text, conditions=(condition,), is_silent=True)


def _read_group(reader: _Reader, text: str) -> _Piece | None:
    """Return what a line over a group of rows says about them, None if it says nothing."""
    piece = msgspec.structs.replace(reader.piece(text), is_group=True)
    if piece.readings:
        return piece
    vocabulary = reader.vocabulary
    named = {kind: found[0] for kind in ("mechanism", "workload") if len(found := vocabulary.named_in(text, kind)) == 1}
    if named:
        return _Piece(text=text, readings=(Reading(meaning=Meaning(**named)),), is_group=True)
    return piece if vocabulary.unknown_words(text) else None


def _put_together(row: Row, number: int, pieces: list[_Piece], *, is_needed: bool) -> Label:
    """Return the label of a row: every reading of all its pieces together that makes sense."""
    conditions = tuple(dict.fromkeys(condition for piece in pieces for condition in piece.conditions))
    telling = [piece for piece in pieces if not piece.is_silent]
    label = Label(
        text=row.cells[0],
        line=row.line,
        index=number,
        is_needed=is_needed,
        readings=(),
        visible=" ".join(dict.fromkeys(piece.text for piece in telling if piece.text)),
        conditions=conditions,
    )
    unknown = next((piece for piece in telling if not piece.readings), None)
    if unknown is not None and unknown.is_group:
        trouble = f"nothing is known by the name {unknown.text!r}, under which it stands"
        return msgspec.structs.replace(label, trouble=trouble)
    if unknown is not None or not telling:
        return msgspec.structs.replace(label, visible=unknown.text if unknown else label.text)
    found = _together(telling)
    contradiction = None if found else f"what stands in the row contradicts itself: {label.visible!r}"
    return msgspec.structs.replace(label, readings=found, trouble=contradiction)


def _together(pieces: list[_Piece]) -> tuple[Reading, ...]:
    """Return every reading of all pieces together that makes sense."""
    found = []
    for readings in product(*(piece.readings[:_MOST_READINGS] for piece in pieces)):
        together: Reading | None = readings[0]
        for reading in readings[1:]:
            together = together.and_also(reading) if together is not None else None
        if together is not None:
            found.append(together)
    return tuple(dict.fromkeys(found))


def _read_columns(reader: _Reader, kinds: Mapping[int, str]) -> Iterator[Label]:
    second = reader.table.rows[0].cells if reader.table.rows and _is_second_header(reader) else None
    spanning = ""
    for index, cell in enumerate(reader.table.header.cells):
        spanning = reader.shown(cell) or (spanning if second is not None else "")
        if index == 0:
            continue
        texts = [spanning] if second is None else [text for text in (spanning, reader.shown(second[index])) if text]
        pieces = [_Piece(text=text) if index in kinds else reader.piece(text) for text in texts]
        yield Label(
            text=cell,
            line=reader.table.start,
            index=index,
            is_needed=index in reader.open_columns,
            readings=_together(pieces) if pieces and all(piece.readings for piece in pieces) else (),
            visible=" ".join(texts) or cell,
            conditions=tuple(
                dict.fromkeys(
                    [
                        *(condition for piece in pieces for condition in piece.conditions),
                        *_conditions_below(reader, index),
                    ]
                )
            ),
        )


def _is_second_header(reader: _Reader) -> bool:
    """Whether the first row only names the columns once more, under headers that span several of them."""
    first = reader.table.rows[0]
    texts = [reader.shown(cell) for cell in first.cells[1:]]
    return (
        not first.cells[0].strip()
        and sum(map(bool, texts)) > 1
        and not any(read_cell(text, reader.vocabulary) or holds_number(text) for text in texts)
    )


def _conditions_below(reader: _Reader, index: int) -> Iterator[Condition]:
    """Yield the settings that rows of the table name for a column: `Batch size | 8 | 8`."""
    for row in reader.table.rows:
        setting = setting_of(reader.shown(row.cells[0]))
        text = reader.shown(row.cells[index])
        condition = read_condition(setting, text) if setting in CHECKED else None
        if condition is not None and (holds_number(text) or setting == "dtype"):
            yield condition
