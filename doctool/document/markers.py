"""Finds doctool's comments: exactly those that a Markdown parser takes for comments.

Markers shown inside code are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from doctool.document import markdown
from doctool.document.lines import Lines, continuation
from doctool.errors import DocumentError
from doctool.terms.nearest import suggest

NAME = b"doctool:"
BEGIN, END, ALLOW = "begin", "end", "allow"
_KINDS = (BEGIN, END, ALLOW)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_MARKER = re.compile(r"\s*doctool:(\S*)(.*)", re.DOTALL)
_RAW_TAG = re.compile(r"<(?:pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE)


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


def find_markers(lines: Lines, blocks: markdown.Blocks, file: str) -> Iterator[Marker]:
    """Yield all markers in their order.

    Raises:
        DocumentError: If a marker is not closed, of no known kind, or shares its line with something else.
    """
    row = 0
    for token in blocks.tokens:
        if token.type == "tr_open" and token.map:
            row = token.map[0]
        if "doctool:" not in token.content:
            continue
        if token.type == "html_block" and token.map and not _RAW_TAG.match(token.content.lstrip()):
            yield from _in_html(token.content, token.map[0], lines, file)
        elif token.type == "inline":
            # The cells of a table know no line; their row does.
            yield from _in_text(token.content, token.map[0] if token.map else row, lines, blocks.env, file)


def _in_html(content: str, first_line: int, lines: Lines, file: str) -> Iterator[Marker]:
    position, line = 0, first_line
    while (start := content.find("<!--", position)) >= 0:
        comment = _COMMENT.match(content, start)
        line += content.count("\n", position, start)
        if comment is None:
            unclosed = _MARKER.match(content, start + 4)
            if unclosed:
                raise DocumentError(
                    f"the comment 'doctool:{unclosed[1]}' is never closed; end it with '-->'", file=file, line=line + 1
                )
            return
        position, first, line = comment.end(), line, line + comment[0].count("\n")
        marker = _MARKER.match(comment[1])
        if marker is None:
            continue
        _check_kind(marker[1], file, first)
        before = content[content.rfind("\n", 0, start) + 1 : start]
        after = content[position : content.find("\n", position) % (len(content) + 1)]
        if marker[1] != ALLOW and (before.strip() or after.strip()):
            raise _not_alone(marker[1], file, first)
        yield _located(marker[1], marker[2], first, line, lines)


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
