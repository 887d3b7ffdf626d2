"""Tells a person's edit from a formatter's reflow.

A formatter pads tables, wraps lines, adds escapes and blank lines; the cells and words a reader sees stay the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from doctool.document import markdown
from doctool.document.lines import encode
from doctool.document.region import ManagedRegion

if TYPE_CHECKING:
    from markdown_it.token import Token

_LENGTH = 16
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def digest_of(text: str) -> str:
    """Return the digest of a text's cells and words."""
    return hashlib.sha256(encode("\x1e".join(_words(text)))).hexdigest()[:_LENGTH]


def is_edited(managed: ManagedRegion) -> bool:
    """Whether the region's text is not what was written into it, nor a mere reflow of that.

    What was never written by doctool counts as edited as soon as there is any text.
    """
    if not managed.is_rendered:
        return bool(managed.text)
    return digest_of(managed.text) != managed.digest


def says_the_same(a: str, b: str) -> bool:
    """Whether two texts have the same cells and words, however they are laid out, and break where they must."""
    return a == b or _words(a, sees_breaks=True) == _words(b, sees_breaks=True)


@lru_cache(maxsize=16)
def _words(text: str, *, sees_breaks: bool = False) -> tuple[str, ...]:
    """Return each block, row and cell with its words; layout does not show.

    Args:
        text: Markdown.
        sees_breaks: Whether lines that must end where they end show. In a digest they do not: a break lost is no edit.
    """
    return tuple(_find_words(text, sees_breaks=sees_breaks))


def _find_words(text: str, *, sees_breaks: bool) -> Iterator[str]:
    tokens, env = markdown.parse_blocks(text)
    for token in tokens:
        if token.type == "inline":
            seen = " ".join(markdown.visible_lines(token.content, env, markdown.Shown.EVERYTHING))
            children = markdown.parse_inline(token.content, env)
            targets = [
                str(child.attrs.get("href") or child.attrs.get("src"))
                for child in children
                if child.type in {"link_open", "image"}
            ]
            yield " ".join([*seen.split(), *targets])
            if sees_breaks:
                yield f"breaks {sum(map(_is_break, children))}"
        elif token.type in {"th_open", "td_open"}:
            yield f"{token.type} {token.attrs.get('style', '')}"
        elif token.type in {"html_block", "fence", "code_block"}:
            yield f"{token.type} {token.info.strip()} {' '.join(token.content.split())}"
        elif token.type.endswith("_open") and token.type != "paragraph_open":
            yield f"{token.type} {token.tag}"


def _is_break(token: Token) -> bool:
    return token.type == "hardbreak" or (token.type == "html_inline" and _BREAK.fullmatch(token.content) is not None)
