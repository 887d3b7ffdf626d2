"""What `check` can find in a document, and the exit codes it stands for."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple


class State(enum.Enum):
    """What can be wrong with a part of a document, gravest first; the values are stable."""

    MALFORMED = "malformed"
    EDITED = "edited"
    ORPHANED = "orphaned"
    STALE_CODE = "stale-code"
    STALE_TEMPLATE = "stale-template"
    UNMEASURED = "unmeasured"
    UNBACKED = "unbacked"
    MISLABELLED = "mislabelled"
    # From here on: true, and still not fit for a release.
    HARDWARE = "missing-hardware"
    DIRTY = "dirty-tree"
    QUICK = "quick"
    TOO_OLD = "too-old"
    INCONCLUSIVE = "inconclusive"
    UNSIGNED = "unsigned"


RELEASE_STATES = (State.HARDWARE, State.DIRTY, State.QUICK, State.TOO_OLD, State.INCONCLUSIVE, State.UNSIGNED)
"""Found only by `check --release`."""

_EVERYDAY = tuple(state for state in State if state not in RELEASE_STATES)
EXIT_CODES = {
    **{state: 10 + index for index, state in enumerate(_EVERYDAY)},
    **{state: 20 + index for index, state in enumerate(RELEASE_STATES)},
}
"""Exit code of `check` when this is the gravest state found."""


class Finding(NamedTuple):
    """One thing that is wrong.

    Args:
        file: The document, relative to the project's root.
        line: Line in it, counted from 1.
        state: What kind of wrong.
        message: What was found and what to do, in one sentence or two.
        region: Id of the region, if it is about one.
        is_warning: Whether it leaves the exit code at 0.
    """

    file: str
    line: int
    state: State
    message: str
    region: str | None = None
    is_warning: bool = False

    def __str__(self) -> str:
        level = "warning: " if self.is_warning else ""
        return f"{self.file}:{self.line}: {level}{self.state.value}: {self.message}"


def exit_code_of(findings: Iterable[Finding]) -> int:
    """Return 0 if there are only warnings, else the code of the gravest state."""
    return min((EXIT_CODES[finding.state] for finding in findings if not finding.is_warning), default=0)
