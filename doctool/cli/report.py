"""`doctool report`: everything that was measured on one page, or what a change changes."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from doctool import git
from doctool.check import Checker
from doctool.check.findings import Finding
from doctool.cli.documents import unlisted_documents
from doctool.cli.output import say, say_json, say_text
from doctool.cli.snapshots import project_at
from doctool.compare.diff import Shown, differences, shown_in
from doctool.errors import GitError, UsageError
from doctool.plan.pages import read_document
from doctool.project import Project, find_project
from doctool.report.changes import Changes, write_changes
from doctool.report.gathering import gather
from doctool.report.page import write_page
from doctool.sampling.cache import prepare_cache
from doctool.system import files

_NAME = "report.html"


def run(options: argparse.Namespace) -> int:
    """Write the page and say where it is, or print what changed."""
    project = find_project(options.project)
    if options.format == "markdown":
        say_text(write_changes(_changes(project, options.base)))
        return 0
    path = _write_page(project, options)
    if options.json:
        say_json({"report": str(path)})
    else:
        say(str(path))
    return 0


def _write_page(project: Project, options: argparse.Namespace) -> Path:
    names = [name for name in project.config.documents if (project.root / name).is_file()]
    if not names:
        raise UsageError("doctool.yaml lists no document that is there, and a report shows what documents show")
    language = options.language or project.settings_of(names[0]).language
    directory: Path = options.output
    if directory is None:
        directory = project.cache
        prepare_cache(directory)
    directory.mkdir(parents=True, exist_ok=True)
    page = write_page(gather(project, language, names), Path(os.path.realpath(directory)))
    files.write_bytes(directory / _NAME, page.encode("utf-8"))
    return directory / _NAME


def _changes(project: Project, named: str | None) -> Changes:
    """Compare the documents in the work tree with those of the base, and check them."""
    base = named or _base_of_job()
    if not git.has_commit(project.root, base):
        raise GitError(f"there is no commit, branch or tag {base!r} here; fetch it, or name another with --base")
    names = (*project.config.documents, *unlisted_documents(project))
    checker = Checker(project)
    findings: list[Finding] = []
    for name in names:
        findings += checker.check(name, read_document(project, name))
    try:
        with project_at(project, base) as before:
            old: Shown = shown_in(before)
            cells = differences(old, shown_in(project))
    except (GitError, UsageError) as problem:
        # That nothing can be compared is an answer too: the base may be from before there was a doctool.yaml.
        return Changes(base=base, obstacle=problem.message, findings=findings, documents=len(names))
    return Changes(base=base, cells=cells, findings=findings, documents=len(names))


def _base_of_job() -> str:
    branch = os.environ.get("GITHUB_BASE_REF")
    if not branch:
        raise UsageError("name what to compare with: --base COMMIT; only in a pull request's job is it known")
    return f"origin/{branch}"
