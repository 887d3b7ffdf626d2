"""What earlier commits hold. The only module with GitPython, which it imports when it is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from doctool.errors import GitError
from doctool.git.command import ask, names_of, text_of
from doctool.git.place import Place, the_place
from doctool.git.state import head_commit

if TYPE_CHECKING:
    from git import Tree


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A file, and the commit that brought it.

    Args:
        path: The file, relative to the caller's root.
        commit: Id of the commit.
        when: When it was committed, UTC.
        subject: First line of its message.
    """

    path: Path
    commit: str
    when: datetime
    subject: str


def history(root: Path, directory: str | Path) -> tuple[Recorded, ...]:
    """Return every file that was ever committed right below a directory, where it first appeared, oldest first.

    Args:
        root: A directory of the work tree.
        directory: The directory, absolute or relative to `root`; it need not exist any more.

    Raises:
        GitError: If the history cannot be read.
    """
    place = the_place(root)
    commit_id = head_commit(place.top)
    if commit_id is None:
        return ()
    if len(commit_id) != 40:
        raise GitError("GitPython cannot read repositories with SHA-256 ids; `git log --stat` can")
    # GitPython starts git when it is imported, and takes nine times as long as an empty Python.
    import git as gitpython  # noqa: PLC0415

    name = place.name_of(directory)
    found: dict[Path, Recorded] = {}
    try:
        with gitpython.Repo(place.top) as repository:
            repository.git.update_environment(**_own_environment(place, repository.common_dir))
            for commit in repository.iter_commits("HEAD", paths=name, reverse=True, topo_order=True):
                for path in _files_below(commit.tree, name, place):
                    if path not in found:
                        when = commit.committed_datetime.astimezone(UTC)
                        found[path] = Recorded(
                            path=path, commit=commit.hexsha, when=when, subject=_text(commit.summary)
                        )
    except (gitpython.GitError, ValueError, OSError) as problem:
        raise GitError(f"the history of {directory} cannot be read: {problem}") from problem
    return tuple(found.values())


def read_at(root: Path, revision: str, path: str | Path) -> bytes | None:
    """Return a file of a commit or tag as it would be checked out; None if that commit does not have it.

    Raises:
        GitError: If there is no such commit.
    """
    place = the_place(root)
    name = place.name_of(path)
    spec = f"{_resolve(place, revision)}:{name}"
    if ask(place.top, "cat-file", "-e", spec, check=False).returncode != 0:
        return None
    return ask(place.top, "cat-file", "--filters", spec).stdout


def paths_at(root: Path, revision: str, directory: str | Path) -> tuple[Path, ...]:
    """Return the files of a commit or tag below a directory, relative to `root`; errors as in `read_at`."""
    place = the_place(root)
    commit = _resolve(place, revision)
    listing = ask(
        place.top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", place.name_of(directory)
    )
    return tuple(path for name in names_of(listing.stdout) if (path := place.from_root(name)) is not None)


def _resolve(place: Place, revision: str) -> str:
    done = ask(place.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False)
    if done.returncode != 0:
        raise GitError(f"{revision!r} is no commit of the repository at {place.top}; `git tag` and `git log` list them")
    return text_of(done)


def _own_environment(place: Place, common_dir: str | os.PathLike[str]) -> dict[str, str]:
    """Return what keeps GitPython's children in this repository, whatever a hook's environment says."""
    return {
        "GIT_DIR": str(place.git_dir),
        "GIT_COMMON_DIR": str(common_dir),
        "GIT_OBJECT_DIRECTORY": str(Path(common_dir) / "objects"),
        "GIT_LITERAL_PATHSPECS": "1",
    }


def _files_below(tree: Tree, name: str, place: Place) -> Iterator[Path]:
    try:
        below = tree if name == "." else tree / name
    except KeyError:
        return
    for blob in below.blobs:
        path = place.from_root(str(blob.path))
        if path is not None:
            yield path


def _text(summary: str | bytes) -> str:
    return summary if isinstance(summary, str) else summary.decode("utf-8", "replace")
