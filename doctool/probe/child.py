"""Entry point of the probing child process."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import torch

from doctool.probe.compare import judge
from doctool.probe.messages import Seen, Trial
from doctool.probe.trial import observe
from doctool.records import NULL, OFF, ON
from doctool.workload.channel import Tell, serve
from doctool.workload.subject import build_subjects, configure

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
    wide = msgspec.structs.replace(request.workload, dtype="float64")
    try:
        return _see(msgspec.structs.replace(request, workload=wide), tell, _EXACT)
    except (RuntimeError, TypeError, NotImplementedError, AssertionError) as problem:
        # Some kernels exist for narrow types only. If that is not why it failed, the second try tells.
        if isinstance(problem, torch.OutOfMemoryError) or request.workload.dtype == "float64":
            raise
    return _see(request, tell, _ROUGH)


def _see(request: Trial, tell: Tell, tolerance: float) -> Seen:
    # A second off arm shows what differs from one instance to the next without any mechanism.
    arms = {OFF: request.off, NULL: request.off, ON: request.on}
    tell("building")
    subjects = build_subjects(request.workload, arms, _SEED)
    off = observe(subjects[OFF], _SEED, tell)
    shared = None if off.training_failure else off.training_outputs.keys()
    twin, on = (observe(subjects[name], _SEED, tell, shared) for name in (NULL, ON))
    return judge(off, twin, on, tolerance)


def _limit_memory(size: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  does not exist on every system

        # Of the data, not of the address space, of which libraries reserve far more than they use.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (size, hard))
