"""Run git so that neither the caller's environment nor the user's taste in output changes what comes back.

What is stored is asked through `read`, which runs nothing that the repository names: it may be anybody's. What a commit
needs goes through `ask`, with the repository's filters. Only the commit itself goes through `act`, which leaves the
user's settings as they are, because his hooks inherit them.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from doctool.errors import GitError, ProcessError
from doctool.system import process
from doctool.system.process import Completed

# `git rev-parse --local-env-vars` and what else turns a command away from the repository it runs in. Inside a hook
# git sets some of them, perhaps for another repository. Settings given as `git -c` (GIT_CONFIG_*) are the user's will.
_FOREIGN = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIFF_OPTS",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)


_SAFE = (
    # A file system monitor may be wrong about what has changed, and costs a process per command.
    ("core.fsmonitor", "false"),
    # Files of a project can look like a repository of their own, with settings that run programs.
    ("safe.bareRepository", "explicit"),
)
_WITHOUT_FILTER = (("smudge", ""), ("clean", ""), ("process", ""), ("required", "false"))


def ask(
    directory: Path,
    *arguments: str,
    stdin: bytes = b"",
    index: Path | None = None,
    check: bool = True,
    literal: bool = True,
) -> Completed:
    """Run a plumbing command of git.

    Args:
        directory: Where it runs.
        arguments: The command and its arguments.
        stdin: Bytes for its standard input.
        index: An index file to use instead of the repository's own.
        check: Whether an exit status other than 0 is an error.
        literal: Whether paths among its arguments are names, not patterns.

    Raises:
        GitError: If git is not installed, or (with `check`) fails; with git's words.
    """
    environment = _environment(index)
    # Only the words are made English, since some are looked at: a filter may depend on the rest of the locale.
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LANGUAGE": "C"}
    if literal:
        environment["GIT_LITERAL_PATHSPECS"] = "1"
    return _ask(directory, arguments, environment, stdin, check=check)


def read(
    directory: Path, *arguments: str, stdin: bytes = b"", index: Path | None = None, check: bool = True
) -> Completed:
    """Run a plumbing command that only looks at what is stored; arguments and errors as in `ask`.

    No program that the repository's own settings name is run, and nothing is fetched; line endings are still those of a
    checkout, and filters of the user's own settings apply.
    """
    environment = _environment(index) | safe_environment(directory)
    return _ask(directory, arguments, environment, stdin, check=check)


def safe_environment(directory: Path) -> dict[str, str]:
    """Return what keeps git from running anything that the repository at a directory names."""
    settings = [("core.hooksPath", os.devnull), ("log.showSignature", "false"), *_SAFE]
    for driver in _own_drivers(os.path.realpath(directory)):
        settings += [(f"filter.{driver}.{key}", value) for key, value in _WITHOUT_FILTER]
    # After those that the user has given, so that ours count.
    before = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(before) if before.isdecimal() else 0
    environment = {
        "GIT_CONFIG_COUNT": str(first + len(settings)),
        "GIT_OPTIONAL_LOCKS": "0",
        "LANGUAGE": "C",
        "GIT_LITERAL_PATHSPECS": "1",
        # A partial clone fetches what is missing, by a program and from a place that its settings name.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }
    for number, (key, value) in enumerate(settings, start=first):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment


@lru_cache(maxsize=8)
def _own_drivers(directory: str) -> tuple[str, ...]:
    """Return the filters that a repository's own settings, not the user's, know how to run."""
    place = Path(directory)
    done = ask(place, "config", "-z", "--show-scope", "--name-only", "--get-regexp", r"^filter\.", check=False)
    words = os.fsdecode(done.stdout).split("\0")
    own = (key for scope, key in zip(words[::2], words[1::2], strict=False) if scope in {"local", "worktree"})
    return tuple(dict.fromkeys(key.partition(".")[2].rpartition(".")[0] for key in own))


def _ask(
    directory: Path, arguments: tuple[str, ...], environment: dict[str, str], stdin: bytes, *, check: bool
) -> Completed:
    safe = (word for key, value in _SAFE for word in ("-c", f"{key}={value}"))
    done = _run(("git", *safe, *arguments), directory, environment, stdin)
    if check and done.returncode != 0:
        words = words_of(done)
        if "transport" in words and "not allowed" in words:
            words += "; this clone lacks some of its history: fetch it whole (`git fetch --refetch --no-filter`)"
        raise GitError(f"`git {' '.join(arguments[:2])}` in {directory} failed: {words}")
    return done


def act(directory: Path, *arguments: str, stdin: bytes = b"", index: Path | None = None) -> Completed:
    """Run a command of git as the user would, with his settings and hooks; the exit status is the caller's matter.

    Raises:
        GitError: If git is not installed.
    """
    return _run(("git", *arguments), directory, _environment(index), stdin)


def text_of(done: Completed) -> str:
    """Return the one line a command wrote."""
    return os.fsdecode(done.stdout).rstrip("\n")


def names_of(listing: bytes) -> tuple[str, ...]:
    """Split a list of NUL-terminated names."""
    return tuple(os.fsdecode(name) for name in listing.split(b"\0") if name)


def words_of(done: Completed) -> str:
    """Return what a command had to say, for a message."""
    said = (done.stderr.strip() + b"\n" + done.stdout.strip()).strip()
    return said.decode("utf-8", "replace")[-4000:] or f"exit code {done.returncode}"


def _environment(index: Path | None) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    return environment


def _run(argv: tuple[str, ...], directory: Path, environment: dict[str, str], stdin: bytes) -> Completed:
    try:
        return process.run(argv, cwd=directory, environment=environment, stdin=stdin, check=False)
    except ProcessError as problem:
        raise GitError(f"git cannot be started in {directory}: is it installed, and on the PATH?") from problem
