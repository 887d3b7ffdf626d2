"""Find out what a step costs, before there is a plan, and what a step holds in memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.flop_counter import FlopCounterMode

from doctool import environment, records
from doctool.sampling.peak import peak_of
from doctool.training.messages import Pace, Peak, Peaks, Pilot
from doctool.training.race import Tell
from doctool.training.runner import Arm, check_equal, shared_names
from doctool.workload.channel import RefusedError

_STEPS_AT_LEAST = 5
_STEP = "doctool-measured-step"


def run_pilot(task: Pilot, tell: Tell) -> Pace:
    """Measure the pace of every arm, and count its parameters and operations.

    Raises:
        RefusedError: If shared parameters differ between the arms, a loss is not finite, or there is no GPU where the
            experiment is for one.
    """
    began = time.perf_counter()
    experiment = task.experiment
    if experiment.device == "cuda" and not torch.cuda.is_available():
        raise RefusedError("no-gpu", "the training section says 'device: cuda', and PyTorch finds no CUDA device")
    arms, build_s = {}, {}
    for name in experiment.arms:
        before = time.perf_counter()
        arms[name] = Arm(name, experiment, task.seed)
        build_s[name] = time.perf_counter() - before
        tell({})
    check_equal(tuple(arms.values()))
    # The counted step is also the one that pays for first calls.
    flops = {name: _count_flops(arm) for name, arm in arms.items()}
    steps_s: dict[str, list[float]] = {name: [] for name in arms}
    deadline = time.monotonic() + task.seconds
    while len(steps_s[records.OFF]) < _STEPS_AT_LEAST or time.monotonic() < deadline:
        for name, arm in arms.items():
            before = time.perf_counter()
            arm.step()
            tell({})
            steps_s[name].append(time.perf_counter() - before)
        if len(arms[records.OFF].losses) >= experiment.steps:
            break
    off = arms[records.OFF]
    device = next((value.device.type for value in off.parameters().values()), "cpu")
    return Pace(
        step_s={name: statistics.median(values) for name, values in steps_s.items()},
        evaluate_s={name: arm.evaluate() for name, arm in arms.items()},
        build_s=build_s,
        parameters={name: _count_parameters(arm) for name, arm in arms.items()},
        flops_per_step=flops,
        description=_describe(off),
        shared=len(shared_names(tuple(arms.values()))),
        environment=_environment_of(device, off, experiment.threads),
        spent_s=time.perf_counter() - began,
    )


def run_peak(task: Peak, tell: Tell) -> Peaks:
    """Measure the exact peak memory of one step of one arm, after a first step has made the optimiser's state."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        arm = _build_and_step(task, tell)
        if any(value.is_cuda for value in arm.parameters().values()):
            return Peaks(memory=_weigh_on_cuda(arm))
        with record_function(_STEP):
            arm.step()
    results: Any = seen.profiler
    events = results.kineto_results.events()
    begin = next(event.start_ns() for event in events if event.name() == _STEP)
    return Peaks(
        memory=records.Memory(
            arm=arm.name,
            peak_bytes=(peak_of(events, _STEP),),
            resident_bytes=sum(e.nbytes() for e in events if e.name() == "[memory]" and e.start_ns() < begin),
            parameters=_count_parameters(arm),
        )
    )


def _build_and_step(task: Peak, tell: Tell) -> Arm:
    (name,) = task.experiment.arms
    arm = Arm(name, task.experiment, task.seed)
    tell({})
    arm.step()
    tell({})
    return arm


def _weigh_on_cuda(arm: Arm) -> records.Memory:
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    resident = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    arm.step()
    return records.Memory(
        arm=arm.name,
        peak_bytes=(torch.cuda.max_memory_allocated(),),
        resident_bytes=resident,
        parameters=_count_parameters(arm),
        reserved_bytes=(torch.cuda.max_memory_reserved(),),
    )


def _count_parameters(arm: Arm) -> int:
    return sum(value.numel() for _, value in arm.trainer.named_parameters() if value.requires_grad)


def _count_flops(arm: Arm) -> float:
    """Count the operations of a step as PyTorch sees them; code outside of its sight is asked to say so itself."""
    with FlopCounterMode(display=False) as counter:
        arm.step()
    seen = float(counter.get_total_flops())
    own = getattr(arm.trainer, "flops_per_step", None)
    return float(own) if not seen and own is not None else seen


def _describe(arm: Arm) -> dict[str, Any]:
    described = getattr(arm.trainer, "description", None)
    return dict(described) if isinstance(described, Mapping) else {}


def _environment_of(device: str, arm: Arm, threads: int) -> dict[str, str | int | float | bool]:
    dtype = next((str(value.dtype).removeprefix("torch.") for value in arm.parameters().values()), "float32")
    return {**environment.collect_machine(), **environment.collect_torch(device, dtype, threads)}
