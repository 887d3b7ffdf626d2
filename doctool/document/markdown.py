"""The Markdown parser: which lines are a table, a paragraph, a code block, a comment.

The only place that uses markdown-it, imported when a document needs it. Texts are never rebuilt from its tokens.
"""

from __future__ import annotations

import enum
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Env = MutableMapping[str, Any]

_NESTING = 100
"""Lists and quotes inside each other; markdown-it's own limit of 20 makes tables vanish at the tenth list."""

OBJECT = "\ufffc"
"""Stands for what is no text: an image, a link, a code span."""


class Shown(enum.Enum):
    """What counts as words of a reader."""

    WORDS = "words"
    """Plain text: no links, code or images."""
    LINKS = "links"
    """The text of links too."""
    EVERYTHING = "everything"
    """Code and the descriptions of images too."""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 90 ms that most runs never need

    return MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable("table").disable("inline")


@lru_cache(maxsize=1)
def _inline_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415

    return MarkdownIt("commonmark", {"maxNesting": _NESTING})


def parse_blocks(source: str) -> tuple[list[Token], Env]:
    """Return the block tokens of a document, and its link definitions.

    Inline tokens have no children yet; `parse_inline` makes them.
    """
    env: Env = {}
    return _parser().parse(source, env), env


def parse_inline(content: str, env: Env) -> Sequence[Token]:
    """Return the inline tokens of one block's content."""
    return _inline_parser().parseInline(content, dict(env))[0].children or []


def visible_lines(content: str, env: Env, shown: Shown = Shown.WORDS) -> list[str]:
    """Return the words a reader sees, one entry for each line of the source.

    Args:
        content: Markdown of one block or one table cell.
        env: Link definitions, without which a link cannot be told from brackets.
        shown: What to give as it reads; the rest becomes `OBJECT`.
    """
    lines = [""]
    depth = 0
    for token in parse_inline(content, env):
        if token.type in {"softbreak", "hardbreak"}:
            lines.append("")
        elif token.type == "link_open":
            depth += 1
            lines[-1] += OBJECT if shown is Shown.WORDS else ""
        elif token.type == "link_close":
            depth -= 1
        elif not depth or shown is not Shown.WORDS:
            lines[-1] += _visible(token, shown)
    return lines


def _visible(token: Token, shown: Shown) -> str:
    if token.type == "text":
        return token.content
    if token.type == "html_inline":
        lowered = token.content.lower()
        if lowered.startswith("<!--"):
            return ""
        return " " if lowered.startswith("<br") else token.content
    if token.type in {"code_inline", "image"}:
        return token.content if shown is Shown.EVERYTHING else OBJECT
    return ""
