"""Numbers left open outside the regions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from doctool.document import markdown
from doctool.document.outline import Literal, Outline, Table
from doctool.document.placeholders import Open, is_form, is_postponed, read_cell, seems_open
from doctool.document.readings import Reading, read_label
from doctool.document.running_text import find_open_numbers
from doctool.document.written_units import strip_unit
from doctool.vocabulary import CHANGE, Vocabulary

_CODE = re.compile(r"(`+)([^`]+)\1")
_SETTING = re.compile(r"[\s-]*(?P<name>[^:=#]+?)[\"']?\s*[:=]\s+(?P<value>[^#]+?)\s*(?:#.*)?")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]|\{/\*.*?\*/\}")
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
            if opened and (opened.is_strong or opened.unit or _asks(table, (number, column), env, vocabulary, opened)):
                found[number, column] = opened
    return found


def postponed_cells(table: Table, env: markdown.Env, vocabulary: Vocabulary) -> Iterator[tuple[int, int]]:
    """Yield the cells that say on what their number is still to be measured, by row and column."""
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells[1:], start=1):
            if is_postponed(visible_cell(cell, env)) and _asks(table, (number, column), env, vocabulary):
                yield number, column


def _read(cell: str, env: markdown.Env, vocabulary: Vocabulary) -> Open | None:
    code = _CODE.fullmatch(cell)
    if code is None:
        visible = FOOTNOTE.sub("", visible_cell(cell, env))
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


def _asks(
    table: Table, place: tuple[int, int], env: markdown.Env, vocabulary: Vocabulary, opened: Open | None = None
) -> bool:
    """Whether the cell's row or column asks for a measured quantity or a fact about the machine.

    Where it only speaks of a change, forms such as `X.XX` stand for a number, and words may be just words.
    """
    row, column = place
    is_form_alone = opened is not None and all(map(is_form, opened.tokens))
    header = visible_label(table.header.cells[column], env)
    if opened is not None and not is_form_alone and column and header.strip() and not read_label(header, vocabulary):
        # Under a header of the author's own, such as `Notes`, words may be just words.
        return False
    labels = [visible_label(label, env) for label in table.rows[row].cells[: min(2, column)]]
    if is_form_alone and any(strip_unit(label)[1] for label in (*labels, header)):
        return True
    return any(
        _asks_for_number(reading, is_form_alone=is_form_alone)
        for label in (*labels, header)
        for reading in read_label(label, vocabulary)
    )


def _asks_for_number(reading: Reading, *, is_form_alone: bool) -> bool:
    meaning = reading.meaning
    return bool(
        meaning.metric or meaning.key or reading.unit or meaning.statistic or (is_form_alone and meaning.arm == CHANGE)
    )


def _in_tables(outline: Outline, vocabulary: Vocabulary) -> Iterator[Placeholder]:
    for table in outline.tables:
        places = [(place, "table") for place in open_cells(table, outline.env, vocabulary)]
        places += [(place, "estimate") for place in postponed_cells(table, outline.env, vocabulary)]
        for (number, column), kind in places:
            row = table.rows[number]
            yield Placeholder(line=row.line + 1, text=row.cells[column], place=kind, column=column)


def _in_front_matter(literal: Literal, vocabulary: Vocabulary) -> Iterator[Placeholder]:
    """Yield the settings above a document whose values are left open; nothing is ever written there."""
    for number, line in enumerate(literal.content.split("\n")):
        setting = _SETTING.fullmatch(line)
        opened = read_cell(setting["value"].strip(" \"'"), vocabulary) if setting else None
        if setting is None or opened is None:
            continue
        asks = any(_asks_for_number(reading, is_form_alone=True) for reading in read_label(setting["name"], vocabulary))
        if opened.is_strong or opened.unit or asks:
            yield Placeholder(line=number + 1, text=setting["value"].strip(), place="front")


def _in_paragraphs(outline: Outline, vocabulary: Vocabulary) -> Iterator[Placeholder]:
    for paragraph in outline.paragraphs:
        for offset, visible in enumerate(markdown.visible_lines(paragraph.content, outline.env)):
            for token in find_open_numbers(visible, vocabulary):
                yield Placeholder(line=paragraph.start + offset + 1, text=token.text, place="line")


def _in_literals(outline: Outline, vocabulary: Vocabulary) -> Iterator[Placeholder]:
    for literal in outline.literals:
        if literal.kind == "front":
            yield from _in_front_matter(literal, vocabulary)
            continue
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
