"""The text of doctool's hooks.

POSIX shell. For a commit that touches nothing doctool looks after, git and the shell decide, and no Python is started.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Literal

import msgspec

HookKind = Literal["pre-commit", "pre-push"]

CHAINED_SUFFIX = ".before-doctool"
MARK = "# doctool hook: "


class Baked(msgspec.Struct, frozen=True, kw_only=True):
    """What is written into a hook when it is installed.

    Args:
        program: The doctool of the environment that installs it, absolute.
        root: The project's root, from the top of the work tree; `.` if it is the same.
        config: Git's name of the configuration file.
        config_id: Id of the configuration's blob; while the index has the same, the rest is right.
        documents: Git's names of the documents.
        names: Git's names of what else matters: files and directories.
    """

    program: str
    root: str
    config: str
    config_id: str
    documents: Sequence[str]
    names: Sequence[str]


def script_of(kind: HookKind, baked: Baked) -> str:
    """Return the whole text of a hook."""
    parts = (_PRE_COMMIT, _prefilter(baked)) if kind == "pre-commit" else (_PRE_PUSH,)
    command = "check --staged" if kind == "pre-commit" else "check --push"
    return "\n".join((_HEAD.format(mark=MARK, kind=kind, chained=kind + CHAINED_SUFFIX), *parts, _run(baked, command)))


_HEAD = """\
#!/bin/sh
{mark}{kind}
# Made by `doctool hook install`; `doctool hook uninstall` takes it away and brings the earlier hook back.
before=${{0%/*}}/{chained}
"""

_PRE_COMMIT = """\
if [ -x "$before" ]; then
    "$before" "$@" || exit $?
fi
"""

_PRE_PUSH = """\
# The character behind the last line keeps the shell from dropping its end.
refs=$(cat && printf x)
refs=${refs%x}
if [ -x "$before" ]; then
    printf '%s' "$refs" 2>/dev/null | "$before" "$@" || exit $?
fi
[ -n "$refs" ] || exit 0
"""


def _prefilter(baked: Baked) -> str:
    """Return the lines that end the hook early: the settings are those it was made for, and nothing watched is staged.

    Every Markdown file counts: one that doctool.yaml does not list may have regions too.
    """
    watched = " ".join(
        shlex.quote(pathspec)
        for pathspec in (
            *(f":(top,literal){name}" for name in (baked.config, *baked.names, *baked.documents)),
            ":(top,icase,glob)**/*.md",
        )
    )
    return f"""\
unset GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS
if [ "$(git rev-parse --verify --quiet {shlex.quote(f":0:{baked.config}")})" = {baked.config_id} ] &&
    git --no-pager diff --cached --quiet --no-ext-diff --no-textconv --no-renames --no-relative -- {watched}; then
    exit 0
fi
"""


def _run(baked: Baked, command: str) -> str:
    feed = "printf '%s' \"$refs\" | " if command.endswith("--push") else ""
    return f"""\
program={shlex.quote(baked.program)}
[ -x "$program" ] || program=$(command -v doctool) || {{
    echo 'doctool: the program that installed this hook is gone, and no other doctool is here; not checked.' >&2
    echo 'Install doctool and run `doctool hook install`, or go on without it: git ... --no-verify' >&2
    exit 1
}}
cd {shlex.quote(baked.root)} || exit 1
{feed}"$program" {command}
"""
