"""Numbers left open in running text: those that the sentence itself leaves open, and those behind a label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctool.document.placeholders import Token, find_tokens, is_form, read_cell, strip_unit
from doctool.vocabulary import Vocabulary

# A bracket opens a piece of its own where a label stands in it: `12 layers (latency: pending)`.
_PIECE = re.compile(r"(?:[^|;·•,(]|,(?!\s)|\((?![^()]*[:：]))+")
_LABELLED = re.compile(r"(?P<label>[^:：]*)[:：]\s*(?P<value>[^:：\s][^:：]{0,39})")
# Words that may be said of a quantity in a sentence.
_SAYING = frozenset({"value", "available", "running"})


def find_open_numbers(visible: str, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """Return the placeholders in a line of running text, in their order.

    Behind a label that asks for a quantity (`Latency: pending`), what leaves a cell of a table open is one.

    Args:
        visible: The words a reader sees of the line.
        vocabulary: What labels mean, and the project's own placeholders.
    """
    found = list(_behind_labels(visible, vocabulary))
    for token in find_tokens(visible, vocabulary):
        if not any(other.start <= token.start < other.start + len(other.text) for other in found):
            found.append(token)
    return tuple(sorted(found))


def _behind_labels(visible: str, vocabulary: Vocabulary) -> Iterator[Token]:
    if ":" not in visible and "：" not in visible:
        return
    for piece in _PIECE.finditer(visible):
        labelled = _LABELLED.fullmatch(visible, piece.start(), piece.end())
        opened = read_cell(labelled["value"], vocabulary) if labelled else None
        if labelled is None or opened is None:
            continue
        meanings = vocabulary.meanings(strip_unit(labelled["label"])[0])
        asks = any(
            meaning.metric
            or (meaning.key and opened.is_strong)
            or (meaning.arm == "change" and all(map(is_form, opened.tokens)))
            for meaning in meanings
        )
        if asks and opened.tokens[0].casefold() not in _SAYING:
            yield from _place(opened.tokens, visible, labelled.start("value"), labelled.end("value"))


def _place(tokens: tuple[str, ...], visible: str, start: int, end: int) -> Iterator[Token]:
    """Say where the number is that the tokens stand for; words stand for it with all that is beside them."""
    if not all(map(is_form, tokens)):
        value = visible[start:end].strip(" ()").rstrip(".")
        yield Token(start=visible.index(value, start), text=value)
        return
    first, last = visible.index(tokens[0], start), visible.rindex(tokens[-1], start, end)
    if not any(char.isalnum() for char in _without(tokens, visible[first:last])):
        yield Token(start=first, text=visible[first : last + len(tokens[-1])])


def _without(tokens: tuple[str, ...], text: str) -> str:
    for token in tokens:
        text = text.replace(token, "", 1)
    return text
