"""Recognises a number left open, in the words a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from doctool.document.markdown import OBJECT
from doctool.document.written_units import find_unit_of, split_unit, strip_unit, unit_key
from doctool.vocabulary import Vocabulary, normalise
from doctool.vocabulary.placeholders import (
    BRACKET_WORDS,
    POSTPONED,
    STRONG_PHRASES,
    TBD_WORDS,
    WAITING_SIGNS,
    WEAK_PHRASES,
    WEAK_SIGNS,
)
from doctool.vocabulary.terms import ESTIMATE_WORDS

_LONGEST_OPEN = 60
_DIGITS = re.compile(r"\d")
_HIDDEN = re.compile(r"<!--.*?-->|\]\([^()\s]*\)|\[\^[^\]]*\]")
# `p50`, `v2` and `A100` are names; `batch=1` holds a number.
_NUMBER = re.compile(r"(?<![^\W\d_])(?<!\w[.\d])(?<![^\W\d_]\d)\d|(?<!\w)[xX]\d")
_ADORNMENT = r"[\s!.…*†‡¹²³⁰⁴-⁹\u2300-\u23ff\u2600-\u27bf\ufe0f\U0001f300-\U0001faff]"
_ADORNED = re.compile(rf"^{_ADORNMENT}+|{_ADORNMENT}+$")
__all__ = ["find_unit_of", "split_unit", "strip_unit", "unit_key"]

_ESTIMATE_PIECE = re.compile(r"(?:to be|ölçülecek|doğrulanacak)\s+\w+|[^\W\d_]+\.?", re.IGNORECASE)
UNIT_SYMBOL = r"ms|µs|μs|us|ns|s|sec|tokens?/s|tok/s|[KMG]i?B"


class Token(NamedTuple):
    """A placeholder in a line of running text, as a reader sees it, and where it begins."""

    start: int
    text: str


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A number left open.

    Args:
        tokens: The placeholders, as a reader sees them.
        is_strong: Whether it is one wherever it stands.
        unit: Key in `UNITS` of the unit beside it, `%` or `x`; None without one.
        rest: Words beside it that are no unit.
    """

    tokens: tuple[str, ...]
    is_strong: bool
    unit: str | None = None
    rest: str = ""


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    tokens = re.compile(
        r"\[(?P<bracket>[^\[\]\n]{1,60})\]"
        r"|\$?\{\{?\s*(?P<brace>[^{}\n]{1,40}?)\s*\}?\}"
        r"|<(?P<angle>[^<>\n]{1,40})>"
        rf"|(?<![\w.])(?P<tbd>{'|'.join(TBD_WORDS)})(?!\w)"
        r"|(?<![\w.])(?P<times>TBD)(?=x(?!\w))"
        r"|(?:(?<=^%)|(?<=[^\d]%)|(?<=^%\s)|(?<=[^\d]%\s))(?P<after>(?-i:X+(?:[.,]X+)?))(?!\w)"
        r"|(?<![\w.])(?P<ratio>(?-i:X+(?:[.,]X+)?x(?!\w)))"
        r"|(?<![\w.])(?P<mask>(?-i:X{2,}|x{2,})(?:[.,][Xx]+)?|[Xx][.,][Xx]+|(?!0x)\d+[.,]?[Xx]{2,})"
        rf"(?=(?:{UNIT_SYMBOL})?(?!\w))"
        rf"|(?<!\w)(?P<single>(?-i:X))(?=\s?(?:%|kat|{UNIT_SYMBOL})(?!\w)|\s?×(?!\s?[\dX]))"
        r"|(?P<blank>_{2,})|(?P<ask>\?+|#+[.,]#+|#{2,})",
        re.IGNORECASE,
    )
    strong = re.compile(rf"(?:{'|'.join(STRONG_PHRASES)})", re.IGNORECASE)
    weak = re.compile(rf"(?:{'|'.join(WEAK_PHRASES)})", re.IGNORECASE)
    dashes = re.compile(r"(?:[-–—−…]+|\.{2,})")
    return tokens, strong, weak, dashes


