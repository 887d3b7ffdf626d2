"""What the parent asks the probing child process, and what it answers."""

from __future__ import annotations

from typing import Any

from doctool.project.config import Workload
from doctool.terms.facts import Fact
from doctool.workload.messages import Message


class Trial(Message, frozen=True, tag=True):
    """Ask what differs between off and on."""

    workload: Workload
    off: dict[str, Any]
    on: dict[str, Any]
    memory_bytes: int | None


class Seen(Message, frozen=True, tag=True):
    """What was seen."""

    is_effective: bool
    differences: tuple[Fact, ...]
    """Those that decide first."""
    equal_outputs: bool
    """Whether off and on gave the same outputs from the same weights."""
    output_differences: tuple[Fact, ...]
    """How the outputs differ; empty if they are equal."""
