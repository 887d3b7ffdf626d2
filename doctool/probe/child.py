"""Entry point of the probing child process."""

from __future__ import annotations

from contextlib import suppress

import torch
from msgspec.structs import replace

from doctool.probe.compare import judge
from doctool.probe.messages import Seen, Trial
from doctool.probe.trial import observe
from doctool.records import NULL, OFF, ON
from doctool.terms.facts import fact
from doctool.workload.channel import Tell, serve
from doctool.workload.subject import Subject, build_subjects, configure, share_weights

_SEED = 0
_EXACT = 1e-10
_ROUGH = 1e-4
"""Where float64 does not run: a few hundred roundings of a narrower type."""


def try_both() -> None:
    """Serve one `Trial`."""
    serve(Trial, _try)


def _try(request: Trial, tell: Tell) -> Seen:
    device = configure(request.workload)
    if request.memory_bytes is not None and device == "cpu":
        _limit_memory(request.memory_bytes)
    wide = replace(request.workload, dtype="float64")
    try:
        return _see(replace(request, workload=wide), tell, _EXACT)
    except (RuntimeError, TypeError, NotImplementedError, AssertionError) as problem:
        # Some kernels exist for narrow types only. If that is not why it failed, the second try tells.
        if isinstance(problem, torch.OutOfMemoryError) or request.workload.dtype == "float64":
            raise
    return _see(request, tell, _ROUGH)


def _see(request: Trial, tell: Tell, tolerance: float) -> Seen:
    tell("building")
    subjects = build_subjects(request.workload, {OFF: request.off, ON: request.on}, _SEED)
    off = observe(subjects[OFF], _SEED, tell)
    shared = None if off.training_failure else off.training_outputs.keys()
    twin, on = (observe(one, _SEED, tell, shared) for one in (_twin(request, subjects[OFF]), subjects[ON]))
    seen = judge(off, twin, on, tolerance)
    left = subjects[ON].defaults()
    if seen.is_effective or not left:
        return seen
    # What acts only where a flag of the call is set was not tried.
    return replace(seen, differences=(*seen.differences, fact("defaults", ", ".join(left))))


def _twin(request: Trial, off: Subject) -> Subject:
    """Build off a second time, to show what differs from one instance to the next without any mechanism.

    It comes from another seed and gets the same weights: what was drawn when it was built and is no weight, such as a
    fixed random mask, a mechanism that draws something more shifts as well.
    """
    twin = build_subjects(request.workload, {OFF: request.off}, _SEED + 1)[OFF]
    if off.module is not None and twin.module is not None:
        share_weights(off.module, twin.module)
    return replace(twin, name=NULL, value=off.value)


def _limit_memory(size: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  does not exist on every system

        # Of the data, not of the address space, of which libraries reserve far more than they use.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (size, hard))
