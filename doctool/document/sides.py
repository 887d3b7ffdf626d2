"""The two sides of an author's table: which one names the quantities, and which mechanism they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from doctool.document import markdown
from doctool.document.address import BASELINE
from doctool.document.context import Context
from doctool.document.outline import Table
from doctool.document.placeholders import Open
from doctool.document.readings import Label
from doctool.document.sightings import visible_label
from doctool.vocabulary import Vocabulary

CHANGE, OFF, ON, VALUE = "change", "off", "on", "value"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a table is left alone. The line counts from 0."""

    line: int
    text: str
    reason: str
    nearest: tuple[str, ...] = ()


class Unmappable(Exception):  # noqa: N818 - it never leaves this package
    """A table that does not say what it asks for."""

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


class Draft(msgspec.Struct):
    """What has been understood so far."""

    table: Table
    opened: Mapping[tuple[int, int], Open]
    vocabulary: Vocabulary
    env: markdown.Env
    context: Context
    rows: tuple[Label, ...] = ()
    columns: tuple[Label, ...] = ()
    problems: list[Problem] = msgspec.field(default_factory=list)


def problem_at(line: int, text: str, reason: str, nearest: tuple[str, ...] = ()) -> Problem:
    """Return a problem; the line counts from 0."""
    return Problem(line=line, text=text, reason=reason, nearest=nearest)


def is_key(label: Label) -> bool:
    """Whether a label names a fact about the machine and no metric."""
    reading = label.quantity()
    return reading is not None and reading.meaning.metric is None


def orient(draft: Draft) -> Sides:
    """Find out along which side the quantities run.

    Raises:
        Unmappable: If neither side, and no heading, names them.
    """
    rows, columns = draft.rows, draft.columns
    missing_in_rows = [label for label in rows if label.is_needed and label.quantity() is None]
    missing_in_columns = [label for label in columns if label.is_needed and label.quantity() is None]
    if not missing_in_rows and not (not missing_in_columns and _says_more(columns, rows)):
        return Sides(quantities=rows, variants=columns, is_transposed=False)
    if not missing_in_columns:
        return Sides(quantities=columns, variants=rows, is_transposed=True)
    for along, across, missing in ((columns, rows, missing_in_columns), (rows, columns, missing_in_rows)):
        sole = _sole_metric(along)
        if sole and all(arm_of(label) == CHANGE and not mechanisms_in([label]) for label in missing):
            return Sides(quantities=along, variants=across, is_transposed=along is columns, sole=sole)
    needed = [label for label in (*rows, *columns) if label.is_needed]
    if draft.context.metric and all(label.variant() for label in needed):
        return Sides(quantities=rows, variants=columns, is_transposed=False, metric=draft.context.metric)
    without_meaning = [label for label in needed if not label.readings]
    if without_meaning:
        raise Unmappable(*(unknown(draft, label) for label in without_meaning))
    raise Unmappable(
        problem_at(
            draft.table.start,
            draft.table.header.cells[0],
            "neither its rows nor its columns name what is measured; name a metric there, or in the heading",
        )
    )


def _says_more(columns: Sequence[Label], rows: Sequence[Label]) -> bool:
    """Whether the columns name metrics while the rows only name facts about the machine, such as devices."""
    return any(_has_metric(label) for label in columns) and not any(_has_metric(label) for label in rows)


def _sole_metric(labels: Sequence[Label]) -> str | None:
    """Return the metric of a side that names one and no other quantity."""
    named = {reading.meaning.metric or reading.meaning.key for label in labels if (reading := label.quantity())}
    metrics = {reading.meaning.metric for label in labels if (reading := label.quantity())}
    return next(iter(metrics)) if len(named) == 1 else None


def _has_metric(label: Label) -> bool:
    reading = label.quantity()
    return label.is_needed and reading is not None and reading.meaning.metric is not None


def unknown(draft: Draft, label: Label) -> Problem:
    """Return the problem of a label that means nothing, with the names that look like it."""
    visible = visible_label(label.text, draft.env)
    return problem_at(
        label.line,
        label.text,
        f"nothing is known by the name {visible!r}; rename it, or add it under 'aliases' in doctool.yaml",
        draft.vocabulary.nearest(visible),
    )


def mechanisms_in(labels: Sequence[Label]) -> tuple[str, ...]:
    """Return the mechanisms that labels name, the baseline aside."""
    found = [
        reading.meaning.mechanism
        for label in labels
        for reading in (label.quantity() or label.variant(), label.variant())
        if reading and reading.meaning.mechanism
    ]
    return tuple(dict.fromkeys(name for name in found if name != BASELINE))


def choose_mechanism(draft: Draft, sides: Sides) -> str | None:
    """Return the mechanism that the cells are about unless their labels name another.

    Raises:
        Unmappable: If there are several, and nothing says which.
    """
    named = mechanisms_in((*draft.rows, *draft.columns))
    context = draft.context.mechanism
    if context is not None and not (context == BASELINE and named):
        return context
    if len(named) == 1:
        return named[0]
    is_about_machine = not sides.metric and all(is_key(label) for label in sides.quantities if label.is_needed)
    if len(named) > 1 or is_about_machine:
        return context
    if draft.context.stranger is None:
        known = [name for name in draft.vocabulary.mechanisms if name != BASELINE]
        if any(arm_of(label) in {OFF, ON, CHANGE} for label in (*draft.rows, *draft.columns)):
            if len(known) == 1:
                return known[0]
        elif BASELINE in draft.vocabulary.mechanisms:
            return BASELINE
    raise Unmappable(
        problem_at(
            draft.table.start,
            draft.context.stranger or (draft.table.headings[-1].text if draft.table.headings else ""),
            no_mechanism("table", draft.context),
            tuple(draft.vocabulary.mechanisms[:3]),
        )
    )


def no_mechanism(what: str, context: Context) -> str:
    """Say that a table or line does not tell which mechanism it is about, and what to do."""
    why = "no mechanism is known by the name in its heading" if context.stranger else "no heading names a mechanism"
    return (
        f"it is not said which mechanism the {what} is about: {why}; name one there, or add the words used "
        "under 'mechanisms' or 'aliases: mechanisms' in doctool.yaml"
    )


def arm_of(label: Label) -> str | None:
    """Return the arm a label names, None if it names none."""
    reading = label.variant() or label.quantity()
    return reading.meaning.arm if reading else None
