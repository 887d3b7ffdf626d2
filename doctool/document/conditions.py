"""Under which conditions a row or a column holds: `batch size 8`, `seq_len=512`, `bf16`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from doctool.vocabulary import Vocabulary, normalise
from doctool.vocabulary.terms import CONDITION_TERMS

Condition = tuple[str, str]
"""The setting, a key of `CONDITION_TERMS`, and its value as the settings of a workload have it."""

_DTYPES = {
    **dict.fromkeys(("fp32", "float32", "f32", "single"), "float32"),
    **dict.fromkeys(("fp16", "float16", "f16", "half"), "float16"),
    **dict.fromkeys(("bf16", "bfloat16"), "bfloat16"),
    **dict.fromkeys(("fp64", "float64", "f64", "double"), "float64"),
}
_THOUSAND = 1024
_IN_LABEL = re.compile(
    r"(?<!\w)(?:(?P<batch>batch(?:[ _-]?size)?|bs|B|yığın(?: boyutu)?)"
    r"|(?P<length>seq(?:uence)?(?:[ _-]?len(?:gth)?)?|seqlen|context(?:[ _-]?len(?:gth)?)?|ctx|prompt|T|L|uzunluk)"
    r"|(?P<threads>(?:num[ _-]?)?threads?|iş parçacığı))\s*(?P<sign>[=:]?)\s*(?P<value>\d+k?)(?!\w)"
    r"|(?<![\w.])(?P<count>\d+)[ -](?P<unit>threads?|iş parçacığı|tokens?|samples?)(?!\w|/)",
    re.IGNORECASE,
)
_DTYPE_IN_LABEL = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(_DTYPES, key=len, reverse=True))})(?!\w)", re.IGNORECASE)
_SETTING_OF_UNIT = {"thread": "threads", "threads": "threads", "iş parçacığı": "threads"}


@lru_cache(maxsize=1)
def _settings() -> dict[str, str]:
    return {normalise(term): setting for setting, terms in CONDITION_TERMS.items() for term in terms}


def setting_of(header: str) -> str | None:
    """Return the setting that the cells under a header hold, None if it names none."""
    return _settings().get(normalise(header))


def read_condition(setting: str, cell: str) -> Condition | None:
    """Return what a cell under a setting's header says; None if it is blank or a dash."""
    text = cell.strip()
    if not any(char.isalnum() for char in text):
        return None
    return setting, _value(setting, text)


def split_conditions(label: str) -> tuple[str, tuple[Condition, ...]]:
    """Take the conditions out of a label: `Latency (batch=8)` is the latency, under a batch of 8."""
    found: list[Condition] = []

    def take(match: re.Match[str]) -> str:
        if match["count"]:
            setting = _SETTING_OF_UNIT.get(match["unit"].lower())
            if setting is None:
                return match[0]
            found.append((setting, match["count"]))
            return " "
        setting = next(name for name in ("batch", "length", "threads") if match[name])
        # A single letter is a setting only beside a sign: `B=8`.
        if len(match[setting]) == 1 and not match["sign"]:
            return match[0]
        found.append((setting, _value(setting, match["value"])))
        return " "

    def take_dtype(match: re.Match[str]) -> str:
        found.append(("dtype", _DTYPES[match[0].lower()]))
        return " "

    words = _DTYPE_IN_LABEL.sub(take_dtype, _IN_LABEL.sub(take, label))
    return (words.strip(" ,;/@()[]–—-") if found else label), tuple(dict.fromkeys(found))


def broken_conditions(workload: str | None, conditions: Iterable[Condition], vocabulary: Vocabulary) -> list[Condition]:
    """Return the conditions that do not hold under a workload, or of which nothing is known."""
    workings = vocabulary.workings.get(workload or "")
    known = workings.conditions if workings is not None else {}
    return [(setting, value) for setting, value in conditions if known.get(setting) != value]


def describe_conditions(conditions: Iterable[Condition]) -> str:
    """Return conditions in words: `batch 8, length 512`."""
    return ", ".join(f"{setting} {value}" for setting, value in conditions)


def _value(setting: str, text: str) -> str:
    words = normalise(text)
    if setting == "dtype":
        return _DTYPES.get(words, words)
    number = re.fullmatch(r"(\d+)(k?)", words)
    return str(int(number[1]) * (_THOUSAND if number[2] else 1)) if number else words
