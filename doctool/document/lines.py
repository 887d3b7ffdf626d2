"""Bytes as lines, without changing one of them.

Lines end at CR LF, LF or CR, as CommonMark has it; form feeds and Unicode line separators end none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

import msgspec

BOM = b"\xef\xbb\xbf"
_ENDING = re.compile(rb"\r\n?|\n")


def decode(data: bytes) -> str:
    """Return the text; bytes that are no UTF-8 survive as lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Undo `decode`."""
    return text.encode("utf-8", "surrogateescape")


class Lines(msgspec.Struct, frozen=True, dict=True):
    """The lines of a document, counted from 0.

    Args:
        data: The document; a byte order mark belongs to no line.
    """

    data: bytes

    @cached_property
    def _bounds(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Where each line starts, and where its text ends."""
        first = len(BOM) if self.data.startswith(BOM) else 0
        if b"\r" not in self.data:
            return self._bounds_of_plain(first)
        starts = [first]
        ends = []
        for ending in _ENDING.finditer(self.data, starts[0]):
            ends.append(ending.start())
            starts.append(ending.end())
        if starts[-1] == len(self.data) and len(starts) > 1:
            starts.pop()
        else:
            ends.append(len(self.data))
        return tuple(starts), tuple(ends)

    def _bounds_of_plain(self, first: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """As `_bounds`, several times faster, for the usual line ending."""
        ends = list(accumulate((len(row) + 1 for row in self.data[first:].split(b"\n")), initial=first - 1))[1:]
        starts = [first, *(end + 1 for end in ends[:-1])]
        if len(starts) > 1 and starts[-1] == len(self.data):
            return tuple(starts[:-1]), tuple(ends[:-1])
        return tuple(starts), tuple(ends)

    def __len__(self) -> int:
        return len(self._bounds[0])

    def start(self, line: int) -> int:
        """Return the offset of the line's first byte; that of the end of the document for the line after the last."""
        starts = self._bounds[0]
        return starts[line] if line < len(starts) else len(self.data)

    def text_end(self, line: int) -> int:
        """Return the offset where the line's text ends and its line ending begins."""
        return self._bounds[1][line]

    def raw(self, line: int) -> bytes:
        """Return the line's bytes, without its ending."""
        return self.data[self._bounds[0][line] : self._bounds[1][line]]

    def text(self, line: int) -> str:
        """Return the line's text, without its ending."""
        return decode(self.raw(line))

    def ending(self, line: int) -> bytes:
        """Return the line's own ending, empty for a last line that has none."""
        return self.data[self.text_end(line) : self.start(line + 1)]

    def number(self, offset: int) -> int:
        """Return the line that holds the byte at `offset`."""
        return max(0, bisect_right(self._bounds[0], offset) - 1)

    def newline(self, line: int) -> bytes:
        """Return the line ending in force at a line: its own, or that of the nearest line before it."""
        while line >= 0:
            if self.ending(line):
                return self.ending(line)
            line -= 1
        return b"\n"

    def source(self) -> str:
        """Return the text as a Markdown parser wants it: without byte order mark."""
        return decode(self.data.removeprefix(BOM))


def split_lines(data: bytes) -> list[bytes]:
    """Return the texts of the lines, without their endings."""
    return _ENDING.split(data)


def continuation(prefix: bytes) -> bytes:
    """Return what a line needs in front to stay in the container that a line with `prefix` is in.

    List markers become blanks of the same width; quote marks stay.
    """
    return bytes(byte if byte in b">\t" else 0x20 for byte in prefix)


def strip_prefix(line: bytes, prefix: bytes) -> bytes:
    """Remove a container prefix from a line, also where a formatter or an editor wrote it differently."""
    if line.startswith(prefix):
        return line[len(prefix) :]
    rest = line
    for quote in range(prefix.count(b">")):
        found = re.match(rb"[ \t]*>" if quote else rb" {0,3}>", rest)
        if not found:
            return rest
        rest = rest[found.end() :]
    width = len(prefix.rpartition(b">")[2])
    removed = 0
    while removed < width and rest[removed : removed + 1] in {b" ", b"\t"}:
        removed += 1
    return rest[removed:]
