"""Numbers with a performance unit that no record backs.

Versions, dates, sizes of models and data, requirements and settings are not claims, as far as the words around them
tell.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

import msgspec

from doctool.document import markdown
from doctool.document.claim_forms import QUANTITY_CODE
from doctool.document.claim_tables import Cell, in_cell, read_label, unit_above
from doctool.document.claim_text import CELL, Stated, Text
from doctool.document.outline import Outline, Table
from doctool.document.parsing import Document
from doctool.vocabulary import Vocabulary

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAKING_TAG = re.compile(
    r"</?(?:td|th|tr|li|ul|ol|p|div|table|h[1-6]|summary|details|br)(?:[\s/][^<>]*)?>", re.IGNORECASE
)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ENTITY = re.compile(r"&#?\w{1,32};")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_PLAIN = re.compile(r"[\w ().,/%-]*")
_LONGEST_CODE = 40
_LONGEST_ROW = 400


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A number somebody states without a record.

    Args:
        line: Its line, counted from 1.
        value: As written.
        unit: As written; for a bare number in a table, the unit of its row or column, empty if they name none.
        text: The sentence or the row around it.
        allowed: The reason of the `doctool:allow` comment that covers it, else None.
        is_estimate: Whether its author marked it as not measured.
    """

    line: int
    value: str
    unit: str
    text: str
    allowed: str | None = None
    is_estimate: bool = False

    @property
    def quantity(self) -> str:
        """The number with its unit."""
        return f"{self.value} {self.unit}".rstrip()


def find_claims(document: Document) -> tuple[Claim, ...]:
    """Return the numbers with a performance unit that no record backs, in the order of their lines.

    Only those outside the regions; what stands in one, rendering tells.

    Raises:
        DocumentError: If a `doctool:allow` comment gives no reason.
    """
    allowed = document.allowed
    found: list[tuple[int, Stated]] = []
    if document.may_matter:
        outline = document.outline
        found += [*_in_paragraphs(outline), *_in_html(outline), *_in_tables(outline, document.vocabulary)]
    claims = [
        Claim(
            line=line,
            value=stated.value,
            unit=stated.unit,
            text=stated.sentence,
            allowed=allowed.get(line - 1),
            is_estimate=stated.is_estimate,
        )
        for line, stated in found
        if not document.ignores(line - 1)
    ]
    return tuple(sorted(claims, key=lambda claim: claim.line))


def _is_quantity(code: str) -> bool:
    return len(code) <= _LONGEST_CODE and QUANTITY_CODE.fullmatch(code.strip()) is not None


def _visible(content: str, env: markdown.Env) -> str:
    if not any(char in "0123456789" for char in content):
        return content
    shown = "\n".join(markdown.visible_lines(content, env, markdown.Shown.LINKS, _is_quantity))
    return _INVISIBLE.sub("", shown)


def _in_paragraphs(outline: Outline) -> Iterator[tuple[int, Stated]]:
    for paragraph in outline.paragraphs:
        if any(char in "0123456789" for char in paragraph.content):
            yield from _in_text(_visible(paragraph.content, outline.env), paragraph.start)


def _in_html(outline: Outline) -> Iterator[tuple[int, Stated]]:
    for literal in outline.literals:
        if literal.kind in {"html", "front"}:
            text = _COMMENT.sub(_only_newlines, literal.content)
            text = _TAG.sub(_only_newlines, _BREAKING_TAG.sub(lambda tag: CELL + _only_newlines(tag), text))
            text = _ENTITY.sub(lambda entity: html.unescape(entity[0]).replace("\n", " "), text)
            yield from _in_text(_INVISIBLE.sub("", text), literal.start)


def _only_newlines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _in_text(text: str, first_line: int) -> Iterator[tuple[int, Stated]]:
    starts = list(accumulate((len(row) + 1 for row in text.split("\n")), initial=0))
    for stated in Text(text).numbers():
        yield first_line + bisect_right(starts, stated.start), stated


def _in_tables(outline: Outline, vocabulary: Vocabulary) -> Iterator[tuple[int, Stated]]:
    for table in outline.tables:
        yield from _in_table(table, outline.env, vocabulary)


def _in_table(table: Table, env: markdown.Env, vocabulary: Vocabulary) -> Iterator[tuple[int, Stated]]:
    headers = [_label(cell, env) for cell in table.header.cells]
    heading = table.headings[-1].text if table.headings else ""
    asked = [unit for unit in (unit_above(table.caption), unit_above(heading)) if unit is not None]
    labels = [read_label(header, vocabulary) for header in headers[1:]]
    is_column_asked = any(label.unit is not None and not label.is_change for label in labels)
    for row in table.rows:
        cells = [_label(row.cells[0], env), *(_cell(cell, env) for cell in row.cells[1:])] if row.cells else []
        whole = " | ".join(cells)[:_LONGEST_ROW]
        for header, text in zip(headers[1:], cells[1:], strict=True):
            cell = Cell(
                text=text,
                label=cells[0],
                header=header,
                row=whole,
                above=f"{table.caption[-200:]} {heading[-200:]}",
                asks_above=asked[0] if asked else None,
                is_column_asked=is_column_asked,
            )
            for stated in in_cell(cell, vocabulary):
                yield row.line + 1, stated


def _cell(cell: str, env: markdown.Env) -> str:
    return _visible(cell.replace("\\|", "|"), env).replace("\n", " ")


def _label(cell: str, env: markdown.Env) -> str:
    if _PLAIN.fullmatch(cell):
        return cell
    return " ".join(markdown.visible_lines(cell.replace("\\|", "|"), env, markdown.Shown.EVERYTHING))
