"""Ask a child process whether a mechanism is effective. The parent's side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from doctool import environment
from doctool.probe.messages import Seen, Trial
from doctool.project.config import Workload
from doctool.records import Refusal
from doctool.terms.facts import Fact
from doctool.terms.mechanism import Status
from doctool.workload import Child, ask, free_dimensions

MOST_PLACES = 512
"""Batch times length of the input; a mechanism that acts at all does so on fewer."""
_MEMORY_SHARE = 0.9
"""Of what is available, so that a runaway probe fails by itself before the system ends something else."""


class ProbeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe may use.

    Args:
        seconds: Of a single step: building, a call, its gradients.
        memory_bytes: On a CPU; None takes most of what is available.
    """

    seconds: float = 300.0
    memory_bytes: int | None = None


DEFAULT_LIMITS = ProbeLimits()


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What running off and on has shown. Look at `refusal` first.

    Args:
        status: Effective or inert; inert also where nothing could be seen because of a refusal.
        differences: What differs, and what differs without effect.
        equal_outputs: Whether both gave the same outputs from the same weights; None if that was not seen.
        refusal: Why it must not be measured; None if it may.
    """

    status: Status
    differences: tuple[Fact, ...]
    equal_outputs: bool | None
    refusal: Refusal | None


def probe(
    root: Path,
    workload: Workload,
    *,
    off: Mapping[str, Any],
    on: Mapping[str, Any],
    same_function: bool = False,
    limits: ProbeLimits = DEFAULT_LIMITS,
) -> ProbeResult:
    """Build off and on from one seed in a child process, run both, and compare.

    Args:
        root: Project root, where the measured code is imported from.
        workload: What is built; its input is cut down where it is large.
        off: Toggles without the mechanism.
        on: Toggles with it.
        same_function: Whether unequal outputs are a refusal.
        limits: What it may use.
    """
    memory_bytes = limits.memory_bytes or _available_bytes()
    small = cut_down(workload)
    request = Trial(workload=small, off=dict(off), on=dict(on), memory_bytes=memory_bytes)
    child = Child(root=root, entry="doctool.probe.child:try_both", threads=workload.threads, silence_s=limits.seconds)
    seen = ask(child, request, Seen)
    if isinstance(seen, Refusal):
        return ProbeResult(status=Status.INERT, differences=(), equal_outputs=None, refusal=seen)
    refusal = None
    if same_function and not seen.equal_outputs:
        refusal = Refusal(reason="not-equal", seen=seen.output_differences)
    return ProbeResult(
        status=Status.EFFECTIVE if seen.is_effective else Status.INERT,
        differences=seen.differences,
        equal_outputs=seen.equal_outputs,
        refusal=refusal,
    )


def cut_down(workload: Workload) -> Workload:
    """Return the workload with an input of at most `MOST_PLACES`: fewer rows first, then shorter ones."""
    field = "tokens" if workload.tokens else "features"
    shape = list(workload.tokens or workload.features or ())
    adjustable = shape[: free_dimensions(workload)]
    excess = math.prod(adjustable) / MOST_PLACES
    for place in range(min(len(adjustable), 2)):
        if excess > 1:
            smaller = max(int(shape[place] / excess), 1)
            excess *= smaller / shape[place]
            shape[place] = smaller
    return msgspec.structs.replace(workload, **{field: tuple(shape)})


def _available_bytes() -> int | None:
    available = environment.collect_moment().get("available_bytes")
    return None if available is None else int(_MEMORY_SHARE * available)
