"""What earlier commits hold. The only module with GitPython, which it imports when it is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from doctool.errors import GitError
from doctool.git.command import ask, names_of, read, safe_environment, text_of
from doctool.git.place import Place, the_place
from doctool.git.state import head_commit
from doctool.system.reading import RECORD_BYTES

_START = re.compile(rb"\0\x01([0-9a-f]{40,64})\0(\d+)\0")
_LISTING = (
    *("--no-show-signature", "--no-color", "--no-decorate", "--no-notes", "--no-ext-diff", "--no-renames"),
    *("--no-relative", "--encoding=UTF-8", "--full-history", "--topo-order", "--reverse"),
    # A merge may bring a file that neither side has; one that a side has was found there before.
    *("-m", "--name-only", "--diff-filter=A", "-z", "--format=%x01%H%x00%ct%x00%s%x00"),
)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
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
    if head_commit(place.top) is None:
        return ()
    name = place.name_of(directory)
    found: dict[Path, Recorded] = {}
    for commit, when, subject, names in _commits(_log(place, name)):
        for path in (place.from_root(one) for one in names if _is_right_below(one, name)):
            if path is not None and path not in found:
                found[path] = Recorded(path=path, commit=commit, when=when, subject=subject)
    return tuple(found.values())


def read_at(root: Path, revision: str, path: str | Path, limit: int = RECORD_BYTES) -> bytes | None:
    """Return a file of a commit or tag as it would be checked out; None if that commit does not have it.

    Args:
        root: A directory of the work tree.
        revision: The commit or tag.
        path: The file, absolute or relative to `root`.
        limit: Most bytes that it may have.

    Raises:
        GitError: If there is no such commit, or the file is larger.
    """
    place = the_place(root)
    name = place.name_of(path)
    spec = f"{_resolve(place, revision)}:{name}"
    found = read(place.top, "cat-file", "-s", spec, check=False)
    if found.returncode != 0:
        return None
    if int(found.stdout) > limit:
        raise GitError(f"this has {text_of(found)} bytes, and at most {limit} are read", file=name)
    return read(place.top, "cat-file", "--filters", spec).stdout


def paths_at(root: Path, revision: str, directory: str | Path) -> tuple[Path, ...]:
    """Return the files of a commit or tag below a directory, relative to `root`; errors as in `read_at`."""
    place = the_place(root)
    commit = _resolve(place, revision)
    listing = read(
        place.top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", place.name_of(directory)
    )
    return tuple(path for name in names_of(listing.stdout) if (path := place.from_root(name)) is not None)


def _resolve(place: Place, revision: str) -> str:
    done = read(
        place.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False
    )
    if done.returncode != 0:
        raise GitError(
            f"{revision!r} is not a commit of the repository at {place.top}; `git tag` and `git log` list them"
        )
    return text_of(done)


def _log(place: Place, name: str) -> bytes:
    # GitPython starts git when it is imported, and takes nine times as long as an empty Python. Its objects know only
    # SHA-1, so that git itself is asked through it.
    import git as gitpython  # noqa: PLC0415

    try:
        command = gitpython.Git(place.top)
        command.update_environment(**_own_environment(place))
        output = command.log(*_LISTING, "HEAD", "--", name, stdout_as_string=False, strip_newline_in_stdout=False)
    except (gitpython.GitError, ValueError, OSError) as problem:
        raise GitError(f"the history of {name} cannot be read: {problem}") from problem
    return bytes(output)


def _commits(listing: bytes) -> Iterator[tuple[str, datetime, str, tuple[str, ...]]]:
    """Read the listing: for each commit its id, time, subject, and the files it brought, by git's names."""
    parts = iter(_START.split(b"\0" + listing)[1:])
    for commit, when, rest in zip(parts, parts, parts, strict=True):
        subject, _, names = rest.partition(b"\0")
        yield (
            commit.decode("ascii"),
            datetime.fromtimestamp(int(when), UTC),
            subject.decode("utf-8", "replace"),
            # A line end stands between the subject and the first name.
            names_of(names.lstrip(b"\0\n")),
        )


def _is_right_below(name: str, directory: str) -> bool:
    return name.rpartition("/")[0] == ("" if directory == "." else directory)


def _own_environment(place: Place) -> dict[str, str]:
    """Return what keeps GitPython's git in this repository, whatever a hook's environment says."""
    common = text_of(ask(place.top, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    return {
        **safe_environment(place.top),
        "GIT_DIR": str(place.git_dir),
        "GIT_COMMON_DIR": common,
        "GIT_OBJECT_DIRECTORY": os.path.join(common, "objects"),  # noqa: PTH118 - a text for git, not a path of ours
        "GIT_WORK_TREE": str(place.top),
        **dict.fromkeys(("GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_NOGLOB_PATHSPECS"), "0"),
    }
