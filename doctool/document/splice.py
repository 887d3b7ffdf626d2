"""Puts rendered text into regions. Everything else stays, byte for byte, and that is proved each time."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from doctool.document.formats import write_comment
from doctool.document.lines import Lines, encode
from doctool.document.parsing import Document, parse
from doctool.document.reflow import digest_of
from doctool.document.region import ManagedRegion
from doctool.errors import DocumentError


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """New text for a region.

    Args:
        text: Markdown, lines separated by LF.
        records: Ids of the records it was written from.
    """

    text: str
    records: tuple[str, ...] = ()


def splice(document: Document, replacements: Mapping[str, Replacement]) -> bytes:
    """Return the document's bytes with new texts in the named regions.

    Raises:
        DocumentError: If a region does not exist, or a text would not stay inside its region.
    """
    known = {region.id: region for region in document.regions}
    for name in replacements:
        if name not in known:
            raise DocumentError(
                f"there is no region {name!r} in this document; known: {', '.join(known) or 'none'}", file=document.file
            )
    lines = Lines(document.data)
    parts, position = [], 0
    for region in document.regions:
        if region.id not in replacements:
            continue
        replacement = replacements[region.id]
        parts.append(document.data[position : region.body[0]])
        parts.append(_body(region, replacement.text, lines))
        parts.append(document.data[region.body[1] : region.end_marker[0]])
        parts.append(write_comment(_end_marker(region, replacement), document.file))
        position = region.end_marker[1]
    parts.append(document.data[position:])
    result = b"".join(parts)
    _prove(document, replacements, result)
    return result


def trimmed(text: str) -> str:
    """Return the text as a region holds it: LF line ends, no blank lines around it."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while rows and not rows[-1].strip():
        rows.pop()
    while rows and not rows[0].strip():
        rows.pop(0)
    return "\n".join(rows)


def _body(region: ManagedRegion, text: str, lines: Lines) -> bytes:
    newline = lines.newline(lines.number(region.body[0] - 1))
    blank = region.prefix.rstrip()
    rows = encode(trimmed(text)).split(b"\n") if text.strip() else []
    spaced = [b"", *rows, b""] if rows else [b""]
    return b"".join((region.prefix + row if row else blank) + newline for row in spaced)


def _end_marker(region: ManagedRegion, replacement: Replacement) -> bytes:
    attributes = {"record": ",".join(replacement.records), "digest": digest_of(trimmed(replacement.text))}
    said = "".join(f" {name}={value}" for name, value in attributes.items() if value)
    return f"<!-- doctool:end {region.id}{said} -->".encode()


def _prove(document: Document, replacements: Mapping[str, Replacement], result: bytes) -> None:
    """Read the result again: it must hold the same regions, the new texts, and the old bytes around them."""
    after = parse(result, document.file, document.vocabulary)
    before_ids = [(region.id, region.region) for region in document.regions]
    if [(region.id, region.region) for region in after.regions] != before_ids:
        raise DocumentError(
            f"the rendered text of {', '.join(sorted(replacements))} would change which regions there are; "
            "look for comments or open code fences in its template",
            file=document.file,
        )
    for old, new in zip(document.regions, after.regions, strict=True):
        expected = trimmed(replacements[old.id].text) if old.id in replacements else old.text
        if new.text != expected:
            raise DocumentError(
                f"the rendered text of region {old.id!r} would not stay as it is; look at its template",
                file=document.file,
                line=old.line,
            )
    if outside(document) != outside(after):
        raise DocumentError("bytes outside the regions would change; please report this", file=document.file)


def outside(document: Document) -> tuple[bytes, ...]:
    """Return the bytes that belong to no region's body and no end marker."""
    parts, position = [], 0
    for region in document.regions:
        parts += [document.data[position : region.body[0]], document.data[region.body[1] : region.end_marker[0]]]
        position = region.end_marker[1]
    return (*parts, document.data[position:])
