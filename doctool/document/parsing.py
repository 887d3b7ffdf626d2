"""A document: its bytes, its regions, and what stands outside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec

from doctool.document.allowances import find_allowances
from doctool.document.formats import ensure_supported, front_matter_of, view_of
from doctool.document.glance import may_matter
from doctool.document.lines import Lines
from doctool.document.markdown import Blocks, parse_blocks
from doctool.document.markers import BEGIN, NAME, Marker, find_markers
from doctool.document.outline import Outline, read_outline
from doctool.document.region import ManagedRegion
from doctool.document.regions import pair_markers
from doctool.document.sightings import Placeholder, find_placeholders
from doctool.errors import DocumentError
from doctool.vocabulary import Vocabulary

_PARTS = (b"\n", b"\r", b"|")
_MOST_PARTS = 200_000
"""Every line and every cell becomes several objects of the Markdown parser, of a kilobyte together."""


class Document(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A Markdown document. What is found in it is looked for once, when it is asked for.

    Args:
        data: Its bytes.
        file: Its name, for messages.
        vocabulary: The words by which its placeholders and labels are understood.
    """

    data: bytes
    file: str
    vocabulary: Vocabulary

    @cached_property
    def lines(self) -> Lines:
        """The lines of the document, as the Markdown parser is to see them."""
        return Lines(view_of(self.data, self.file))

    @cached_property
    def blocks(self) -> Blocks:
        """What its lines are to a Markdown parser.

        Raises:
            DocumentError: If lists or quotes are nested too deeply, or there are more lines and cells than are read.
        """
        count = sum(self.data.count(sign) for sign in _PARTS)
        if count > _MOST_PARTS:
            raise DocumentError(
                f"it has {count:,} lines and cells, and {_MOST_PARTS:,} are the most that doctool reads in a document; "
                "split it",
                file=self.file,
            )
        try:
            return parse_blocks(self.lines.source())
        except RecursionError:
            raise self._too_deep() from None

    @cached_property
    def markers(self) -> tuple[Marker, ...]:
        """All of doctool's comments, in their order.

        Raises:
            DocumentError: If one of them is malformed.
        """
        if NAME not in self.data:
            return ()
        try:
            return tuple(find_markers(self.lines, self.blocks, self.file))
        except RecursionError:
            raise self._too_deep() from None

    @cached_property
    def regions(self) -> tuple[ManagedRegion, ...]:
        """The managed regions, in their order.

        Raises:
            DocumentError: If their markers do not fit together.
        """
        return pair_markers(self.markers, self.lines, self.file, self.vocabulary)

    @cached_property
    def outline(self) -> Outline:
        """Its headings, tables and paragraphs outside the regions."""
        return read_outline(self.lines, self.blocks, self.regions, front_matter_of(self.data))

    @property
    def outside(self) -> tuple[bytes, ...]:
        """The bytes that belong to no region, in the pieces that the regions leave."""
        parts, position = [], 0
        for region in self.regions:
            parts.append(self.data[position : region.span[0]])
            position = region.span[1]
        return (*parts, self.data[position:])

    @cached_property
    def may_matter(self) -> bool:
        """Whether what stands outside its regions may hold an open number or a claim, as its bytes tell."""
        return may_matter(b"\n\n".join(self.outside), self.vocabulary)

    @cached_property
    def allowed(self) -> Mapping[int, str]:
        """By line, counted from 0: the reason of the `doctool:allow` comment that covers it.

        Raises:
            DocumentError: If such a comment gives no reason.
        """
        return find_allowances(self.markers, self.regions, lambda: self.outline, self.file)

    def ignores(self, line: int) -> bool:
        """Whether the project has nothing reported on a line, counted from 0."""
        return bool(self.vocabulary.ignore) and self.vocabulary.ignores(self.lines.text(line))

    @cached_property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """Numbers left open outside the regions, but for those that a comment allows or the project ignores."""
        if not self.may_matter:
            return ()
        return tuple(
            found
            for found in find_placeholders(self.outline, self.vocabulary)
            if found.line - 1 not in self.allowed and not self.ignores(found.line - 1)
        )

    def _too_deep(self) -> DocumentError:
        return DocumentError("lists or quotes are nested too deeply to be read; take some levels out", file=self.file)


def parse(data: bytes, file: str, vocabulary: Vocabulary) -> Document:
    """Read a document.

    Args:
        data: Its bytes; any bytes will do.
        file: Its name, for messages.
        vocabulary: Names and words of the project.

    Raises:
        DocumentError: If a marker is malformed, with the line and what to do; or if it is not Markdown.
    """
    ensure_supported(file)
    document = Document(data=data, file=file, vocabulary=vocabulary)
    _ = document.regions  # what is malformed is said now
    return document


def has_region(data: bytes) -> bool:
    """Whether a document holds a managed region, or a marker that is not understood."""
    try:
        return any(marker.kind == BEGIN for marker in Document(data=data, file="", vocabulary=Vocabulary()).markers)
    except DocumentError:
        return True
