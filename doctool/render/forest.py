"""The effects of a document in one picture: a row for each mechanism and workload, with its interval.

The margin is shaded and zero is marked; what may be claimed is a filled dot, everything else a hollow one.
"""

from __future__ import annotations

import hashlib

import msgspec

from doctool.records import Comparison, Verdict
from doctool.render import svg
from doctool.render.cells import Writer
from doctool.render.effects import DRAWN, Effect, effects_of, subjects_of
from doctool.render.escape import plain
from doctool.render.numbers import word_of
from doctool.render.summary import write_shares
from doctool.terms.sentences import say
from doctool.terms.units import Language, format_percent

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _BELOW = 540, 204, 16, 12, 28, 52
_LONGEST_LABEL = 26
_WIDEST = 0.5
"""Intervals beyond 50 % are cut off with an arrow, so that one noisy row does not squeeze the others."""


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that belongs to a region.

    Args:
        name: Of its file; another picture has another name.
        data: The file.
        text: What it shows, for those who do not see it.
    """

    name: str
    data: bytes
    text: str


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    effect: Effect
    comparison: Comparison

    @property
    def ends(self) -> tuple[float, float]:
        low, high = sorted((self.effect.share(self.comparison.low), self.effect.share(self.comparison.high)))
        return low, high

    @property
    def middle(self) -> float:
        return self.effect.share(self.comparison.change)


def draw_forest(writer: Writer) -> Drawing | None:
    """Draw the effects on time that a region's records show; None if there is none."""
    rows = [
        _Row(label=f"{subject.label}, {effect.workload}", effect=effect, comparison=effect.comparison)
        for subject in subjects_of(writer)
        for key, effects in effects_of(writer, subject)
        if key in DRAWN
        for effect in effects
        if effect.comparison is not None
    ]
    if not rows:
        return None
    language = writer.language
    text = plain(say("forest-text", language, rows="; ".join(_describe(row, language) for row in rows)))
    height = _TOP + _ROW * len(rows) + _BELOW
    title = say("forest-title", language)
    data = svg.picture(_WIDTH, height, title, text, language, _draw(rows, language)).encode("utf-8")
    name = f"summary-{hashlib.sha256(data).hexdigest()[:8]}.{language}.svg"
    return Drawing(name=name, data=data, text=text)


def _describe(row: _Row, language: Language) -> str:
    size, low, high = write_shares(row.middle, *row.ends, language, is_signed=True)
    told = {"label": row.label, "low": low, "high": high, "word": _word(row, language)}
    # Of what is open, the interval is told, and never the middle of it.
    return (
        say("forest-row", language, change=size, **told)
        if row.effect.is_claim
        else say("forest-row-open", language, **told)
    )


def _word(row: _Row, language: Language) -> str:
    if row.effect.is_claim:
        return say(word_of(row.comparison.verdict, row.effect.metric), language)
    is_equal = row.comparison.verdict is Verdict.NO_DIFFERENCE
    return say("forest-equal" if is_equal else "forest-open", language)


def _draw(rows: list[_Row], language: Language) -> list[str]:
    bottom = _TOP + _ROW * len(rows)
    margin = max(row.comparison.margin for row in rows)
    low = max(min(-2 * margin, *(row.ends[0] for row in rows)), -_WIDEST)
    high = min(max(2 * margin, *(row.ends[1] for row in rows)), _WIDEST)
    room = 0.04 * (high - low)
    low, high = low - room, high + room

    def at(share: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (min(max(share, low), high) - low) / (high - low)

    parts = []
    for tick in svg.ticks(low, high):
        decimals = 0 if abs(tick * 100 - round(tick * 100)) < 1e-6 else 1
        parts.append(svg.line((at(tick), bottom), (at(tick), bottom + 5)))
        parts.append(svg.words(at(tick), bottom + 16, format_percent(tick, decimals, language, signed=True), "middle"))
    parts.append(svg.line((at(0.0), _TOP - 4), (at(0.0), bottom), width=1.5))
    parts.append(svg.words((_LEFT + _WIDTH - _RIGHT) / 2, bottom + 38, say("forest-axis", language), "middle"))
    for number, row in enumerate(rows):
        y = _TOP + _ROW * (number + 0.5)
        edge = row.comparison.margin
        colour = (svg.BLUE if row.middle > 0 else svg.ORANGE) if row.effect.is_claim else svg.INK
        parts += [
            svg.band(at(-edge), y - _ROW / 2, at(edge) - at(-edge), _ROW),
            svg.words(_LEFT - 14, y, _shortened(row.label), "end"),
            svg.line((at(row.ends[0]), y), (at(row.ends[1]), y), colour, 2.5),
            *(svg.line((at(end), y - 5), (at(end), y + 5), colour, 2.0) for end in row.ends if low < end < high),
            svg.dot(at(row.middle), y, 5, colour, is_filled=row.effect.is_claim),
        ]
    return parts


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