@lru_cache(maxsize=1)
def _postponed() -> re.Pattern[str]:
    phrase = rf"(?:{'|'.join((*TBD_WORDS, *STRONG_PHRASES, *WEAK_PHRASES))})"
    return re.compile("|".join(form.replace("{phrase}", phrase) for form in POSTPONED), re.IGNORECASE)


@lru_cache(maxsize=1)
def _bracket_words() -> frozenset[str]:
    return frozenset(normalise(word) for word in BRACKET_WORDS)


@lru_cache(maxsize=1)
def _estimate() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(normalise(word)) for word in ESTIMATE_WORDS)})(?!\w)")


def read_cell(visible: str, vocabulary: Vocabulary) -> Open | None:
    """Return what a table cell leaves open, None if it holds a value or words.

    Args:
        visible: The words a reader sees; links, images and code as `OBJECT`.
        vocabulary: Holds the project's own placeholders.
    """
    text = visible.strip()
    if _is_own(text, vocabulary):
        return Open(tokens=(text,), is_strong=True)
    tokens, strong, weak, _ = _patterns()
    bare = _ADORNED.sub("", text)
    text = bare if tokens.fullmatch(bare) else text
    said = _read_words(text, bare)
    if said is not None:
        return said
    found = [match for match in tokens.finditer(text) if _is_placeholder(match, text, vocabulary)]
    if not found:
        return None
    unit, rest = split_unit(_without(text, found))
    if strong.fullmatch(rest) or weak.fullmatch(rest):
        rest = ""
    is_strong = any(_is_strong(match, vocabulary) for match in found)
    if not is_strong and rest:
        return None
    return Open(tokens=tuple(match[0] for match in found), is_strong=is_strong, unit=unit, rest=rest)


def _read_words(text: str, bare: str) -> Open | None:
    """Return what a cell of nothing but words, signs or dashes and a unit leaves open."""
    _, strong, weak, dashes = _patterns()
    if not bare:
        is_waiting = any(sign in text for sign in WAITING_SIGNS)
        return Open(tokens=(text,), is_strong=False) if is_waiting else None
    unit, rest = split_unit(text)
    for words, beside in ((bare, None), (rest, unit)):
        if strong.fullmatch(words) or weak.fullmatch(words):
            return Open(tokens=(words,), is_strong=bool(strong.fullmatch(words)), unit=beside)
    if unit is not None and dashes.fullmatch(re.sub(r"\s", "", text[: -len(_last_word(text))])):
        return Open(tokens=(text,), is_strong=True, unit=unit)
    return None


def find_signs(text: str) -> Iterator[re.Match[str]]:
    """Yield whatever has the form of a placeholder; the name of the group that matched says of which."""
    yield from _patterns()[0].finditer(text)


def asks_for_itself(match: re.Match[str], text: str, vocabulary: Vocabulary) -> bool:
    """Whether what has the form of a placeholder asks for a value by its own words."""
    return _is_placeholder(match, text, vocabulary) and _is_strong(match, vocabulary)


def has_only_known_words(inner: str) -> bool:
    """Whether each of the words within brackets is one that asks for a value."""
    return all(word in _bracket_words() for word in normalise(inner).split())


def seems_open(visible: str, vocabulary: Vocabulary) -> bool:
    """Whether a cell says, in whatever words, that something is still to come; errs on the side of yes.

    Args:
        visible: The words a reader sees.
        vocabulary: Holds the project's own placeholders.
    """
    if read_cell(visible, vocabulary) is not None or is_postponed(visible):
        return True
    return len(visible) <= _LONGEST_OPEN and bool(_somewhere_open().search(visible))


