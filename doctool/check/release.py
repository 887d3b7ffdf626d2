"""Whether documents that are true may also be released: no record that is quick, old or of an uncommitted tree.

On top of `check`, and as that: nothing is executed and nothing is written. What counts as old is told by the caller,
who alone knows when the release is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

import msgspec

from doctool import document
from doctool.check import Checker
from doctool.check.findings import Finding, State
from doctool.document import Document, ManagedRegion
from doctool.errors import ConfigError, DoctoolError, RecordError
from doctool.plan import is_spoilt
from doctool.plan.pages import read_document
from doctool.project import Project, yamltext
from doctool.project.config import Release
from doctool.project.root import FILE_NAME, read_settings
from doctool.records import Comparison, Record, Verdict
from doctool.records.store import read_signer
from doctool.render.pages import fill_document, verdicts_of
from doctool.system.reading import inside_of
from doctool.terms.metrics import metric_of

REMEDY = "run `doctool refresh --all --release` with everything committed"
_ANY, _CPU = "any", "cpu"


class Fitness(msgspec.Struct, frozen=True, kw_only=True):
    """What a release asks of every single record.

    Args:
        rules: The `release` section of doctool.yaml.
        now: When the release is made, with its time zone.
    """

    rules: Release
    now: datetime

    def is_fit(self, record: Record) -> bool:
        """Whether the record may stand in a release as it is."""
        return not any(self.shortfalls(record))

    def shortfalls(self, record: Record) -> Iterator[tuple[State, str]]:
        """Say what is missing, in words that follow "record ID of MECHANISM/WORKLOAD"."""
        if record.source.dirty:
            yield State.DIRTY, "was measured with uncommitted changes in the measured code"
        elif record.source.commit is None:
            yield State.DIRTY, "was measured outside any commit, so its code cannot be restored"
        if record.quick:
            yield State.QUICK, "was measured quickly, with too few processes for a claim"
        age = self.now - _start_of(record)
        if age > timedelta(days=self.rules.max_age_days):
            limit = f"doctool.yaml allows {self.rules.max_age_days} (release.max_age_days)"
            yield State.TOO_OLD, f"was measured {age.days} days ago, and {limit}"


def findings_of_release(project: Project, documents: Iterable[str], now: datetime) -> tuple[Finding, ...]:
    """Return everything that keeps documents in the work tree from being released.

    Args:
        project: The project.
        documents: Their names, relative to its root.
        now: When the release is made.

    Raises:
        DocumentError: If one cannot be read.
    """
    checker = Checker(project)
    pages = {name: read_document(project, name) for name in documents}
    checked = (finding for name, data in pages.items() for finding in checker.check(name, data))
    return (*checked, *find_shortfalls(checker, pages, now))


def find_shortfalls(checker: Checker, pages: Mapping[str, bytes], now: datetime) -> tuple[Finding, ...]:
    """Return what keeps documents from being released, beyond what `Checker.check` finds.

    Args:
        checker: The checker of their project.
        pages: Every document of the release: its bytes by its name.
        now: When the release is made.
    """
    rules = checker.project.config.release
    findings: list[Finding] = []
    shown: dict[str, Record] = {}
    is_whole = True
    for name, data in pages.items():
        try:
            parsed = document.parse(data, name, checker.project.vocabulary)
            records = _records_of(checker.project, parsed)
        except DoctoolError:
            # `Checker.check` has said so already, with the line.
            is_whole = False
            continue
        shown.update((record.id, record) for group in records.values() for record in group)
        findings += _unfit(parsed, records, Fitness(rules=rules, now=now))
        findings += _inconclusive(checker.project, parsed, records, rules)
        findings += _unsigned(checker.project, parsed, records)
    if is_whole and pages:
        findings += _missing_hardware(checker.project, tuple(shown.values()))
    return tuple(findings)


def _records_of(project: Project, parsed: Document) -> dict[str, tuple[Record, ...]]:
    """Return what each region shows, for the regions whose records are all there."""
    found = {managed.id: tuple(map(project.records.get, managed.records)) for managed in parsed.regions}
    return {
        region: tuple(record for record in group if record is not None)
        for region, group in found.items()
        if group and None not in group
    }


def _unfit(parsed: Document, records: Mapping[str, tuple[Record, ...]], fitness: Fitness) -> Iterator[Finding]:
    said: set[str] = set()
    for managed in parsed.regions:
        for record in records.get(managed.id, ()):
            if record.id in said:
                continue
            said.add(record.id)
            for state, what in fitness.shortfalls(record):
                yield _found(parsed, managed, state, f"record {_name(record)} {what}; {REMEDY}")


def _unsigned(project: Project, parsed: Document, records: Mapping[str, tuple[Record, ...]]) -> Iterator[Finding]:
    """Find the records that nobody whom the project knows has signed, where it asks for signatures."""
    if project.config.release.signers is None:
        return
    signers = project.root / project.config.release.signers
    said: set[str] = set()
    for managed in parsed.regions:
        for record in records.get(managed.id, ()):
            if record.id in said:
                continue
            said.add(record.id)
            try:
                inside_of(signers, project.root)
                read_signer(project.records.path_of(record), record, signers, project.root)
            except (OSError, RecordError) as problem:
                why = problem.message if isinstance(problem, RecordError) else problem.strerror
                yield _found(
                    parsed,
                    managed,
                    State.UNSIGNED,
                    f"record {_name(record)}: {why}; release.signers asks for the signature of a known machine",
                )


def _inconclusive(
    project: Project, parsed: Document, records: Mapping[str, tuple[Record, ...]], rules: Release
) -> Iterator[Finding]:
    """Find the headline cells that leave open what they are about."""
    by_id = {record.id: record for group in records.values() for record in group}
    verdicts = verdicts_of(by_id.values())
    rendered = fill_document(project, parsed, records)
    for managed in parsed.regions:
        for record in records.get(managed.id, ()):
            if is_spoilt(record) and not _is_allowed(rules, record, "*"):
                yield _found(
                    parsed,
                    managed,
                    State.INCONCLUSIVE,
                    f"record {_name(record)} has no times, since the machine was too busy; {REMEDY} on a quiet machine",
                )
        if managed.id not in rendered:
            continue
        cells: dict[tuple[str, str], int] = {}
        for index, figure in rendered[managed.id].figures:
            if figure.metric is not None and figure.arm == "change":
                cells.setdefault((figure.record, figure.metric), index)
        for (record_id, metric), index in cells.items():
            comparison = verdicts.get((record_id, metric))
            record = by_id[record_id]
            if comparison is not None and _leaves_open(comparison, metric) and not _is_allowed(rules, record, metric):
                line = managed.text_line + index if rendered[managed.id].text == managed.text else managed.line
                yield _found(parsed, managed, State.INCONCLUSIVE, _describe_open(record, metric, comparison), line)


def _leaves_open(comparison: Comparison, metric: str) -> bool:
    return comparison.verdict is Verdict.INCONCLUSIVE and metric_of(metric).is_headline


def _is_allowed(rules: Release, record: Record, metric: str) -> bool:
    cell = f"{record.mechanism}/{record.workload}/{metric}"
    return any(fnmatchcase(cell, pattern) for pattern in rules.allow_inconclusive)


def _describe_open(record: Record, metric: str, comparison: Comparison) -> str:
    cell = f"{record.mechanism}/{record.workload}/{metric}"
    needed = f", about {comparison.needed} processes would settle it" if comparison.needed else ""
    return (
        f"{cell} may have changed by {comparison.low:+.1%} to {comparison.high:+.1%}{needed}; measure it once with "
        "more time (`--force --budget TIME`), or let it stand: `release: {allow_inconclusive: [...]}` in doctool.yaml"
    )


def _missing_hardware(project: Project, records: tuple[Record, ...]) -> Iterator[Finding]:
    for index, wanted in enumerate(project.config.release.hardware):
        if any(is_of_class(record, wanted) for record in records):
            continue
        yield Finding(
            file=FILE_NAME,
            line=_line_of(project, ("release", "hardware", index)),
            state=State.HARDWARE,
            message=f"no document shows a record of the hardware class {wanted!r} (release.hardware); measure on such "
            "a machine with `doctool measure -o FILE` and bring it with `doctool refresh --records FILE`",
        )


def is_of_class(record: Record, wanted: str) -> bool:
    """Whether a record comes from a hardware class: `any`, `cpu`, or part of the name of what it ran on."""
    if wanted.casefold() == _ANY:
        return True
    if record.refusal is not None:
        # It says which machine asked, and nothing of that machine's speed.
        return False
    device = str(record.environment.get("device", _CPU))
    if wanted.casefold() == _CPU:
        return device == _CPU
    name = record.environment.get("cpu" if device == _CPU else "gpu", "")
    return wanted.casefold() in str(name).casefold()


def _line_of(project: Project, path: tuple[str | int, ...]) -> int:
    source = yamltext.parse(
        read_settings(project.root), lambda message, line: ConfigError(message, file=FILE_NAME, line=line)
    )
    return source.line_of(path)


def _found(parsed: Document, managed: ManagedRegion, state: State, message: str, line: int | None = None) -> Finding:
    return Finding(file=parsed.file, line=line or managed.line, state=state, message=message, region=managed.id)


def _name(record: Record) -> str:
    return f"{record.id} of {record.mechanism}/{record.workload}"


def _start_of(record: Record) -> datetime:
    try:
        started = datetime.fromisoformat(record.started)
    except ValueError as problem:
        raise RecordError(
            f"record {_name(record)} says it was started {record.started!r}, which is no time; measure it again"
        ) from problem
    return started if started.tzinfo is not None else started.replace(tzinfo=UTC)
