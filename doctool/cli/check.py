"""`doctool check`: print the findings."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from doctool.check import Checker
from doctool.check.findings import Finding, exit_code_of
from doctool.check.release import find_shortfalls
from doctool.cli.documents import documents_of, unlisted_documents
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
        # A copy of a page under another name must be as true as the page.
        documents = (*documents_of(options, project), *(unlisted_documents(project) if options.all else ()))
        snapshots = nullcontext([Snapshot(project=project, documents=documents)])
    findings: list[Finding] = []
    count = 0
    with snapshots as checked:
        for snapshot in checked:
            findings += _check(snapshot, show_diff=options.diff, is_release=options.release or options.push)
            count += len(snapshot.documents)
    style = "json" if options.json else options.format
    for line in _FORMATS[style](findings):
        print(line)
    if style == "text" and not findings and not (options.staged or options.push):
        print(_summary_of(count) + (" and ready" if options.release else ""))
    return exit_code_of(findings)


def _summary_of(count: int) -> str:
    return f"{count} document{'s' if count != 1 else ''} checked, all true"


def _check(snapshot: Snapshot, *, show_diff: bool, is_release: bool) -> list[Finding]:
    checker = Checker(snapshot.project, before=snapshot.before)
    pages = {name: read_document(snapshot.project.root / name, name) for name in snapshot.documents}
    findings: list[Finding] = []
    for name, data in pages.items():
        findings.extend(checker.check(name, data))
        if show_diff:
            print(checker.diff(name, data), end="")
    if is_release:
        findings += find_shortfalls(checker, pages, snapshot.tagged or datetime.now(UTC))
    if snapshot.tag is not None:
        return [finding._replace(message=f"in tag {snapshot.tag}: {finding.message}") for finding in findings]
    return findings


def _as_text(findings: Iterable[Finding]) -> Iterable[str]:
    return map(str, findings)


def _as_json(findings: Iterable[Finding]) -> Iterable[str]:
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
    yield json.dumps({"findings": rows}, ensure_ascii=False, indent=2)


def _as_github(findings: Iterable[Finding]) -> Iterable[str]:
    """Workflow commands, which GitHub shows as annotations on the changed lines."""
    for finding in findings:
        level = "warning" if finding.is_warning else "error"
        message = finding.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        yield f"::{level} file={finding.file},line={finding.line},title={finding.state.value}::{message}"


_FORMATS = {"text": _as_text, "json": _as_json, "github": _as_github}
