"""Numbers left open outside the regions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from doctool.document import markdown
from doctool.document.outline import Literal, Outline, Table
from doctool.document.placeholders import Open, is_postponed, read_cell, seems_open
from doctool.document.readings import read_label
from doctool.document.running_text import find_open_numbers
from doctool.vocabulary import Vocabulary

_CODE = re.compile(r"(`+)([^`]+)\1")
_TEXTS = re.compile(r">([^<>]*)<")


class Placeholder(msgspec.Struct, frozen=True, kw_only=True):
    """A number left open.

    Args:
        line: Its line, counted from 1.
        text: The placeholder, with what stands beside it.
        place: `table`, `line`, `code`, `html`, `front`, `estimate` or `kept`; those in code, HTML and front matter are
            never touched, and estimates only where that is asked for.
        reason: Why it is left open, and what to do; empty where nothing but the place keeps it.
        column: In a table, its column, counted from 0.
    """

    line: int
    text: str
    place: str
    reason: str = ""
    column: int = 0


def find_placeholders(outline: Outline, vocabulary: Vocabulary) -> tuple[Placeholder, ...]:
    """Return all of them, in the order of their lines."""
    found = [*_in_tables(outline, vocabulary), *_in_paragraphs(outline, vocabulary), *_in_literals(outline, vocabulary)]
    return tuple(sorted(found, key=lambda placeholder: placeholder.line))


def open_cells(table: Table, env: markdown.Env, vocabulary: Vocabulary) -> dict[tuple[int, int], Open]:
    """Return the cells of a table that are left open, by row and column; the label column is column 0."""
    found: dict[tuple[int, int], Open] = {}
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            opened = _read(cell, env, vocabulary) if cell or vocabulary.placeholders else None
            if opened is None and column and cell and seems_open(shown := visible_cell(cell, env), vocabulary):
                opened = None if is_postponed(shown) else Open(tokens=(shown,), is_strong=False, rest=shown)
            if opened and (opened.is_strong or opened.unit or _asks(table, number, column, env, vocabulary)):
                found[number, column] = opened
    return found


def postponed_cells(table: Table, env: markdown.Env, vocabulary: Vocabulary) -> Iterator[tuple[int, int]]:
    """Yield the cells that say on what their number is still to be measured, by row and column."""
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells[1:], start=1):
            if is_postponed(visible_cell(cell, env)) and _asks(table, number, column, env, vocabulary):
                yield number, column


def _read(cell: str, env: markdown.Env, vocabulary: Vocabulary) -> Open | None:
    code = _CODE.fullmatch(cell)
    if code is None:
        visible = visible_cell(cell, env)
        return None if is_postponed(visible) else read_cell(visible, vocabulary)
    # In code, `<value>` may be what an option takes; it counts only where a measured quantity is asked for.
    opened = read_cell(code[2].strip(), vocabulary)
    return Open(tokens=opened.tokens, is_strong=False, rest=opened.rest) if opened else None


def visible_cell(cell: str, env: markdown.Env, shown: markdown.Shown = markdown.Shown.WORDS) -> str:
    """Return the words a reader sees in a cell."""
    if cell.isalnum():
        return cell
    return " ".join(markdown.visible_lines(cell.replace("\\|", "|"), env, shown))


def visible_label(label: str, env: markdown.Env) -> str:
    """Return the words of a row or column label, those of links and code included."""
    return visible_cell(label, env, markdown.Shown.EVERYTHING)


def _asks(table: Table, row: int, column: int, env: markdown.Env, vocabulary: Vocabulary) -> bool:
    """Whether the cell's row or column names a measured quantity or a fact about the machine."""
    return any(
        _names_quantity(visible_label(label, env), vocabulary)
        for label in (*table.rows[row].cells[: min(2, column)], table.header.cells[column])
    )


def _names_quantity(label: str, vocabulary: Vocabulary) -> bool:
    return any(reading.meaning.metric or reading.meaning.key for reading in read_label(label, vocabulary))


def _in_tables(outline: Outline, vocabulary: Vocabulary) -> Iterator[Placeholder]:
    for table in outline.tables:
        places = [(place, "table") for place in open_cells(table, outline.env, vocabulary)]
        places += [(place, "estimate") for place in postponed_cells(table, outline.env, vocabulary)]
        for (number, column), kind in places:
            row = table.rows[number]
            yield Placeholder(line=row.line + 1, text=row.cells[column], place=kind, column=column)


def _in_paragraphs(outline: Outline, vocabulary: Vocabulary) -> Iterator[Placeholder]:
    for paragraph in outline.paragraphs:
        for offset, visible in enumerate(markdown.visible_lines(paragraph.content, outline.env)):
            for token in find_open_numbers(visible, vocabulary):
                yield Placeholder(line=paragraph.start + offset + 1, text=token.text, place="line")


def _in_literals(outline: Outline, vocabulary: Vocabulary) -> Iterator[Placeholder]:
    for literal in outline.literals:
        for offset, row in enumerate(literal.content.split("\n")):
            opened = _opened_in(literal, row, vocabulary)
            if opened:
                shift = 1 if literal.kind == "code" and literal.end - literal.start > literal.content.count("\n") else 0
                yield Placeholder(line=literal.start + offset + shift + 1, text=opened, place=literal.kind)


def _opened_in(literal: Literal, row: str, vocabulary: Vocabulary) -> str:
    """Return a placeholder in a line of a table shown as code, or of an HTML table."""
    if literal.kind == "code" and row.count("|") < 2:
        return ""
    if literal.kind == "html" and "<t" not in row.lower():
        return ""
    pieces = row.split("|") if literal.kind == "code" else _TEXTS.findall(row)
    for piece in pieces:
        opened = read_cell(piece, vocabulary)
        if opened and opened.is_strong:
            return str(piece.strip())
    return ""
