"""`doctool check`: print the findings."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial

from doctool import document
from doctool.check import Checker
from doctool.check.commits import condensed, lenient
from doctool.check.findings import Finding, exit_code_of
from doctool.check.release import find_shortfalls
from doctool.cli.documents import documents_of, project_of, unlisted_documents
from doctool.cli.output import say, say_annotation, say_json, say_text
from doctool.cli.snapshots import Snapshot, project_at, snapshots_of_hook
from doctool.errors import DocumentError, GitError
from doctool.plan.pages import read_document
from doctool.project import Project


def run(options: argparse.Namespace) -> int:
    """Check the documents and return the exit code of the gravest finding."""
    project = project_of(options)
    if options.staged or options.push:
        snapshots: AbstractContextManager[list[Snapshot]] = snapshots_of_hook(project, is_push=options.push)
    else:
        options.all = options.all or (options.release and not options.documents)
        # A copy of a page under another name must be as true as the page.
        documents = (*documents_of(options, project), *(unlisted_documents(project) if options.all else ()))
        snapshots = nullcontext([Snapshot(project=project, documents=documents)])
    findings: list[Finding] = []
    count = 0
    with snapshots as checked:
        for snapshot in checked:
            found = _check(snapshot, show_diff=options.diff, is_release=options.release or options.push)
            if options.staged and snapshot.project.config.hook != "strict":
                found = lenient(found, partial(_findings_before, project, snapshot))
            findings += found
            count += len(snapshot.documents)
    style = "json" if options.json else options.format
    if style == "text" and options.staged:
        for line in condensed(findings):
            say(line)
    else:
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


def _findings_before(project: Project, staged: Snapshot) -> list[Finding]:
    """Return what was wrong in the last commit, but for regions that read otherwise now; nothing without such a commit.

    A region that was wrong and is changed again is looked at as if it were new.
    """
    try:
        with project_at(project, "HEAD") as committed:
            return [
                each
                for name in staged.documents
                if (committed.root / name).is_file()
                for each in _unchanged(committed, staged.project, name)
            ]
    except (GitError, DocumentError):
        return []


def _unchanged(committed: Project, staged: Project, name: str) -> list[Finding]:
    before, now = (read_document(each, name) for each in (committed, staged))
    texts, new_texts = (
        {managed.id: managed.text for managed in document.parse(data, name, committed.vocabulary).regions}
        for data in (before, now)
    )
    return [
        each
        for each in Checker(committed).check(name, before)
        if each.region is None or texts.get(each.region) == new_texts.get(each.region)
    ]


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
