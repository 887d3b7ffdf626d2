"""Measure the exact peak memory of one call of one arm. Runs in the child process.

On a CPU the allocator's own events are added up, from before the model was built: nothing is polled, so nothing is
missed. On CUDA the caching allocator keeps the peak itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from doctool.records import Memory
from doctool.sampling.messages import Weighed, Weighing
from doctool.workload.channel import Tell
from doctool.workload.subject import Subject, build_subjects, configure

_CALL = "doctool-measured-call"


def weigh(request: Weighing, tell: Tell) -> Weighed:
    """Build the arm, call it once so that everything lazy exists, and weigh the second call.

    Raises:
        RefusedError: If an output is not finite, or there is no such device.
    """
    device = configure(request.workload)
    measure = _weigh_on_cuda if device == "cuda" else _weigh_on_cpu
    return Weighed(memory=measure(request, tell))


def _weigh_on_cpu(request: Weighing, tell: Tell) -> Memory:
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record, torch.inference_mode(mode=False):
        subject = _prepare(request, tell)
        tell("measured call")
        with torch.inference_mode(), record_function(_CALL):
            subject.call()
    results: Any = record.profiler
    peak_bytes = peak_of(results.kineto_results.events(), _CALL)
    return _memory_of(request.arm, subject, peak_bytes, ())


def peak_of(events: Iterable[Any], call: str) -> int:
    """Add up allocations and releases; return the most that was alive at once during the named span, in bytes."""
    ordered = sorted(events, key=lambda event: int(event.start_ns()))
    span = next(event for event in ordered if event.name() == call)
    begin, end = span.start_ns(), span.start_ns() + span.duration_ns()
    changes = [(event.start_ns(), event.nbytes()) for event in ordered if event.name() == "[memory]"]
    peak = alive = sum(size for moment, size in changes if moment < begin)
    for size in (size for moment, size in changes if begin <= moment <= end):
        alive += size
        peak = max(peak, alive)
    return int(peak)


def _weigh_on_cuda(request: Weighing, tell: Tell) -> Memory:
    subject = _prepare(request, tell)
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    tell("measured call")
    with torch.inference_mode():
        result = subject.call()
    torch.cuda.synchronize()
    del result
    reserved = (torch.cuda.max_memory_reserved(),)
    return _memory_of(request.arm, subject, torch.cuda.max_memory_allocated(), reserved)


def _prepare(request: Weighing, tell: Tell) -> Subject:
    tell("building")
    subject = build_subjects(request.workload, {request.arm: request.toggles}, request.seed)[request.arm]
    tell("first call")
    subject.check()
    return subject


def _memory_of(arm: str, subject: Subject, peak_bytes: int, reserved: tuple[int, ...]) -> Memory:
    tensors = [subject.value]
    parameters = 0
    if subject.module is not None:
        tensors += [*subject.module.parameters(), *subject.module.buffers()]
        parameters = sum(value.numel() for value in subject.module.parameters() if value.requires_grad)
    # By storage: tied weights, and views, are held once.
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return Memory(
        arm=arm,
        peak_bytes=(peak_bytes,),
        resident_bytes=sum(storages.values()),
        parameters=parameters,
        reserved_bytes=reserved,
    )
