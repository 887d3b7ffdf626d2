"""Quantities that people ask for and doctool does not measure: how they are recognised, and what is said of them."""

from __future__ import annotations

import re
from functools import lru_cache

from doctool.vocabulary.normal import normalise

PERCENTILE, MEAN, SPREAD, TRAINING, GENERATION, SERVING = (
    "percentile", "mean", "spread", "training", "generation", "serving",
)  # fmt: skip

_WORDS: dict[str, tuple[str, ...]] = {
    PERCENTILE: (
        r"p(?!50\b)\d{1,3}(?: \d+)?", r"\d{1,3}(?:th|st|nd|rd)? percentile", r"percentiles?", r"tail", r"worst case",
        r"yuzdelik(?: dilim)?", r"quantile", r"q\d\d",
    ),
    SPREAD: (
        r"std(?: dev)?", r"stddev", r"standard deviation", r"variance", r"jitter", r"min", r"minimum", r"max",
        r"maximum", r"best", r"stdev", r"standart sapma", r"sapma", r"en az", r"en cok", r"sigma",
    ),
    TRAINING: (
        r"train(?:ing)?", r"pre ?training", r"fine ?tun(?:e|ing)", r"backward(?: pass)?", r"bwd", r"backprop\w*",
        r"optimi[sz]er", r"epochs?", r"steps? time", r"time per step", r"(?:training|train|optimizer) steps?",
        r"gradients?", r"egitim\w*", r"geri yayilim\w*", r"geri gecis\w*", r"adim suresi", r"iteration time",
        r"训练", r"学習", r"entrainement",
    ),
    GENERATION: (
        r"generat\w+", r"ttft", r"tpot", r"itl", r"time to first token", r"time per output token", r"first token",
        r"inter token", r"output tokens?", r"sampling", r"uretim\w*", r"ilk token\w*",
    ),
    SERVING: (
        r"end to end", r"e2e", r"response time", r"requests?", r"qps", r"rps", r"uctan uca", r"yanit suresi",
        r"cold start",
        r"startup", r"load(?:ing)? time", r"compile time", r"compilation", r"warm ?up", r"network",
    ),
    MEAN: (r"mean", r"average", r"avg", r"ortalama", r"ort"),
}  # fmt: skip
"""Expressions over normalised words, the more telling kinds first."""

_INFERENCE = re.compile(r"\b(?:inference|forward|cikarim|ileri|steps to|loss|perplexity|convergence|yakinsama|kayip)\b")

SENTENCES: dict[str, str] = {
    PERCENTILE: "doctool measures no percentiles but the median, so {label!r} stays open",
    SPREAD: "doctool measures the median and its interval, so {label!r} stays open",
    TRAINING: "doctool times the forward pass and no training step, so {label!r} stays open",
    GENERATION: "doctool times one call of the workload and no generation, so {label!r} stays open",
    SERVING: "doctool times one call of the workload and nothing around it, so {label!r} stays open",
    MEAN: "doctool measures the median of a time and no mean, so {label!r} stays open",
}


@lru_cache(maxsize=1)
def _expressions() -> dict[str, re.Pattern[str]]:
    return {kind: re.compile(rf"\b(?:{'|'.join(words)})\b") for kind, words in _WORDS.items()}


def kind_of_unmeasured(text: str) -> str | None:
    """Return which kind of quantity a text asks for that doctool does not measure; None if it asks for none.

    Args:
        text: A label or a heading.
    """
    words = normalise(text)
    return next((kind for kind, expression in _expressions().items() if expression.search(words)), None)


def speaks_of_other_work(heading: str) -> str | None:
    """Return the kind of work a heading is about where the tables below it ask for another than a timed call.

    Args:
        heading: Its words. One that also speaks of inference is about both.
    """
    words = normalise(heading)
    kind = next((kind for kind in (PERCENTILE, TRAINING, GENERATION) if _expressions()[kind].search(words)), None)
    return None if kind in {TRAINING, GENERATION} and _INFERENCE.search(words) else kind


def describe_unmeasured(label: str) -> str:
    """Say that doctool does not measure what a label names.

    Args:
        label: As a reader sees it.
    """
    kind = kind_of_unmeasured(label)
    said = SENTENCES[kind].format(label=label) if kind else f"doctool does not measure {label!r}"
    return f"{said}; fill it in by hand, or put a dash there"
