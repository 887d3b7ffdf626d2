"""Which records belong into which region, on this machine.

Pure but for looking up records. A region shows the machine that refreshed it unless it pins one; figures of a GPU do
not give way to a CPU's unasked; what a person edited is not overwritten unasked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from doctool import document
from doctool.document import ManagedRegion
from doctool.plan import SELFTEST, Need, is_settled, is_spoilt, needs_of_mechanism, newest
from doctool.plan.pages import Page, needs_of_region, pins_of_region
from doctool.plan.targets import Targets
from doctool.project import Project
from doctool.records import ON, Record
from doctool.render import is_on
from doctool.render.pages import is_summary
from doctool.terms.metrics import METRICS, Family


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for beyond the ordinary.

    Args:
        given: Records measured elsewhere, to be shown here.
        measured: Records measured here just now: they answer, even if the machine has changed under way.
        postponed: What cannot be measured today. A region that has nothing else to show for it stays as it is.
        force: Overwrite regions that were edited by hand.
        rehost: Let figures of this machine replace those of a GPU it does not have.
        is_fit: Which records are good enough; others are shown, and measured again where that is possible.
    """

    given: tuple[Record, ...] = ()
    measured: tuple[Record, ...] = ()
    postponed: frozenset[Need] = frozenset()
    force: bool = False
    rehost: bool = False
    is_fit: Callable[[Record], bool] = lambda _: True


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a document that is left as it is, and why."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a page's regions show.

    Args:
        records: By region id, for every region that can be rendered.
        replaced: Ids of the regions whose text may be replaced.
        missing: Needs that nothing answers on this machine.
        notices: Regions left as they are.
        waiting: Ids of the regions that stay as they are because something could not be measured today; those that were
            only just adopted are their author's tables and lines again.
    """

    records: Mapping[str, tuple[Record, ...]]
    replaced: frozenset[str]
    missing: tuple[Need, ...]
    notices: tuple[Notice, ...]
    waiting: frozenset[str] = frozenset()


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What there is for one region.

    Args:
        records: What it shows here.
        lacking: Needs to be measured.
        unanswered: Those of them for which there is no record at all.
        elsewhere: What only another machine can measure, in words.
    """

    records: tuple[Record, ...]
    lacking: tuple[Need, ...]
    unanswered: tuple[Need, ...]
    elsewhere: tuple[str, ...]


def select(project: Project, page: Page, targets: Targets, wishes: Wishes) -> Selection:
    """Choose the records of every region of a page.

    Raises:
        DocumentError: If a region does not say what it is about.
    """
    return _Selector(project, page, targets, wishes).select()


