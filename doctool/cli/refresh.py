"""`doctool refresh`: the main job."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from doctool.check.findings import exit_code_of
from doctool.check.release import findings_of_release
from doctool.cli.documents import documents_of
from doctool.cli.effort import effort_of
from doctool.cli.progress import shown_progress
from doctool.errors import UsageError
from doctool.project import Project, find_project
from doctool.refresh.commit import Wording
from doctool.refresh.pipeline import Refreshed, RefreshRequest, refresh


def run(options: argparse.Namespace) -> int:
    """Refresh the documents, write them and commit; for a release, the exit code is that of its check."""
    project = find_project(options.project)
    if options.release and options.quick:
        raise UsageError("a release shows no quick figures; use --quick or --release, not both")
    options.all = options.all or (options.release and not options.documents)
    request = RefreshRequest(
        documents=documents_of(options, project),
        effort=effort_of(options, project),
        records=tuple(options.records),
        force=options.force,
        rehost=options.rehost,
        replace_estimates=options.replace_estimates,
        is_dry=options.dry_run,
        commits=not (options.no_commit or options.dry_run),
        wording=Wording(subject=options.message, signoff=options.signoff),
        released=datetime.now(UTC) if options.release else None,
    )
    with shown_progress() as report:
        refreshed = refresh(project, request, report)
    for notice in refreshed.notices:
        print(notice, file=sys.stderr)
    if options.dry_run:
        _print_diff(refreshed, as_json=options.json)
    else:
        _print_outcome(project, refreshed, as_json=options.json)
    if request.released is None or options.dry_run:
        return 0
    return _say_what_is_left(find_project(options.project), request.documents, request.released)


def _say_what_is_left(project: Project, documents: Sequence[str], released: datetime) -> int:
    findings = findings_of_release(project, documents, released)
    for finding in findings:
        print(finding, file=sys.stderr)
    if not findings:
        print("ready for a release", file=sys.stderr)
    return exit_code_of(findings)


def _print_diff(refreshed: Refreshed, *, as_json: bool) -> None:
    if as_json:
        rows = [{"file": change.page.name, "diff": change.diff()} for change in refreshed.changes if change.is_change]
        print(json.dumps({"changes": rows}, ensure_ascii=False, indent=2))
        return
    for change in refreshed.changes:
        print(change.diff(), end="")


def _print_outcome(project: Project, refreshed: Refreshed, *, as_json: bool) -> None:
    changed = [change.page.name for change in refreshed.changes if change.is_change]
    if as_json:
        outcome = {
            "measured": [record.id for record in refreshed.measured],
            "written": changed,
            "commit": refreshed.commit,
            "left": [{"file": one.file, "line": one.line, "message": one.message} for one in refreshed.notices],
        }
        print(json.dumps(outcome, ensure_ascii=False, indent=2))
        return
    if not refreshed.measured and not changed and refreshed.commit is None:
        count = len(refreshed.changes)
        done = "nothing measured, nothing written, nothing committed"
        if refreshed.notices:
            print(f"{done}; see above what was left as it is")
        else:
            print(f"{count} document{' is' if count == 1 else 's are'} up to date; {done}")
        return
    print(f"measured {len(refreshed.measured)}, wrote {', '.join(changed) or 'no document'}")
    for record in refreshed.measured:
        print(f"  {project.relative(project.records.path_of(record))}")
    if refreshed.commit is not None:
        print(f"committed {refreshed.commit[:10]}")
