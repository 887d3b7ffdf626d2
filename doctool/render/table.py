"""A region's rows and columns as a table of written cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from doctool.document import Address, Region, holds_number
from doctool.document.address import CHANGE, slot_of
from doctool.errors import DocumentError
from doctool.render.asides import Asides
from doctool.render.cells import Writer
from doctool.render.escape import end_no_cell, keep_in_cell, keep_in_line

_RULES = {"l": ":---", "r": "---:", "c": ":---:", "-": "---"}
_LAYERS = "layer_latency"
_MARKS = "†‡§¶"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table.

    Args:
        label: Header cell, as the author wrote it.
        rule: Its part of the delimiter row, with the alignment.
    """

    label: str
    rule: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table; all texts are Markdown that stays inside its cell."""

    label: str
    cells: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table, ready to be laid out.

    Args:
        corner: The column of labels.
        columns: The other columns.
        rows: At least one.
        mark: What stands behind the numbers that doctool did not measure; empty where there are none.
        asides: What the cells leave out.
        origins: By label of a row or a column, the records that it alone rests on; empty where that tells nothing.
    """

    corner: Column
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    mark: str = ""
    asides: Asides = msgspec.field(default_factory=Asides)
    origins: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


def build_table(writer: Writer) -> Table | None:
    """Write the cells of the region's table; None if the region has none.

    Raises:
        DocumentError: If a cell's address cannot be read or answered.
    """
    region = writer.region
    if not region.rows or not region.columns:
        return None
    columns = {label: writer.parse(address) for label, address in region.columns.items()}
    mark = choose_mark(region)
    asides = Asides(shows_intervals=_shows_intervals(region, columns))
    columns = _with_forms(columns)
    short, sheet = replace(writer, asides=asides), _Sheet()
    rows = [
        _write_row(short, _Label(label, layer_label), row, columns, mark, sheet)
        for label, address in region.rows.items()
        for layer_label, row in _expand(writer, label, writer.parse(address), tuple(columns.values()))
    ]
    rules = _rules_of(writer, columns)
    return Table(
        corner=Column(label=keep_in_cell(region.corner), rule=rules[0]),
        columns=tuple(
            Column(label=keep_in_cell(region.shown.get(label, label)), rule=rule)
            for label, rule in zip(columns, rules[1:], strict=False)
        ),
        rows=tuple(rows),
        mark=mark if any(holds_number(text) for cells in region.keep.values() for text in cells.values()) else "",
        asides=asides,
        origins=sheet.origins(),
    )


class _Label(msgspec.Struct, frozen=True):
    """Name of a row, and its label on the page: a row of layer times has one for each layer."""

    name: str
    shown: str


class _Sheet(msgspec.Struct, frozen=True):
    """Which records the cells of each row and each column rest on, in order."""

    rows: dict[str, dict[str, None]] = msgspec.field(default_factory=dict)
    columns: dict[str, dict[str, None]] = msgspec.field(default_factory=dict)

    def enter(self, row: str, column: str, records: Iterable[str]) -> None:
        """Remember what a cell rests on."""
        for record_id in records:
            self.rows.setdefault(row, {})[record_id] = None
            self.columns.setdefault(column, {})[record_id] = None

    def origins(self) -> dict[str, tuple[str, ...]]:
        """Return the records by column, or by row, whichever has one each."""
        for labels in (self.columns, self.rows):
            if all(len(records) == 1 for records in labels.values()):
                return {label: tuple(records) for label, records in labels.items()}
        return {}


def _shows_intervals(region: Region, columns: Mapping[str, Address]) -> bool:
    """Whether every row has a cell with the interval: a change never stands without it."""
    headers = [header for header, column in columns.items() if column.is_interval]
    kept = {header for cells in region.keep.values() for header in cells}
    return any(header not in kept for header in headers)


def _with_forms(columns: dict[str, Address]) -> dict[str, Address]:
    """Return the columns, those of intervals in the form of the changes beside them where they name none."""
    forms = {column.form for column in columns.values() if column.arm == CHANGE and not column.is_interval}
    form = next(iter(forms)) if len(forms) == 1 else None
    return {
        header: replace(column, form=column.form or form) if column.is_interval else column
        for header, column in columns.items()
    }


def _rules_of(writer: Writer, columns: Mapping[str, Address]) -> list[str]:
    """Return the delimiter cells: numbers stand on the right, unless their author has aligned the table himself."""
    region = writer.region
    rules = [_RULES[letter] for letter in region.align if letter in _RULES]
    if rules:
        return rules + [_RULES["-"]] * (1 + len(columns) - len(rules))
    asks = any(writer.parse(address).metric for address in region.rows.values())
    is_kept = {
        header: bool(region.rows) and all(header in region.keep.get(label, {}) for label in region.rows)
        for header in columns
    }
    numbers = [(asks or address.metric is not None) and not is_kept[header] for header, address in columns.items()]
    return [_RULES["-"], *(_RULES["r" if is_number else "-"] for is_number in numbers)]


def choose_mark(region: Region) -> str:
    """Return the mark of the numbers nobody measured: the first that the author's own words do not use."""
    words = "".join((region.corner, *region.rows, *region.columns, *region.lines))
    words += "".join(text for cells in (*region.keep.values(), *region.cells.values()) for text in cells.values())
    return next((mark for mark in _MARKS if mark not in words), _MARKS[0] * 2)


def _expand(writer: Writer, label: str, row: Address, columns: tuple[Address, ...]) -> list[tuple[str, Address]]:
    """Give a row of layer times one row per layer."""
    shown = writer.region.shown.get(label, label)
    if row.metric != _LAYERS:
        return [(shown, row)]
    layers = writer.layers_of(row, columns)
    return [(f"{shown} ({layer})", replace(row, metric=f"{_LAYERS}/{layer}")) for layer in layers] or [(shown, row)]


def _write_row(
    writer: Writer, name: _Label, row: Address, columns: dict[str, Address], mark: str, sheet: _Sheet
) -> Row:
    region, label, shown = writer.region, name.name, name.shown
    layered = region.keep.get(shown) if shown != region.shown.get(label, label) else None
    kept = layered or region.keep.get(label, {})
    own = region.cells.get(label, {})
    cells = []
    for header, column in columns.items():
        asked = len(writer.asked)
        if writer.asides is not None:
            writer.asides.enter(keep_in_line(shown), keep_in_line(region.shown.get(header, header)))
        try:
            if header in kept:
                text = keep_in_cell(kept[header])
                text = f"{text} {mark}" if holds_number(text) else text
            else:
                before, words, after = slot_of(own.get(header, ""))
                number = writer.write(row, column, own=writer.parse(words))
                text = keep_in_line(before) + number + keep_in_line(after)
        except DocumentError as problem:
            raise DocumentError(f"row {label!r}, column {header!r}: {problem.message}") from problem
        cells.append(end_no_cell(text))
        used = [record for record in writer.asked[asked:] if record is not None]
        sheet.enter(shown, region.shown.get(header, header), map(writer.facts.id_of, used))
    return Row(label=keep_in_cell(shown), cells=tuple(cells))
