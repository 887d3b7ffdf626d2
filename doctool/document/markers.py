"""Finds doctool's comments: exactly those that a Markdown parser takes for comments.

Markers shown inside code are text. A quick way covers plain documents; whatever it is not sure of goes through the
Markdown parser, and a test holds the two to the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from doctool.document import markdown
from doctool.document.lines import BOM, Lines, continuation, decode
from doctool.errors import DocumentError
from doctool.terms.nearest import suggest

NAME = b"doctool:"
BEGIN, END, ALLOW = "begin", "end", "allow"
_KINDS = (BEGIN, END, ALLOW)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_MARKER = re.compile(r"\s*doctool:(\S*)(.*)", re.DOTALL)
_RAW_TAG = re.compile(r"<(?:pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE)

# These three run over the bytes with a line feed put in front, so that a line's start is a literal to search for.
_QUICK = re.compile(rb"\n<!--[ \t]*doctool:(begin|end|allow)(?=\s)((?:(?!-->)[^\0])*?)-->[ \t]*(?=\r?\n|\Z)")
_FENCE = re.compile(rb"\n(```+|~~~+)([^\r\n]*)")
# What may open, inside a list or a quote or indented, something that spans lines; or any HTML that is not a link.
_UNSURE = re.compile(
    rb"\n(?:(?:[ \t]*(?:[>*+-]|\d{1,9}[.)])[ \t>*+\-0-9.)]*|[ \t]+)(?:```|~~~|<)|<(?!https?:|!--[ \t]*doctool:))"
)


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """One comment of doctool's. Lines count from 0.

    Args:
        kind: `begin`, `end` or `allow`.
        content: What follows the kind, container prefixes removed.
        line: Where the comment starts.
        last_line: Where it ends.
        comment: Offsets of the comment itself.
        span: Offsets of its lines, the last line ending included.
        prefix: Container prefix of the lines after the first.
    """

    kind: str
    content: str
    line: int
    last_line: int
    comment: tuple[int, int]
    span: tuple[int, int]
    prefix: bytes = b""


def find_markers(lines: Lines, file: str) -> tuple[Marker, ...]:
    """Return all markers in their order.

    Raises:
        DocumentError: If a marker is not closed, of no known kind, or shares its line with something else.
    """
    if NAME not in lines.data:
        return ()
    quick = _find_quickly(lines)
    return quick if quick is not None else tuple(_find_thoroughly(lines, file))


def _find_quickly(lines: Lines) -> tuple[Marker, ...] | None:
    """Return the markers of a document in which there can be no doubt about them, else None."""
    if lines.data.startswith(BOM) or (b"\r" in lines.data and lines.data.count(b"\r") != lines.data.count(b"\r\n")):
        return None
    data = b"\n" + lines.data
    found = list(_QUICK.finditer(data))
    if not found or any(NAME in match[2] for match in found):
        return None
    outside = _outside(data, [match.span() for match in found])
    if any(_UNSURE.search(part) for part in outside):
        return None
    fenced = _fenced_spans(data, [match.span() for match in found]) if b"```" in data or b"~~~" in data else []
    # A marker that is itself in a fence is counted twice on the right, so it leads to the thorough way too.
    if data.count(NAME) != len(found) + sum(data[start:end].count(NAME) for start, end in fenced):
        return None
    return tuple(_quick_marker(match, data) for match in found)


def _quick_marker(match: re.Match[bytes], data: bytes) -> Marker:
    start = match.start()
    line = data.count(b"\n", 0, start)
    after = data.find(b"\n", match.end())
    return Marker(
        kind=match[1].decode(),
        content=decode(match[2]).replace("\r\n", "\n"),
        line=line,
        last_line=line + match[2].count(b"\n"),
        comment=(start, match.end(2) + 2),
        span=(start, after if after >= 0 else len(data) - 1),
    )


def _outside(data: bytes, spans: list[tuple[int, int]]) -> list[bytes]:
    parts, position = [], 0
    for start, end in spans:
        parts.append(data[position:start])
        position = end
    parts.append(data[position:])
    return parts


def _fenced_spans(data: bytes, comments: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the offsets of the code blocks that start at the left margin."""
    spans: list[tuple[int, int]] = []
    opened: tuple[int, bytes] | None = None
    for match in _FENCE.finditer(data):
        run, info = match[1], match[2].strip(b" \t")
        if opened is None:
            if any(start <= match.start() < end for start, end in comments):
                continue
            if run[:1] == b"~" or b"`" not in info:
                opened = (match.start(), run)
        elif run[:1] == opened[1][:1] and len(run) >= len(opened[1]) and not info:
            spans.append((opened[0], match.end()))
            opened = None
    if opened is not None:
        spans.append((opened[0], len(data)))
    return spans


