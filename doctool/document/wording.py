"""What a row or a column of an author's table asks for, in the words of an address."""

from __future__ import annotations

from collections.abc import Iterator

from doctool.document.address import BASELINE
from doctool.document.placeholders import unit_key
from doctool.document.readings import Label, Reading
from doctool.document.sides import CHANGE, OFF, ON, VALUE, Draft, Sides, arm_of, mechanisms_in, problem_at, unknown
from doctool.terms.metrics import METRICS
from doctool.terms.units import UNITS
from doctool.vocabulary import Meaning


def write_address(draft: Draft, label: Label, sides: Sides, mechanism: str | None, *, keys_only: bool) -> str:
    """Return the address of a row or column; what is wrong with it is added to the draft's problems.

    Args:
        draft: The table, and what is known about it.
        label: One of its labels.
        sides: Which side names the quantities.
        mechanism: The mechanism of the region, which no address repeats.
        keys_only: Whether the table holds facts about the machine and no measured quantity.
    """
    is_quantity = any(label is one for one in sides.quantities) and sides.metric is None
    reading = label.quantity() if is_quantity else label.variant()
    sole = sides.sole if is_quantity and reading is None and arm_of(label) == CHANGE else None
    if sole:
        return f"{sole} {CHANGE}"
    if reading is None:
        if label.is_needed:
            draft.problems.append(unknown(draft, label))
        return ""
    several = len(mechanisms_in((*draft.rows, *draft.columns))) > 1
    across = sides.variants if is_quantity else sides.quantities
    has_arms = any(arm_of(one) in {OFF, ON} and one.is_needed for one in across) and not is_quantity
    parts = list(_variant_parts(reading, mechanism, several=several, keys_only=keys_only))
    if has_arms and reading.meaning.arm is None and parts[-1:] == [ON]:
        parts.pop()
    if is_quantity:
        parts.insert(0, reading.meaning.metric or reading.meaning.key or "")
        if reading.meaning.metric and reading.meaning.arm == VALUE:
            parts = [part for part in parts if part not in {OFF, ON}]
        unit = _unit(draft, label, reading, is_row=not sides.is_transposed)
        if unit:
            parts.append(f"in {unit}")
    elif sides.metric and any(label is one for one in sides.variants):
        parts.insert(0, sides.metric)
        unit = _unit(draft, label, Reading(meaning=Meaning(metric=sides.metric)), is_row=sides.is_transposed)
        if unit:
            parts.append(f"in {unit}")
    return " ".join(parts)


def _variant_parts(reading: Reading, mechanism: str | None, *, several: bool, keys_only: bool) -> Iterator[str]:
    meaning = reading.meaning
    arm = meaning.arm
    if reading.where:
        yield reading.where
    if meaning.workload:
        yield meaning.workload
    if keys_only:
        return
    if meaning.mechanism and meaning.mechanism != mechanism:
        yield meaning.mechanism
    elif arm == OFF and several and mechanism is None:
        yield BASELINE
    if arm == VALUE:
        if not meaning.metric:
            yield OFF if mechanism == BASELINE else ON
    elif arm:
        yield arm
    elif meaning.mechanism and meaning.mechanism != BASELINE:
        yield ON


def _unit(draft: Draft, label: Label, reading: Reading, *, is_row: bool) -> str | None:
    """Return the unit a row or column is to be written in, None if that is the metric's own choice."""
    name = reading.meaning.metric
    if name is None:
        return None
    metric = METRICS[name]
    labels = draft.rows if is_row else draft.columns
    index = next(number for number, one in enumerate(labels) if one is label) + (0 if is_row else 1)
    found: dict[str, None] = {reading.unit: None} if reading.unit else {}
    for (row, column), opened in draft.opened.items():
        if (row if is_row else column) != index:
            continue
        is_change = CHANGE in {arm_of(draft.rows[row]), arm_of(draft.columns[column - 1])}
        if is_change != (opened.unit in {"%", "x"}) and opened.unit is not None:
            expected = "the change is written in percent" if is_change else f"{name} is no percentage"
            draft.problems.append(
                problem_at(
                    draft.table.rows[row].line, draft.table.rows[row].cells[column], f"{expected}; correct the unit"
                )
            )
        elif not is_change and unit_key(opened.unit):
            found[str(opened.unit)] = None
    for unit in found:
        if UNITS[unit].base != metric.unit:
            draft.problems.append(
                problem_at(label.line, label.text, f"{name} cannot be written in {unit}; correct the unit")
            )
    if len(found) > 1:
        draft.problems.append(
            problem_at(
                label.line, label.text, f"its cells ask for different units, {' and '.join(found)}; use one of them"
            )
        )
    return next((unit for unit in found if unit != metric.shown_in), None)
