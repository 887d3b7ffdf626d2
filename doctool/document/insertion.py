"""Puts empty regions in place of the lines they were made from."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from doctool.document.formats import write_comment
from doctool.document.lines import continuation, encode
from doctool.document.parsing import Document, parse
from doctool.document.region import Region, encode_region
from doctool.errors import DocumentError


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that become a region; `end` is exclusive, lines count from 0."""

    start: int
    end: int
    region: Region
    prefix: bytes


def with_ids(document: Document, changes: list[Change]) -> dict[str, Change]:
    """Give each new region a name of its own: `hem`, `hem-decode`, `environment`, `hem-2`."""
    taken = {region.id for region in document.regions}
    named: dict[str, Change] = {}
    for change in changes:
        base = _base_id(change.region, document)
        name, number = base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        named[name] = change
    return named


def _base_id(region: Region, document: Document) -> str:
    if region.template == "environment":
        return f"{region.mechanism}-environment" if region.mechanism else "environment"
    parts = [region.mechanism or region.template]
    if region.workload and len(document.vocabulary.workloads_of.get(region.mechanism or "", ())) > 1:
        parts.append(region.workload)
    return "-".join(parts)


def _insert(document: Document, named: Mapping[str, Change]) -> bytes:
    lines, parts, position = document.lines, [], 0
    for name, change in named.items():
        start = lines.start(change.start)
        newline = lines.newline(change.start)
        inner = continuation(change.prefix)
        end = write_comment(f"<!-- doctool:end {name} -->".encode(), document.file)
        rows = [*_begin(name, change.region, document.file), b"", end]
        parts.append(document.data[position:start])
        for number, row in enumerate(rows):
            prefix = change.prefix if number == 0 else inner if row else inner.rstrip()
            parts.append(prefix + row + (newline if number < len(rows) - 1 else b""))
        parts.append(lines.ending(change.end - 1))
        position = lines.start(change.end)
    parts.append(document.data[position:])
    return b"".join(parts)


def _begin(name: str, region: Region, file: str) -> list[bytes]:
    first, last = (write_comment(part, file) for part in (f"<!-- doctool:begin {name}".encode(), b"-->"))
    return [first, *encode(encode_region(region)).split(b"\n"), last]


def with_begins(document: Document, regions: Mapping[str, Region]) -> Document:
    """Return the document with other begin comments for regions that are already there.

    Raises:
        DocumentError: If it would not hold exactly the regions it should.
    """
    lines, parts, position = document.lines, [], 0
    for managed in document.regions:
        if managed.id in regions:
            last = lines.number(managed.body[0] - 1)
            rows = _begin(managed.id, regions[managed.id], document.file)
            parts += [
                document.data[position : managed.span[0]],
                (lines.newline(last) + managed.prefix).join(rows) + lines.ending(last),
            ]
            position = managed.body[0]
    after = parse(b"".join([*parts, document.data[position:]]), document.file, document.vocabulary)
    expected = {managed.id: regions.get(managed.id, managed.region) for managed in document.regions}
    if {managed.id: managed.region for managed in after.regions} != expected:
        raise DocumentError(
            f"the begin comments of {', '.join(regions)} cannot be written again; take the cells out of 'keep' there",
            file=document.file,
        )
    return after


def apply_changes(document: Document, named: Mapping[str, Change]) -> Document | None:
    """Return the document with the changes made, None if it would not hold exactly the regions it should."""
    expected = {region.id: region.region for region in document.regions}
    expected.update({name: change.region for name, change in named.items()})
    try:
        after = parse(_insert(document, named), document.file, document.vocabulary)
    except DocumentError:
        return None
    return after if {region.id: region.region for region in after.regions} == expected else None
