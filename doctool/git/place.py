"""Where a repository is: its work tree, its git directory, and the names it has for files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from doctool.errors import GitError
from doctool.git.command import ask, text_of, words_of


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A work tree and the directory given by the caller, which is somewhere in it.

    Args:
        root: The caller's directory, absolute, links followed; paths from outside are relative to it.
        top: Top of the work tree.
        git_dir: The work tree's own git directory; in a linked worktree not the one it shares.
        no_object: The id that stands for no object.
    """

    root: Path
    top: Path
    git_dir: Path
    no_object: str

    def name_of(self, path: str | Path) -> str:
        """Return git's name of a file: from the top of the work tree, with forward slashes, links followed.

        Raises:
            GitError: If the file is outside the work tree.
        """
        real = Path(os.path.realpath(self.root / path))
        try:
            return real.relative_to(self.top).as_posix()
        except ValueError:
            raise GitError(
                f"this is outside the repository at {self.top}, which cannot hold it; move it there, or commit it "
                "yourself and use --no-commit",
                file=str(path),
            ) from None

    def names_of(self, paths: Iterable[str | Path]) -> tuple[str, ...]:
        """Return git's names of files; errors as in `name_of`."""
        return tuple(self.name_of(path) for path in paths)

    def from_root(self, name: str) -> Path | None:
        """Return git's name as a path relative to `root`; None if it is not below it."""
        path = self.top / name
        return path.relative_to(self.root) if path.is_relative_to(self.root) else None


def repository_root(path: Path) -> Path | None:
    """Return the top of the work tree that a file or directory is in; None if it is in none.

    Raises:
        GitError: If git is not installed, or refuses to look (a repository of another owner, a broken one).
    """
    place = find_place(path)
    return None if place is None else place.top


def find_place(path: Path) -> Place | None:
    """Return the work tree that a file or directory is in, or None; errors as in `repository_root`."""
    directory = Path(os.path.realpath(path))
    while not directory.is_dir():
        directory = directory.parent
    done = ask(directory, "rev-parse", "--show-toplevel", "--absolute-git-dir", "--show-object-format", check=False)
    if done.returncode == 0:
        top, git_dir, hash_name = text_of(done).split("\n")
        no_object = "0" * (64 if hash_name == "sha256" else 40)
        return Place(root=directory, top=Path(top), git_dir=Path(git_dir), no_object=no_object)
    if b"not a git repository" in done.stderr or b"must be run in a work tree" in done.stderr:
        return None
    raise GitError(f"git refuses to work in {directory}: {words_of(done)}")


def the_place(root: Path) -> Place:
    """Return the work tree that `root` is in; git is asked once, since it does not move while a command runs.

    Raises:
        GitError: If it is in none; and as `repository_root`.
    """
    return _place_at(os.path.realpath(root))


@lru_cache(maxsize=8)
def _place_at(root: str) -> Place:
    place = find_place(Path(root))
    if place is None:
        raise GitError(f"{root} is not in a git repository; run `git init` there, or use --no-commit")
    return place
