"""What a placeholder in a line asks for, by the words before it and the unit behind it; or why it cannot be filled."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from doctool.document.outline import Heading
from doctool.document.readings import Reading, read_label
from doctool.document.written_units import PERCENT, RATIO, find_unit_of
from doctool.terms.metrics import METRICS, Family
from doctool.terms.units import UNITS
from doctool.vocabulary import CHANGE, Vocabulary
from doctool.vocabulary.unmeasured import describe_unmeasured, kind_of_unmeasured, speaks_of_other_work

_WRAPPING = "[]{}<>* _`~"
_UNIT_AFTER = re.compile(r"(?P<closing>[*_`]*)\s?(?P<unit>%|×|[^\W\d_]+(?:/[^\W\d_]+)?²?)(?!\w)")
CHANGE_IN_LINE = "a change is filled in only beside its two sides; write it as a column or a row of a table"


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a placeholder.

    Args:
        address: What it asks for, empty if it cannot be filled.
        rest: What stands behind it once the unit is in the slot.
        reason: Why it cannot be filled; empty where nothing is known by the label's name.
    """

    address: str = ""
    rest: str = ""
    reason: str = ""


def ask_in_line(token: str, label: str, rest: str, headings: Iterable[Heading], vocabulary: Vocabulary) -> Slot:
    """Return what a placeholder asks for: by its own words, or else by those before it.

    Args:
        token: As a reader sees it.
        label: The words before it.
        rest: What stands behind it, as written.
        headings: Those it stands under.
        vocabulary: Names and words of the project.
    """
    own = token.strip(_WRAPPING)
    key = vocabulary.key_of(own) if len(own) > 1 else None
    readings = read_label(label, vocabulary)
    reading = next((one for one in readings if one.meaning.metric), None)
    reading = reading or next((one for one in readings if one.meaning.key), None)
    if key:
        return Slot(address=key, rest=rest)
    if reading is None:
        is_change = any(one.meaning.arm == CHANGE for one in readings)
        said = describe_unmeasured(label) if kind_of_unmeasured(label) else ""
        return Slot(rest=rest, reason=CHANGE_IN_LINE if is_change else said)
    if reading.meaning.metric is None:
        return Slot(address=reading.meaning.key or "", rest=rest)
    return _ask_metric(reading, reading.meaning.metric, rest, headings)


def _ask_metric(reading: Reading, name: str, rest: str, headings: Iterable[Heading]) -> Slot:
    metric, meaning = METRICS[name], reading.meaning
    other = next(
        filter(None, (speaks_of_other_work(heading.text) for heading in headings if not heading.is_title)), None
    )
    if other and metric.family is not Family.TRAINING:
        return Slot(
            rest=rest, reason=f"the heading speaks of {other}, which doctool does not measure; fill it in by hand"
        )
    if meaning.arm == CHANGE:
        return Slot(rest=rest, reason=CHANGE_IN_LINE)
    after = _UNIT_AFTER.match(rest)
    behind = find_unit_of(after["unit"]) if after else None
    unit = behind or reading.unit
    if unit in {PERCENT, RATIO} or (unit is not None and not metric.is_in(UNITS[unit].base)):
        return Slot(rest=rest, reason=f"{name} cannot be written in {unit}; correct the unit")
    if after is not None and behind is not None:
        rest = after["closing"] + rest[after.end() :]
    parts = (
        name,
        meaning.mechanism,
        meaning.workload,
        meaning.arm if meaning.arm != "value" else None,
        reading.where or (f"device={meaning.device}" if meaning.device else None),
        f"in {unit}" if unit and unit != metric.shown_in else None,
    )
    return Slot(address=" ".join(part for part in parts if part), rest=rest)
