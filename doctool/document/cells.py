"""What each open cell of a table asks for, or why it cannot be filled; decided before anything is measured."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from doctool.document.address import BASELINE, CHANGE, Address, parse_address
from doctool.document.conditions import broken_conditions, describe_conditions
from doctool.document.grid import read_grid
from doctool.document.measurable import NO_CHANGE, describe_stranger, why_not_measured
from doctool.document.placeholders import Open
from doctool.document.readings import Label, Reading
from doctool.document.sides import (
    OFF,
    Draft,
    Problem,
    Sides,
    Subject,
    arm_of,
    find_subject,
    is_about_machine,
    mechanisms_in,
    orient,
)
from doctool.document.wording import Wording, ask_in_unit
from doctool.terms.metrics import Family, metric_of
from doctool.terms.units import UNITS
from doctool.vocabulary.unmeasured import speaks_of_other_work

Cell = tuple[int, int]
"""Row, and column; the label column is column 0."""

_BESIDE = re.compile(r"<!--.*?-->|\{/\*.*?\*/\}|\[\^[^\]\s]+\]|(?<=[\w\])*_>])[¹²³⁰⁴-⁹†‡]+")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An open cell that can be filled.

    Args:
        address: All it asks for, the mechanism and workload of its table included.
        says_workload: Whether its labels name the workload.
        unit: `in UNIT`, where the author asks for one.
        usual: The same of the unit in which it is written unless one is asked for.
        form: The form of a change, where the cell asks for another than its header.
        workload: Name of the workload, where the conditions in its labels choose it.
        before: What stands before the number and stays there.
        after: Likewise, behind it.
    """

    address: Address
    says_workload: bool
    unit: str = ""
    usual: str = ""
    form: str = ""
    workload: str = ""
    before: str = ""
    after: str = ""

    def own(self) -> str:
        """Return what the cell says for itself, empty if its row and column say it all."""
        words = " ".join(filter(None, (self.form, self.workload, self.unit)))
        if not words and not self.before and not self.after:
            return ""
        before, after = (text.replace("{", "{{").replace("}", "}}") for text in (self.before, self.after))
        return f"{before}{{{words}}}{after}"


