"""NVIDIA facts and samples, from an object that answers as the management library does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from doctool.environment import Card, card_of, check, collect_gpu, exclusion_of, gpu_difference, sample_gpu


class NVMLError(Exception):
    pass


class Library:
    """The part of `pynvml` that is used, for one healthy GPU."""

    NVMLError = NVMLError
    NVML_CLOCK_SM = 1
    NVML_CLOCK_MEM = 2
    NVML_TEMPERATURE_GPU = 0

    def __init__(self):
        self.clock_mhz = {1: 1980, 2: 2619}
        self.throttle = 0x1
        self.processes = 1

    def nvmlDeviceGetHandleByIndex(self, index):  # noqa: N802
        if index > 1:
            raise NVMLError
        return f"handle-{index}"

    def nvmlDeviceGetHandleByUUID(self, name):  # noqa: N802
        return f"handle-{name}"

    def nvmlDeviceGetCount(self):  # noqa: N802
        return 2

    def nvmlDeviceGetName(self, handle):  # noqa: N802
        return b"NVIDIA H200" if handle == "handle-GPU-1a" else "NVIDIA H100 80GB HBM3"

    def nvmlDeviceGetMemoryInfo(self, handle):  # noqa: N802
        return SimpleNamespace(total=85520809984, used=5, free=6)

    def nvmlDeviceGetCudaComputeCapability(self, handle):  # noqa: N802
        return (9, 0)

    def nvmlSystemGetDriverVersion(self):  # noqa: N802
        return "550.54.15"

    def nvmlDeviceGetEnforcedPowerLimit(self, handle):  # noqa: N802
        return 700000

    def nvmlDeviceGetEccMode(self, handle):  # noqa: N802
        return [1, 0]

    def nvmlDeviceGetMigMode(self, handle):  # noqa: N802
        return [0, 0]

    def nvmlDeviceGetPersistenceMode(self, handle):  # noqa: N802
        return 1

    def nvmlDeviceGetClockInfo(self, handle, kind):  # noqa: N802
        return self.clock_mhz[kind]

    def nvmlDeviceGetTemperature(self, handle, sensor):  # noqa: N802
        return 41

    def nvmlDeviceGetPowerUsage(self, handle):  # noqa: N802
        return 351500

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle):  # noqa: N802
        return self.throttle

    def nvmlDeviceGetComputeRunningProcesses(self, handle):  # noqa: N802
        return [object()] * self.processes


@pytest.fixture
def library(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return Library()


def test_a_gpu_is_described_in_base_units(library):
    facts = collect_gpu(library)
    assert facts == {
        "gpu": "NVIDIA H100 80GB HBM3",
        "gpu_count": 2,
        "gpu_memory_bytes": 85520809984,
        "compute_capability": "9.0",
        "driver": "550.54.15",
        "gpu_power_limit_w": 700.0,
        "gpu_ecc": True,
        "gpu_mig": False,
        "gpu_persistence": True,
    }
    assert check(facts) == ()


def test_what_a_gpu_does_not_support_is_absent(library, monkeypatch):
    def refuse(*_):
        raise NVMLError("not supported")

    for name in ("nvmlDeviceGetEccMode", "nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetPowerUsage"):
        monkeypatch.setattr(library, name, refuse)
    assert not {"gpu_ecc", "gpu_power_limit_w"} & set(collect_gpu(library))
    assert "power_w" not in sample_gpu(library)
    assert "sm_clock_hz" in sample_gpu(library)


@pytest.mark.parametrize(
    ("visible", "name", "count"),
    [("GPU-1a,0", "NVIDIA H200", 2), ("1", "NVIDIA H100 80GB HBM3", 1), ("", None, None), ("7", None, None)],
)
def test_the_gpu_is_the_one_cuda_may_use(library, monkeypatch, visible, name, count):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    facts = collect_gpu(library)
    assert (facts.get("gpu"), facts.get("gpu_count")) == (name, count)
    assert bool(sample_gpu(library)) == (name is not None)


class TwoCards(Library):
    """The management library counts by place on the bus; CUDA puts the faster card first."""

    cards = {"GPU-aa": "00000000:17:00.0", "GPU-bb": "00000000:65:00.0"}  # noqa: RUF012
    names = {"GPU-aa": "NVIDIA T400", "GPU-bb": "NVIDIA H200"}  # noqa: RUF012

    def nvmlDeviceGetHandleByIndex(self, index):  # noqa: N802
        return list(self.cards)[index]

    def nvmlDeviceGetHandleByUUID(self, name):  # noqa: N802
        if name not in self.cards:
            raise NVMLError
        return name

    def nvmlDeviceGetHandleByPciBusId(self, place):  # noqa: N802
        for name, at in self.cards.items():
            if at == place:
                return name
        raise NVMLError

    def nvmlDeviceGetName(self, handle):  # noqa: N802
        return self.names[handle]

    def nvmlDeviceGetEnforcedPowerLimit(self, handle):  # noqa: N802
        return 50000 if handle == "GPU-aa" else 700000

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle):  # noqa: N802
        return 0x20 if handle == "GPU-aa" else 0


@pytest.mark.parametrize(
    "properties",
    [
        SimpleNamespace(uuid="bb"),
        SimpleNamespace(pci_bus_id=0x65, pci_device_id=0, pci_domain_id=0),
        # A MIG instance has an id of its own; the card is found by its place.
        SimpleNamespace(uuid="of-an-instance", pci_bus_id=0x65, pci_device_id=0, pci_domain_id=0),
    ],
)
def test_the_card_that_is_described_and_watched_is_the_one_that_cuda_runs_on(monkeypatch, properties):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    card = card_of(properties)
    assert collect_gpu(TwoCards(), card)["gpu_power_limit_w"] == 700.0
    assert sample_gpu(TwoCards(), card)["throttle_bits"] == 0.0
    assert collect_gpu(TwoCards())["gpu_power_limit_w"] == 50.0


def test_a_card_that_cannot_be_told_from_others_is_not_described(library):
    assert collect_gpu(TwoCards(), card_of(SimpleNamespace(uuid="cc"))) == {}
    assert sample_gpu(TwoCards(), card_of(SimpleNamespace())) == {}
    library.nvmlDeviceGetCount = lambda: 1
    assert collect_gpu(library, Card())["gpu"] == "NVIDIA H100 80GB HBM3"


def test_idling_is_not_throttling(library):
    assert sample_gpu(library) == {
        "sm_clock_hz": 1.98e9,
        "memory_clock_hz": 2.619e9,
        "temperature_c": 41.0,
        "power_w": 351.5,
        "throttle_bits": 0.0,
        "gpu_processes": 1.0,
    }


def test_two_samples_become_one_summary(library):
    before = sample_gpu(library)
    library.clock_mhz[1] = 1782
    library.throttle = 0x20 | 0x1
    library.processes = 2
    summary = gpu_difference(before, sample_gpu(library))
    assert summary["sm_clock_hz"] == pytest.approx(1.881e9)
    assert summary["sm_clock_change"] == pytest.approx(-0.1)
    assert summary["throttle_bits"] == 0x20
    assert summary["gpu_processes"] == 2.0
    assert gpu_difference({}, before) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"throttle": 0x4}, None),
        ({"throttle": 0x8}, "throttle"),
        ({"throttle": 0x40}, "throttle"),
        ({"processes": 2}, "gpu-process"),
        ({"clock_mhz": {1: 1500, 2: 2619}}, "clock"),
    ],
)
def test_only_outside_disturbance_excludes_a_block(library, change, reason):
    before = sample_gpu(library)
    for name, value in change.items():
        setattr(library, name, value)
    assert exclusion_of(gpu_difference(before, sample_gpu(library))) == reason
