"""What `doctool:allow` comments cover: lines on which nothing is reported, each with a reason."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable

from doctool.document.markers import ALLOW, Marker
from doctool.document.outline import Outline
from doctool.document.region import ManagedRegion
from doctool.errors import DocumentError


def find_allowances(
    markers: Iterable[Marker], regions: Iterable[ManagedRegion], read_outline: Callable[[], Outline], file: str
) -> dict[int, str]:
    """Return the reason that covers each line, counted from 0.

    A comment within a table or a region covers its row, one within a paragraph covers that, any other covers the next
    block or region.

    Args:
        markers: The comments of the document.
        regions: Its regions.
        read_outline: Gives the outline; asked only where there is such a comment.
        file: The name of the document, for messages.

    Raises:
        DocumentError: If a comment gives no reason.
    """
    allows = [marker for marker in markers if marker.kind == ALLOW]
    if not allows:
        return {}
    find = _Finder(read_outline(), [(region.line - 1, region.end_line) for region in regions])
    found: dict[int, str] = {}
    for marker in allows:
        reason = " ".join(marker.content.split())
        if not reason:
            raise DocumentError(
                "'doctool:allow' gives no reason; write one, such as '<!-- doctool:allow vendor data sheet -->'",
                file=file,
                line=marker.line + 1,
            )
        found.update(dict.fromkeys(range(*find.covered(marker)), reason))
    return found


class _Finder:
    """Finds what stands at a line, or next below it."""

    def __init__(self, outline: Outline, regions: Iterable[tuple[int, int]]) -> None:
        self._tables = sorted([*((table.start, table.end) for table in outline.tables), *regions])
        self._paragraphs = sorted((paragraph.start, paragraph.end) for paragraph in outline.paragraphs)
        last_of: dict[int, int] = {}
        for start, end in (*outline.blocks, *regions):
            last_of[start] = max(end, last_of.get(start, 0))
        self._blocks = sorted(last_of.items())

    def covered(self, marker: Marker) -> tuple[int, int]:
        """Return the lines that a comment covers, the last one exclusive."""
        if _at(self._tables, marker.line):
            return marker.line, marker.line + 1
        paragraph = _at(self._paragraphs, marker.line)
        if paragraph:
            return paragraph
        index = bisect_left(self._blocks, (marker.last_line + 1, 0))
        return self._blocks[index] if index < len(self._blocks) else (0, 0)


def _at(spans: list[tuple[int, int]], line: int) -> tuple[int, int] | None:
    index = bisect_right(spans, line, key=lambda span: span[0]) - 1
    return spans[index] if index >= 0 and line < spans[index][1] else None
