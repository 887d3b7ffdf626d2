"""`doctool check`: print the findings."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from doctool.check import Checker
from doctool.check.findings import Finding, exit_code_of
from doctool.check.release import find_shortfalls
from doctool.cli.documents import documents_of
from doctool.cli.output import say, say_annotation, say_json, say_text
from doctool.cli.snapshots import Snapshot, snapshots_of_hook
from doctool.plan.pages import read_document
from doctool.project import find_project


def run(options: argparse.Namespace) -> int:
    """Check the documents and return the exit code of the gravest finding."""
    project = find_project(options.project)
    if options.staged or options.push:
        snapshots: AbstractContextManager[list[Snapshot]] = snapshots_of_hook(project, is_push=options.push)
    else:
        options.all = options.all or (options.release and not options.documents)
        snapshots = nullcontext([Snapshot(project=project, documents=documents_of(options, project))])
    findings: list[Finding] = []
    count = 0
    with snapshots as checked:
        for snapshot in checked:
            findings += _check(snapshot, show_diff=options.diff, is_release=options.release or options.push)
            count += len(snapshot.documents)
    style = "json" if options.json else options.format
    _FORMATS[style](findings)
    if style == "text" and not findings and not (options.staged or options.push):
        say(_summary_of(count) + (" and ready" if options.release else ""))
    return exit_code_of(findings)


def _summary_of(count: int) -> str:
    return f"{count} document{'s' if count != 1 else ''} checked, all true"


def _check(snapshot: Snapshot, *, show_diff: bool, is_release: bool) -> list[Finding]:
    checker = Checker(snapshot.project, before=snapshot.before)
    pages = {name: read_document(snapshot.project, name) for name in snapshot.documents}
    findings: list[Finding] = []
    for name, data in pages.items():
        findings.extend(checker.check(name, data))
        if show_diff:
            say_text(checker.diff(name, data))
    if is_release:
        findings += find_shortfalls(checker, pages, snapshot.tagged or datetime.now(UTC))
    if snapshot.tag is not None:
        return [finding._replace(message=f"in tag {snapshot.tag}: {finding.message}") for finding in findings]
    return findings


def _say_as_text(findings: Iterable[Finding]) -> None:
    for finding in findings:
        say(str(finding))


def _say_as_json(findings: Iterable[Finding]) -> None:
    rows = [
        {
            "file": finding.file,
            "line": finding.line,
            "region": finding.region,
            "state": finding.state.value,
            "message": finding.message,
            "warning": finding.is_warning,
        }
        for finding in findings
    ]
    say_json({"findings": rows})


def _say_as_github(findings: Iterable[Finding]) -> None:
    """Workflow commands, which GitHub shows as annotations on the changed lines."""
    for finding in findings:
        level = "warning" if finding.is_warning else "error"
        say_annotation(level, finding.message, file=finding.file, line=finding.line, title=finding.state.value)


_FORMATS = {"text": _say_as_text, "json": _say_as_json, "github": _say_as_github}
