"""The main job as one story: read, ask, measure, read again, fill, write, commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from doctool import environment, git, statistics
from doctool.check.release import Fitness
from doctool.errors import ChangedMeanwhileError, DoctoolError, GitError, MeasurementError, RecordError
from doctool.measure import Effort, Measuring
from doctool.measure.queue import measuring_alone
from doctool.plan import Need, Target, choose, every_setup, is_settled
from doctool.plan.pages import Page, read_page, unified_diff
from doctool.plan.selection import Notice, Selection, Wishes, select
from doctool.plan.targets import Targets
from doctool.progress import Progress
from doctool.project import Project
from doctool.project.root import FILE_NAME
from doctool.records import Record, Source
from doctool.records.store import read_record
from doctool.refresh.commit import Wording, commit
from doctool.refresh.filling import Change, ensure_templates, fill_page
from doctool.render.pages import draw_pictures
from doctool.system import files
from doctool.workload import look_around

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
        is_dry: Compute, but write no document.
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
    is_dry: bool = False
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
    """

    changes: tuple[Change, ...]
    measured: tuple[Record, ...]
    commit: str | None
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
    if request.commits:
        _ensure_committable(project, request)
    if request.released is not None:
        _ensure_measured_code_is_committed(project)
    targets = targets_here(project)
    given = import_records(project, request.records)
    wishes = _wishes(project, request, given)
    pages = _read_pages(project, request)
    for page in pages:
        ensure_templates(project, page)
    before = [select(project, page, targets, wishes) for page in pages]
    needs = _needs_to_measure(before, targets, given, force=request.force)
    measured = measure(project, targets, [targets.of(need) for need in needs], request.effort, report)
    with git.exclusive(project.root) if request.commits else nullcontext():
        # The author may have gone on writing while we measured: everything about the text is asked again.
        pages = _read_pages(project, request)
        selections = [select(project, page, targets, replace(wishes, measured=measured)) for page in pages]
        _ensure_found(needs, selections, measured)
        undrawn = [] if request.is_dry else _draw(project, pages, selections)
        changes = [fill_page(project, page, selection) for page, selection in zip(pages, selections, strict=True)]
        if not request.is_dry:
            write(changes)
        made = commit(project, changes, request.wording) if request.commits else None
    return Refreshed(
        changes=tuple(changes),
        measured=measured,
        commit=made.commit if made else None,
        notices=(
            *(
                notice
                for page, selection in zip(pages, selections, strict=True)
                for notice in (*selection.notices, *_left_notices(page))
            ),
            *undrawn,
        ),
    )


def targets_here(project: Project) -> Targets:
    """Return what a record must have been made of to answer a need on this machine as it is now.

    Raises:
        MeasurementError: If PyTorch is there and cannot be loaded.
    """
    return Targets(project, look_around(project.root, every_setup(project.config)))


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


def measure(
    project: Project, targets: Targets, missing: Sequence[Target], effort: Effort, report: Report
) -> tuple[Record, ...]:
    """Measure the targets and save their records; what another doctool has recorded meanwhile is left out.

    Raises:
        MeasurementError: If the measured code failed somewhere; everything else is saved. Or if another doctool is
            still measuring here.
    """
    if not missing:
        return ()
    known = project.records.ids().keys()
    with measuring_alone(project, report):
        new = [record for record in project.records if record.id not in known]
        quick_is_enough = effort.is_quick
        left = [target for target in missing if not is_settled(choose(new, target), quick_is_enough=quick_is_enough)]
        return _measure(project, targets, left, effort, report)


def _measure(
    project: Project, targets: Targets, missing: Sequence[Target], effort: Effort, report: Report
) -> tuple[Record, ...]:
    measuring = Measuring(
        project=project,
        source=_source_of(project),
        detections=targets.detections,
        effort=effort,
        report=report,
    )
    measuring.run(missing)
    if measuring.failures:
        failures = "\n".join(map(str, measuring.failures))
        raise MeasurementError(
            f"{failures}\nThe documents are unchanged; what was measured besides this is kept "
            f"({len(measuring.saved)} records). Mend the code, or what "
            "doctool.yaml builds and calls it with, or use --accept-failures to have it said in words."
        )
    return tuple(measuring.saved)


def import_records(project: Project, paths: Sequence[Path]) -> tuple[Record, ...]:
    """Read records measured elsewhere and save them beside the project's own.

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
    for record in given:
        project.records.save(record)
    return given


def _wishes(project: Project, request: RefreshRequest, given: tuple[Record, ...]) -> Wishes:
    wishes = Wishes(given=given, force=request.force, rehost=request.rehost)
    if request.released is not None:
        return replace(wishes, is_fit=Fitness(rules=project.config.release, now=request.released).is_fit)
    # A quick look makes way as soon as there is time for a full one, unless it was brought on purpose.
    return wishes if request.effort.is_quick else replace(wishes, is_fit=lambda one: not one.quick or one in given)


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
            "for; this is a mistake of doctool's, please report it. The documents are unchanged, the records are kept: "
            f"{', '.join(record.id for record in measured)}"
        )


def _source_of(project: Project) -> Source:
    state = git.source_state(project.root, [Path(name) for name in (*project.source_names, FILE_NAME)])
    return Source(digest="", commit=state.commit, dirty=state.is_dirty, patch_digest=state.patch_digest)


def _draw(project: Project, pages: Sequence[Page], selections: Sequence[Selection]) -> list[Notice]:
    """Draw the training curves; without the library for it, the documents are filled all the same."""
    notices = []
    for page, selection in zip(pages, selections, strict=True):
        try:
            draw_pictures(project, page.name, [record for group in selection.records.values() for record in group])
        except DoctoolError as problem:
            notices.append(Notice(file=page.name, line=1, message=problem.message))
    return notices


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
