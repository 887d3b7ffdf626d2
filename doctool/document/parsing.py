"""A document: its bytes, its regions, and what stands outside them."""

from __future__ import annotations

from functools import cached_property

import msgspec

from doctool.document.lines import Lines
from doctool.document.markers import BEGIN, NAME, Marker, find_markers
from doctool.document.outline import Outline, read_outline
from doctool.document.prefilter import may_hold_placeholder
from doctool.document.region import ManagedRegion
from doctool.document.regions import pair_markers
from doctool.document.sightings import Placeholder, find_placeholders
from doctool.errors import DocumentError
from doctool.vocabulary import Vocabulary


class Document(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A Markdown document.

    Args:
        data: Its bytes.
        file: Its name, for messages.
        vocabulary: The words by which its placeholders and labels are understood.
        regions: The managed regions, in their order.
        markers: All of doctool's comments, in their order.
    """

    data: bytes
    file: str
    vocabulary: Vocabulary
    regions: tuple[ManagedRegion, ...]
    markers: tuple[Marker, ...] = ()

    @cached_property
    def lines(self) -> Lines:
        """The lines of the document."""
        return Lines(self.data)

    @cached_property
    def outline(self) -> Outline:
        """Its headings, tables and paragraphs outside the regions; costs a full parse."""
        try:
            return read_outline(self.lines, self.regions)
        except RecursionError:
            raise DocumentError(
                "lists or quotes are nested too deeply to be read; take some levels out", file=self.file
            ) from None

    @property
    def outside(self) -> tuple[bytes, ...]:
        """The bytes that belong to no region, in the pieces that the regions leave."""
        parts, position = [], 0
        for region in self.regions:
            parts.append(self.data[position : region.span[0]])
            position = region.span[1]
        return (*parts, self.data[position:])

    @cached_property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """Numbers left open outside the regions."""
        if not any(may_hold_placeholder(part, self.vocabulary) for part in self.outside):
            return ()
        return find_placeholders(self.outline, self.vocabulary)


def parse(data: bytes, file: str, vocabulary: Vocabulary) -> Document:
    """Read a document.

    Args:
        data: Its bytes; any bytes will do.
        file: Its name, for messages.
        vocabulary: Names and words of the project.

    Raises:
        DocumentError: If a marker is malformed, with the line and what to do.
    """
    if NAME not in data:
        return Document(data=data, file=file, vocabulary=vocabulary, regions=())
    lines = Lines(data)
    try:
        markers = find_markers(lines, file)
    except RecursionError:
        raise DocumentError(
            "lists or quotes are nested too deeply to be read; take some levels out", file=file
        ) from None
    regions = pair_markers(markers, lines, file, vocabulary)
    return Document(data=data, file=file, vocabulary=vocabulary, regions=regions, markers=markers)


def may_matter(data: bytes, vocabulary: Vocabulary) -> bool:
    """Whether a document can hold a region or a placeholder; a scan of its bytes that errs on the safe side."""
    return NAME in data or may_hold_placeholder(data, vocabulary)


def has_region(data: bytes) -> bool:
    """Whether a document holds a managed region, or a marker that is not understood."""
    try:
        return any(marker.kind == BEGIN for marker in find_markers(Lines(data), ""))
    except DocumentError:
        return True
