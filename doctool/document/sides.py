"""The two sides of an author's table: which one names the quantities, and which mechanism they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from doctool.document import markdown
from doctool.document.address import BASELINE
from doctool.document.context import Context
from doctool.document.outline import Table
from doctool.document.placeholders import Open
from doctool.document.readings import Label, Reading
from doctool.terms.metrics import METRICS, Family
from doctool.terms.units import UNITS
from doctool.vocabulary import Meaning, Vocabulary

CHANGE, OFF, ON, VALUE = "change", "off", "on", "value"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cell, or a whole table, is left alone. Lines and columns count from 0; column 0 holds the labels."""

    line: int
    text: str
    reason: str
    column: int = 0
    kind: str = "unmapped"
    about: tuple[int, str] | None = None
    """Line and text of what keeps it, where that is not the cell itself."""


class UnmappableError(Exception):
    """A table in which nothing can be filled."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """The two sides of a table: one names the quantities, the other what they are measured for."""

    quantities: tuple[Label, ...]
    variants: tuple[Label, ...]
    is_transposed: bool
    metric: str | None = None
    """The quantity of every cell, where the table stands under its name."""
    sole: str | None = None
    """The only quantity beside labels such as `Speedup`, which speak of it."""

    def quantity_of(self, label: Label) -> Reading | None:
        """Return what a label of the side of the quantities asks for."""
        if self.metric is not None:
            reading = label.variant()
            return None if reading is None else _of_metric(reading, self.metric)
        reading = label.quantity()
        if reading is None and self.sole is not None:
            change = label.variant()
            if change is not None and change.meaning.arm == CHANGE and not change.meaning.mechanism:
                return _of_metric(change, self.sole)
        return reading

    def pair(self, row: Label, column: Label) -> tuple[Label, Label]:
        """Return the label of the quantity and that of the variant."""
        return (column, row) if self.is_transposed else (row, column)


class Draft(msgspec.Struct, kw_only=True):
    """A table, and what is known about it."""

    table: Table
    opened: Mapping[tuple[int, int], Open]
    vocabulary: Vocabulary
    env: markdown.Env
    context: Context
    rows: tuple[Label, ...] = ()
    columns: tuple[Label, ...] = ()
    takes_estimates: bool = False

    def open_pairs(self, sides: Sides) -> Iterator[tuple[Label, Label]]:
        """Yield the labels of the open cells: that of the quantity, and that of the variant."""
        for row, column in self.opened:
            if column:
                yield sides.pair(self.rows[row], self.columns[column - 1])


def orient(draft: Draft) -> Sides:
    """Find out along which side the quantities run: the way in which most open cells ask for something."""
    rows, columns = draft.rows, draft.columns
    ways = [
        Sides(quantities=rows, variants=columns, is_transposed=False, sole=_sole_metric(rows)),
        Sides(quantities=columns, variants=rows, is_transposed=True, sole=_sole_metric(columns)),
    ]
    if _says_more(columns, rows):
        ways.reverse()
    if draft.context.metric:
        ways.append(Sides(quantities=rows, variants=columns, is_transposed=False, metric=draft.context.metric))
    else:
        metric = _metric_of_units(draft)
        if metric:
            ways.append(Sides(quantities=rows, variants=columns, is_transposed=False, metric=metric))
    # The first of the best: `max` keeps the order.
    return max(ways, key=lambda sides: sum(_weigh(sides, *pair) for pair in draft.open_pairs(sides)))


def _metric_of_units(draft: Draft) -> str | None:
    """Return the quantity that the units alone name, where all headers of open columns have one: `Off (ms)`."""
    units = {
        next((reading.unit for reading in label.readings if reading.unit in UNITS), None)
        for label in draft.columns
        if label.is_needed and arm_of(label) != CHANGE
    }
    if units == {None}:
        units = {
            opened.unit if opened.unit in UNITS else None
            for (_, column), opened in draft.opened.items()
            if column and arm_of(draft.columns[column - 1]) != CHANGE
        }
    bases = {UNITS[unit].base if unit else None for unit in units}
    if bases == {"s"}:
        return "forward_latency"
    return "throughput" if bases and all(base and METRICS["throughput"].is_in(base) for base in bases) else None


def _weigh(sides: Sides, quantity: Label, variant: Label) -> int:
    """Return how much of an open cell is understood this way."""
    asked, of = sides.quantity_of(quantity), variant.variant()
    if asked is None or of is None:
        return 0
    return 2 if asked.and_also(of) is not None else 1


def _says_more(columns: Sequence[Label], rows: Sequence[Label]) -> bool:
    """Whether the columns name metrics while the rows only name facts about the machine, such as devices."""
    return any(_has_metric(label) for label in columns) and not any(_has_metric(label) for label in rows)


def _sole_metric(labels: Sequence[Label]) -> str | None:
    """Return the metric of a side that names one and no other quantity; or the only one that is a speed."""
    named = {reading.meaning.metric or reading.meaning.key for label in labels if (reading := label.quantity())}
    metrics = {reading.meaning.metric for label in labels if (reading := label.quantity()) and reading.meaning.metric}
    if len(named) == 1:
        return next(iter(metrics), None)
    speeds = [metric for metric in metrics if METRICS[metric].family is Family.SPEED]
    is_of_speed = all(
        reading.meaning.form == "speedup"
        for label in labels
        if (reading := label.variant()) and reading.meaning.arm == CHANGE
    )
    return speeds[0] if len(speeds) == 1 and is_of_speed else None


def _has_metric(label: Label) -> bool:
    reading = label.quantity()
    return label.is_needed and reading is not None and reading.meaning.metric is not None


def _of_metric(reading: Reading, metric: str) -> Reading | None:
    meaning = reading.meaning.and_also(Meaning(metric=metric))
    return None if meaning is None else msgspec.structs.replace(reading, meaning=meaning)


def mechanisms_in(labels: Sequence[Label]) -> tuple[str, ...]:
    """Return the mechanisms that labels name, the baseline aside."""
    found = [
        reading.meaning.mechanism
        for label in labels
        for reading in (label.quantity() or label.variant(), label.variant())
        if reading and reading.meaning.mechanism
    ]
    return tuple(dict.fromkeys(name for name in found if name != BASELINE))


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells of a table are about unless their labels name another.

    Args:
        mechanism: Name of a mechanism, None if nothing tells it.
        workload: Likewise.
        no_mechanism: Why nothing tells the mechanism.
        no_workload: Likewise.
        choices: The workloads it may be measured under.
    """

    mechanism: str | None = None
    workload: str | None = None
    no_mechanism: str = ""
    no_workload: str = ""
    choices: tuple[str, ...] = ()