class _Selector:
    def __init__(self, project: Project, page: Page, targets: Targets, wishes: Wishes) -> None:
        self.project = project
        self.page = page
        self.targets = targets
        self.wishes = wishes
        self.stored = tuple(project.records)

    def select(self) -> Selection:
        records: dict[str, tuple[Record, ...]] = {}
        replaced: set[str] = set()
        missing: dict[Need, None] = {}
        notices: list[Notice] = []
        waiting: set[str] = set()
        bare: list[ManagedRegion] = []
        for managed in self.page.document.regions:
            reason = self._reason_to_leave(managed)
            answer = self._answer(managed)
            if reason is None and answer.elsewhere and managed.is_rendered:
                reason = f"region {managed.id!r} {answer.elsewhere[0]}"
            if reason is not None:
                notices.append(Notice(file=self.page.name, line=managed.line, message=reason))
                records[managed.id] = self._shown(managed)
                continue
            notices.extend(
                Notice(file=self.page.name, line=managed.line, message=f"region {managed.id!r} {what}")
                for what in answer.elsewhere
            )
            missing.update(dict.fromkeys(answer.lacking))
            if self.wishes.postponed.intersection(answer.unanswered) or _would_hold_words_alone(managed, answer):
                waiting.add(managed.id)
                if managed.is_rendered:
                    records[managed.id] = self._shown(managed)
                continue
            replaced.add(managed.id)
            if needs_of_region(managed, self.project.config, self.page.name):
                records[managed.id] = answer.records
            else:
                bare.append(managed)
        if bare:
            shown = {record.id: record for group in records.values() for record in group}
            anchor = self._anchor(list(shown.values()), missing)
            is_nothing_known = not anchor and bool(self.wishes.postponed)
            for managed in bare:
                if is_nothing_known and not managed.is_rendered:
                    waiting.add(managed.id)
                    replaced.remove(managed.id)
                else:
                    records[managed.id] = self._stand_for(managed, tuple(shown.values())) or anchor
        return Selection(
            records=records,
            replaced=frozenset(replaced),
            missing=tuple(missing),
            notices=tuple(notices),
            waiting=frozenset(waiting),
        )

    def _answer(self, managed: ManagedRegion) -> _Answer:
        found: dict[str, Record] = {}
        lacking, unanswered, elsewhere = [], [], []
        for pin in pins_of_region(managed, self.project.config):
            for need in needs_of_region(managed, self.project.config, self.page.name):
                # Trials take too long to be part of a refresh, so they are shown wherever they were made.
                here = {**self.targets.machine, **self.targets.of(need).environment}
                is_here = is_pinned_to_machine(here, pin) and need.mechanism != SELFTEST
                record = self._find(need, pin, is_here=is_here)
                if record is not None:
                    found[record.id] = record
                if is_here and not self._is_settled(record):
                    lacking.append(need)
                    unanswered += [need] if record is None else []
                elif set(pin) == {"device"} and record is None:
                    # What is asked for of a device that is not here is said in words, beside what can be measured.
                    continue
                elif record is None or not self.wishes.is_fit(record):
                    elsewhere.append(_describe_lack(need, pin, record))
        return _Answer(
            records=tuple(found.values()),
            lacking=tuple(lacking),
            unanswered=tuple(unanswered),
            elsewhere=tuple(elsewhere),
        )

    def _find(self, need: Need, pin: Mapping[str, str], *, is_here: bool) -> Record | None:
        target = self.targets.of(need)
        given = [one for one in self.wishes.given if target.is_about_same_code(one) and is_on(one, pin)]
        if given:
            return newest(given)
        if is_here:
            measured = [one for one in self.wishes.measured if target.is_about_same_code(one)]
            return self._best((*measured, *(one for one in self.stored if target.is_answered_by(one))))
        return self._best(one for one in self.stored if target.is_about_same_code(one) and is_on(one, pin))

    def _best(self, records: Iterable[Record]) -> Record | None:
        candidates = tuple(records)
        return newest(filter(self.wishes.is_fit, candidates)) or newest(candidates)

    def _is_settled(self, record: Record | None) -> bool:
        """Whether there is nothing to measure; what was brought from elsewhere is not measured here instead."""
        if record is None or record in self.wishes.given:
            return is_settled(record)
        return is_settled(record) and self.wishes.is_fit(record)

    def _reason_to_leave(self, managed: ManagedRegion) -> str | None:
        if document.is_edited(managed) and not self.wishes.force:
            return (
                f"region {managed.id!r} was edited by hand and is left as it is; undo the edit, or use --force "
                "to write the measured values over it"
            )
        shows_gpu = any(record.environment.get("device") == "cuda" for record in self._shown(managed))
        is_pinned = any(pins_of_region(managed, self.project.config))
        asked = self.wishes.rehost or self.wishes.given
        if shows_gpu and self.targets.machine.get("device") != "cuda" and not is_pinned and not asked:
            return (
                f"region {managed.id!r} shows figures of a GPU, and this machine has none; it is left as it is. "
                "Refresh it on such a machine, bring its records with --records, or use --rehost"
            )
        return None

    def _shown(self, managed: ManagedRegion) -> tuple[Record, ...]:
        return tuple(record for record in map(self.project.records.get, managed.records) if record is not None)

    def _anchor(self, shown: list[Record], missing: dict[Need, None]) -> tuple[Record, ...]:
        """Return the record whose environment stands for the whole page: the first that another region shows.

        A page that only describes the environment gets it from anything that doctool.yaml measures.
        """
        if shown or missing:
            return tuple(shown[:1])
        for need in self._every_need():
            record = self._find(need, {}, is_here=True)
            if record is not None:
                return (record,)
        missing.update(dict.fromkeys(list(self._every_need())[:1]))
        return ()

    def _stand_for(self, managed: ManagedRegion, shown: tuple[Record, ...]) -> tuple[Record, ...]:
        """Return what a region that names no mechanism is about: a summary, all that the page compares."""
        if not is_summary(managed.region, self.project.template_directories):
            return ()
        return tuple(one for one in shown if ON in one.arms)

    def _every_need(self) -> Iterator[Need]:
        for name in self.project.config.mechanisms:
            yield from needs_of_mechanism(self.project.config, name)


def _would_hold_words_alone(managed: ManagedRegion, answer: _Answer) -> bool:
    """Whether a table of times that its author wrote would give way to words, since the host spoilt every time."""
    if managed.is_rendered or not any(map(is_spoilt, answer.records)):
        return False
    addresses = (*managed.region.rows.values(), *managed.region.columns.values())
    asked = {METRICS[name].family for name in (address.partition(" ")[0] for address in addresses) if name in METRICS}
    return asked == {Family.SPEED}


def _describe_lack(need: Need, pin: Mapping[str, str], record: Record | None) -> str:
    which = "no record" if record is None else "no record that is good enough"
    if need.mechanism == SELFTEST:
        return f"shows how often the rules are right, and {which} is about today's; run `doctool selftest --record`"
    where = ", ".join(f"{key}={text}" for key, text in pin.items())
    return (
        f"is pinned to {where}, and {which} of the code as it is now comes from there; "
        f"run `doctool measure {need.mechanism} --workload {need.workload} -o FILE` on such a machine "
        "and bring FILE with --records"
    )


def is_pinned_to_machine(machine: Mapping[str, object], pin: Mapping[str, str]) -> bool:
    """Whether this machine is one that the pin means; no pin means any."""
    return all(str(text).casefold() in str(machine.get(key, "")).casefold() for key, text in pin.items())
