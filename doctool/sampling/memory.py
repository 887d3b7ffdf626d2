"""Measure peak memory: fresh processes of its own for every arm. The parent's side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from doctool.project.config import Workload
from doctool.records import Memory, Refusal
from doctool.sampling.messages import Weighed, Weighing
from doctool.sampling.request import MemoryOutcome
from doctool.terms.notes import Note, NoteKind, note
from doctool.workload import Child, ask, describe_size, shrink

REPEATS = 2
"""Processes per arm: enough to see whether the peak is the same every time."""
_SEED = 0
OUT_OF_MEMORY = "out-of-memory"


def measure_memory(
    root: Path, workload: Workload, arms: Mapping[str, Mapping[str, Any]], hang_s: float = 300.0
) -> MemoryOutcome:
    """Measure the exact peak memory of one call of every arm.

    Where memory is too short for one arm, the input becomes smaller for all of them.

    Args:
        root: Project root.
        workload: What is built and called.
        arms: Toggles by arm.
        hang_s: Seconds that a single step of a child process may take.
    """
    notes: list[Note] = []
    while True:
        found = _weigh_all(root, workload, arms, hang_s)
        if not isinstance(found, Refusal):
            return MemoryOutcome(memory=found, workload=workload, refusal=None, notes=tuple(notes))
        smaller = shrink(workload) if found.reason == OUT_OF_MEMORY else None
        if smaller is None:
            return MemoryOutcome(memory=(), workload=workload, refusal=found, notes=tuple(notes))
        notes.append(describe_shrinking(workload, smaller))
        workload = smaller


def describe_shrinking(workload: Workload, smaller: Workload) -> Note:
    """Return what the reader must know when less was measured than asked for."""
    return note(NoteKind.SMALLER, large=describe_size(workload), small=describe_size(smaller))


def _weigh_all(
    root: Path, workload: Workload, arms: Mapping[str, Mapping[str, Any]], hang_s: float
) -> tuple[Memory, ...] | Refusal:
    child = Child(root=root, entry="doctool.sampling.child:weigh_arm", threads=workload.threads, silence_s=hang_s)
    found = []
    for arm, toggles in arms.items():
        request = Weighing(workload=workload, arm=arm, toggles=dict(toggles), seed=_SEED)
        repeats = []
        for _ in range(REPEATS):
            answer = ask(child, request, Weighed)
            if isinstance(answer, Refusal):
                return answer
            repeats.append(answer.memory)
        found.append(_join(repeats))
    return tuple(found)


def _join(repeats: list[Memory]) -> Memory:
    return msgspec.structs.replace(
        repeats[0],
        peak_bytes=tuple(size for memory in repeats for size in memory.peak_bytes),
        reserved_bytes=tuple(size for memory in repeats for size in memory.reserved_bytes),
    )
