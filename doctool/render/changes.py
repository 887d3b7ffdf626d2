"""A comparison told in the form a header asks for: as a change, an improvement, a ratio; and the other way round.

All forms say the same of the same interval: each is a monotone function of `on / off`, so its ends are the interval's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from doctool.records import Comparison, Verdict
from doctool.render.numbers import word_of, write_inconclusive, write_why
from doctool.terms.metrics import Metric
from doctool.terms.sentences import say
from doctool.terms.units import Language, decimals_for, format_number, format_percent

CHANGE, IMPROVEMENT, REDUCTION, GAIN, SPEEDUP, RATIO = (
    "change", "improvement", "reduction", "gain", "speedup", "ratio",
)  # fmt: skip
_OPPOSITE = {
    Verdict.FASTER: Verdict.SLOWER,
    Verdict.SLOWER: Verdict.FASTER,
    Verdict.LESS: Verdict.MORE,
    Verdict.MORE: Verdict.LESS,
}
_CLAIMS = frozenset(_OPPOSITE)
Style = Literal["long", "short", "bare"]
_PREFIXES: dict[Style, str] = {"long": "", "short": "short-", "bare": "bare-"}


def write_change(
    comparison: Comparison, metric: Metric, language: Language, form: str = CHANGE, style: Style = "long"
) -> str:
    """Write the change of a metric as its verdict allows.

    Args:
        comparison: Of `on` with `off`.
        metric: What is compared.
        language: Of the numbers and words.
        form: `change` is `on / off - 1`; `improvement` is that, positive where it is better; `reduction` is positive
            where there is less; `speedup` is how many times as good, and `gain` the same in percent above one;
            `ratio` is `on / off`.
        style: `short` is a cell of a table, below which stands what the cell leaves out; `bare` is one beside a cell
            that shows the interval; `long` says everything.
    """
    short = _PREFIXES[style]
    change, low, high = _write_numbers(comparison, metric, language, form)
    if comparison.deterministic:
        return _write_exact(comparison, metric, change, language, "short-" if short else "")
    if not metric.is_headline:
        return say(f"{short}interval", language, low=low, high=high)
    if comparison.verdict is Verdict.INCONCLUSIVE:
        open_words = say(f"{short or 'short-'}inconclusive", language, low=low, high=high)
        return open_words if short else write_inconclusive(comparison, metric, (low, high), language)
    verdict = comparison.verdict
    if verdict is Verdict.NO_DIFFERENCE:
        return say("no-difference", language, bound=_write_bound(comparison.margin, language))
    if verdict is Verdict.NOT_MEASURED:
        return say("not-measured", language, why=write_why(comparison.reason or "no-metric", language))
    return say(
        f"{short}claim", language, change=change, word=say(word_of(verdict, metric), language), low=low, high=high
    )


def write_ends(comparison: Comparison, metric: Metric, language: Language, form: str = CHANGE) -> str:
    """Write the interval of a change alone; of what came out the same in every repeat there is none."""
    _, low, high = _write_numbers(comparison, metric, language, form)
    return say("exact-ends" if comparison.deterministic else "ends", language, low=low, high=high)


def _write_numbers(comparison: Comparison, metric: Metric, language: Language, form: str) -> tuple[str, str, str]:
    """Write a change and the ends of its interval in the digits that its half-width allows."""
    tell = _teller(form, metric)
    write = _writer(form, comparison, tell, language)
    low, high = sorted((tell(1 + comparison.low), tell(1 + comparison.high)))
    return write(tell(1 + comparison.change)), write(low), write(high)


def reversed_comparison(comparison: Comparison) -> Comparison:
    """Return the same comparison the other way round: of `off` with `on`."""

    def turned(change: float) -> float:
        return 1 / (1 + change) - 1

    return replace(
        comparison,
        change=turned(comparison.change),
        low=turned(comparison.high),
        high=turned(comparison.low),
        low90=turned(comparison.high90),
        high90=turned(comparison.low90),
        # What lies within 1 % of off may lie a little more than 1 % from on.
        margin=turned(-comparison.margin),
        verdict=_OPPOSITE.get(comparison.verdict, comparison.verdict),
    )


def _teller(form: str, metric: Metric) -> Callable[[float], float]:
    """Return what makes the form's value of `on / off`."""
    is_down = metric.lower_is_better
    return {
        CHANGE: lambda ratio: ratio - 1,
        IMPROVEMENT: (lambda ratio: 1 - ratio) if is_down else (lambda ratio: ratio - 1),
        REDUCTION: lambda ratio: 1 - ratio,
        GAIN: (lambda ratio: 1 / ratio - 1) if is_down else (lambda ratio: ratio - 1),
        SPEEDUP: (lambda ratio: 1 / ratio) if is_down else (lambda ratio: ratio),
        RATIO: lambda ratio: ratio,
    }[form]


def _writer(
    form: str, comparison: Comparison, tell: Callable[[float], float], language: Language
) -> Callable[[float], str]:
    """Return what writes a value with two digits of its half-width, in percent or as a ratio."""
    value = tell(1 + comparison.change)
    ends = [tell(1 + end) for end in (comparison.low, comparison.high)]
    # Six digits: a half-width of 1 % may come out of the subtraction as 0.99999999.
    half_width = float(f"{max(abs(end - value) for end in ends):.6g}")
    if form in {SPEEDUP, RATIO}:
        decimals = min(3, max(2, decimals_for(half_width, value))) if half_width else 2
        return lambda number: f"{format_number(number, decimals, language)}x"
    in_percent = float(f"{half_width * 100:.6g}")
    decimals = min(2, max(1, decimals_for(in_percent, value * 100))) if in_percent else 1
    return lambda number: format_percent(number, decimals, language, signed=True)


def _write_exact(comparison: Comparison, metric: Metric, change: str, language: Language, short: str) -> str:
    if comparison.change == 0:
        return say(f"{short}no-difference-exact", language)
    if metric.is_headline and comparison.verdict in _CLAIMS:
        word = say(word_of(comparison.verdict, metric), language)
        return say(f"{short}claim-exact", language, change=change, word=word)
    return say(f"{short}exact", language, change=change)


def _write_bound(margin: float, language: Language) -> str:
    # Rounded up, with room for the last bit of 0.01 * 1000: the printed bound must hold.
    return format_percent(math.ceil(margin * 1000 - 1e-9) / 1000, 1, language)
