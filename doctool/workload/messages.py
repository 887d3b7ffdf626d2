"""What every child process may tell its parent, whatever it was asked."""

from __future__ import annotations

import msgspec

from doctool.environment import Facts, Setup

NOT_INSTALLED = "not-installed"
"""Reason of a refusal: the measured code imports what this environment lacks."""


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line between a parent and its child."""


class Measured(Message, frozen=True, kw_only=True):
    """An answer that figures are made of."""

    inputs: dict[str, str] = {}
    """Digests of what the measured code read, see `workload.usage`; filled in when the answer is given."""


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


class Looking(Message, frozen=True, tag=True):
    """Ask what the environment is."""

    setups: tuple[Setup, ...]


class Seen(Message, frozen=True, tag=True):
    """What it is under each setup, in their order."""

    environments: tuple[Facts, ...]
