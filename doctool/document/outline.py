"""What stands outside the regions: headings, tables, paragraphs and code, with their lines.

Markdown-it says where things are; all texts come from the document's own bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from doctool.document import markdown
from doctool.document.lines import Lines, continuation, decode, strip_prefix
from doctool.document.region import ManagedRegion

if TYPE_CHECKING:
    from markdown_it.token import Token

_QUOTE = re.compile(rb"[ \t]*>[ \t]?")
_ITEM = re.compile(rb"[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]*")
_BLANK = re.compile(rb"[ \t]*")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table: its line, counted from 0, and its cells as written."""

    line: int
    cells: tuple[str, ...]
    surplus: tuple[str, ...] = ()
    """Cells beyond the last column, which no reader sees."""


class Heading(NamedTuple):
    """A heading. `is_title` if it is the document's first, and of the first level."""

    text: str
    is_title: bool


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table. Lines count from 0, `end` is exclusive.

    Args:
        start: Line of the header.
        end: Line after the last row.
        prefix: What the first line has in front, list markers included.
        header: The header row.
        rows: The other rows.
        align: One letter per column: `l`, `r`, `c` or `-`.
        headings: The headings it stands under, outermost first.
        caption: The paragraph right above it.
    """

    start: int
    end: int
    prefix: bytes
    header: Row
    rows: tuple[Row, ...]
    align: str
    headings: tuple[Heading, ...]
    caption: str = ""


class Paragraph(msgspec.Struct, frozen=True, kw_only=True):
    """Text in one piece. Lines count from 0, `end` is exclusive.

    Args:
        start: Its first line.
        end: Line after the last one.
        content: Its Markdown, one line per source line.
        outer: Prefix of the container it is in; for a list item of a single line, of the container of the list.
        headings: The headings it stands under, outermost first.
        is_heading: Whether it is a heading itself.
    """

    start: int
    end: int
    content: str
    outer: bytes
    headings: tuple[Heading, ...]
    is_heading: bool = False


class Literal(msgspec.Struct, frozen=True, kw_only=True):
    """A block passed on as it is. `kind` is `code`, `html` or `front`; lines count from 0, `end` is exclusive."""

    kind: str
    start: int
    end: int
    content: str


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of interest outside the regions, in the document's order.

    Args:
        tables: The tables.
        paragraphs: Paragraphs and headings.
        literals: Code and HTML.
        blocks: First and last line (exclusive) of every block, for comments that speak of the next one.
        env: Link definitions.
    """

    tables: tuple[Table, ...]
    paragraphs: tuple[Paragraph, ...]
    literals: tuple[Literal, ...]
    blocks: tuple[tuple[int, int], ...]
    env: markdown.Env


class _Reader(msgspec.Struct):
    """Walks the block tokens once."""

    lines: Lines
    managed: Sequence[tuple[int, int]]
    headings: list[tuple[int, Heading]] = msgspec.field(default_factory=list)
    has_heading: bool = False
    quotes: int = 0
    items: list[Token] = msgspec.field(default_factory=list)
    tables: list[Table] = msgspec.field(default_factory=list)
    paragraphs: list[Paragraph] = msgspec.field(default_factory=list)
    literals: list[Literal] = msgspec.field(default_factory=list)
    blocks: list[tuple[int, int]] = msgspec.field(default_factory=list)

    def is_managed(self, line: int) -> bool:
        index = bisect_right(self.managed, line, key=lambda span: span[0]) - 1
        return index >= 0 and line < self.managed[index][1]

    def path(self) -> tuple[Heading, ...]:
        return tuple(heading for _, heading in self.headings)

    def prefix(self, line: int) -> bytes:
        """Return what stands in front of a line's own text: quote marks, list markers, indentation."""
        raw = self.lines.raw(line)
        quotes = self.quotes
        items = sum(1 for item in self.items if item.map and item.map[0] == line)
        position = 0
        while True:
            quote, item = _QUOTE.match(raw, position), _ITEM.match(raw, position)
            if quotes and quote:
                position, quotes = quote.end(), quotes - 1
            elif items > 0 and item:
                position, items = item.end(), items - 1
            else:
                blank = _BLANK.match(raw, position)
                return raw[: blank.end() if blank else position]


