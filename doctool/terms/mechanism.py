"""What can be known about a mechanism of the measured code: the ladder of statuses, and the evidence.

Shared vocabulary of `detect`, `probe`, records and templates. It decides nothing.
"""

from __future__ import annotations

import enum

import msgspec

from doctool.terms.facts import Fact


class Status(enum.Enum):
    """How far a mechanism has come, from nothing to something that makes a difference when it runs."""

    ABSENT = "absent"
    """No trace in the package."""
    MENTIONED = "mentioned"
    """Only in comments, docstrings or other strings."""
    DECLARED = "declared"
    """A parameter, field, import or definition exists, and nothing that runs uses it."""
    WIRED = "wired"
    """The toggle's value reaches a branch or a constructor, and its symbols are used there."""
    UNKNOWN = "unknown"
    """The source alone cannot tell; the probe decides."""
    EFFECTIVE = "effective"
    """Off and on, built small and run, differ as the mechanism says."""
    INERT = "inert"
    """Wired, and the probe saw no difference."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One place in the source that supports a status.

    Args:
        file: Path relative to the project root, with forward slashes.
        line: Line in that file, counted from 1.
        shows: What can be seen there; a few English words in records of schema 1.
    """

    file: str
    line: int
    shows: tuple[Fact, ...] | str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """How a mechanism is recognised in source code.

    Args:
        toggles: Constructor parameters or configuration fields that switch it on; at least one.
        symbols: Names that exist only for this mechanism, such as attributes or functions.
        owner: The class, module (`pkg.mod`) or path the question is asked of; None asks the whole package.
    """

    toggles: tuple[str, ...]
    symbols: tuple[str, ...] = ()
    owner: str | None = None


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """What the source says about one mechanism."""

    status: Status
    evidence: tuple[Evidence, ...] = ()
