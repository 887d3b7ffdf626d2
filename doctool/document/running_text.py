"""Numbers left open in running text: those that the sentence itself leaves open, and those behind a label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from doctool.document.markdown import OBJECT
from doctool.document.placeholders import (
    UNIT_SYMBOL,
    Open,
    Token,
    asks_for_itself,
    find_signs,
    has_only_known_words,
    is_form,
    is_known,
    read_cell,
    strip_unit,
)
from doctool.terms.units import SPELLINGS
from doctool.vocabulary import Vocabulary, normalise
from doctool.vocabulary.placeholders import UNIT_WORDS

# A bracket opens a piece of its own where a label stands in it: `12 layers (latency: pending)`.
_PIECE = re.compile(r"(?:[^|;·•,(]|,(?!\s)|\((?![^()]*[:：]))+")
_LABELLED = re.compile(r"(?P<label>[^:：]*)[:：]\s*(?P<value>[^:：\s][^:：]{0,39})")
_LONGEST_PIECE = 240
_LONGEST_BEFORE = 160
_LABEL_BEFORE = re.compile(r"(?:^|[|;·•,(])\s*(?P<words>[^|;·•,:：=]{1,120})[:：=]\s*[*_~≈(]*\Z")
_LONGEST_NAME = 4
FACTS = frozenset({"version", "surum", "surumu"})
"""Words within brackets that ask for a fact behind the name of what has it: `PyTorch [VERSION]`."""
_OF_VALUES = re.compile(r"valu|number|result|measure|deger|sonuc|olc|wert|valeur|valor|значение|数值|値|값")
"""Words within brackets that ask for a number behind whatever name."""
_OF_MACHINES = re.compile(
    r"\b(?:hardware|machine|system|set ?up|environment|platform|test ?bed|donanim|makine|sistem|ortam)\w*$"
)
"""Labels behind which a fact's own name in brackets stands for it: `Hardware: [GPU]`."""
_SEPARATES = re.compile(r"[|;·•,.(]|\s[–—-]\s")
_NEXT = 16
"""How far behind a placeholder another one may stand to share its label."""
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
    found += _beside(found, _find_tokens(visible, vocabulary))
    if found:
        found += _beside(found, _facts_in_brackets(visible, vocabulary))
    return tuple(sorted(found))


def _beside(found: list[Token], others: Iterable[Token]) -> list[Token]:
    """Return the tokens that do not overlap what was found already."""
    taken = {place for token in found for place in range(token.start, token.start + len(token.text))}
    return [token for token in others if token.start not in taken]


def _facts_in_brackets(visible: str, vocabulary: Vocabulary) -> Iterator[Token]:
    """Yield the names of facts in brackets, in capitals; beside another placeholder they are ones themselves."""
    for match in find_signs(visible):
        if match.lastgroup == "bracket" and match["bracket"].isupper() and vocabulary.key_of(match["bracket"]):
            yield Token(start=match.start(), text=match[0])


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


def _find_tokens(visible: str, vocabulary: Vocabulary) -> Iterator[Token]:
    """Yield the placeholders in a line of running text that say by themselves that a number is missing there.

    Words in brackets, and words such as TBD, do so with a unit behind them or the name of a quantity before them.
    """
    named = _Named(visible, vocabulary)
    for match in find_signs(visible):
        kind = match.lastgroup or ""
        has_unit = _unit_behind().match(visible, match.end()) is not None
        is_named = False
        if kind in {"ask", "blank"}:
            # Signs of numbers alone may be those of a heading.
            is_open = has_unit and match[0].strip("#") != "" and _may_begin(visible, match.start())
        elif kind == "mask":
            # By itself a mask may be a numeral, a size or a range of versions.
            is_open = has_unit
        elif kind in {"bracket", "angle", "tbd"}:
            is_word = _is_word_open(match, visible, vocabulary)
            is_named = is_word and named.is_named(match)
            is_open = is_word and (has_unit or is_named or _is_shouted(match[kind], vocabulary))
        elif kind == "brace":
            # In braces only a fact's own name, and only behind the label of one: `CPU: {cpu}`.
            is_named = vocabulary.key_of(match[kind]) is not None and named.is_named(match)
            is_open = is_named
        else:
            is_open = True
        if is_open:
            named.take(match.end(), is_named=is_named or has_unit)
            yield Token(start=match.start(), text=match[0])
    for own in vocabulary.placeholders:
        if len(own) > 2 and own in visible:
            yield Token(start=visible.index(own), text=own)


