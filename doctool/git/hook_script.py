"""The text of doctool's hooks.

POSIX shell. For a commit that touches nothing doctool looks after, git and the shell decide, and no Python is started.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Literal

import msgspec

HookKind = Literal["pre-commit", "pre-push"]

CHAINED_SUFFIX = ".before-doctool"
MARK = "# doctool hook: "
_PROJECT = "# doctool project: "


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


def script_of(kind: HookKind, projects: Sequence[Baked]) -> str:
    """Return the whole text of a hook.

    Args:
        kind: Which hook.
        projects: Every project of the repository that it serves, at least one.
    """
    is_commit = kind == "pre-commit"
    return "\n".join(
        (
            _HEAD.format(mark=MARK, kind=kind, chained=kind + CHAINED_SUFFIX),
            _PRE_COMMIT if is_commit else _PRE_PUSH,
            _check(projects[0].program, "check --staged" if is_commit else "check --push"),
            *(_ask_for(project, is_commit=is_commit) for project in projects),
            "exit $status\n",
        )
    )


def roots_in(script: str) -> tuple[str, ...]:
    """Return the projects that a hook of ours serves, from the top of the work tree."""
    lines = (line.removeprefix(_PROJECT) for line in script.split("\n") if line.startswith(_PROJECT))
    return tuple(str(json.loads(line)) for line in lines)


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


def _ask_for(project: Baked, *, is_commit: bool) -> str:
    """Return the lines that check one project.

    A commit is not looked at where the settings are those the hook was made for, and nothing watched is staged. Every
    Markdown file counts: one that doctool.yaml does not list may have regions too.
    """
    root, config = shlex.quote(project.root), shlex.quote(f":0:{project.config}")
    head = f"{_PROJECT}{json.dumps(project.root)}\n"
    if not is_commit:
        return f"{head}(check {root}) || status=$?\n"
    watched = " ".join(
        shlex.quote(pathspec)
        for pathspec in (
            *(f":(top,literal){name}" for name in (project.config, *project.names, *project.documents)),
            f":(top,icase,glob){'' if project.root == '.' else _escaped(project.root) + '/'}**/*.md",
        )
    )
    return f"""\
{head}if ! {{ [ "$(git rev-parse --verify --quiet {config})" = {project.config_id} ] &&
    git --no-pager diff --cached --quiet --no-ext-diff --no-textconv --no-renames --no-relative -- {watched}; }}; then
    (check {root}) || status=$?
fi
"""


def _escaped(name: str) -> str:
    return re.sub(r"([\\*?\[])", r"\\\1", name)


def _check(program: str, command: str) -> str:
    feed = "printf '%s' \"$refs\" | " if command.endswith("--push") else ""
    return f"""\
check() {{
    program={shlex.quote(program)}
    [ -x "$program" ] || program=$(command -v doctool) || {{
        echo 'doctool: the program that installed this hook is gone, and no other doctool is here; not checked.' >&2
        echo 'Install doctool and run `doctool hook install`, or go on without it: git ... --no-verify' >&2
        exit 1
    }}
    cd "$1" || exit 1
    {feed}"$program" {command}
}}
unset GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS
status=0
"""
