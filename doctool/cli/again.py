"""`doctool check` of pages that nobody has touched since they were found true: answered from memory.

Only the plain forms, `check --all` and `check DOC ...`; for all others, and whenever a doubt is left, `check` looks.
"""

from __future__ import annotations

import os

from doctool.root import root_above
from doctool.untouched import Untouched, cache_directory


def said_before(arguments: list[str]) -> list[str] | None:
    """Return the lines that `check` would print, ending with code 0; None if one has to look.

    Args:
        arguments: Those behind `check`.
    """
    is_all = arguments == ["--all"]
    if not arguments or (not is_all and any(argument.startswith("-") for argument in arguments)):
        return None
    cache, root = cache_directory(), root_above(os.getcwd())  # noqa: PTH109
    if cache is None or root is None:
        return None
    untouched = Untouched(cache, root)
    paths = untouched.documents if is_all else _resolved(arguments)
    if not paths or not untouched.holds():
        return None
    lines: list[str] = []
    for path in paths:
        said = untouched.said_of(path)
        if said is None:
            return None
        lines += said
    return lines or [summary_of(len(paths))]


def summary_of(count: int) -> str:
    """Return what `check` says when it has found nothing in so many documents."""
    return f"{count} document{'s' if count != 1 else ''} checked, all true"


def _resolved(names: list[str]) -> list[str]:
    """Return absolute paths in which no directory is a link; what the last part is, `Untouched` looks at."""
    directories: dict[str, str] = {}
    paths: dict[str, None] = {}
    for name in names:
        directory, last = os.path.split(name)
        if directory not in directories:
            directories[directory] = os.path.realpath(directory or ".")
        paths[os.path.join(directories[directory], last)] = None  # noqa: PTH118
    return list(paths)