def _find_thoroughly(lines: Lines, file: str) -> Iterator[Marker]:
    tokens, env = markdown.parse_blocks(lines.source())
    row = 0
    for token in tokens:
        if token.type == "tr_open" and token.map:
            row = token.map[0]
        if "doctool:" not in token.content:
            continue
        if token.type == "html_block" and token.map and not _RAW_TAG.match(token.content.lstrip()):
            yield from _in_html(token.content, token.map[0], lines, file)
        elif token.type == "inline":
            # The cells of a table know no line; their row does.
            yield from _in_text(token.content, token.map[0] if token.map else row, lines, env, file)


def _in_html(content: str, first_line: int, lines: Lines, file: str) -> Iterator[Marker]:
    position = 0
    while (start := content.find("<!--", position)) >= 0:
        comment = _COMMENT.match(content, start)
        line = first_line + content.count("\n", 0, start)
        if comment is None:
            unclosed = _MARKER.match(content, start + 4)
            if unclosed:
                raise DocumentError(
                    f"the comment 'doctool:{unclosed[1]}' is never closed; end it with '-->'", file=file, line=line + 1
                )
            return
        position = comment.end()
        marker = _MARKER.match(comment[1])
        if marker is None:
            continue
        _check_kind(marker[1], file, line)
        before = content[content.rfind("\n", 0, start) + 1 : start]
        after = content[position:].partition("\n")[0]
        if marker[1] != ALLOW and (before.strip() or after.strip()):
            raise _not_alone(marker[1], file, line)
        yield _located(marker[1], marker[2], line, line + comment[0].count("\n"), lines)


def _in_text(content: str, first_line: int, lines: Lines, env: markdown.Env, file: str) -> Iterator[Marker]:
    line = first_line
    for token in markdown.parse_inline(content, env):
        if token.type in {"softbreak", "hardbreak"}:
            line += 1
        elif token.type == "html_inline" and (comment := _COMMENT.fullmatch(token.content)):
            marker = _MARKER.match(comment[1])
            if marker:
                _check_kind(marker[1], file, line)
                if marker[1] != ALLOW:
                    raise _not_alone(marker[1], file, line)
                yield _located(ALLOW, marker[2], line, line, lines)
            line += token.content.count("\n")
        elif token.type in {"html_inline", "code_inline"}:
            line += token.content.count("\n")


def _located(kind: str, content: str, line: int, last_line: int, lines: Lines) -> Marker:
    span = (lines.start(line), lines.start(last_line + 1))
    comment, prefix = (span[0], span[0]), b""
    if kind != ALLOW:
        # Only regions need to know where exactly the comment is, and theirs are alone on their lines.
        comment = (lines.data.index(b"<!--", *span), lines.data.rindex(b"-->", *span) + 3)
        prefix = continuation(lines.data[span[0] : comment[0]])
    return Marker(kind=kind, content=content, line=line, last_line=last_line, comment=comment, span=span, prefix=prefix)


def _check_kind(kind: str, file: str, line: int) -> None:
    if kind not in _KINDS:
        remedy = suggest(f"doctool:{kind}", [f"doctool:{known}" for known in _KINDS])
        raise DocumentError(f"there is no marker 'doctool:{kind}'; {remedy}", file=file, line=line + 1)


def _not_alone(kind: str, file: str, line: int) -> DocumentError:
    return DocumentError(
        f"the marker 'doctool:{kind}' shares its line with something else; put it on a line of its own",
        file=file,
        line=line + 1,
    )