@lru_cache(maxsize=1)
def _somewhere_open() -> re.Pattern[str]:
    phrases = "|".join((*TBD_WORDS, *STRONG_PHRASES, *WEAK_SIGNS))
    masks = r"(?-i:X{2,})|[xX][.,][xX]+|_{2,}|\?+(?=\s*(?:\(|$|[a-zµμ]))"
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)|(?<!\w)(?:{masks})", re.IGNORECASE)


def holds_number(text: str) -> bool:
    """Whether a text holds a number, rather than a name with a digit in it. Comments in it do not count."""
    return bool(_NUMBER.search(_HIDDEN.sub(" ", text)))


def is_form(text: str) -> bool:
    """Whether a placeholder is a form such as `[X]`, `XX` or `???`, rather than words."""
    return text == "X" or _patterns()[0].fullmatch(text) is not None


def is_estimate(text: str) -> bool:
    """Whether a cell holds a number that its author marked as not measured."""
    return bool(_DIGITS.search(text) and has_estimate_word(text))


def is_postponed(text: str) -> bool:
    """Whether a cell says that its number waits for a certain machine: `to be measured on GPU`."""
    return bool(_postponed().fullmatch(_ADORNED.sub("", text).strip("()[] ")))


def without_estimate_words(text: str) -> str:
    """Return a label without the words that say that its numbers were not measured, and without empty brackets."""
    found = " ".join(_ESTIMATE_PIECE.sub(lambda piece: "" if has_estimate_word(piece[0]) else piece[0], text).split())
    return re.sub(r"\(\s*\)|\[\s*\]", "", found).strip(" ,;:-–—")


def has_estimate_word(text: str) -> bool:
    """Whether a text says that its numbers were not measured."""
    return bool(_estimate().search(normalise(text)))


def _is_own(text: str, vocabulary: Vocabulary) -> bool:
    return any(text.casefold() == own.strip().casefold() for own in vocabulary.placeholders)


def _is_placeholder(match: re.Match[str], text: str, vocabulary: Vocabulary) -> bool:
    kind = match.lastgroup
    inner = match[kind or 0].strip()
    if kind == "bracket":
        return _is_bracketed(match, inner, text)
    if kind == "angle":
        return is_known(inner, vocabulary) and not inner.startswith("/")
    if kind == "brace":
        return bool(re.fullmatch(r"[\w .%\-/]+", inner))
    if kind in {"ask", "blank"}:
        # A question mark or a rule of underscores counts only where nothing but a unit stands beside it.
        return not split_unit(text.replace(match[0], " "))[1]
    return True


def _is_bracketed(match: re.Match[str], inner: str, text: str) -> bool:
    if inner.startswith("^") or text[match.end() : match.end() + 1] in {"(", "[", ":"} or OBJECT in inner:
        return False
    if inner in {"x", ""}:
        # A task box, unless nothing but a unit stands beside it.
        unit, rest = split_unit(text.replace(match[0], " "))
        return not inner and unit is not None and not rest
    return not inner[0].isdigit() and any(char.isalnum() or char in "?_.…" for char in inner)


def _is_strong(match: re.Match[str], vocabulary: Vocabulary) -> bool:
    kind = match.lastgroup
    inner = match[kind or 0].strip()
    if kind in {"tbd", "times", "angle", "single", "after", "ratio"}:
        return True
    return kind == "bracket" and bool(inner) and is_known(inner, vocabulary)


def is_known(inner: str, vocabulary: Vocabulary) -> bool:
    """Whether the words within brackets ask for a value or a fact."""
    words = normalise(inner).split()
    known = _bracket_words()
    if not words:
        return set(inner) <= {"?", "_", ".", "…"}
    return (
        vocabulary.key_of(inner) is not None
        or words[0] in known
        or words[-1] in known
        or bool(_patterns()[0].fullmatch(inner))
        or bool(_patterns()[1].fullmatch(inner))
    )


def _without(text: str, found: list[re.Match[str]]) -> str:
    parts, position = [], 0
    for match in found:
        parts.append(text[position : match.start()])
        position = match.end()
    return " ".join([*parts, text[position:]])


def _last_word(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1] if text else ""
