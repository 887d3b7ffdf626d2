"""What git tells a pre-push hook on its standard input."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from doctool.git.command import ask, text_of

_TAGGED = re.compile(rb"^tagger .* (\d+) [+-]\d{4}$", re.MULTILINE)
_TAGS = "refs/tags/"


class PushedTag(msgspec.Struct, frozen=True, kw_only=True):
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


def tagged_at(root: Path, revision: str) -> datetime | None:
    """Return when an annotated tag was made, UTC; None for a lightweight one, which does not know.

    Args:
        root: A directory of the work tree.
        revision: Id of the tag, or of what it points to.
    """
    if text_of(ask(root, "cat-file", "-t", revision)) != "tag":
        return None
    header = ask(root, "cat-file", "tag", revision).stdout.partition(b"\n\n")[0]
    found = _TAGGED.search(header)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None
