"""Which arm of the samples plays which part in a comparison."""

from __future__ import annotations

import msgspec

from doctool.records import NULL, OFF, ON


class Arms(msgspec.Struct, frozen=True, kw_only=True):
    """Which arm of the samples plays which part.

    Args:
        off: Name of the arm without the mechanism.
        null: Name of its identical twin; None if there is none.
        on: Name of the arm with the mechanism; None if nothing is compared.
    """

    off: str = OFF
    null: str | None = NULL
    on: str | None = ON

    @property
    def by_role(self) -> dict[str, str]:
        """The arms that exist, by the part they play."""
        roles = {OFF: self.off, NULL: self.null, ON: self.on}
        return {role: name for role, name in roles.items() if name is not None}


DEFAULT_ARMS = Arms()
"""The arms under their usual names."""