def find_subject(draft: Draft, sides: Sides) -> Subject:
    """Find out which mechanism and workload a table is about: by its labels, its headings, or as the only ones."""
    mechanism = _choose_mechanism(draft, sides)
    vocabulary, context = draft.vocabulary, draft.context
    choices = vocabulary.workloads_of.get(mechanism or "", ()) or _shared_workloads(draft) or vocabulary.workloads
    workload, missing = context.workload or next(iter(choices), None), ""
    if context.workload is None and context.stranger is not None and len(choices) > 1:
        workload, missing = (
            None,
            (
                f"it is not said under which workload the table was measured: none is known by the name in "
                f"{context.stranger!r}; name one there, or add the words used under 'aliases: workloads' in "
                "doctool.yaml"
            ),
        )
    return Subject(
        mechanism=mechanism,
        workload=workload,
        no_mechanism="" if mechanism else no_mechanism("table", context),
        no_workload=missing,
        choices=choices,
    )


def _shared_workloads(draft: Draft) -> tuple[str, ...]:
    """Return the workloads under which all mechanisms that the labels name are measured; or else those of the first."""
    mechanisms = mechanisms_in((*draft.rows, *draft.columns))
    named = [workloads for name in mechanisms if (workloads := draft.vocabulary.workloads_of.get(name, ()))]
    if not named:
        return ()
    return tuple(name for name in named[0] if all(name in others for others in named)) or named[0]


def _choose_mechanism(draft: Draft, sides: Sides) -> str | None:
    named = mechanisms_in((*draft.rows, *draft.columns))
    context, known = draft.context, draft.vocabulary.mechanisms
    if is_about_machine(draft, sides) or (
        context.mechanism is not None and not (context.mechanism == BASELINE and named)
    ):
        return context.mechanism
    if len(named) == 1:
        return named[0]
    if named or (context.stranger is not None and not _says_enough(draft, sides)):
        return None
    others = [name for name in known if name != BASELINE]
    if any(arm_of(label) in {OFF, ON, CHANGE} for label in (*draft.rows, *draft.columns)):
        return others[0] if len(others) == 1 else None
    return BASELINE if BASELINE in known else None


def is_about_machine(draft: Draft, sides: Sides) -> bool:
    """Whether the open cells ask for facts about the machine and for no measured quantity."""
    readings = [reading for quantity, _ in draft.open_pairs(sides) if (reading := sides.quantity_of(quantity))]
    return bool(readings) and all(reading.meaning.metric is None for reading in readings)


def _says_enough(draft: Draft, sides: Sides) -> bool:
    """Whether every cell is tied to the project by its labels alone, which name a workload of it."""
    pairs = list(draft.open_pairs(sides))
    return bool(pairs) and all(
        any(reading.meaning.workload for label in pair for reading in label.readings) for pair in pairs
    )


def no_mechanism(what: str, context: Context) -> str:
    """Say that a table or line does not tell which mechanism it is about, and what to do."""
    if context.stranger:
        why = f"no mechanism is known by the name in its heading {context.stranger!r}"
    else:
        why = "no heading names a mechanism"
    return (
        f"it is not said which mechanism the {what} is about: {why}; name one there, or add the words used "
        "under 'mechanisms' or 'aliases: mechanisms' in doctool.yaml"
    )


def arm_of(label: Label) -> str | None:
    """Return the arm a label names, None if it names none."""
    reading = label.variant() or label.quantity()
    return reading.meaning.arm if reading else None
