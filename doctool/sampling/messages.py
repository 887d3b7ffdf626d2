"""What the parent asks a child process about speed and memory, and what it answers."""

from __future__ import annotations

from typing import Any

from doctool.project.config import Workload
from doctool.records import Block, Memory
from doctool.terms.notes import Note
from doctool.workload.messages import Measured, Message


class Timing(Message, frozen=True, tag=True):
    """Ask for one replicate: timed visits of all arms."""

    workload: Workload
    arms: dict[str, dict[str, Any]]
    seed: int
    build_order: tuple[str, ...]
    orders: tuple[tuple[str, ...], ...]
    """The arms of the visits, in order, for each block."""
    warmup_s: float
    """Most seconds of warm-up per arm."""
    clock: str
    processor_clock: str
    visit_s: float | None


class Timed(Measured, frozen=True, kw_only=True, tag=True):
    """What one replicate measured."""

    blocks: tuple[Block, ...]
    blocks_s: float
    """Seconds that the blocks took, by a clock of the child's own; the rest of a replicate is fixed cost."""
    warmup_calls: dict[str, int]
    moment: dict[str, float | str]
    """What may change between replicates."""
    environment: dict[str, str | int | float | bool]
    """Facts about the machine and the software."""
    notes: tuple[Note, ...]


class Weighing(Message, frozen=True, tag=True):
    """Ask for the peak memory of one arm in a process of its own."""

    workload: Workload
    arm: str
    toggles: dict[str, Any]
    seed: int


class Weighed(Message, frozen=True, tag=True):
    """What one process needed; `peak_bytes` has one entry."""

    memory: Memory
