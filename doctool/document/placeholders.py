"""Recognises a number left open, in the words a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from doctool.document.markdown import OBJECT
from doctool.terms.units import UNITS, find_unit
from doctool.vocabulary import Vocabulary, normalise
from doctool.vocabulary.placeholders import (
    BRACKET_WORDS,
    POSTPONED,
    STRONG_PHRASES,
    TBD_WORDS,
    UNIT_WORDS,
    WAITING_SIGNS,
    WEAK_PHRASES,
)
from doctool.vocabulary.terms import ESTIMATE_WORDS

_PERCENT = "%"
_RATIO = "x"
_RATIOS = frozenset({_RATIO, "×", "kat"})
_SYMBOLS = re.compile(r"[\s~≈±<>≤≥()+\-–—−*:;.,=|^]+")
_UNIT_LIKE = re.compile(r"[^\W\d_]+(?:\s?/\s?[^\W\d_]+)?²?|%|×")
_LISTED_UNIT = re.compile(r"(.*\w.*?)(?:\s*,\s*|\s+/\s+|\s+in\s+)([^\s(),]+(?:\s?/\s?[^\s(),]+)?)")
_DIGITS = re.compile(r"\d")
_ADORNMENT = r"[\s!.…*†‡¹²³⁰⁴-⁹\u2300-\u23ff\u2600-\u27bf\ufe0f\U0001f300-\U0001faff]"
_ADORNED = re.compile(rf"^{_ADORNMENT}+|{_ADORNMENT}+$")
_LONGEST_LABEL = 160
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


def find_unit_of(word: str) -> str | None:
    """Return the key in `UNITS` of an author's spelling, `%` for percent, `x` for a ratio, or None."""
    word = "/".join(part.strip() for part in word.strip().split("/"))
    if word == _PERCENT:
        return _PERCENT
    if word in _RATIOS:
        return _RATIO
    if word == "1":
        return None
    return find_unit(word) or UNIT_WORDS.get(word.lower()) or UNIT_WORDS.get(word)


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
    unit, rest = _split_unit(_without(text, found))
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
    unit, rest = _split_unit(text)
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


def is_form(text: str) -> bool:
    """Whether a placeholder is a form such as `[X]`, `XX` or `???`, rather than words."""
    return text == "X" or _patterns()[0].fullmatch(text) is not None


def strip_unit(label: str) -> tuple[str, str | None]:
    """Split the unit off a label such as `Latency (ms)`, `Latency [ms]`, `Latency, ms`, `Latency / ms`."""
    if len(label) > _LONGEST_LABEL:
        return label, None
    listed = _LISTED_UNIT.fullmatch(label.rstrip(" :")) if any(sign in label for sign in (",", "/", " in ")) else None
    if listed and find_unit_of(listed[2]):
        return listed[1], find_unit_of(listed[2])
    head, bracket, tail = label.rstrip(" :").rpartition("(")
    if not bracket:
        head, bracket, tail = label.rstrip(" :").rpartition("[")
    unit = find_unit_of(tail.rstrip(")] ")) if bracket else None
    return (head, unit) if bracket and unit else (label, None)


def is_estimate(text: str) -> bool:
    """Whether a cell holds a number that its author marked as not measured."""
    return bool(_DIGITS.search(text) and has_estimate_word(text))


def is_postponed(text: str) -> bool:
    """Whether a cell says that its number waits for a certain machine: `to be measured on GPU`."""
    return bool(_postponed().fullmatch(_ADORNED.sub("", text).strip("()[] ")))


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
        return not _split_unit(text.replace(match[0], " "))[1]
    return True


def _is_bracketed(match: re.Match[str], inner: str, text: str) -> bool:
    if inner.startswith("^") or text[match.end() : match.end() + 1] in {"(", "[", ":"} or OBJECT in inner:
        return False
    if inner in {"x", ""}:
        # A task box, unless nothing but a unit stands beside it.
        unit, rest = _split_unit(text.replace(match[0], " "))
        return not inner and unit is not None and not rest
    return not inner[0].isdigit() and any(char.isalnum() or char in "?_.…" for char in inner)


def _is_strong(match: re.Match[str], vocabulary: Vocabulary) -> bool:
    kind = match.lastgroup
    inner = match[kind or 0].strip()
    if kind in {"tbd", "angle", "single", "after", "ratio"}:
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


def _split_unit(text: str) -> tuple[str | None, str]:
    """Return the unit in a text, and the words that are neither unit nor punctuation."""
    units: list[str] = []
    rest: list[str] = []
    position = 0
    for match in _UNIT_LIKE.finditer(text):
        between = _SYMBOLS.sub(" ", text[position : match.start()]).strip()
        unit = find_unit_of(match[0])
        if between:
            rest.append(between)
        if unit:
            units.append(unit)
        else:
            rest.append(match[0])
        position = match.end()
    between = _SYMBOLS.sub(" ", text[position:]).strip()
    if between:
        rest.append(between)
    if len(set(units)) > 1:
        rest.extend(units)
    return (units[0] if len(set(units)) == 1 else None), " ".join(rest)


def unit_key(unit: str | None) -> str | None:
    """Return the unit if records can be shown in it, None for percent and ratios."""
    return unit if unit in UNITS else None
