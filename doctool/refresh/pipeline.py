"""The main job as one story: read, ask, measure, read again, fill, write, commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from doctool import environment, git, statistics
from doctool.check import Checker
from doctool.check.findings import Finding, State
from doctool.check.release import Fitness
from doctool.errors import ChangedMeanwhileError, DoctoolError, GitError, RecordError
from doctool.measure import Effort, Postponed, measure, targets_here
from doctool.plan import Need, is_rough
from doctool.plan.pages import Page, read_page, unified_diff
from doctool.plan.selection import Notice, Selection, Wishes, select
from doctool.plan.targets import Targets
from doctool.progress import Progress
from doctool.project import Project, find_project
from doctool.project.root import FILE_NAME
from doctool.records import Record
from doctool.records.store import read_record, signature_path
from doctool.refresh.commit import Committed, Wording, commit
from doctool.refresh.drawing import draw, leftovers, remove, write_drawings
from doctool.refresh.filling import Change, ensure_fillable, ensure_templates, fill_page, outline_of
from doctool.system import files
from doctool.system.reading import SETTINGS_BYTES, read_file

Report = Callable[[Progress], None]


class RefreshRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What `refresh` is asked to do.

    Args:
        documents: Documents, relative to the project's root.
        effort: How much measuring may cost.
        records: Record files measured elsewhere, to be shown here.
        force: Measure again what is current, and overwrite regions that were edited by hand.
        rehost: Let figures of this machine replace those of a GPU it does not have.
        replace_estimates: Treat values that their authors marked as estimates as placeholders.
        commits: Commit what was written.
        wording: What the commit says.
        released: When a release is to be made, with its time zone; then what may not stand in one is measured again.
    """

    documents: tuple[str, ...]
    effort: Effort
    records: tuple[Path, ...] = ()
    force: bool = False
    rehost: bool = False
    replace_estimates: bool = False
    commits: bool = True
    wording: Wording = msgspec.field(default_factory=Wording)
    released: datetime | None = None


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """What `refresh` found and made.

    Args:
        changes: Every document, changed or not.
        measured: The records made now.
        commit: Id of the commit; None if there was nothing to commit, or none was asked for.
        notices: What was left as it is.
        postponed: What could not be measured today.
        findings: What is not in order in the documents as they are now.
    """

    changes: tuple[Change, ...]
    measured: tuple[Record, ...]
    commit: str | None
    notices: tuple[Notice, ...]
    postponed: tuple[Postponed, ...] = ()
    findings: tuple[Finding, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a refresh would do.

    Args:
        changes: What can be filled without measuring; every document, changed or not.
        needs: What would be measured.
        outlines: By document and line, what the regions that wait for it will look like.
        notices: What would be left as it is.
    """

    changes: tuple[Change, ...]
    needs: tuple[Need, ...]
    outlines: tuple[Notice, ...]
    notices: tuple[Notice, ...]


def refresh(project: Project, request: RefreshRequest, report: Report) -> Refreshed:
    """Bring documents up to date.

    Raises:
        DocumentError: If a document cannot be read or a marker is malformed; before anything is measured.
        MeasurementError: If the measured code failed; the other measurements are saved, the documents untouched.
        ChangedMeanwhileError: If a document was saved by someone else at the last moment; it is untouched.
        GitError: If git cannot commit, or for a release the measured code is not committed; if that can be known,
            before anything is measured.
    """
    began_s = time.monotonic()
    if request.commits:
        _ensure_committable(project, request)
    if request.released is not None:
        _ensure_measured_code_is_committed(project)
    given = read_records(request.records)
    targets = targets_here(project)
    _, needs = _ask(project, request, targets, given)
    for record, path in zip(given, request.records, strict=True):
        project.records.save(record)
        if signature_path(path).is_file():
            signature = read_file(signature_path(path), inside=None, limit=SETTINGS_BYTES)
            project.records.save_signature(record, signature)
    effort = replace(request.effort, budget_s=request.effort.budget_s - (time.monotonic() - began_s))
    measured = measure(project, targets, [targets.of(need) for need in needs], effort, report)
    wishes = replace(
        _wishes(project, request, given),
        measured=measured.records,
        postponed=frozenset(postponed.need for postponed in measured.postponed),
    )
    with git.exclusive(project.root) if request.commits else nullcontext():
        # The author may have gone on writing while we measured: everything about the text is asked again.
        pages = _read_pages(project, request)
        selections = [select(project, page, targets, wishes) for page in pages]
        _ensure_found([need for need in needs if need not in wishes.postponed], selections, measured.records)
        undrawn = draw(project, pages, selections)
        changes = [fill_page(project, page, selection) for page, selection in zip(pages, selections, strict=True)]
        write(changes)
        write_drawings(project, changes)
        made = commit(project, changes, request.wording) if request.commits else Committed(commit=None)
        if not request.commits:
            names = [change.page.name for change in changes]
            remove(leftovers(project, names, [change.data for change in changes]))
    return Refreshed(
        changes=tuple(changes),
        measured=measured.records,
        commit=made.commit,
        notices=(*_notices(pages, selections), *undrawn, *made.left),
        postponed=measured.postponed,
        findings=_look_again(project, changes),
    )


def preview(project: Project, request: RefreshRequest) -> Preview:
    """Say what a refresh would do; nothing is measured, and nothing is written. Errors as in `refresh`."""
    given = read_records(request.records)
    targets = targets_here(project)
    pages, needs = _ask(project, request, targets, given)
    wishes = replace(_wishes(project, request, given), postponed=frozenset(needs))
    selections = [select(project, page, targets, wishes) for page in pages]
    both = list(zip(pages, selections, strict=True))
    return Preview(
        changes=tuple(fill_page(project, page, selection) for page, selection in both),
        needs=tuple(needs),
        outlines=tuple(
            Notice(file=page.name, line=managed.line, message=outline_of(managed))
            for page, selection in both
            for managed in page.document.regions
            if managed.id in selection.waiting
        ),
        notices=tuple(_notices(pages, selections)),
    )


def _ask(
    project: Project, request: RefreshRequest, targets: Targets, given: tuple[Record, ...]
) -> tuple[list[Page], list[Need]]:
    """Read the documents and find out what has to be measured for them, of what they can show at all."""
    wishes = _wishes(project, request, given)
    pages = _read_pages(project, request)
    for page in pages:
        ensure_templates(project, page)
    selections = [select(project, page, targets, wishes) for page in pages]
    for page, selection in zip(pages, selections, strict=True):
        ensure_fillable(project, page, selection, targets)
    return pages, _needs_to_measure(selections, targets, given, force=request.force)


def _look_again(project: Project, changes: Sequence[Change]) -> tuple[Finding, ...]:
    """Check the documents as they were left; numbers outside of regions are no matter of a refresh."""
    checker = Checker(find_project(project.root))
    found = (finding for change in changes for finding in checker.check(change.page.name, change.data))
    return tuple(finding for finding in found if finding.state is not State.UNBACKED)


def write(changes: Iterable[Change]) -> None:
    """Write the changed documents, all or none.

    Raises:
        ChangedMeanwhileError: If a document changed on disk since it was read.
    """
    changed = [change for change in changes if change.is_change]
    for change in changed:
        found = change.page.path.read_bytes()
        if found != change.page.data:
            theirs = unified_diff(change.page.name, change.page.data, found)
            raise ChangedMeanwhileError(
                "this document was saved by someone else just now; nothing was written, run the command again "
                f"(the measurements are kept). What changed:\n{theirs}",
                file=change.page.name,
            )
    files.write_all({change.page.path: change.data for change in changed})


def read_records(paths: Sequence[Path]) -> tuple[Record, ...]:
    """Read records measured elsewhere.

    Raises:
        RecordError: If a file is no record, or was changed after it was written.
    """
    given = tuple(read_record(path) for path in paths)
    for record, path in zip(given, paths, strict=True):
        problems = statistics.verify(
            record, machine=environment.fingerprint(record.environment), seal=record.seal or None
        )
        if problems:
            raise RecordError(
                f"the summary does not follow from the samples: {'; '.join(problems)}; copy the file again from where "
                "it was measured",
                file=str(path),
            )
    return given


def _wishes(project: Project, request: RefreshRequest, given: tuple[Record, ...]) -> Wishes:
    wishes = Wishes(given=given, force=request.force, rehost=request.rehost)
    if request.released is not None:
        return replace(wishes, is_fit=Fitness(rules=project.config.release, now=request.released).is_fit)
    # A rough look makes way as soon as there is time for a full one, unless it was brought on purpose.
    return wishes if request.effort.is_rough else replace(wishes, is_fit=lambda one: not is_rough(one) or one in given)


def _ensure_measured_code_is_committed(project: Project) -> None:
    names = [Path(name) for name in (*project.source_names, FILE_NAME)]
    state = git.source_state(project.root, names)
    if state.commit is None:
        raise GitError("a release needs figures of committed code, and nothing is committed here yet; commit first")
    if state.is_dirty:
        changed = git.changed_paths(project.root, names)
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise GitError(
            f"this part of the measured code is not committed as it is{more}, and the figures of a release must belong "
            "to a commit; commit it, or put it away with `git stash`, and run the command again",
            file=changed[0].as_posix() if changed else None,
        )


def _ensure_committable(project: Project, request: RefreshRequest) -> None:
    if git.repository_root(project.root) is None:
        raise GitError("this project is in no git repository; use --no-commit, or `git init` first")
    # A record's path too: an ignored directory of records should be found out before measuring, not after.
    record = project.records.directory / "mechanism-workload-00000000.json"
    git.ensure_committable(project.root, [*(project.root / name for name in request.documents), record])


def _read_pages(project: Project, request: RefreshRequest) -> list[Page]:
    return [read_page(project, name, replace_estimates=request.replace_estimates) for name in request.documents]


def _needs_to_measure(
    selections: Sequence[Selection], targets: Targets, given: tuple[Record, ...], *, force: bool
) -> list[Need]:
    needs = dict.fromkeys(need for selection in selections for need in selection.missing)
    if force:
        brought = {(record.mechanism, record.workload) for record in given}
        for selection in selections:
            for region in selection.replaced:
                for record in selection.records.get(region, ()):
                    need = Need(mechanism=record.mechanism, workload=record.workload)
                    if (record.mechanism, record.workload) not in brought and targets.of(need).is_answered_by(record):
                        needs[need] = None
    return list(needs)


def _ensure_found(needs: Sequence[Need], selections: Sequence[Selection], measured: Sequence[Record]) -> None:
    """Make sure that no table gives way to words because a record is not recognised as what it was measured for.

    Raises:
        DoctoolError: If one is not.
    """
    shown = {
        (record.mechanism, record.workload)
        for selection in selections
        for group in selection.records.values()
        for record in group
    }
    asked = {need for selection in selections for need in selection.missing}
    lost = [need for need in needs if need in asked and (need.mechanism, need.workload) not in shown]
    if lost and measured:
        raise DoctoolError(
            f"{', '.join(map(str, lost))} was measured just now, and the record does not answer what the document asks "
            "for; this is an error in doctool, please report it. The documents are unchanged, the records are kept: "
            f"{', '.join(record.id for record in measured)}"
        )


def _notices(pages: Sequence[Page], selections: Sequence[Selection]) -> list[Notice]:
    return [
        notice
        for page, selection in zip(pages, selections, strict=True)
        for notice in (*selection.notices, *_left_notices(page))
    ]


def _left_notices(page: Page) -> list[Notice]:
    return [
        Notice(
            file=page.name,
            line=left.line,
            message=f"{left.text!r} was left as it is: {left.reason}"
            + (f" (nearest: {', '.join(left.nearest)})" if left.nearest else ""),
        )
        for left in page.adoption.left
    ]
