"""What the labels of one table say, taken together: along which side the quantities run, and which side varies them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from doctool.document import markdown
from doctool.document.outline import Table
from doctool.document.placeholders import strip_unit, unit_key
from doctool.document.sightings import visible_label
from doctool.vocabulary import Meaning, Vocabulary

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
        unit: Unit in it, a key of `UNITS`.
        where: `KEY=PART` of the hardware it names.
    """

    meaning: Meaning
    unit: str | None = None
    where: str | None = None


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A row or column label.

    Args:
        text: As written.
        line: Its line, counted from 0.
        is_needed: Whether its row or column holds an open cell.
        readings: What it may mean.
    """

    text: str
    line: int
    is_needed: bool
    readings: tuple[Reading, ...]

    def quantity(self) -> Reading | None:
        """Return the reading that names a metric, or else a fact about the machine."""
        return self._first(lambda reading: reading.meaning.metric) or self._first(lambda reading: reading.meaning.key)

    def variant(self) -> Reading | None:
        """Return the reading that names an arm, a mechanism, a workload or a machine, and no quantity."""
        return next(
            (
                reading
                for reading in self.readings
                if not reading.meaning.metric
                and not reading.meaning.key
                and (reading.where or not reading.meaning.is_empty)
            ),
            None,
        )

    def _first(self, has: object) -> Reading | None:
        return next((reading for reading in self.readings if callable(has) and has(reading)), None)


def read_labels(
    table: Table, needed: Iterable[tuple[int, int]], env: markdown.Env, vocabulary: Vocabulary
) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
    """Return the labels of the rows, and those of the columns without the label column."""
    cells = set(needed)
    rows = {row for row, _ in cells}
    columns = {column for _, column in cells}
    return (
        tuple(_label(row.cells[0], row.line, number in rows, env, vocabulary) for number, row in enumerate(table.rows)),
        tuple(
            _label(cell, table.start, number in columns, env, vocabulary)
            for number, cell in enumerate(table.header.cells)
            if number > 0
        ),
    )


def _label(text: str, line: int, is_needed: bool, env: markdown.Env, vocabulary: Vocabulary) -> Label:
    return Label(text=text, line=line, is_needed=is_needed, readings=read_label(visible_label(text, env), vocabulary))


def read_label(visible: str, vocabulary: Vocabulary) -> tuple[Reading, ...]:
    """Return what a label may mean; empty when it means nothing that is known."""
    found = [Reading(meaning=meaning) for meaning in vocabulary.meanings(visible)]
    words, unit = strip_unit(visible)
    if words != visible:
        found += [Reading(meaning=meaning, unit=unit_key(unit)) for meaning in vocabulary.meanings(words)]
    machine = _GPU.search(words)
    if machine:
        pin = f"gpu={machine['model'] or machine['chip']}"
        rest = (words[: machine.start()] + " " + words[machine.end() :]).strip(" ()/,:-")
        meanings: Sequence[Meaning] = vocabulary.meanings(rest) if rest else (Meaning(),)
        found += [Reading(meaning=meaning, unit=unit_key(unit), where=pin) for meaning in meanings]
        if not meanings and not any(char.isalpha() for char in rest):
            found.append(Reading(meaning=Meaning(), where=pin))
    elif words.strip().upper() == "CPU":
        found.append(Reading(meaning=Meaning(), where="device=cpu"))
    return tuple(found)
