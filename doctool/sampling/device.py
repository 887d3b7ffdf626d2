"""The few calls that only a CUDA device answers. Runs in the child process.

Everything that decides something is in `cuda`, which can be tried with a made-up device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch

from doctool import environment

_FLUSH_FACTOR = 2
"""How many times the size of the L2 cache is written to empty it."""
_FLUSH_BYTES = 256 * 2**20
"""Where the size of the L2 cache is not known: more than any device has."""
_GRAPH_WARMUP = 3
"""Calls on the side stream before a graph is captured, so that nothing is set up during the capture."""


class Mark(Protocol):
    """A moment on the device."""

    def elapsed_time(self, end: Any) -> float:
        """Return the milliseconds from here to `end`."""


class Device(Protocol):
    """What is asked of the hardware."""

    def mark(self) -> Mark:
        """Put a mark after everything enqueued so far."""

    def synchronize(self) -> None:
        """Wait until everything enqueued is done."""

    def flush_cache(self) -> None:
        """Enqueue something that leaves nothing of the arms in the L2 cache."""

    def capture(self, call: Callable[[], Any]) -> Callable[[], Any] | None:
        """Record a call as a CUDA graph and return what replays it; None if it cannot be recorded."""

    def sample(self) -> Mapping[str, float]:
        """Read clocks, temperature, power and throttle bits."""


class TorchDevice:
    """The current CUDA device."""

    def __init__(self) -> None:
        properties: Any = torch.cuda.get_device_properties(torch.cuda.current_device())
        size = _FLUSH_FACTOR * int(getattr(properties, "L2_cache_size", 0)) or _FLUSH_BYTES
        self._junk = torch.empty(size, dtype=torch.int8, device="cuda")
        self._nvml, self._card = environment.open_nvml(), environment.card_of(properties)

    def mark(self) -> Mark:
        """Record an event on the current stream."""
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        mark: Mark = event
        return mark

    def synchronize(self) -> None:
        """Wait for all streams."""
        torch.cuda.synchronize()

    def flush_cache(self) -> None:
        """Overwrite more memory than the cache holds."""
        self._junk.zero_()

    def capture(self, call: Callable[[], Any]) -> Callable[[], Any] | None:
        """Record on a side stream, as CUDA demands; a call that waits for the device cannot be recorded."""
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.stream(side):
                for _ in range(_GRAPH_WARMUP):
                    call()
            torch.cuda.current_stream().wait_stream(side)
            with torch.cuda.graph(graph):
                call()
        except RuntimeError:
            torch.cuda.synchronize()
            return None
        replay: Callable[[], Any] = graph.replay
        return replay

    def sample(self) -> Mapping[str, float]:
        """Ask NVML; without it, nothing is known."""
        return {} if self._nvml is None else environment.sample_gpu(self._nvml, self._card)
