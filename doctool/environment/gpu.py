"""NVIDIA GPUs through their management library: names and limits, clocks and throttling. Settings are only read.

`nvml` is always the module `pynvml`, initialised; passing it in keeps this testable without a GPU.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from doctool.environment.keys import Facts

Value = TypeVar("Value")

_IDLE_BIT = 0x1
"""The GPU has nothing to do: a low clock, but no throttling."""


@functools.cache
def open_nvml() -> Any | None:
    """Return the initialised management library; None where it or a GPU is missing."""
    try:
        # An optional dependency that machines without an NVIDIA GPU do not need.
        import pynvml  # noqa: PLC0415

        pynvml.nvmlInit()
    except Exception:  # noqa: BLE001 - every failure of an optional driver means the same: nothing can be read
        return None
    return pynvml


def collect_gpu(nvml: Any) -> Facts:
    """Return what is known about the first GPU that may be used, without PyTorch."""
    device = _first_device(nvml)
    if device is None:
        return {}
    readers: dict[str, Callable[[], str | int | float | bool]] = {
        "gpu": lambda: _text(nvml.nvmlDeviceGetName(device)),
        "gpu_count": lambda: _visible_count(nvml),
        "gpu_memory_bytes": lambda: int(nvml.nvmlDeviceGetMemoryInfo(device).total),
        "compute_capability": lambda: ".".join(map(str, nvml.nvmlDeviceGetCudaComputeCapability(device))),
        "driver": lambda: _text(nvml.nvmlSystemGetDriverVersion()),
        "gpu_power_limit_w": lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(device) / 1000,
        "gpu_ecc": lambda: bool(nvml.nvmlDeviceGetEccMode(device)[0]),
        "gpu_mig": lambda: bool(nvml.nvmlDeviceGetMigMode(device)[0]),
        "gpu_persistence": lambda: bool(nvml.nvmlDeviceGetPersistenceMode(device)),
    }
    return _read_all(nvml, readers)


def sample_gpu(nvml: Any) -> dict[str, float]:
    """Return clocks (Hz), temperature (°C), power (W), throttle bits and the number of computing processes, now."""
    device = _first_device(nvml)
    if device is None:
        return {}
    readers: dict[str, Callable[[], float]] = {
        "sm_clock_hz": lambda: nvml.nvmlDeviceGetClockInfo(device, nvml.NVML_CLOCK_SM) * 1e6,
        "memory_clock_hz": lambda: nvml.nvmlDeviceGetClockInfo(device, nvml.NVML_CLOCK_MEM) * 1e6,
        "temperature_c": lambda: float(nvml.nvmlDeviceGetTemperature(device, nvml.NVML_TEMPERATURE_GPU)),
        "power_w": lambda: nvml.nvmlDeviceGetPowerUsage(device) / 1000,
        "throttle_bits": lambda: float(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(device) & ~_IDLE_BIT),
        "gpu_processes": lambda: float(len(nvml.nvmlDeviceGetComputeRunningProcesses(device))),
    }
    return _read_all(nvml, readers)


def gpu_difference(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Summarise two samples around a visit or a block.

    Returns:
        Mean clocks and power, the relative change of the SM clock (`sm_clock_change`), the temperature afterwards,
        every throttle bit seen and the most processes seen. A key that one sample lacks is absent.
    """
    both = before.keys() & after.keys()
    summary = {key: (before[key] + after[key]) / 2 for key in both & {"sm_clock_hz", "memory_clock_hz", "power_w"}}
    if "sm_clock_hz" in both and before["sm_clock_hz"] > 0:
        summary["sm_clock_change"] = after["sm_clock_hz"] / before["sm_clock_hz"] - 1.0
    if "temperature_c" in both:
        summary["temperature_c"] = after["temperature_c"]
    if "throttle_bits" in both:
        summary["throttle_bits"] = float(int(before["throttle_bits"]) | int(after["throttle_bits"]))
    if "gpu_processes" in both:
        summary["gpu_processes"] = max(before["gpu_processes"], after["gpu_processes"])
    return summary


def _read_all(nvml: Any, readers: Mapping[str, Callable[[], Value]]) -> dict[str, Value]:
    found = {}
    for name, read in readers.items():
        try:
            found[name] = read()
        except nvml.NVMLError:
            # Many facts are not supported on some GPUs, inside containers, or for users who are not root.
            continue
    return found


def _visible() -> list[str] | None:
    """Return the devices CUDA was told to use; None if it may use all."""
    setting = os.environ.get("CUDA_VISIBLE_DEVICES")
    return None if setting is None else [name.strip() for name in setting.split(",") if name.strip()]


def _first_device(nvml: Any) -> Any | None:
    visible = _visible()
    if visible == []:
        return None
    name = "0" if visible is None else visible[0]
    try:
        return nvml.nvmlDeviceGetHandleByIndex(int(name)) if name.isdigit() else nvml.nvmlDeviceGetHandleByUUID(name)
    except nvml.NVMLError:
        return None


def _visible_count(nvml: Any) -> int:
    visible = _visible()
    return int(nvml.nvmlDeviceGetCount()) if visible is None else len(visible)


def _text(value: str | bytes) -> str:
    """Older versions of the library return bytes."""
    return value.decode() if isinstance(value, bytes) else value
