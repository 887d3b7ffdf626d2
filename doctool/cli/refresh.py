"""`doctool refresh`: the main job."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from doctool.check.findings import Finding, exit_code_of
from doctool.check.release import findings_of_release
from doctool.cli.documents import documents_of, project_of
from doctool.cli.effort import effort_of
from doctool.cli.output import say, say_json, say_text, tell
from doctool.cli.progress import shown_progress, spell_time
from doctool.errors import UsageError
from doctool.measure import Effort, remedy_for
from doctool.plan.selection import Notice
from doctool.project import Project, find_project
from doctool.records import COMMIT_LENGTH
from doctool.refresh.commit import Wording
from doctool.refresh.pipeline import Preview, Refreshed, RefreshRequest, preview, refresh


def run(options: argparse.Namespace) -> int:
    """Refresh the documents, write them and commit; the exit code is that of a check of what was left."""
    project = project_of(options)
    if options.release and (options.quick or options.busy):
        raise UsageError("a release shows no quick or busy figures; use --release without --quick and --busy")
    options.all = options.all or (options.release and not options.documents)
    request = RefreshRequest(
        documents=documents_of(options, project),
        effort=effort_of(options, project),
        records=tuple(options.records),
        force=options.force,
        rehost=options.rehost,
        replace_estimates=options.replace_estimates,
        commits=not (options.no_commit or options.dry_run),
        wording=Wording(subject=options.message, signoff=options.signoff),
        released=datetime.now(UTC) if options.release else None,
    )
    if options.dry_run:
        _print_preview(preview(project, request), request.effort, as_json=options.json)
        return 0
    with shown_progress() as report:
        refreshed = refresh(project, request, report)
    for notice in (*refreshed.notices, *refreshed.postponed):
        tell(str(notice))
    if refreshed.postponed:
        tell(remedy_for({postponed.reason for postponed in refreshed.postponed}))
    _print_outcome(project, refreshed, as_json=options.json)
    if request.released is not None:
        return _say_what_is_left(find_project(project.root), request.documents, request.released)
    return 0 if options.exit_zero else exit_code_of(refreshed.findings)


def _say_what_is_left(project: Project, documents: Sequence[str], released: datetime) -> int:
    findings = findings_of_release(project, documents, released)
    for finding in findings:
        tell(str(finding))
    if not findings:
        tell("ready for a release")
    return exit_code_of(findings)


def _print_preview(found: Preview, effort: Effort, *, as_json: bool) -> None:
    """Say what would be measured, how long that takes at most, and what the pages would look like."""
    if as_json:
        outcome = {
            "measures": [str(need) for need in found.needs],
            "at_most_s": effort.budget_s if found.needs else 0.0,
            "changes": [
                {"file": change.page.name, "diff": change.diff()} for change in found.changes if change.is_change
            ],
            "outlines": [_place(outline) for outline in found.outlines],
            "left": [_place(notice) for notice in found.notices],
        }
        say_json(outcome)
        return
    for notice in found.notices:
        tell(str(notice))
    for change in found.changes:
        say_text(change.diff())
    for outline in found.outlines:
        say_text(f"{outline.file} would get, with figures for the dots:\n\n{outline.message}\n\n")
    if found.needs:
        names = ", ".join(map(str, found.needs))
        say(f"would measure {names}; that takes {spell_time(effort.budget_s)} at most (--budget)")
    elif not any(change.is_change for change in found.changes):
        say("everything is up to date: nothing would be measured or written")
    else:
        say("nothing would be measured")


def _place(notice: Notice) -> dict[str, object]:
    return {"file": notice.file, "line": notice.line, "message": notice.message}


def _print_outcome(project: Project, refreshed: Refreshed, *, as_json: bool) -> None:
    changed = [change.page.name for change in refreshed.changes if change.is_change]
    if as_json:
        outcome = {
            "measured": [record.id for record in refreshed.measured],
            "postponed": [
                {"need": str(postponed.need), "reason": postponed.reason} for postponed in refreshed.postponed
            ],
            "written": changed,
            "commit": refreshed.commit,
            "left": [_place(notice) for notice in refreshed.notices],
            "findings": [
                {"file": each.file, "line": each.line, "state": each.state.value, "message": each.message}
                for each in refreshed.findings
            ],
        }
        say_json(outcome)
        return
    for line in _summary_of(project, refreshed, changed):
        say(line)


def _summary_of(project: Project, refreshed: Refreshed, changed: Sequence[str]) -> Iterator[str]:
    """Yield what was measured, and last of all what is filled, what is left and why, and the commit."""
    open_findings = [finding for finding in refreshed.findings if not finding.is_warning]
    if not refreshed.measured and not changed and refreshed.commit is None:
        done = "nothing measured, nothing written, nothing committed"
        count = len(refreshed.changes)
        is_all = not (refreshed.notices or refreshed.postponed or open_findings)
        yield f"{count} document{' is' if count == 1 else 's are'} up to date; {done}" if is_all else done
    else:
        yield f"measured {len(refreshed.measured)}, wrote {', '.join(changed) or 'no document'}"
        yield from (f"  {project.relative(project.records.path_of(record))}" for record in refreshed.measured)
        filled = sum(len(change.filled) for change in refreshed.changes)
        yield f"filled {filled} region{'' if filled == 1 else 's'}"
    for change in refreshed.changes:
        yield from _what_is_left(change.page.name, open_findings)
    if refreshed.commit is not None:
        yield f"committed {refreshed.commit[:COMMIT_LENGTH]}"


def _what_is_left(name: str, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield one line for each kind of what is left in a document."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.file == name:
            groups.setdefault(finding.state.value, []).append(finding)
    for state, group in groups.items():
        lines = ", ".join(map(str, dict.fromkeys(finding.line for finding in group)))
        yield f"left in {name}: {len(group)} {state} (line {lines}); `doctool check {name}` says what to do"
