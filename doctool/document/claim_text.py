"""Performance numbers in a running text: found by their form, told from others by the words around them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import msgspec

from doctool.document import claim_words as words
from doctool.document.claim_forms import (
    CLAIM,
    GPU_MEMORY,
    HARDWARE,
    HARDWARE_BEFORE,
    HARDWARE_BEHIND,
    LABELLED,
    LEFT_END,
    LONGEST_LEFT_END,
)

CELL = "\u2029"
"""Ends a sentence where a cell of an HTML table ends."""
_NEAR = 40
_CLAUSE = 120
_LONGEST = 160
"""How far a sentence is looked at on either side of a number."""
_LIST = 60
"""How far apart two ratios of one enumeration stand."""
_SENTENCE_END = re.compile(rf"(?<=[.!?。])(?<!\bvs\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bca\.)\s|\n\n|{CELL}")
_COMPARED_WITH = re.compile(r"(?:less|more|lower|higher|fewer|better|worse|faster|slower|greater)\s+than\s+(?:a\s+)?\Z")
RATIOS = frozenset({"before", "percent", "times", "fold", "prefix"})
_ENDS_LEFT = frozenset("→>⟶s.od")


class Stated(NamedTuple):
    """A number somebody states, where it begins, and the sentence around it."""

    start: int
    value: str
    unit: str
    sentence: str
    is_estimate: bool


class Text(msgspec.Struct, frozen=True, dict=True):
    """A running text as a reader sees it."""

    text: str

    @cached_property
    def context(self) -> words.Context:
        """The words of it."""
        return words.Context(words.fold(self.text))

    @cached_property
    def _breaks(self) -> list[int]:
        return [match.end() for match in _SENTENCE_END.finditer(self.text)]

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return the sentence around a place, or as much of it as says something about the place."""
        before, after = bisect_right(self._breaks, start), bisect_right(self._breaks, end)
        left = self._breaks[before - 1] if before else 0
        right = self._breaks[after] if after < len(self._breaks) else len(self.text)
        return max(left, start - _LONGEST), min(right, end + _LONGEST)

    def numbers(self) -> Iterator[Stated]:
        """Yield the performance numbers in it."""
        doubtful: list[re.Match[str]] = []
        ratios: dict[bool, list[int]] = {True: [], False: []}
        values: set[int] = set()
        for match in CLAIM.finditer(self.text):
            values.add(match.start("value"))
            if self.is_claim(match):
                yield from self.stated(match)
                if match.lastgroup in RATIOS:
                    ratios[_is_share(match)].append(match.start())
            elif match.lastgroup in RATIOS:
                doubtful.append(match)
        for match in doubtful:
            if self._is_listed(match, ratios[_is_share(match)]):
                yield from self.stated(match)
        for match in LABELLED.finditer(self.text):
            kind = next(name for name in ("rate", "small", "long", "bytes", "percent", "named") if match[name])
            if match.start("value") not in values and self._is_labelled(match, kind):
                yield from self._place(match, match["value"], match[kind])

    def stated(self, match: re.Match[str]) -> Iterator[Stated]:
        """Yield a number, and the one in front of it that shares its unit."""
        yield from self._place(match, *value_and_unit(match))

    def _place(self, match: re.Match[str], value: str, unit: str) -> Iterator[Stated]:
        left, right = self.sentence(*match.span())
        sentence = " ".join(self.text[left:right].split())
        is_estimate = self.context.mentions(words.ESTIMATE, left, right)
        other = self._left_end(match)
        if other is not None:
            yield Stated(*other, unit, sentence, is_estimate)
        yield Stated(match.start(), value, unit, sentence, is_estimate)

    def _left_end(self, match: re.Match[str]) -> tuple[int, str] | None:
        """Return the number that shares the unit of the one behind it, and where it stands."""
        begin = max(0, match.start() - LONGEST_LEFT_END)
        window = self.text[begin : match.start()]
        if window.rstrip(" ~≈")[-1:] not in _ENDS_LEFT or match.lastgroup in {"before", "prefix", "perplexity"}:
            return None
        found = LEFT_END.search(window)
        if found is None or (found["word"] and not found["between"]):
            return None
        return begin + found.start("value"), found["value"]

    def is_claim(self, match: re.Match[str]) -> bool:
        """Whether a number with a unit is one of performance."""
        kind = match.lastgroup
        if kind in {"loss", "perplexity"}:
            return True
        if kind not in RATIOS and self._is_near(words.REQUIRED, match):
            return False
        judge = {"rate": self._is_rate, "small": self._is_short, "long": self._is_duration, "bytes": self._is_memory}
        return judge.get(kind or "", self._is_ratio)(match)

    def _is_rate(self, match: re.Match[str]) -> bool:
        start = match.start()
        if words.REACHED.search(self.context.folded[max(0, start - _NEAR) : start]):
            return True
        is_of_machine = "B" in match["rate"] and self._is_near(words.LINK, match)
        is_agreed = self._is_near(words.NOT_REACHED, match) or self._is_near(words.AGREED, match, _CLAUSE)
        return not is_of_machine and not is_agreed

    def _is_short(self, match: re.Match[str]) -> bool:
        return not self._is_near(words.WAITING, match)

    def _is_near(self, listed: re.Pattern[str], match: re.Match[str], distance: int = _NEAR) -> bool:
        left, right = self.sentence(*match.span())
        start, end = match.span()
        return self.context.mentions(listed, max(left, start - distance), start) or self.context.mentions(
            listed, end, min(right, end + distance)
        )

    def _is_duration(self, match: re.Match[str]) -> bool:
        folded, end = self.context.folded, match.end()
        is_decade = match["long"] == "s" and match[0].isalnum() and folded[: match.start()].endswith("the ")
        left, right = self.sentence(*match.span())
        on_machine = HARDWARE.search(self.text, max(left, match.start() - _NEAR), min(right, end + _NEAR))
        return (
            (on_machine is not None or self._is_near(words.DURATION, match, _CLAUSE))
            and not is_decade
            and not self._is_near(words.WAITING, match)
            and not self._is_near(words.AGREED, match, _CLAUSE)
            and words.OF_DATA.match(folded, end) is None
        )

    def _is_memory(self, match: re.Match[str]) -> bool:
        start, end = match.span()
        if not self._is_near(words.MEMORY, match, _CLAUSE) or self._is_near(words.SIZE, match):
            return False
        before = self.text[max(0, start - _NEAR) : start]
        if HARDWARE_BEFORE.search(before) or _COMPARED_WITH.search(before) or HARDWARE_BEHIND.match(self.text, end):
            return False
        around = self.text[max(0, start - _NEAR) : end + _NEAR]
        return not self._is_near(words.NEEDED, match) or GPU_MEMORY.search(around) is not None or "peak" in around

    def _is_ratio(self, match: re.Match[str]) -> bool:
        """Whether a ratio or a share is one of speed, memory or use: that is said right behind it or before it."""
        start, end = match.span()
        left, right = self.sentence(start, end)
        folded = self.context.folded
        is_share = _is_share(match)
        if words.BETTER_AT_ONCE.match(folded, end, right):
            return True
        if is_share and self._is_near(words.NOT_A_SHARE, match, _NEAR // 2):
            return False
        if match.lastgroup == "times" and HARDWARE.match(self.text[end : end + _NEAR].lstrip()):
            return False
        if words.BETTER_BEHIND.match(folded, end, right):
            return True
        if is_share and match["value"] == "100":
            return False
        before = folded[max(left, start - _NEAR) : start]
        clause = start - len(before) + max(before.rfind(sign) for sign in (", ", "; ", "| "))
        compared = _COMPARED_WITH.search(before)
        last = start - len(before) + compared.start() if compared else start
        return self.context.mentions(words.BETTER, clause + 1, last) and words.GOES_ON.match(folded, end) is not None

    def _is_listed(self, match: re.Match[str], ratios: list[int]) -> bool:
        """Whether a ratio is one of several, of which another says of what."""
        left, right = self.sentence(*match.span())
        first = bisect_left(ratios, max(left, match.start() - _LIST))
        is_beside = first < len(ratios) and ratios[first] < min(right, match.end() + _LIST)
        return is_beside and words.GOES_ON.match(self.context.folded, match.end()) is not None

    def _is_labelled(self, match: re.Match[str], kind: str) -> bool:
        if self._is_near(words.REQUIRED, match) or self._is_near(words.WAITING, match):
            return False
        if kind == "bytes":
            return self._is_near(words.MEMORY, match, _CLAUSE) and not self._is_near(words.SIZE, match)
        if kind == "percent":
            return self._is_near(words.BETTER, match) and not self._is_near(words.NOT_A_SHARE, match)
        return kind != "long" or self._is_near(words.DURATION, match, _CLAUSE)


def _is_share(match: re.Match[str]) -> bool:
    return match.lastgroup in {"percent", "before"}


def value_and_unit(match: re.Match[str]) -> tuple[str, str]:
    """Return the number and its unit, as written."""
    kind = match.lastgroup or ""
    if kind == "before":
        return re.sub(r"^\D+", "", match["before"]), "%"
    if kind == "prefix":
        return match["prefix"][1:].strip(), "x"
    if kind == "perplexity":
        return match["perplexity"], "perplexity"
    return match["value"], match[kind]
