"""Numbers left open outside the regions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache, partial

import msgspec

from doctool.document import markdown
from doctool.document.outline import Literal, Outline, Table
from doctool.document.placeholders import Open, holds_sign, is_form, is_postponed, read_cell, seems_open
from doctool.document.readings import Reading, read_label
from doctool.document.running_text import find_open_numbers
from doctool.document.written_units import strip_unit
from doctool.vocabulary import CHANGE, Vocabulary

_CODE = re.compile(r"(`+)([^`]+)\1")
_SETTING = re.compile(r"[\s-]*(?P<name>[^:=#]+?)[\"']?\s*[:=]\s+(?P<value>[^#]+?)\s*(?:#.*)?")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]|\{/\*.*?\*/\}")
_LONGEST_LABEL = 200
_LONGEST_CELL = 500
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
    is_about: bool | None = None
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            opened = _read(cell, env, vocabulary) if cell or vocabulary.placeholders else None
            if opened is None and column and 0 < len(cell) <= _LONGEST_CELL:
                opened = _read_words(visible_cell(cell, env), vocabulary)
            if opened is None:
                continue
            if opened.unit or _is_own(cell, vocabulary) or _asks(table, (number, column), env, vocabulary, opened):
                found[number, column] = opened
            elif opened.is_strong:
                is_about = _is_about_measurements(table, env, vocabulary) if is_about is None else is_about
                if is_about:
                    found[number, column] = opened
    return found


def _is_own(cell: str, vocabulary: Vocabulary) -> bool:
    return any(own.strip() == cell.strip() for own in vocabulary.placeholders)


def _is_about_measurements(table: Table, env: markdown.Env, vocabulary: Vocabulary) -> bool:
    """Whether a label, a heading or the caption names a quantity, a variant or a fact about the machine."""
    headings = (heading.text for heading in table.headings)
    if any(vocabulary.named_in(text, "metric") for text in (*headings, table.caption[-_LONGEST_LABEL:])):
        return True
    labels = dict.fromkeys([*(row.cells[0] for row in table.rows if row.cells), *table.header.cells])
    return any(_says(label, env, vocabulary, ("metric", "key", "arm")) for label in labels)


def _says(label: str, env: markdown.Env, vocabulary: Vocabulary, kinds: tuple[str, ...]) -> bool:
    if len(label) > _LONGEST_LABEL:
        return False
    words, unit = strip_unit(visible_label(label, env))
    return unit is not None or any(
        getattr(meaning, kind) not in {None, "value"} for meaning in vocabulary.meanings(words) for kind in kinds
    )


def postponed_cells(table: Table, env: markdown.Env, vocabulary: Vocabulary) -> Iterator[tuple[int, int]]:
    """Yield the cells that say on what their number is still to be measured, by row and column."""
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells[1:], start=1):
            if len(cell) > _LONGEST_CELL:
                continue
            if is_postponed(visible_cell(cell, env)) and _asks(table, (number, column), env, vocabulary):
                yield number, column


def _read(cell: str, env: markdown.Env, vocabulary: Vocabulary) -> Open | None:
    if len(cell) > _LONGEST_CELL:
        return None
    code = _CODE.fullmatch(cell)
    if code is None:
        visible = FOOTNOTE.sub("", visible_cell(cell, env))
        return None if is_postponed(visible) else read_cell(visible, vocabulary)
    # In code, `<value>` may be what an option takes; it counts only where a measured quantity is asked for.
    opened = read_cell(code[2].strip(), vocabulary)
    if opened is None or re.fullmatch(r"\[[a-z_]+\]", code[2].strip()):
        return None  # `[cuda]` is what a package can be installed with
    return Open(tokens=opened.tokens, is_strong=False, rest=opened.rest)


def _read_words(shown: str, vocabulary: Vocabulary) -> Open | None:
    """Return a cell that says in more than a placeholder that its number is still to come."""
    if is_postponed(shown) or not seems_open(shown, vocabulary):
        return None
    return Open(tokens=(shown,), is_strong=False, rest=shown)


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
    is_form_alone = opened is not None and all(is_form(token) or holds_sign(token) for token in opened.tokens)
    header = visible_label(table.header.cells[column], env)
    if opened is not None and not is_form_alone and column and header.strip() and not read_label(header, vocabulary):
        # Under a header of the author's own, such as `Notes`, words may be just words.
        return False
    labels = [
        visible_label(label, env) for label in table.rows[row].cells[: min(2, column)] if len(label) <= _LONGEST_LABEL
    ]
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
    find = lru_cache(maxsize=4096)(partial(find_open_numbers, vocabulary=vocabulary))  # lines repeat
    for paragraph in outline.paragraphs:
        for offset, visible in enumerate(markdown.visible_lines(paragraph.content, outline.env)):
            for token in find(visible):
                yield Placeholder(line=paragraph.start + offset + 1, text=token.text, place="line")


def _in_literals(outline: Outline, vocabulary: Vocabulary) -> Iterator[Placeholder]:
    for literal in outline.literals:
        if literal.kind == "front":
            yield from _in_front_matter(literal, vocabulary)
            continue
        shift = 1 if literal.kind == "code" and literal.end - literal.start > literal.content.count("\n") else 0
        is_about = False
        for offset, row in enumerate(literal.content.split("\n")):
            pieces = _pieces(literal, row)
            is_about = is_about or any(_says(piece, {}, vocabulary, ("metric", "key")) for piece in pieces)
            opened = _opened_in(pieces, vocabulary, is_about=is_about)
            if opened:
                yield Placeholder(line=literal.start + offset + shift + 1, text=opened, place=literal.kind)


def _pieces(literal: Literal, row: str) -> list[str]:
    """Return the cells of a line of a table shown as code, or of an HTML table."""
    if literal.kind == "code":
        return row.split("|") if row.count("|") > 1 and "|" in {row.strip()[:1], row.strip()[-1:]} else []
    return _TEXTS.findall(row) if "<t" in row.lower() else []


def _opened_in(pieces: list[str], vocabulary: Vocabulary, *, is_about: bool) -> str:
    """Return a placeholder that a line leaves open, in a table that names a quantity or beside a unit."""
    for piece in pieces:
        opened = read_cell(piece, vocabulary) if len(piece) <= _LONGEST_CELL else None
        if opened and opened.is_strong and (is_about or (opened.unit and not opened.rest)):
            return str(piece.strip())
    return ""
