"""The project as it is staged, or as a pushed tag has it, laid out in a temporary directory for `check`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doctool import git
from doctool.config import FILE_NAME, load_config
from doctool.project import Project

Snapshot = tuple[Project, tuple[str, ...]]
_MARK = b"doctool:begin"


@contextmanager
def snapshots_of_hook(project: Project, *, is_push: bool) -> Iterator[list[Snapshot]]:
    """Yield the projects a hook must check, each with its documents; they are gone when the block is left.

    Args:
        project: The project in the work tree.
        is_push: Whether the hook is pre-push; then the pushed refs are read from standard input.

    Raises:
        GitError: If git cannot lay them out.
    """
    with tempfile.TemporaryDirectory(prefix="doctool-") as temporary:
        if is_push:
            tags = git.tags_pushed(sys.stdin.read(), project.config.release.tags)
            yield [_at(project, tag.revision, Path(temporary, str(index))) for index, tag in enumerate(tags)]
        else:
            yield [_staged(project, Path(temporary))]


def watched_names(project: Project) -> tuple[str, ...]:
    """Return what `check` reads besides doctool.yaml, relative to the root."""
    config = project.config
    return (*config.documents, *project.source_names, config.measurements, config.templates)


def _staged(project: Project, directory: Path) -> Snapshot:
    git.export_staged(project.root, _paths(project), directory)
    touched = [path for path in git.staged_paths(project.root) if path.suffix.lower() == ".md"]
    contents = git.staged_contents(project.root, touched)
    marked = [path for path, data in contents.items() if _MARK in data]
    git.export_staged(project.root, marked, directory)
    return _open(directory, [path.as_posix() for path in marked])


def _at(project: Project, revision: str, directory: Path) -> Snapshot:
    directory.mkdir()
    git.export_revision(project.root, revision, _paths(project), directory)
    return _open(directory, [])


def _paths(project: Project) -> list[Path]:
    return [Path(name) for name in (FILE_NAME, *watched_names(project))]


def _open(directory: Path, further: list[str]) -> Snapshot:
    root = directory.resolve()
    snapshot = Project(root=root, config=load_config(root))
    listed = [name for name in snapshot.config.documents if (root / name).is_file()]
    return snapshot, tuple(dict.fromkeys((*listed, *further)))
