"""NVIDIA GPUs through their management library: names and limits, clocks and throttling. Settings are only read.

`nvml` is always the module `pynvml`, initialised; passing it in keeps this testable without a GPU.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from doctool.environment.keys import Facts

Value = TypeVar("Value")

_IDLE_BIT = 0x1
"""The GPU has nothing to do: a low clock, but no throttling."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Which GPU is meant, in terms that CUDA and the management library share; their numbers differ.

    Args:
        uuid: Its unique id, without a prefix; None where PyTorch does not tell.
        pci: Its place on the bus, as `00000000:17:00.0`; None likewise.
    """

    uuid: str | None = None
    pci: str | None = None


def card_of(properties: Any) -> Card:
    """Return the card behind a CUDA device, from its properties as PyTorch gives them."""
    uuid = getattr(properties, "uuid", None)
    bus = getattr(properties, "pci_bus_id", None)
    pci = None
    if isinstance(bus, int):
        domain, slot = getattr(properties, "pci_domain_id", 0), getattr(properties, "pci_device_id", 0)
        pci = f"{domain:08X}:{bus:02X}:{slot:02X}.0"
    return Card(uuid=None if uuid is None else str(uuid), pci=pci)


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


def collect_gpu(nvml: Any, card: Card | None = None) -> Facts:
    """Return what the management library knows about a GPU; nothing if it does not know which one is meant.

    Args:
        nvml: The library.
        card: The GPU; None takes the first one that may be used, where no CUDA device is in use.
    """
    device = _find_device(nvml, card)
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


def sample_gpu(nvml: Any, card: Card | None = None) -> dict[str, float]:
    """Return clocks (Hz), temperature (°C), power (W), throttle bits and the number of computing processes, now.

    Args:
        nvml: The library.
        card: As in `collect_gpu`.
    """
    device = _find_device(nvml, card)
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


def _find_device(nvml: Any, card: Card | None) -> Any | None:
    if card is None:
        return _first_device(nvml)
    # An id is only trusted for what it names: a MIG instance has one that no whole GPU has.
    by_id = (nvml.nvmlDeviceGetHandleByUUID, f"GPU-{card.uuid}") if card.uuid else None
    by_place = (nvml.nvmlDeviceGetHandleByPciBusId, card.pci) if card.pci else None
    for find, name in filter(None, (by_id, by_place)):
        try:
            return find(name)
        except nvml.NVMLError:
            continue
    # PyTorch said nothing that both understand: with a single GPU there is nothing to confuse it with.
    is_nameless = card == Card()
    return nvml.nvmlDeviceGetHandleByIndex(0) if is_nameless and int(nvml.nvmlDeviceGetCount()) == 1 else None


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
