"""Where the text of a region differs from what its records say, down to the cell."""

from __future__ import annotations

import re

import msgspec

from doctool import document
from doctool.document import ManagedRegion
from doctool.render import Rendered

_CELLS = re.compile(r"(?<!\\)\|")


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that differs.

    Args:
        line: On which it stands in the document, from 1.
        cell: The row and the column, if it is a cell of a table.
        found: What stands there.
        expected: What the records and the template give; empty if nothing should stand there.
    """

    line: int
    cell: tuple[str, str] | None
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"in row {self.cell[0]!r}, column {self.cell[1]!r}, " if self.cell else ""
        if not self.expected:
            return f"{where}found {self.found!r}, where nothing should stand"
        if not self.found:
            return f"{where}{self.expected!r} is missing"
        return f"{where}found {self.found!r}, the records say {self.expected!r}"


def contrast(managed: ManagedRegion, rendered: Rendered) -> Contrast | None:
    """Compare a region with its rendering; None if both say the same, however it is laid out.

    Args:
        managed: The region as it stands in the document.
        rendered: What comes out of its records and its template.
    """
    if document.says_the_same(managed.text, rendered.text):
        if managed.records == rendered.records:
            return None
        shown, used = (", ".join(ids) or "none" for ids in (managed.records, rendered.records))
        return Contrast(line=managed.end_line, cell=None, found=f"record {shown}", expected=f"record {used}")
    found, expected = (_filled_lines(text) for text in (managed.text, rendered.text))
    first = _common(found, expected)
    last = _common(found[first:][::-1], expected[first:][::-1])
    here, there = (lines[first : len(lines) - last] for lines in (found, expected))
    number = here[0][0] if here else found[min(first, len(found) - 1)][0]
    return _narrow(managed, number, here[0][1] if here else "", there[0][1] if there else "")


def _filled_lines(text: str) -> list[tuple[int, str]]:
    lines = [(number, line) for number, line in enumerate(text.split("\n")) if line.strip()]
    return lines or [(0, "")]


def _common(found: list[tuple[int, str]], expected: list[tuple[int, str]]) -> int:
    """Return how many lines at the beginning say the same; what a formatter pads a table with does not count."""
    pairs = enumerate(zip(found, expected, strict=False))
    differing = (index for index, ((_, one), (_, other)) in pairs if _squeezed(one) != _squeezed(other))
    return next(differing, min(len(found), len(expected)))


def _squeezed(text: str) -> str:
    return re.sub(r"-+", "-", "".join(text.split()))


def _narrow(managed: ManagedRegion, number: int, found: str, expected: str) -> Contrast:
    """Name the cell in which two rows of a table differ, or else give the whole lines."""
    line = managed.text_line + number
    cells, wanted = ([cell.strip() for cell in _CELLS.split(text)[1:-1]] for text in (found, expected))
    if len(cells) > 1 and len(cells) == len(wanted):
        header = _header_above(managed.text.split("\n"), number, len(cells))
        for column, (cell, want) in enumerate(zip(cells, wanted, strict=True)):
            if not document.says_the_same(cell, want):
                return Contrast(line=line, cell=(cells[0], header[column]), found=cell, expected=want)
    return Contrast(line=line, cell=None, found=found.strip(), expected=expected.strip())


def _header_above(lines: list[str], number: int, width: int) -> list[str]:
    """Return the header of the table that line `number` is in; numbers of the columns if there is none."""
    start = number
    while start > 0 and "|" in lines[start - 1]:
        start -= 1
    cells = [cell.strip() for cell in _CELLS.split(lines[start])[1:-1]]
    return cells if len(cells) == width else [str(index + 1) for index in range(width)]