def _may_begin(visible: str, place: int) -> bool:
    """Whether a question mark may stand for a number; behind a word it ends a question."""
    return place == 0 or visible[place - 1].isspace() or visible[place - 1] in "~≈("


class _Named:
    """Tells whether a place in a line stands behind the name of a quantity or a fact."""

    def __init__(self, visible: str, vocabulary: Vocabulary) -> None:
        self._visible = visible
        self._vocabulary = vocabulary
        self._last = (0, False)

    def take(self, end: int, *, is_named: bool) -> None:
        """Note where a placeholder ended: what is before it does not name another one, but a label names both."""
        self._last = (end, is_named)

    def is_named(self, match: re.Match[str]) -> bool:
        place, (last, was_named) = match.start(), self._last
        before = self._visible[max(last, place - _LONGEST_BEFORE) : place]
        if was_named and last and not _SEPARATES.search(before) and len(before) <= _NEXT:
            return True
        label = _LABEL_BEFORE.search(before)
        if label and (
            _names(label["words"], self._vocabulary)
            or (match.lastgroup != "tbd" and _OF_VALUES.search(normalise(match[match.lastgroup or 0])))
            or (_OF_MACHINES.search(normalise(label["words"])) and self._vocabulary.key_of(match[match.lastgroup or 0]))
        ):
            return True
        # `PyTorch [VERSION]`: the words right before it are a name by themselves.
        words = before.rstrip(" *~≈(").split()[-_LONGEST_NAME:]
        if before.rstrip().endswith((",", "]")):
            return False
        return any(_names(" ".join(words[first:]), self._vocabulary, is_whole=True) for first in range(len(words)))


def _names(label: str, vocabulary: Vocabulary, *, is_whole: bool = False) -> bool:
    """Whether a label names what can be filled in, wholly or among other words."""
    words = strip_unit(label.strip(" *_~("))[0]
    if any(meaning.metric or meaning.key or meaning.arm == "change" for meaning in vocabulary.meanings(words)):
        return True
    return not is_whole and any(vocabulary.named_in(words, kind) for kind in ("metric", "key"))


def _is_word_open(match: re.Match[str], visible: str, vocabulary: Vocabulary) -> bool:
    """Whether words in brackets ask for something; glued to a word, a link or code they belong to that."""
    if match.lastgroup == "tbd":
        return True
    start, end = match.span()
    before, behind = visible[max(start - 1, 0) : start], visible[end : end + 1]
    is_glued = before.isalnum() or before in {"_", ")", "]", OBJECT} or behind.isalnum() or behind in {"_", "[", "("}
    is_box = match.start() == 0 and match[0].lower() in {"[x]", "[ ]"} and behind.isspace()
    has_unit = _unit_behind().match(visible, end) is not None
    if match[match.lastgroup or 0].strip() in {"x", ""}:
        return has_unit
    return (
        "," not in match[match.lastgroup or 0]
        and (not is_glued or (has_unit and behind.isalnum() and not before.isalnum()))
        and (not is_box or has_unit)
        and (asks_for_itself(match, visible, vocabulary) or normalise(match[match.lastgroup or 0]) in FACTS)
    )


def _is_shouted(inner: str, vocabulary: Vocabulary) -> bool:
    """Whether several words, all in capitals and all known, stand in brackets: `[GPU MODEL]`."""
    return (
        inner.isupper()
        and " " in inner.strip()
        and all(char.isalpha() or char == " " for char in inner)
        and (vocabulary.key_of(inner) is not None or has_only_known_words(inner))
    )


@lru_cache(maxsize=1)
def _unit_behind() -> re.Pattern[str]:
    longer = "|".join(sorted((*UNIT_WORDS, *SPELLINGS), key=len, reverse=True))
    return re.compile(rf"\s?(?:(?:%|kat|{longer}|{UNIT_SYMBOL})(?!\w)|×(?!\s?[\dX]))", re.IGNORECASE)
