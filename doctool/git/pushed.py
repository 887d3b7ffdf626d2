"""What git tells a pre-push hook on its standard input."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

_TAGS = "refs/tags/"


@dataclass(frozen=True, kw_only=True)
class PushedTag:
    """A tag on its way to another repository.

    Args:
        name: Its name there.
        revision: Id of what it points to here.
    """

    name: str
    revision: str


def tags_pushed(stdin: str, pattern: str) -> tuple[PushedTag, ...]:
    """Return the tags that a push creates or moves.

    Args:
        stdin: Lines `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID`, as githooks(5) has them.
        pattern: A glob that the tag's name must match, upper and lower case told apart.
    """
    lines = (line.split(" ") for line in stdin.splitlines())
    return tuple(
        PushedTag(name=name, revision=revision)
        for _, revision, target, _ in (line for line in lines if len(line) == 4)
        if target.startswith(_TAGS)
        and fnmatchcase(name := target.removeprefix(_TAGS), pattern)
        # A tag that is removed there is sent as the id without an object.
        and revision.strip("0")
    )
