"""Which documents the user means."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from doctool import document, git
from doctool.errors import DocumentError, UsageError
from doctool.plan.pages import read_document
from doctool.project import Project, find_project
from doctool.project.root import has_root
from doctool.terms.nearest import nearest


def unlisted_documents(project: Project) -> tuple[str, ...]:
    """Return the Markdown files that git tracks, that have a region, and that doctool.yaml does not list."""
    names = (path.as_posix() for path in git.tracked_paths(project.root, "*.md"))
    return tuple(name for name in names if project.may_be_document(name) and _has_region(project, name))


def _has_region(project: Project, name: str) -> bool:
    try:
        return document.has_region(read_document(project, name))
    except DocumentError:
        # A link that leads elsewhere, or what git tracks and is not there: no document of ours.
        return False


def project_of(options: argparse.Namespace) -> Project:
    """Open the project that the named documents belong to: that of -C, or the nearest beside the first document.

    Raises:
        ConfigError: If there is none, or it is not valid.
    """
    start: Path = options.project
    documents: list[Path] = options.documents
    if start == Path() and documents and has_root(documents[0].parent):
        start = documents[0].parent
    return find_project(start)


def documents_of(options: argparse.Namespace, project: Project) -> tuple[str, ...]:
    """Return the documents named on the command line, or all that doctool.yaml lists, relative to the project.

    Raises:
        UsageError: If none is named and none is listed, or a named one is missing or outside the project.
    """
    listed = tuple(project.config.documents)
    if options.all:
        if options.documents:
            raise UsageError("either name documents or use --all, not both")
        if not listed:
            raise UsageError("doctool.yaml lists no documents; add them under 'documents:'", file="doctool.yaml")
        return listed
    if not options.documents:
        raise UsageError(f"name a document, or use --all for {', '.join(listed) or 'every listed one'}")
    names = []
    for path in options.documents:
        name = project.relative(path)
        if not os.path.lexists(path):
            near = nearest(name, listed)
            hint = f"did you mean {near!r}?" if near else "check the path"
            raise UsageError(f"there is no such document; {hint}", file=str(path))
        names.append(name)
    return tuple(dict.fromkeys(names))
