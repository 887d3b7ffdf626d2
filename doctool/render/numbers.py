"""Estimates and comparisons in words; the only route from a verdict to a sentence.

Pure functions over one number. A change is always the relative change of its own metric, `on / off - 1`, and never
stands without its interval.
"""

from __future__ import annotations

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


def write_inconclusive(comparison: Comparison, metric: Metric, interval: tuple[str, str], language: Language) -> str:
    """Write an interval that leaves the question open, and what would settle it.

    Args:
        comparison: Without a claim.
        metric: What is compared.
        interval: Both ends, as they are to appear.
        language: Of the words.
    """
    low, high = interval
    return say("inconclusive", language, low=low, high=high, why=_write_cause(comparison, metric, language))


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


def write_reason(reason: str, language: Language) -> str:
    """Return the words for a reason to leave a comparison open; an unknown reason is repeated as it is."""
    key = f"because-{reason}"
    return say(key, language) if key in WORDS else escape(reason)


def word_of(verdict: Verdict, metric: Metric) -> str:
    """Return the key of the word for a verdict about a metric: `faster`, `fewer`, `lower`."""
    if verdict in {Verdict.LESS, Verdict.MORE}:
        less, more = _LESS_AND_MORE.get(metric.name, ("less", "more"))
        return less if verdict is Verdict.LESS else more
    return str(verdict.value)


def _write_cause(comparison: Comparison, metric: Metric, language: Language) -> str:
    if comparison.needed is not None and comparison.reason in {None, "wide"}:
        key = "needed-seeds" if metric.family is Family.TRAINING else "needed"
        return say(key, language, needed=str(comparison.needed))
    return write_reason(comparison.reason or "wide", language)
