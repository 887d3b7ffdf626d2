"""What every child process may tell its parent, whatever it was asked."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line between a parent and its child."""


class Beat(Message, frozen=True, tag=True):
    """A sign of life: the next step has begun."""

    doing: str
    """The step, in a few words."""


class Failed(Message, frozen=True, tag=True):
    """There will be no answer."""

    reason: str
    """As in `records.Refusal`."""
    detail: str
    """The last words of the measured code."""
