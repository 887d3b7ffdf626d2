"""`doctool check`: print the findings.

What a page that is known to be true does not need is imported late: a hook waits for this module on every commit.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from doctool.cli.again import summary_of
from doctool.known import Circumstances, KnownPages, Outline, Warned, read_page, read_settings
from doctool.root import find_root
from doctool.untouched import Untouched, cache_directory, signature_of

if TYPE_CHECKING:
    from doctool.cli.snapshots import Snapshot
    from doctool.findings import Finding
    from doctool.project import Project


def run(options: argparse.Namespace) -> int:
    """Check the documents and return the exit code of the gravest finding."""
    known = KnownPages(None if options.afresh else cache_directory())
    count, findings = _recall(options, known) or _look(options, known)
    style = "json" if options.json else options.format
    for line in _FORMATS[style](findings):
        print(line)
    if style == "text" and not findings and not (options.staged or options.push):
        print(summary_of(count) + (" and ready" if options.release else ""))
    if not findings:
        return 0
    from doctool.findings import exit_code_of  # noqa: PLC0415

    return exit_code_of(findings)


def _recall(options: argparse.Namespace, known: KnownPages) -> tuple[int, list[Finding]] | None:
    """Return how many pages there are and the warnings about them, if all are known; None where one has to look."""
    if options.staged or options.push or options.release or options.diff or options.all == bool(options.documents):
        return None
    began_ns = time.time_ns()
    root = find_root(options.project)
    settings = read_settings(root)
    outline = known.outline(settings) if settings is not None else None
    if settings is None or outline is None:
        return None
    names = outline.documents if options.all else tuple(dict.fromkeys(_names(options.documents, root)))
    circumstances = Circumstances(root, settings, outline)
    warnings: dict[str, list[Finding]] = {}
    for name in names:
        data = read_page(root, name)
        about = known.warnings_of(circumstances.key_of(name, data)) if data is not None else None
        if about is None:
            return None
        warnings[name] = list(_as_findings(name, about))
    _note_untouched(root, outline, circumstances, warnings, began_ns)
    return (len(names), [finding for of_page in warnings.values() for finding in of_page]) if names else None


def _note_untouched(
    root: Path,
    outline: Outline,
    circumstances: Circumstances,
    warnings: Mapping[str, Sequence[Finding]],
    began_ns: int,
) -> None:
    """Write down what was just recognised by its content, so that while nobody touches it nothing need be read."""
    cache = cache_directory()
    if cache is None:
        return
    above = os.path.join(root, "")  # noqa: PTH118
    pages = {
        above + name: (signature_of(above + name, follow=False), [str(finding) for finding in of_page])
        for name, of_page in warnings.items()
    }
    Untouched(cache, str(root)).remember(
        [above + name for name in outline.documents], circumstances.signatures, pages, began_ns
    )


def _names(documents: Iterable[Path], root: Path) -> Iterable[str]:
    above = os.path.join(root, "")  # noqa: PTH118 - thousands of pages, and pathlib costs five times as much
    for path in documents:
        resolved = os.path.realpath(path)
        # What is outside has no name in this project, so nothing is known under it.
        yield resolved.removeprefix(above).replace(os.sep, "/")


def _as_findings(name: str, about: Iterable[Warned]) -> Iterable[Finding]:
    for one in about:
        from doctool.findings import Finding, State  # noqa: PLC0415

        yield Finding(
            file=name,
            line=one.line,
            state=State(one.state),
            message=one.message,
            region=one.region,
            is_warning=True,
        )


def _look(options: argparse.Namespace, known: KnownPages) -> tuple[int, list[Finding]]:
    """Check every page that is not known to be true; return how many there are, and what was found."""
    from doctool.cli.documents import documents_of  # noqa: PLC0415
    from doctool.cli.snapshots import Snapshot, snapshots_of_hook  # noqa: PLC0415
    from doctool.project import find_project  # noqa: PLC0415

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
            if options.release or options.push or options.diff:
                findings += _check_whole(snapshot, show_diff=options.diff, is_release=options.release or options.push)
            else:
                findings += _check_unknown(snapshot, known)
            count += len(snapshot.documents)
    return count, findings


def _check_unknown(snapshot: Snapshot, known: KnownPages) -> list[Finding]:
    """Check the pages that are not known to be true, and remember those that turn out to be."""
    from doctool.pages import read_document  # noqa: PLC0415

    root = snapshot.project.root
    pages = {name: read_document(root / name, name) for name in snapshot.documents}
    settings = read_settings(root)
    if settings is None:
        return [finding for of_page in _findings_of(snapshot, pages).values() for finding in of_page]
    outline = _outline_of(snapshot.project)
    before = Circumstances(root, settings, outline)
    about = {name: known.warnings_of(before.key_of(name, data)) for name, data in pages.items()}
    unknown = {name: pages[name] for name, warnings in about.items() if warnings is None}
    found = _findings_of(snapshot, unknown) if unknown else {}
    after = Circumstances(root, settings, outline)
    # With a committed version to lean on, a page may pass that would not pass alone. And what changed while we looked
    # is not what we looked at.
    if unknown and not snapshot.before and settings == read_settings(root):
        known.learn(settings, outline)
        for name, data in unknown.items():
            key = before.key_of(name, data)
            if key == after.key_of(name, data) and all(finding.is_warning for finding in found[name]):
                known.remember(key, (_as_warned(finding) for finding in found[name]))
        known.save()
    return [
        finding
        for name, warnings in about.items()
        for finding in (found[name] if warnings is None else _as_findings(name, warnings))
    ]


def _as_warned(finding: Finding) -> Warned:
    return Warned(finding.line, finding.state.value, finding.message, finding.region)


def _outline_of(project: Project) -> Outline:
    from doctool.detect import places_of  # noqa: PLC0415

    config = project.config
    return Outline(
        documents=tuple(config.documents),
        sources=places_of(config.package),
        others=(config.measurements, config.templates),
    )


def _findings_of(snapshot: Snapshot, pages: Mapping[str, bytes]) -> dict[str, Sequence[Finding]]:
    from doctool.check import Checker  # noqa: PLC0415

    checker = Checker(snapshot.project, before=snapshot.before)
    return {name: checker.check(name, data) for name, data in pages.items()}


def _check_whole(snapshot: Snapshot, *, show_diff: bool, is_release: bool) -> list[Finding]:
    """Check all pages, whatever is known, and what else was asked."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from doctool.check import Checker  # noqa: PLC0415
    from doctool.pages import read_document  # noqa: PLC0415

    checker = Checker(snapshot.project, before=snapshot.before)
    pages = {name: read_document(snapshot.project.root / name, name) for name in snapshot.documents}
    findings: list[Finding] = []
    for name, data in pages.items():
        findings.extend(checker.check(name, data))
        if show_diff:
            print(checker.diff(name, data), end="")
    if is_release:
        from doctool.release import find_shortfalls  # noqa: PLC0415

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
