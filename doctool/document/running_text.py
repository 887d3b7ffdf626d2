"""Numbers left open in running text: those that the sentence itself leaves open, and those behind a label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctool.document.placeholders import Open, Token, find_tokens, is_form, is_known, read_cell, strip_unit
from doctool.vocabulary import Vocabulary

# A bracket opens a piece of its own where a label stands in it: `12 layers (latency: pending)`.
_PIECE = re.compile(r"(?:[^|;·•,(]|,(?!\s)|\((?![^()]*[:：]))+")
_LABELLED = re.compile(r"(?P<label>[^:：]*)[:：]\s*(?P<value>[^:：\s][^:：]{0,39})")
_LONGEST_PIECE = 240
# Words that may be said of a quantity in a sentence.
_SAYING = frozenset({"value", "available", "running"})


def find_open_numbers(visible: str, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """Return the placeholders in a line of running text, in their order.

    Behind a label that asks for a quantity (`Latency: pending`), what leaves a cell of a table open is one.

    Args:
        visible: The words a reader sees of the line.
        vocabulary: What labels mean, and the project's own placeholders.
    """
    labelled = list(_behind_labels(visible, vocabulary))
    taken = {place for token in labelled for place in range(token.start, token.start + len(token.text))}
    return tuple(
        sorted([*labelled, *(token for token in find_tokens(visible, vocabulary) if token.start not in taken)])
    )


def _behind_labels(visible: str, vocabulary: Vocabulary) -> Iterator[Token]:
    if ":" not in visible and "：" not in visible:
        return
    for piece in _PIECE.finditer(visible):
        if piece.end() - piece.start() > _LONGEST_PIECE:
            continue
        labelled = _LABELLED.fullmatch(visible, piece.start(), piece.end())
        opened = read_cell(labelled["value"], vocabulary) if labelled else None
        if labelled is None or opened is None or not _asks_in_brackets(opened, vocabulary):
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


def _asks_in_brackets(opened: Open, vocabulary: Vocabulary) -> bool:
    """Whether words in brackets ask for a number; others may be the name of an option or of a type."""
    bracketed = [token for token in opened.tokens if token.startswith("[")]
    return opened.unit is not None or all(is_known(token.strip("[] "), vocabulary) for token in bracketed)


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