def read_outline(
    lines: Lines,
    blocks: markdown.Blocks,
    regions: Sequence[ManagedRegion],
    front_matter: Sequence[bytes] = (),
) -> Outline:
    """Note what stands outside the regions of a document.

    Args:
        lines: The document, its front matter blank.
        blocks: What its lines are to a Markdown parser.
        regions: Its regions.
        front_matter: The lines that are blank.
    """
    tokens = blocks.tokens
    reader = _Reader(lines, sorted((region.line - 1, region.end_line) for region in regions))
    if front_matter:
        content = decode(b"\n".join(front_matter))
        reader.literals.append(Literal(kind="front", start=0, end=len(front_matter), content=content))
    index = 0
    while index < len(tokens):
        token = tokens[index]
        _enter(reader, token)
        if token.map and not reader.is_managed(token.map[0]):
            reader.blocks.append((token.map[0], token.map[1]))
            if token.type == "table_open":
                end = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
                reader.tables.append(_read_table(reader, token, tokens[index:end]))
                index = end
            elif token.type in {"fence", "code_block", "html_block"}:
                kind = "html" if token.type == "html_block" else "code"
                reader.literals.append(Literal(kind=kind, start=token.map[0], end=token.map[1], content=token.content))
            elif token.type == "inline":
                _read_text(reader, token, tokens[index - 1])
        elif token.type == "table_open":
            index = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
        index += 1
    return Outline(
        tables=tuple(reader.tables),
        paragraphs=tuple(reader.paragraphs),
        literals=tuple(reader.literals),
        blocks=tuple(reader.blocks),
        env=blocks.env,
    )


def _enter(reader: _Reader, token: Token) -> None:
    if token.type == "blockquote_open":
        reader.quotes += 1
    elif token.type == "blockquote_close":
        reader.quotes -= 1
    elif token.type == "list_item_open":
        reader.items.append(token)
    elif token.type == "list_item_close":
        reader.items.pop()


def _read_text(reader: _Reader, token: Token, opening: Token) -> None:
    start, end = token.map or (0, 0)
    is_heading = opening.type == "heading_open"
    if is_heading:
        level = int(opening.tag[1])
        while reader.headings and reader.headings[-1][0] >= level:
            reader.headings.pop()
        reader.headings.append((level, Heading(token.content, is_title=not reader.has_heading and level == 1)))
        reader.has_heading = True
    is_only_one = end == start + 1 and bool(reader.items) and _spans_item(reader, reader.items[-1], start, end)
    outer = _outside_item(reader, start) if is_only_one else reader.prefix(start)
    reader.paragraphs.append(
        Paragraph(
            start=start,
            end=end,
            content=token.content,
            outer=outer,
            headings=reader.path(),
            is_heading=is_heading,
        )
    )


def _outside_item(reader: _Reader, line: int) -> bytes:
    """Return the prefix up to the marker of the innermost list item that starts on the line."""
    full = reader.prefix(line)
    markers = list(re.finditer(rb"(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)", full))
    return full[: markers[-1].start()] if markers else full


def _spans_item(reader: _Reader, item: Token, start: int, end: int) -> bool:
    """Whether a paragraph is all there is in a list item."""
    if item.map is None or item.map[0] != start:
        return False
    last = item.map[1]
    while last > end and not strip_prefix(reader.lines.raw(last - 1), b">" * reader.quotes).strip():
        last -= 1
    return last <= end


def _read_table(reader: _Reader, token: Token, tokens: Sequence[Token]) -> Table:
    start, _ = token.map or (0, 0)
    row_lines = [tr.map[0] for tr in tokens if tr.type == "tr_open" and tr.map][1:]
    prefix = reader.prefix(start)
    inner = continuation(prefix)
    columns = sum(1 for cell in tokens if cell.type == "th_open")
    end = max([start + 2, *(line + 1 for line in row_lines)])
    above = reader.paragraphs[-1] if reader.paragraphs else None
    return Table(
        start=start,
        end=end,
        prefix=prefix,
        header=_row(reader.lines.raw(start)[len(prefix) :], start, columns),
        rows=tuple(_row(strip_prefix(reader.lines.raw(line), inner), line, columns) for line in row_lines),
        align="".join(_letters(strip_prefix(reader.lines.raw(start + 1), inner), columns)),
        headings=reader.path(),
        caption=above.content if above and not above.is_heading and 0 <= start - above.end <= 2 else "",
    )


def _row(raw: bytes, line: int, columns: int) -> Row:
    cells = split_cells(decode(raw))
    padded = cells[:columns] + [""] * (columns - len(cells))
    return Row(line=line, cells=tuple(padded), surplus=tuple(cells[columns:]))


def split_cells(text: str) -> list[str]:
    """Split a table row at its pipes, exactly as Markdown does: only a backslash protects one, code spans do not.

    The cells keep their escapes; the blanks around them go.
    """
    cells, start = [], 0
    text = text.strip()
    for pipe in re.finditer(r"(?<!\\)\|", text):
        cells.append(text[start : pipe.start()].strip())
        start = pipe.end()
    cells.append(text[start:].strip())
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return cells


def _letters(raw: bytes, columns: int) -> Iterator[str]:
    rules = split_cells(decode(raw))
    for index in range(columns):
        rule = rules[index] if index < len(rules) else ""
        yield {(True, True): "c", (True, False): "l", (False, True): "r"}.get((rule[:1] == ":", rule[-1:] == ":"), "-")
