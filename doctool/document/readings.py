"""What one label may mean: the names in it, its unit, the machine it speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from doctool.document.placeholders import has_estimate_word, without_estimate_words
from doctool.document.written_units import find_unit_of, strip_unit
from doctool.terms.metrics import METRICS
from doctool.terms.units import UNITS
from doctool.vocabulary import VALUE, Meaning, Vocabulary, normalise

_DEVICES = {"cpu": "cpu", "gpu": "cuda", "cuda": "cuda"}
_PREPOSITION = re.compile(r"\s*(?:\b(?:on|at|using|with|auf|sur|en|üzerinde)|@)\s*[(\[]?\s*$", re.IGNORECASE)

_GPU = re.compile(
    r"\b(?:(?:NVIDIA|Tesla|GeForce|Quadro|AMD|Instinct|Apple)\s+)*"
    r"(?:(?:RTX|GTX|RX)\s?(?P<model>[A-Z]?\d{3,4})(?:\s?(?P<suffix>Ti|Super))?"
    # A list, since `p99` and `a10` are more often percentiles and names of settings than machines.
    r"|(?P<chip>A(?:2|10G?|16|30|40|100|800)|B[123]00|H(?:20|100|200|800)|L(?:4|20|40S?)|(?-i:P(?:4|40|100))|T4|V100"
    r"|G[HB][23]00|MI\d{3}[AX]?))\b"
    r"(?:[\s-]*(?:\(?\d+\s*GB\)?|SXM\d?|PCIe|NVL|HBM\w*)(?!\w))*",
    re.IGNORECASE,
)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One way to understand a label.

    Args:
        meaning: The names in it.
        unit: Unit in it: a key of `UNITS`, `%` or `x`.
        where: `KEY=PART` of the hardware it names.
        is_estimate: Whether it says that the numbers beside it are not measured.
    """

    meaning: Meaning
    unit: str | None = None
    where: str | None = None
    is_estimate: bool = False

    def and_also(self, other: Reading) -> Reading | None:
        """Return what two labels of one row say together, None if they contradict each other."""
        meaning = self.meaning.and_also(other.meaning)
        if meaning is None or (self.unit and other.unit and self.unit != other.unit):
            return None
        if self.where and other.where and self.where != other.where:
            return None
        return Reading(
            meaning=meaning,
            unit=self.unit or other.unit,
            where=self.where or other.where,
            is_estimate=self.is_estimate or other.is_estimate,
        )


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A row or column label.

    Args:
        text: As written.
        line: Its line, counted from 0.
        index: Its row, or its column; the column of labels is column 0.
        is_needed: Whether its row or column holds an open cell.
        readings: What it may mean.
        visible: As a reader sees it, with what other columns add to it.
        trouble: Why it is not understood although its words are; None without a reason.
        conditions: Settings it names, and their values.
    """

    text: str
    line: int
    index: int = 0
    is_needed: bool
    readings: tuple[Reading, ...]
    visible: str = ""
    trouble: str | None = None
    conditions: tuple[tuple[str, str], ...] = ()

    def quantity(self) -> Reading | None:
        """Return the reading that names a metric, or else a fact about the machine."""
        return self._first(lambda reading: reading.meaning.metric) or self._first(lambda reading: reading.meaning.key)

    def variant(self) -> Reading | None:
        """Return the reading that names an arm, a mechanism, a workload or a machine, and no quantity."""
        return next((reading for reading in self.readings if is_variant(reading)), None)

    def _first(self, has: Callable[[Reading], object]) -> Reading | None:
        return next((reading for reading in self.readings if has(reading)), None)


def is_variant(reading: Reading) -> bool:
    """Whether a reading names an arm, a mechanism, a workload or a machine, and no quantity."""
    meaning = reading.meaning
    return not meaning.metric and not meaning.key and (reading.where is not None or not meaning.is_empty)


def read_label(visible: str, vocabulary: Vocabulary) -> tuple[Reading, ...]:
    """Return what a label may mean; empty when it means nothing that is known."""
    is_estimate = has_estimate_word(visible)
    if is_estimate:
        visible = without_estimate_words(visible)
    found = list(_read(visible, vocabulary))
    if is_estimate:
        found = [msgspec.structs.replace(reading, is_estimate=True) for reading in found]
    return tuple(dict.fromkeys(found))


def _read(visible: str, vocabulary: Vocabulary) -> Iterator[Reading]:
    own = find_unit_of(visible)
    if own in UNITS and METRICS["throughput"].is_in(UNITS[own].base):
        yield Reading(meaning=Meaning(metric="throughput"), unit=own)
    words, unit = strip_unit(visible)
    base = UNITS[unit].base if unit in UNITS else None
    base = "tokens/s" if base and METRICS["throughput"].is_in(base) else base
    if words != visible:
        for meaning in vocabulary.meanings(words, base):
            yield Reading(meaning=_with_time(meaning, base), unit=unit)
    for meaning in vocabulary.meanings(visible):
        yield Reading(meaning=meaning)
    yield from _read_machine(words, unit, vocabulary)


def _with_time(meaning: Meaning, base: str | None) -> Meaning:
    """Read `p50 (ms)`: the median of the time is what latency is."""
    if base == "s" and meaning == Meaning(arm=VALUE, statistic="median"):
        return Meaning(metric="forward_latency", arm=VALUE, statistic="median")
    return meaning


def _read_machine(words: str, unit: str | None, vocabulary: Vocabulary) -> Iterator[Reading]:
    machine = _GPU.search(words)
    device = _DEVICES.get(normalise(words))
    if machine:
        pin = f"gpu={machine['model'] or machine['chip']}"
        rest = _PREPOSITION.sub("", words[: machine.start()]) + " " + words[machine.end() :]
        rest = rest.strip(" ()/,:-@")
        meanings = vocabulary.meanings(rest) if rest else (Meaning(),)
        for meaning in meanings:
            yield Reading(meaning=meaning, unit=unit, where=pin)
        if not meanings and not any(char.isalpha() for char in rest):
            yield Reading(meaning=Meaning(), where=pin)
    elif device:
        yield Reading(meaning=Meaning(), where=f"device={device}")
