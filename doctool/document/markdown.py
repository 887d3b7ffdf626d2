"""The Markdown parser: which lines are a table, a paragraph, a code block, a comment.

The only place that uses markdown-it, imported when a document needs it. Texts are never rebuilt from its tokens.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, MutableMapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Env = MutableMapping[str, Any]

_NESTING = 100
"""Lists and quotes inside each other; markdown-it's own limit of 20 makes tables vanish at the tenth list."""

_SIGN = re.compile(r"[\[\]*_`<>&\\!\0\r]")
"""Without one of these, Markdown shows a text as it is."""

_LINE = "\u205f"
"""Marks where a line begins; to Markdown it is white space that it keeps."""

OBJECT = "\ufffc"
"""Stands for what is no text: an image, a link, a code span."""


class Blocks(NamedTuple):
    """The blocks of a document, as the parser gives them, and its link definitions."""

    tokens: Sequence[Token]
    env: Env


class Shown(enum.Enum):
    """What counts as words of a reader."""

    WORDS = "words"
    """Plain text: no links, code or images; tags stand as they are, as `<value>` is one."""
    LINKS = "links"
    """The text of links too; tags are gone."""
    EVERYTHING = "everything"
    """Code and the descriptions of images too."""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return _new_parser().enable("table").disable("inline")


@lru_cache(maxsize=1)
def _inline_parser() -> MarkdownIt:
    return _new_parser()


def _new_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 90 ms that most runs never need

    return MarkdownIt("commonmark", {"maxNesting": _NESTING})


def parse_blocks(source: str) -> Blocks:
    """Return the block tokens of a document, and its link definitions.

    Inline tokens have no children yet; `parse_inline` makes them.
    """
    env: Env = {}
    return Blocks(_parser().parse(source, env), env)


def parse_inline(content: str, env: Env) -> Sequence[Token]:
    """Return the inline tokens of one block's content."""
    return _inline_parser().parseInline(content, dict(env))[0].children or []


def visible_lines(
    content: str, env: Env, shown: Shown = Shown.WORDS, reads_code: Callable[[str], bool] | None = None
) -> list[str]:
    """Return the words a reader sees, one entry for each line of the source.

    Args:
        content: Markdown of one block or one table cell.
        env: Link definitions, without which a link cannot be told from brackets.
        shown: What to give as it reads; the rest becomes `OBJECT`.
        reads_code: Which code spans to give as they read, where the others become `OBJECT`.
    """
    if not _SIGN.search(content):
        return [line.strip(" \t") for line in content.split("\n")]
    lines = _read_lines(parse_inline(content, env), shown, reads_code)
    if len(lines) <= content.count("\n"):
        # A code span or a tag goes over the end of a line, which the parser does not tell.
        lines = _read_lines(parse_inline(content.replace("\n", f"\n{_LINE}"), env), shown, reads_code)
    return lines


def _read_lines(tokens: Sequence[Token], shown: Shown, reads_code: Callable[[str], bool] | None) -> list[str]:
    lines: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            lines.append([])
        elif token.type == "link_open":
            depth += 1
            lines[-1].append(OBJECT if shown is Shown.WORDS else "")
        elif token.type == "link_close":
            depth -= 1
        elif not depth or shown is not Shown.WORDS:
            is_read = token.type == "code_inline" and reads_code is not None and reads_code(token.content)
            lines[-1].append(token.content if is_read else _visible(token, shown))
        if token.type not in {"text", "link_open", "link_close"}:
            lines.extend([] for _ in range(token.content.count(_LINE)))
    return ["".join(parts).replace(_LINE, "") for parts in lines]


def _visible(token: Token, shown: Shown) -> str:
    if token.type == "text":
        return token.content
    if token.type == "html_inline":
        lowered = token.content.lower()
        if lowered.startswith("<!--"):
            return ""
        if lowered.startswith("<br"):
            return " "
        return "" if shown is Shown.LINKS else token.content
    if token.type in {"code_inline", "image"}:
        return token.content if shown is Shown.EVERYTHING else OBJECT
    return ""
