"""Estimates and comparisons in words; the only route from a verdict to a sentence.

Pure functions over one number. A change is always the relative change of its own metric, `on / off - 1`, and never
stands without its interval.
"""

from __future__ import annotations

import math

from doctool.records import OFF, ON, Comparison, Estimate, Result, Verdict
from doctool.render.escape import escape
from doctool.terms.metrics import Family, Metric
from doctool.terms.sentences import WORDS, say
from doctool.terms.units import UNITS, Language, decimals_for, format_number, format_percent, format_quantity

_LESS_AND_MORE = {
    "convergence_steps": ("fewer", "more"),
    "convergence_time": ("shorter", "longer"),
    "final_perplexity": ("lower", "higher"),
    "loss_variance": ("lower", "higher"),
}


def write_estimate(estimate: Estimate, unit: str, language: Language) -> str:
    """Write one arm's value, with the half-width of its 99 % interval where there is one.

    Args:
        estimate: In the metric's base unit.
        unit: Unit to show it in.
        language: Of the number and of what is said about it.
    """
    if estimate.deterministic:
        return format_quantity(estimate.value, unit, language)
    if estimate.half_width is None:
        return say("no-interval", language, value=format_quantity(estimate.value, unit, language))
    return format_quantity(estimate.value, unit, language, estimate.half_width)


def write_interval(estimate: Estimate, unit: str, language: Language) -> str:
    """Write the 99 % interval of one arm's value: `3,38 … 3,46 ms`; the value alone where it has no interval."""
    if estimate.deterministic or estimate.low is None or estimate.high is None:
        return write_estimate(estimate, unit, language)
    kind = UNITS[unit]
    low, high = estimate.low / kind.factor, estimate.high / kind.factor
    decimals = decimals_for((high - low) / 2, estimate.value / kind.factor)
    symbol = kind.tr if language == "tr" else kind.en
    return f"{format_number(low, decimals, language)} … {format_number(high, decimals, language)} {symbol}".rstrip()


def write_change(comparison: Comparison, metric: Metric, language: Language) -> str:
    """Write the change of a metric as its verdict allows."""
    decimals = _decimals(comparison)
    change, low, high = (
        format_percent(fraction, decimals, language, signed=True)
        for fraction in (comparison.change, comparison.low, comparison.high)
    )
    if comparison.deterministic:
        return _write_exact(comparison, metric, change, language)
    if not metric.is_headline:
        return say("interval", language, low=low, high=high)
    verdict = comparison.verdict
    if verdict is Verdict.NO_DIFFERENCE:
        return say("no-difference", language, bound=_write_bound(comparison.margin, language))
    if verdict is Verdict.INCONCLUSIVE:
        why = _write_reason(comparison, metric, language)
        return say("inconclusive", language, low=low, high=high, why=why)
    if verdict is Verdict.NOT_MEASURED:
        return say("not-measured", language, why=write_why(comparison.reason or "no-metric", language))
    return say("claim", language, change=change, word=say(_word(verdict, metric), language), low=low, high=high)


def write_misses(result: Result, arm: str, language: Language) -> str:
    """Write how many runs never reached the target, in place of a value or a ratio.

    Args:
        result: Of a metric that counts up to a target.
        arm: `off`, `on`, or anything else for the comparison of both.
        language: Of the sentence.
    """
    shares = {name: format_percent(share, 0, language) for name, share in result.misses.items()}
    if arm in shares:
        return say("misses", language, share=shares[arm])
    none = format_percent(0.0, 0, language)
    return say("misses-change", language, off=shares.get(OFF, none), on=shares.get(ON, none))


def write_why(reason: str, language: Language) -> str:
    """Return the words for a reason not to have measured; an unknown reason is repeated as it is."""
    key = f"why-{reason}"
    return say(key, language) if key in WORDS else escape(reason)


def _write_exact(comparison: Comparison, metric: Metric, change: str, language: Language) -> str:
    if comparison.change == 0:
        return say("no-difference-exact", language)
    if metric.is_headline and comparison.verdict in {Verdict.FASTER, Verdict.SLOWER, Verdict.LESS, Verdict.MORE}:
        word = say(_word(comparison.verdict, metric), language)
        return say("claim-exact", language, change=change, word=word)
    return say("exact", language, change=change)


def _word(verdict: Verdict, metric: Metric) -> str:
    if verdict in {Verdict.LESS, Verdict.MORE}:
        less, more = _LESS_AND_MORE.get(metric.name, ("less", "more"))
        return less if verdict is Verdict.LESS else more
    return str(verdict.value)


def _write_reason(comparison: Comparison, metric: Metric, language: Language) -> str:
    if comparison.needed is not None and comparison.reason in {None, "wide"}:
        key = "needed-seeds" if metric.family is Family.TRAINING else "needed"
        return say(key, language, needed=str(comparison.needed))
    key = f"because-{comparison.reason or 'wide'}"
    return say(key, language) if key in WORDS else escape(comparison.reason or "")


def _decimals(comparison: Comparison) -> int:
    """Keep two digits of the half-width in percent, but one decimal at least and two at most."""
    # Six digits: a half-width of 1 % may come out of the subtraction as 0.99999999.
    half_width = float(f"{max(comparison.high - comparison.change, comparison.change - comparison.low) * 100:.6g}")
    return min(2, max(1, decimals_for(half_width, comparison.change * 100))) if half_width else 1


def _write_bound(margin: float, language: Language) -> str:
    # Rounded up, with room for the last bit of 0.01 * 1000: the printed bound must hold.
    return format_percent(math.ceil(margin * 1000 - 1e-9) / 1000, 1, language)
