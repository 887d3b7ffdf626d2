"""The project as it is staged, or as a commit or tag has it, laid out in a temporary directory for `check`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from doctool import document, git
from doctool.cli.output import tell
from doctool.errors import DocumentError, GitError
from doctool.project import Project
from doctool.project.loading import load_config
from doctool.project.root import FILE_NAME

Export = Callable[[Iterable[str | Path], Path], object]
"""Writes files, given relative to the project's root, below a directory."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A project as it is checked.

    Args:
        project: The project, in the work tree or laid out elsewhere.
        documents: Those to check, relative to its root.
        before: The committed documents, if nothing else that matters differs from the last commit.
        tag: The release tag it is, if it is one.
        tagged: When that tag was made, if it tells.
    """

    project: Project
    documents: tuple[str, ...]
    before: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    tag: str | None = None
    tagged: datetime | None = None


@contextmanager
def snapshots_of_hook(project: Project, *, is_push: bool) -> Iterator[list[Snapshot]]:
    """Yield the projects a hook must check, each with its documents; they are gone when the block is left.

    Args:
        project: The project in the work tree.
        is_push: Whether the hook is pre-push; then the pushed refs are read from standard input.

    Raises:
        GitError: If git cannot lay them out.
        DocumentError: If a tag lacks a document that its doctool.yaml lists.
    """
    with tempfile.TemporaryDirectory(prefix="doctool-") as temporary:
        if not is_push:
            yield [_staged(project, Path(temporary))]
            return
        tags = git.tags_pushed(sys.stdin.read(), project.config.release.tags)
        found = [_tagged(project, tag, Path(temporary, str(index))) for index, tag in enumerate(tags)]
        yield [snapshot for snapshot in found if snapshot is not None]


@contextmanager
def project_at(project: Project, revision: str) -> Iterator[Project]:
    """Yield the project as a commit or tag has it; it is gone when the block is left.

    Raises:
        GitError: If there is no such commit, or doctool was not used there yet.
    """
    with tempfile.TemporaryDirectory(prefix="doctool-") as temporary:
        laid_out = _at(project, revision, Path(temporary))
        if laid_out is None:
            raise GitError(f"{revision!r} has no {FILE_NAME}, so it shows no records; name a later commit")
        yield laid_out


def watched_names(project: Project) -> tuple[str, ...]:
    """Return what `check` reads besides doctool.yaml and the documents, relative to the root."""
    config = project.config
    signers = (config.release.signers,) if config.release.signers is not None else ()
    return (*project.source_candidates, config.measurements, config.figures, config.templates, *signers)


def _staged(project: Project, directory: Path) -> Snapshot:
    def export(paths: Iterable[str | Path], target: Path) -> object:
        return git.export_staged(project.root, paths, target)

    # Not committed and not staged: the one in the work tree says what to look at.
    snapshot = _lay_out(export, project, directory) or Project(root=directory.resolve(), config=project.config)
    snapshot = msgspec.structs.replace(
        snapshot, read_input=lambda name: git.staged_contents(project.root, [name]).get(Path(name))
    )
    touched = git.staged_paths(project.root)
    marked = _with_regions(project, (path for path in touched if snapshot.may_be_document(path.as_posix())))
    export(marked, directory)
    listed = [name for name in snapshot.config.documents if (snapshot.root / name).is_file()]
    names = {path.as_posix() for path in touched}
    if not names or any(_is_below(name, (FILE_NAME, *watched_names(snapshot))) for name in names):
        return Snapshot(project=snapshot, documents=tuple(dict.fromkeys((*listed, *marked))))
    # Everything but documents is as it was committed, so that nothing can be new about the others.
    chosen = tuple(dict.fromkeys((*(name for name in listed if name in names), *marked)))
    before = git.committed_contents(project.root, chosen, is_to_be_kept=False)
    return Snapshot(project=snapshot, documents=chosen, before=before)


def _with_regions(project: Project, touched: Iterable[Path]) -> list[str]:
    contents = git.staged_contents(project.root, [path for path in touched if path.suffix.lower() == ".md"])
    return [path.as_posix() for path, data in contents.items() if document.has_region(data)]


def _is_below(name: str, places: Iterable[str]) -> bool:
    return any(name == place or name.startswith(f"{place.rstrip('/')}/") for place in places)


def _tagged(project: Project, tag: git.PushedTag, directory: Path) -> Snapshot | None:
    directory.mkdir()
    laid_out = _at(project, tag.revision, directory)
    if laid_out is not None:
        laid_out = msgspec.structs.replace(
            laid_out, read_input=lambda name: git.read_at(project.root, tag.revision, name)
        )
    if laid_out is None:
        tell(f"doctool: {tag.name} is from before there was a {FILE_NAME}; not checked")
        return None
    for name in laid_out.config.documents:
        if not (laid_out.root / name).is_file():
            raise DocumentError(
                f"{FILE_NAME} lists this document, and tag {tag.name} does not have it; commit it, or take it off "
                "the list, and tag again",
                file=name,
            )
    made = git.tagged_at(project.root, tag.revision)
    return Snapshot(project=laid_out, documents=tuple(laid_out.config.documents), tag=tag.name, tagged=made)


def _at(project: Project, revision: str, directory: Path) -> Project | None:
    def export(paths: Iterable[str | Path], target: Path) -> object:
        return git.export_revision(project.root, revision, paths, target)

    return _lay_out(export, project, directory)


def _lay_out(export: Export, project: Project, directory: Path) -> Project | None:
    """Write a project's files below a directory, by its own doctool.yaml; None if it has none.

    Args:
        export: Writes the files.
        project: The one in the work tree; mostly it lists the same paths, and then asking once is enough.
        directory: Below which the files are written.
    """
    expected = _paths(project)
    export([FILE_NAME, *expected], directory)
    root = directory.resolve()
    if not (root / FILE_NAME).is_file():
        return None
    laid_out = Project(root=root, config=load_config(root))
    export([path for path in _paths(laid_out) if path not in expected], directory)
    return laid_out


def _paths(project: Project) -> list[str]:
    return [*project.config.documents, *watched_names(project)]
