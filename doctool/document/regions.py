"""From markers to regions: pairs them, reads what they ask for, and refuses what does not fit together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from doctool.document.address import BASELINE, SLOT, TRAINING, parse_address, slot_of
from doctool.document.layouts import IN_HEAD, LAYOUT, lay_out
from doctool.document.lines import Lines, decode, split_lines, strip_prefix
from doctool.document.markers import BEGIN, END, Marker
from doctool.document.region import ManagedRegion, Region, RegionError, make_region, read_values
from doctool.errors import DocumentError
from doctool.terms.nearest import nearest, suggest
from doctool.vocabulary import ENVIRONMENT_KEYS, Vocabulary

ID = re.compile(r"[\w.-]+")
_ATTRIBUTE = re.compile(r"(\w+)=(\S*)")
_HEAD = re.compile(r"(\w+)=([^\s='\"]+)")
_ATTRIBUTES = ("record", "digest")
_EARLIER_ATTRIBUTES = ("template", "sha256", "words")
"""Of pages written by doctool 0.1; `words` is the digest under its old name, the others are not needed."""
_ALIGN = re.compile(r"[lrc-]*")


def pair_markers(
    markers: Iterable[Marker], lines: Lines, file: str, vocabulary: Vocabulary
) -> tuple[ManagedRegion, ...]:
    """Return the regions in their order.

    Raises:
        DocumentError: If a region is not closed, an end has no begin, regions are nested, an id is used twice, or a
            marker's content cannot be read.
    """
    regions: dict[str, ManagedRegion] = {}
    opened: Marker | None = None
    for marker in markers:
        if marker.kind == BEGIN:
            if opened is not None:
                raise _fault(
                    f"region {_id(marker, file)!r} begins inside region {_id(opened, file)!r}; end that one first, "
                    f"with '<!-- doctool:end {_id(opened, file)} -->'",
                    marker,
                    file,
                )
            opened = marker
        elif marker.kind == END:
            region = _close(opened, marker, lines, file, vocabulary)
            opened = None
            if region.id in regions:
                raise DocumentError(
                    f"region {region.id!r} is already there on line {regions[region.id].line}; rename this one",
                    file=file,
                    line=region.line,
                )
            regions[region.id] = region
    if opened is not None:
        name = _id(opened, file)
        raise _fault(f"region {name!r} is never closed; add '<!-- doctool:end {name} -->'", opened, file)
    return tuple(regions.values())


def _close(opened: Marker | None, end: Marker, lines: Lines, file: str, vocabulary: Vocabulary) -> ManagedRegion:
    name = _id(end, file)
    if opened is None:
        raise _fault(
            f"this ends region {name!r}, which was not begun; remove it, or add '<!-- doctool:begin {name}' above",
            end,
            file,
        )
    if name != _id(opened, file):
        raise _fault(
            f"this ends region {name!r}, and region {_id(opened, file)!r} is the open one (line {opened.line + 1}); "
            "make the ids the same",
            end,
            file,
        )
    if opened.prefix.count(b">") != end.prefix.count(b">"):
        raise _fault(f"region {name!r} begins and ends in different block quotes; move it into one of them", end, file)
    attributes = _attributes(end, file)
    body = (opened.span[1], end.span[0])
    text, first_line = _text(lines.data[body[0] : body[1]], opened.prefix)
    return ManagedRegion(
        id=name,
        region=_read(opened, file, vocabulary),
        line=opened.line + 1,
        end_line=end.line + 1,
        text=text,
        text_line=opened.last_line + 2 + first_line,
        records=tuple(part for part in attributes.get("record", "").split(",") if part),
        digest=attributes.get("digest", attributes.get("words", "")),
        span=(opened.comment[0], end.comment[1]),
        body=body,
        end_marker=end.comment,
        prefix=opened.prefix,
    )


def _text(body: bytes, prefix: bytes) -> tuple[str, int]:
    """Return the text between the markers, and how many blank lines stand above it."""
    rows = [strip_prefix(line, prefix) if prefix else line for line in split_lines(body)]
    while rows and not rows[-1].strip():
        rows.pop()
    first = 0
    while first < len(rows) and not rows[first].strip():
        first += 1
    return decode(b"\n".join(rows[first:])), first


def _id(marker: Marker, file: str) -> str:
    words = marker.content.split(None, 1)
    if not words:
        raise _fault(f"the marker 'doctool:{marker.kind}' names no region; add an id, such as 'hem'", marker, file)
    if not ID.fullmatch(words[0]):
        raise _fault(f"{words[0]!r} cannot be an id; use letters, digits, '.', '_' and '-'", marker, file)
    return words[0]


def _attributes(end: Marker, file: str) -> dict[str, str]:
    found = {}
    for word in end.content.split()[1:]:
        attribute = _ATTRIBUTE.fullmatch(word)
        if attribute is None or attribute[1] not in (*_ATTRIBUTES, *_EARLIER_ATTRIBUTES):
            near = nearest(word.partition("=")[0], _ATTRIBUTES)
            remedy = (
                f"did you mean {near!r}?" if near else "this line is doctool's; run `doctool refresh` after removing it"
            )
            raise _fault(f"unknown attribute {word!r} in the end marker; {remedy}", end, file)
        found[attribute[1]] = attribute[2]
    return found


def _read(begin: Marker, file: str, vocabulary: Vocabulary) -> Region:
    head, _, text = begin.content.partition("\n")
    written = _read_head(begin, head, file)
    lead = begin.content.count("\n", 0, len(head))
    yaml = _unprefixed(text, begin.prefix)
    try:
        values = read_values(yaml, (LAYOUT,))
        region = make_region(lay_out(_together(written, values), file, vocabulary), yaml)
    except RegionError as problem:
        place = problem.line + 1 + lead if yaml.strip() else 0
        raise DocumentError(problem.message, file=file, line=begin.line + 1 + place) from None
    try:
        _check_meaning(region, vocabulary)
    except DocumentError as problem:
        raise DocumentError(
            f"region {_id(begin, file)!r}: {problem.message}", file=file, line=begin.line + 1 + _line_of(problem, text)
        ) from None
    return region


def _together(written: Mapping[str, str], values: Mapping[str, object]) -> dict[str, object]:
    """Return what is said behind the id and what is said below it."""
    twice = next((key for key in written if key in values), None)
    if twice is not None:
        raise RegionError(f"{twice!r} is said behind the id and below; keep one of them", 0)
    return {**written, **values}


def _read_head(begin: Marker, head: str, file: str) -> dict[str, str]:
    """Read what follows the id on its line: `layout=comparison workload=decode`."""
    found: dict[str, str] = {}
    for word in head.split()[1:]:
        attribute = _HEAD.fullmatch(word)
        if attribute is None:
            rest = head.split(None, 1)[1].strip()
            raise _fault(f"{rest!r} follows the id; start the YAML on a line of its own", begin, file)
        if attribute[1] not in IN_HEAD:
            raise _fault(
                f"{attribute[1]!r} cannot be said behind the id; {suggest(attribute[1], IN_HEAD)}, and everything else "
                "is YAML on lines of its own",
                begin,
                file,
            )
        if attribute[1] in found:
            raise _fault(f"{attribute[1]!r} is said twice behind the id; keep one of them", begin, file)
        found[attribute[1]] = attribute[2]
    return found


def _unprefixed(text: str, prefix: bytes) -> str:
    """Remove indentation that all lines share, which lists leave in a comment."""
    del prefix
    rows = [row.rstrip() for row in text.split("\n")]
    indents = [len(row) - len(row.lstrip(" ")) for row in rows if row]
    shared = min(indents, default=0)
    return "\n".join(row[shared:] for row in rows)


def _check_meaning(region: Region, vocabulary: Vocabulary) -> None:
    names = (vocabulary.mechanisms, vocabulary.workloads)
    if region.mechanism is not None and region.mechanism not in (*names[0], BASELINE):
        raise DocumentError(_unknown("mechanism", region.mechanism, names[0]))
    if region.workload is not None and region.workload not in (*names[1], TRAINING):
        raise DocumentError(_unknown("workload", region.workload, names[1]))
    for key in region.where:
        if key not in ENVIRONMENT_KEYS:
            raise DocumentError(_unknown("environment key", key, ENVIRONMENT_KEYS))
    if not _ALIGN.fullmatch(region.align):
        raise DocumentError(f"{region.align!r} is not an alignment; use one letter per column: l, r, c or -")
    for address in _addresses_in(region):
        parse_address(address, *names)


def _addresses_in(region: Region) -> Iterator[str]:
    """Yield every address in a begin comment."""
    yield from region.rows.values()
    yield from region.columns.values()
    yield from (slot_of(text)[1] for cells in region.cells.values() for text in cells.values())
    yield from (slot[1] for line in region.lines for slot in SLOT.finditer(line) if slot[1] is not None)


def _unknown(kind: str, name: str, known: tuple[str, ...]) -> str:
    return f"there is no {kind} {name!r}; {suggest(name, known)}"


def _line_of(problem: DocumentError, text: str) -> int:
    """Return the line within the comment that holds what a message quotes first."""
    quoted = re.search(r"'([^']*)'", problem.message)
    for number, row in enumerate(text.split("\n"), start=1):
        if quoted and quoted[1] and quoted[1] in row:
            return number
    return 0


def _fault(message: str, marker: Marker, file: str) -> DocumentError:
    return DocumentError(message, file=file, line=marker.line + 1)