class _UnfilledError(Exception):
    def __init__(self, reason: str, *, kind: str = "unmapped", is_of_table: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.is_of_table = is_of_table


class Asker:
    """Asks of every open cell of a table what it is to hold.

    Args:
        draft: The table.
        sides: Which side names the quantities.
        subject: What its cells are about unless their labels name another.
        wording: Writes the addresses of its rows and columns.
    """

    def __init__(self, draft: Draft, sides: Sides, subject: Subject, wording: Wording) -> None:
        self.draft = draft
        self.sides = sides
        self.subject = subject
        self.wording = wording
        self.names = (draft.vocabulary.mechanisms, draft.vocabulary.workloads)
        self.addresses = {
            id(label): parse_address(wording.write(label), *self.names) for label in (*draft.rows, *draft.columns)
        }
        self.compared = mechanisms_in((*draft.rows, *draft.columns))
        self.other_work = next(filter(None, map(speaks_of_other_work, self._headings())), None)

    def answer(self) -> dict[Cell, Asked | Problem]:
        """Return what each open cell asks for, or why it is left."""
        return {cell: self._answer(cell, opened) for cell, opened in self.draft.opened.items() if cell[1]}

    def _headings(self) -> Iterator[str]:
        yield from (heading.text for heading in self.draft.table.headings if not heading.is_title)
        yield self.draft.table.caption if len(self.draft.table.caption) < 200 else ""

    def _answer(self, cell: Cell, opened: Open) -> Asked | Problem:
        row, column = self.draft.rows[cell[0]], self.draft.columns[cell[1] - 1]
        text = self.draft.table.rows[cell[0]].cells[cell[1]]
        try:
            return self._ask(row, column, opened, text)
        except _UnfilledError as refused:
            return Problem(
                line=row.line,
                column=cell[1],
                text=text,
                reason=refused.reason,
                kind=refused.kind,
                about=self._place_of_table() if refused.is_of_table else None,
            )

    def _place_of_table(self) -> tuple[int, str]:
        table = self.draft.table
        return table.start, self.draft.context.stranger or (table.headings[-1].text if table.headings else "")

    def _ask(self, row: Label, column: Label, opened: Open, text: str) -> Asked:
        if opened.rest:
            if opened.rest == text or opened.rest in opened.tokens:
                raise _UnfilledError(
                    f"{opened.rest!r} is neither a number nor a plain placeholder; write `TBD` to have it filled"
                )
            raise _UnfilledError(
                f"beside the placeholder stands {opened.rest!r}, which would be lost; move it into a label"
            )
        readings = self._read(row, column)
        if any(reading.is_estimate for reading in readings) and not self.draft.takes_estimates:
            raise _UnfilledError(
                "its label says that the numbers there are not measured; `--replace-estimates` has it measured",
                kind="estimate",
            )
        asked, says_workload = self._address(row, column)
        self._check_work(asked)
        words, wrong = ask_in_unit(asked, opened.unit, readings)
        if wrong:
            raise _UnfilledError(wrong)
        unit, form = (words, "") if words.startswith("in ") else ("", words)
        asked = asked.combined(parse_address(words, *self.names))
        workload = "" if asked.metric is None else self._workload_under(asked, (*row.conditions, *column.conditions))
        if workload:
            asked = replace(asked, workload=workload)
        why = why_not_measured(asked, self.draft.vocabulary)
        if why:
            raise _UnfilledError(why)
        before, after = _beside(text)
        return Asked(
            address=asked, says_workload=says_workload or bool(workload), unit=unit,
            usual=self._usual_unit(asked), form=form, workload=workload,
            before=before, after=after,
        )  # fmt: skip

    def _read(self, row: Label, column: Label) -> tuple[Reading, Reading]:
        """Return what the label of the quantity and the other one say; both are understood, and go together."""
        for label in (row, column):
            if label.trouble:
                raise _UnfilledError(label.trouble)
            if not label.readings:
                is_quantity = (label is row) != self.sides.is_transposed
                raise _UnfilledError(describe_stranger(label.visible, self.draft.vocabulary, is_quantity=is_quantity))
            self._check_twin(label)
        quantity, variant = self.sides.pair(row, column)
        asked, of = self.sides.quantity_of(quantity), variant.variant()
        if asked is None and arm_of(quantity) == CHANGE:
            raise _UnfilledError(f"it does not say what {quantity.visible!r} is the change of; name that in the label")
        if asked is None:
            raise _UnfilledError(
                f"neither {row.visible!r} nor {column.visible!r} names what is measured; name a metric there, or in "
                "the heading"
            )
        if of is None:
            raise _UnfilledError(
                f"its row asks for {row.visible!r} and its column for {column.visible!r}; rename one of them"
            )
        return asked, of

    def _check_twin(self, label: Label) -> None:
        """Refuse a label that another row or column has too, and that asks for the same: nothing tells them apart."""
        side = self.draft.rows if any(label is row for row in self.draft.rows) else self.draft.columns
        for other in side:
            is_same = other.text == label.text and self.addresses[id(other)] == self.addresses[id(label)]
            if other is not label and is_same and other.conditions == label.conditions:
                what = "rows" if side is self.draft.rows else "columns"
                raise _UnfilledError(f"two {what} are called {label.visible!r}; say in the label what differs")

    def _address(self, row: Label, column: Label) -> tuple[Address, bool]:
        """Return what row and column ask for, and whether they name the workload."""
        first, second = self.addresses[id(row)], self.addresses[id(column)]
        conflict = first.contradicts(second)
        if conflict and set(conflict) == {OFF, CHANGE}:
            raise _UnfilledError(NO_CHANGE)
        if conflict:
            raise _UnfilledError(
                f"its row asks for {conflict[0]!r} and its column for {conflict[1]!r}; rename one of them"
            )
        quantity, variant = self.sides.pair(row, column)
        asked, of = self.sides.quantity_of(quantity), variant.variant()
        if asked is not None and of is not None and asked.meaning.and_also(of.meaning) is None and of.meaning.statistic:
            raise _UnfilledError(f"{asked.meaning.metric} is not a {of.meaning.statistic}; put a dash there")
        together = first.combined(second)
        says_workload = together.workload is not None
        if together.metric is None:
            return together, says_workload
        if together.metric == "layer_latency" and self.sides.is_transposed:
            raise _UnfilledError("each layer gets a row of its own, so layer_latency cannot be a column; make it a row")
        mechanism = together.mechanism or self.subject.mechanism
        if mechanism is None or (together.arm == CHANGE and not together.mechanism and len(self.compared) > 1):
            if len(self.compared) > 1:
                every = ", ".join(self.compared)
                raise _UnfilledError(f"it is not said which of {every} it is about; name one in its row or its column")
            raise _UnfilledError(self.subject.no_mechanism, is_of_table=True)
        is_of_training = metric_of(together.metric).family is Family.TRAINING
        is_told = is_of_training or together.workload or self.subject.workload
        if not is_told and self.subject.no_workload:
            raise _UnfilledError(self.subject.no_workload, is_of_table=True)
        self._check_guess(mechanism, together)
        return replace(
            together, mechanism=mechanism, workload=together.workload or self.subject.workload
        ), says_workload

    def _check_guess(self, mechanism: str, together: Address) -> None:
        """Refuse a workload that nothing names and under which the mechanism is not measured."""
        known = self.draft.vocabulary.workloads_of.get(mechanism, ())
        is_guessed = mechanism != BASELINE and together.workload is None and self.draft.context.workload is None
        if is_guessed and known and self.subject.workload is not None and self.subject.workload not in known:
            raise _UnfilledError(
                f"mechanism {mechanism!r} is not measured under workload {self.subject.workload!r}, as what stands "
                "beside it is; name a workload in the label, or in the heading"
            )

    def _usual_unit(self, asked: Address) -> str:
        if asked.metric is None:
            return ""
        unit = metric_of(asked.metric).shown_in
        workings = self.draft.vocabulary.workings.get(asked.workload or "")
        is_counted_otherwise = asked.metric == "throughput" and workings and UNITS[unit].base not in workings.counts
        return "in samples/s" if is_counted_otherwise else f"in {unit}"

    def _check_work(self, asked: Address) -> None:
        if asked.metric is None or self.other_work is None or metric_of(asked.metric).family is Family.TRAINING:
            return
        raise _UnfilledError(
            f"the heading speaks of {self.other_work}, and doctool times single calls of the workload and gives their "
            "median; rename it, or fill the cell in by hand",
            is_of_table=True,
        )

    def _workload_under(self, asked: Address, conditions: tuple[tuple[str, str], ...]) -> str:
        """Return the workload that the conditions choose, empty if it is the one asked for anyway."""
        vocabulary = self.draft.vocabulary
        broken = broken_conditions(asked.workload, conditions, vocabulary)
        if not broken:
            return ""
        fitting = [name for name in self.subject.choices if not broken_conditions(name, conditions, vocabulary)]
        if len(fitting) == 1 and asked.workload == self.subject.workload:
            return fitting[0]
        raise _UnfilledError(
            f"it is asked for under {describe_conditions(broken)}, and no workload in doctool.yaml is known to be "
            "that; add one, or name it in the label"
        )


def ask_of(draft: Draft) -> Asker:
    """Read the labels of a table and find out what its cells can be asked."""
    draft.rows, draft.columns = read_grid(draft.table, draft.opened, draft.env, draft.vocabulary)
    sides = orient(draft)
    subject = find_subject(draft, sides)
    wording = Wording(draft=draft, sides=sides, subject=subject, keys_only=is_about_machine(draft, sides))
    return Asker(draft, sides, subject, wording)


def _beside(text: str) -> tuple[str, str]:
    """Return the comments and footnote marks of an open cell that stay, before the number and behind it."""
    found = list(_BESIDE.finditer(text))
    rest = _BESIDE.sub(lambda match: " " * len(match[0]), text)
    first = len(rest) - len(rest.lstrip())
    before = " ".join(match[0] for match in found if match.end() <= first)
    after = "".join((" " if match[0].startswith("<") else "") + match[0] for match in found if match.start() >= first)
    return (f"{before} " if before else ""), after
