"""Why a commit should not be made now: found before anything is touched, said with the way out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from doctool.errors import GitError
from doctool.git.command import ask, names_of, words_of
from doctool.git.place import Place, the_place

_UNDER_WAY = {
    "MERGE_HEAD": ("a merge", "`git merge --continue` or `git merge --abort`"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "`git cherry-pick --continue` or `git cherry-pick --abort`"),
    "REVERT_HEAD": ("a revert", "`git revert --continue` or `git revert --abort`"),
    "rebase-merge": ("a rebase", "`git rebase --continue` or `git rebase --abort`"),
    "rebase-apply": ("a rebase or `git am`", "`git rebase --continue`, or `git am --continue`, or their `--abort`"),
    "BISECT_LOG": ("a bisection", "`git bisect reset`"),
    "sequencer": ("a series of picks", "`git cherry-pick --continue` or `git cherry-pick --abort`"),
}
"""Files of the git directory: what they are a sign of, and how it ends."""


def ensure_committable(root: Path, paths: Iterable[str | Path]) -> None:
    """Make sure that nothing known beforehand speaks against committing these files.

    Args:
        root: A directory of the work tree.
        paths: The files; they need not exist yet.

    Raises:
        GitError: If something does: an operation under way, conflicts, no identity, a file that is outside, ignored,
            or part of another repository.
    """
    place = the_place(root)
    refuse_obstacles(place, place.names_of(paths))


def refuse_obstacles(place: Place, names: tuple[str, ...]) -> None:
    """As `ensure_committable`, for files by git's names."""
    _refuse_under_way(place)
    _refuse_conflicts(place)
    _refuse_without_identity(place)
    for name in names:
        _refuse_other_repository(place, name)
    _refuse_ignored(place, names)


def _refuse_under_way(place: Place) -> None:
    for sign, (what, remedy) in _UNDER_WAY.items():
        if (place.git_dir / sign).exists():
            raise GitError(f"{what} is under way in this repository, so nothing was committed; end it with {remedy}")


def _refuse_conflicts(place: Place) -> None:
    listing = names_of(ask(place.top, "ls-files", "--unmerged", "-z").stdout)
    if listing:
        conflicted = listing[0].partition("\t")[2]
        raise GitError(
            "this file has conflicts that are not settled, so nothing was committed; settle them, then `git add` it",
            file=conflicted,
        )


def _refuse_without_identity(place: Place) -> None:
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        done = ask(place.top, "var", who, check=False)
        if done.returncode != 0:
            raise GitError(
                "git does not know who you are, so nothing was committed; run `git config user.name NAME` and "
                f"`git config user.email ADDRESS` ({words_of(done).splitlines()[-1]})"
            )


def _refuse_other_repository(place: Place, name: str) -> None:
    for directory in (place.top / name).parents:
        if directory == place.top:
            return
        if (directory / ".git").exists():
            raise GitError(
                f"this belongs to another repository, at {directory} (a submodule?); run doctool there", file=name
            )


def _refuse_ignored(place: Place, names: tuple[str, ...]) -> None:
    # This command knows no literal names; with a dot in front none of them can be taken for a pattern.
    listing = os.fsencode("".join(f"./{name}\0" for name in names))
    done = ask(place.top, "check-ignore", "-z", "--stdin", stdin=listing, check=False, literal=False)
    if done.returncode == 1:
        return
    if done.returncode != 0:
        raise GitError(f"git cannot tell whether it ignores these files: {words_of(done)}")
    ignored = names_of(done.stdout)[0].removeprefix("./")
    raise GitError(
        "git ignores this path, so it cannot be committed; take it out of .gitignore, or use --no-commit "
        f"(`git check-ignore -v {ignored}` shows the rule)",
        file=ignored,
    )
