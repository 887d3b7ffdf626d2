"""How much measuring may cost, and what could not be measured for it."""

from __future__ import annotations

import msgspec

from doctool.plan import Need
from doctool.statistics import HOST_BUSY, TOO_WIDE
from doctool.workload import NO_TIME

_WHY = {
    HOST_BUSY: "the machine was too busy: other work disturbed every block of calls",
    TOO_WIDE: "its times scatter by as much as their own length",
    NO_TIME: "the time ran out",
}


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be spent.

    Args:
        budget_s: Seconds for everything together: starting processes, probing, waiting, measuring.
        is_quick: Few replicates: bounds, never claims.
        is_busy: Blocks that the machine disturbed count, nobody waits for a quiet one, and nothing is claimed.
        keep_failures: Record what crashed, hung or gave NaN as not measured instead of failing.
        signing_key: The key that signs every record as it is saved; None for none.
    """

    budget_s: float
    is_quick: bool = False
    is_busy: bool = False
    keep_failures: bool = False
    signing_key: str | None = None

    @property
    def is_rough(self) -> bool:
        """Whether less than a claim needs is good enough."""
        return self.is_quick or self.is_busy


class Postponed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could not be measured today: it is no fact about the code, so there is no record of it."""

    need: Need
    reason: str

    def __str__(self) -> str:
        return f"{self.need} could not be measured: {_WHY.get(self.reason, self.reason)}"


def remedy_for(reasons: set[str]) -> str:
    """Say what to do about what was postponed for these reasons."""
    if reasons == {NO_TIME}:
        return "allow more time (--budget 30m); finished processes are kept"
    return (
        "wait until the machine has nothing else to do, allow more time (--budget 30m), or use --busy, which measures "
        "all the same and calls the result inconclusive"
    )
