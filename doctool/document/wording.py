"""What a row or a column of an author's table asks for, in the words of an address."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from doctool.document.address import BASELINE, REVERSED, Address
from doctool.document.readings import Label, Reading
from doctool.document.sides import CHANGE, OFF, ON, VALUE, Draft, Sides, Subject, arm_of, mechanisms_in
from doctool.document.written_units import PERCENT, RATIO
from doctool.terms.metrics import METRICS
from doctool.terms.units import UNITS

_OF_EITHER_SIDE = frozenset({"change", "ratio"})
_IN_PERCENT = {"speedup": "gain", "ratio": CHANGE}
_AS_RATIO = {CHANGE: "ratio", "improvement": "speedup", "gain": "speedup"}


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """Writes the addresses of one table.

    Args:
        draft: The table.
        sides: Which side names the quantities.
        subject: What the cells are about unless their labels name another.
        keys_only: Whether the table holds facts about the machine and no measured quantity.
    """

    draft: Draft
    sides: Sides
    subject: Subject
    keys_only: bool

    def write(self, label: Label) -> str:
        """Return the address of a row or column without its unit, empty if its label asks for nothing."""
        is_quantity = any(label is quantity for quantity in self.sides.quantities)
        reading = self.sides.quantity_of(label) if is_quantity else label.variant()
        if reading is None or label.trouble:
            return ""
        parts = list(self._parts(label, reading, is_quantity=is_quantity))
        if is_quantity:
            parts.insert(0, reading.meaning.metric or reading.meaning.key or "")
            if reading.meaning.metric and reading.meaning.arm == VALUE:
                parts = [part for part in parts if part not in {OFF, ON}]
        return " ".join(parts)

    def _parts(self, label: Label, reading: Reading, *, is_quantity: bool) -> Iterator[str]:
        meaning, mechanism = reading.meaning, self.subject.mechanism
        if reading.where:
            yield reading.where
        elif meaning.device:
            yield f"device={meaning.device}"
        if meaning.workload:
            yield meaning.workload
        if self.keys_only:
            return
        if meaning.mechanism and meaning.mechanism != mechanism:
            yield meaning.mechanism
        elif meaning.arm == OFF and mechanism is None and self._has_several_mechanisms():
            yield BASELINE
        yield from self._arm_parts(label, reading, is_quantity=is_quantity)

    def _arm_parts(self, label: Label, reading: Reading, *, is_quantity: bool) -> Iterator[str]:
        meaning = reading.meaning
        if meaning.arm == VALUE:
            if not meaning.metric and not self._has_arms_across(label):
                yield OFF if self.subject.mechanism == BASELINE else ON
        elif meaning.arm == CHANGE:
            yield _form_in(meaning.form or CHANGE, reading.unit) or CHANGE
            if is_reversed(self.sides, label, meaning.form or CHANGE):
                yield REVERSED
        elif meaning.arm:
            yield meaning.arm
        elif (
            meaning.mechanism and meaning.mechanism != BASELINE and not self._is_varied_across(is_quantity=is_quantity)
        ):
            yield ON

    def _has_arms_across(self, label: Label) -> bool:
        """Whether the other side names the arms, so that a value on this one is that of each."""
        across = self.draft.columns if any(label is row for row in self.draft.rows) else self.draft.rows
        return any(arm_of(one) in {OFF, ON, CHANGE} and one.is_needed for one in across)

    def _has_several_mechanisms(self) -> bool:
        return len(mechanisms_in((*self.draft.rows, *self.draft.columns))) > 1

    def _is_varied_across(self, *, is_quantity: bool) -> bool:
        """Whether the other side names the arms, so that a mechanism on this one stands for none of them."""
        return not is_quantity and any(
            arm_of(quantity) in {OFF, ON} and quantity.is_needed for quantity in self.sides.quantities
        )


def is_reversed(sides: Sides, label: Label, form: str) -> bool:
    """Whether a change stands right of two values of which the first is the changed one: then it is of off against on.

    A change and a ratio go from left to right, whatever the two are. What is said to be better or faster is of the
    changed one, unless the two are values of a setting, of which neither is the changed one: `bias=True`, `bias=False`.
    """
    side = sides.variants if any(label is variant for variant in sides.variants) else sides.quantities
    values = [one for one in side if arm_of(one) in {OFF, ON} and _is_plain(one)]
    values += [one for one in side if _is_mechanism_alone(one)]
    values.sort(key=lambda one: one.index)
    if len(values) != 2 or label.index < values[1].index:
        return False
    first, second = values
    is_backwards = arm_of(first) != OFF and arm_of(second) == OFF
    return is_backwards and (form in _OF_EITHER_SIDE or all("=" in value.visible for value in values))


def _is_plain(label: Label) -> bool:
    reading = label.variant()
    return reading is not None and reading.where is None


def _is_mechanism_alone(label: Label) -> bool:
    reading = label.variant()
    return reading is not None and reading.meaning.arm is None and reading.meaning.mechanism not in {None, BASELINE}


def _form_in(form: str, unit: str | None) -> str | None:
    """Return the form in which a change is told in a unit; None if it cannot be told in it."""
    if unit is None:
        return form
    if unit == PERCENT:
        return _IN_PERCENT.get(form, form)
    if unit == RATIO:
        return form if form in {"speedup", "ratio"} else _AS_RATIO.get(form)
    return None


def ask_in_unit(asked: Address, unit: str | None, labels: tuple[Reading, Reading]) -> tuple[str, str | None]:
    """Return what a cell has to say for itself to be written in the unit that its author asks for.

    Args:
        asked: What its row and column ask for.
        unit: The unit in the cell, None without one.
        labels: What its quantity's label and the other one were taken to say.

    Returns:
        The words, empty if row and column say it all; and why it cannot be written so, or None.
    """
    if asked.metric is None:
        return "", None
    if asked.arm == CHANGE:
        return _ask_change(asked, unit or labels[1].unit)
    wanted = next((one for one in (unit, labels[0].unit, labels[1].unit) if one is not None), None)
    if wanted is None:
        return "", None
    metric = METRICS[asked.metric]
    if wanted in {PERCENT, RATIO}:
        return "", f"{metric.name} is no percentage and no ratio; correct the unit"
    if not metric.is_in(UNITS[wanted].base):
        return "", f"{metric.name} cannot be written in {wanted}; correct the unit"
    return f"in {wanted}", None


def _ask_change(asked: Address, unit: str | None) -> tuple[str, str | None]:
    form = asked.form or CHANGE
    wanted = _form_in(form, unit)
    if wanted is None:
        return "", f"a {form} is told in percent or as a ratio, not in {unit}; correct the unit"
    return ("" if wanted == form else wanted), None
