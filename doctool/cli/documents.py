"""Which documents the user means."""

from __future__ import annotations

import argparse

from doctool import document, git
from doctool.errors import UsageError
from doctool.project import Project
from doctool.terms.nearest import nearest


def unlisted_documents(project: Project) -> tuple[str, ...]:
    """Return the Markdown files that git tracks, that have a region, and that doctool.yaml does not list."""
    names = (path.as_posix() for path in git.tracked_paths(project.root, "*.md"))
    files = [name for name in names if project.may_be_document(name) and (project.root / name).is_file()]
    return tuple(name for name in files if document.has_region((project.root / name).read_bytes()))


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
        if not path.is_file():
            near = nearest(name, listed)
            hint = f"did you mean {near!r}?" if near else "check the path"
            raise UsageError(f"there is no such document; {hint}", file=str(path))
        names.append(name)
    return tuple(dict.fromkeys(names))
