"""Units as authors write them: beside a number, in a label, in a column of their own."""

from __future__ import annotations

import re
from functools import lru_cache

from doctool.terms.units import UNITS, find_unit
from doctool.vocabulary.placeholders import UNIT_WORDS

PERCENT, RATIO = "%", "x"
_RATIOS = frozenset({RATIO, "×", "kat"})
_SYMBOLS = re.compile(r"[\s~≈±<>≤≥()+\-–—−*:;.,=|^]+")
_UNIT_LIKE = re.compile(r"[^\W\d_]+(?:\s?/\s?[^\W\d_]+)?²?|%|×")
_LISTED_UNIT = re.compile(r"(.*\w.*?)(?:\s*,\s*|\s+/\s+|\s+in\s+)([^\s(),]+(?:\s?/\s?[^\s(),]+)?)")
_BRACKET = re.compile(r"\s*\(([^()]*)(?:\)|$)|\s*\[([^\[\]]*)(?:\]|$)")
_PLURAL = re.compile(r"(?<=\w)\((?:s|es)\)")
_BETWEEN = re.compile(r"[,;|·]|\s+[/–—-]\s+|\s+(?=[↓↑])|(?<=[↓↑])")
_LONGEST_LABEL = 160
_REMEMBERED = 8192
_NO_BARE_UNIT = frozenset({"s", "B", "M", "1", "steps", "nats", RATIO})


@lru_cache(maxsize=_REMEMBERED)
def find_unit_of(word: str) -> str | None:
    """Return the key in `UNITS` of an author's spelling, `%` for percent, `x` for a ratio, or None."""
    word = "/".join(part.strip() for part in word.strip().split("/"))
    if word == PERCENT:
        return PERCENT
    if word in _RATIOS:
        return RATIO
    if word == "1":
        return None
    return find_unit(word) or UNIT_WORDS.get(word.lower()) or UNIT_WORDS.get(word)


@lru_cache(maxsize=_REMEMBERED)
def strip_unit(label: str) -> tuple[str, str | None]:
    """Split the unit off a label such as `Latency (ms)`, `Latency [ms, p50]`, `Latency, ms`, `Latency / ms`.

    Returns:
        The words without it, and the unit as `find_unit_of` gives it; the label as it is and None if it has none, or
        more than one.
    """
    if len(label) > _LONGEST_LABEL:
        return label, None
    label = _PLURAL.sub("", label).rstrip(" :")
    units: list[str] = []

    def without_unit(bracket: re.Match[str]) -> str:
        kept = []
        for piece in _BETWEEN.split(bracket[1] if bracket[1] is not None else bracket[2]):
            unit = find_unit_of(piece)
            if unit:
                units.append(unit)
            else:
                kept.append(piece.strip())
        return " (" + ", ".join(filter(None, kept)) + ")" if any(kept) else ""

    words = _BRACKET.sub(without_unit, label)
    if units:
        return (words, units[0]) if len(set(units)) == 1 and words.strip() else (label, None)
    listed = _LISTED_UNIT.fullmatch(label) if any(sign in label for sign in (",", "/", " in ")) else None
    if listed and find_unit_of(listed[2]):
        return listed[1], find_unit_of(listed[2])
    head, _, tail = label.rstrip(" ↓↑").rpartition(" ")
    unit = find_unit_of(tail)
    return (head, unit) if head and unit and unit not in _NO_BARE_UNIT else (label, None)


def split_unit(text: str) -> tuple[str | None, str]:
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
