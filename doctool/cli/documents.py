"""Which documents the user means."""

from __future__ import annotations

import argparse
import difflib
import os

from doctool.errors import UsageError
from doctool.project import Project


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
            near = difflib.get_close_matches(name, listed, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "check the path"
            raise UsageError(f"there is no such document; {hint}", file=str(path))
        names.append(name)
    return tuple(dict.fromkeys(names))
