"""Visits on CUDA: everything but the device itself, with a made-up device on the CPU."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from doctool import environment
from doctool.project.config import Workload
from doctool.sampling.cuda import CudaTimer, is_launch_bound
from doctool.sampling.device import TorchDevice
from doctool.sampling.messages import Timing
from doctool.sampling.replicate import measure_block, measure_replicate, warm_up
from doctool.statistics import match_names
from doctool.terms.notes import NoteKind, note
from doctool.workload.subject import Subject


class Mark:
    def __init__(self, at_s):
        self.at_s = at_s

    def elapsed_time(self, end):
        return (end.at_s - self.at_s) * 1e3


class FakeDevice:
    """Runs kernels one after the other, and faster from a warm cache."""

    def __init__(self, enqueue_s: float = 0.0, *, capturable: bool = True):
        self.host_s = self.free_at_s = 0.0
        self.enqueue_s, self.capturable = enqueue_s, capturable
        self.is_warm = True
        self.flushes = self.waits = 0
        self.clock_hz = 1e9

    def clock(self) -> int:
        return round(self.host_s * 1e9)

    def launch(self, seconds: float) -> None:
        self.host_s += self.enqueue_s
        self.free_at_s = max(self.free_at_s, self.host_s) + seconds * (1 if self.is_warm else 2)

    def mark(self):
        self.free_at_s = max(self.free_at_s, self.host_s)
        return Mark(self.free_at_s)

    def synchronize(self):
        self.waits += 1
        self.host_s = max(self.host_s, self.free_at_s)

    def flush_cache(self):
        self.flushes += 1
        self.free_at_s = max(self.free_at_s, self.host_s) + 0.5
        self.is_warm = False

    def capture(self, call):
        if not self.capturable:
            return None

        def replay():
            kept, self.enqueue_s = self.enqueue_s, 0.0
            call()
            self.enqueue_s = kept

        return replay

    def sample(self):
        return {"sm_clock_hz": self.clock_hz, "temperature_c": 50.0, "throttle_bits": 0.0}


class Layer(nn.Module):
    def __init__(self, device, cost_s):
        super().__init__()
        self.device, self.cost_s = device, cost_s

    def forward(self, x, *, scale=1.0):
        self.device.launch(self.cost_s)
        self.device.is_warm = True
        return x * scale


class Model(nn.Module):
    def __init__(self, device, cost_s):
        super().__init__()
        self.blocks = nn.ModuleList([Layer(device, cost_s), Layer(device, 2 * cost_s)])
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        for block in self.blocks:
            x = block(x, scale=2.0)
        return x


NAMES = ("blocks.0", "blocks.1")


def timer_of(device, costs_s=None):
    models = {name: Model(device, cost_s) for name, cost_s in (costs_s or {"off": 0.001}).items()}
    subjects = {
        name: Subject(name=name, function=model, module=model, value=torch.ones(2)) for name, model in models.items()
    }
    layers = dict.fromkeys(models, NAMES)
    return CudaTimer(subjects, layers, layers, device.clock, device), models


def test_a_visit_is_timed_by_the_device_and_filled_by_its_pace():
    device = FakeDevice(enqueue_s=1e-6)
    timer, _ = timer_of(device)
    warm_up(timer, "off", 1.0)
    visit = timer.visit("off", 2)
    assert visit.gpu_s == visit.median_s == pytest.approx(0.003)
    assert visit.calls == 17  # 3 ms each, at least 50 ms
    assert visit.wall_s == pytest.approx(0.051, rel=1e-3)
    assert visit.enqueue_s == pytest.approx(2e-6)
    assert visit.signals["sm_clock_hz"] == 1e9
    assert timer.notes() == ()


def test_there_is_one_wait_between_the_first_and_the_last_call_of_a_visit():
    device = FakeDevice(enqueue_s=1e-6)
    timer, models = timer_of(device)
    timer.time_once("off")
    waits, calls = device.waits, models["off"].calls
    timer.run("off", 0.3)
    assert models["off"].calls - calls == 100
    assert device.waits - waits == 2  # before the first and after the last


def test_blocks_are_warm_inside_the_model_and_cold_alone_and_never_mixed():
    device = FakeDevice(enqueue_s=1e-6)
    timer, _ = timer_of(device)
    warm_up(timer, "off", 1.0)
    visit = timer.visit("off", 2)
    assert visit.layers_s == pytest.approx(
        {"blocks.0": 0.001, "blocks.1": 0.002, "blocks.0.@cold": 0.002, "blocks.1.@cold": 0.004}
    )
    assert device.flushes == 10
    assert match_names(("blocks.*",), visit.layers_s) == NAMES
    assert match_names(("blocks.*.@cold",), visit.layers_s) == ("blocks.0.@cold", "blocks.1.@cold")


def test_timing_blocks_alone_leaves_nothing_behind_for_the_next_visit():
    device = FakeDevice(enqueue_s=1e-6)
    timer, models = timer_of(device, {"off": 0.1})
    timer.time_once("off")
    first = timer.visit("off", 1)
    calls = models["off"].calls
    assert timer.visit("off", 0).layers_s == pytest.approx(first.layers_s)
    assert models["off"].calls == calls + first.calls == calls + 1


def test_a_launch_bound_arm_is_named_and_also_run_as_a_graph():
    device = FakeDevice(enqueue_s=0.01)
    timer, _ = timer_of(device)
    warm_up(timer, "off", 1.0)
    visit = timer.visit("off", 2)
    # Two launches of 10 ms each keep the device waiting; the graph needs only the 3 ms of work.
    assert visit.median_s == pytest.approx(0.020, rel=0.2)
    assert visit.layers_s["@graph"] == pytest.approx(0.003)
    assert timer.notes() == (note(NoteKind.LAUNCH_BOUND, arm="off"),)
    assert timer.visit("off", 0).layers_s["@graph"] == pytest.approx(0.003)


def test_an_arm_that_cannot_be_captured_says_so_and_has_no_graph_row():
    device = FakeDevice(enqueue_s=0.01, capturable=False)
    timer, _ = timer_of(device)
    warm_up(timer, "off", 1.0)
    assert "@graph" not in timer.visit("off", 2).layers_s
    assert timer.notes()[0].kind is NoteKind.NO_GRAPH


def test_launch_bound_means_the_host_takes_as_long_as_the_device():
    assert is_launch_bound(1.0, 1.0)
    assert is_launch_bound(1.0, 0.95)
    assert not is_launch_bound(1.0, 0.5)


def test_more_work_is_more_time_on_the_device_too():
    device = FakeDevice(enqueue_s=1e-6)
    timer, models = timer_of(device, {"off": 0.001, "on": 0.0013})
    pace_s = {arm: warm_up(timer, arm, 1.0)[1] for arm in models}
    block = measure_block(timer, ("off", "on", "on", "off"), pace_s, lambda _: None)
    medians = {visit.arm: visit.median_s for visit in block.visits}
    assert medians["on"] / medians["off"] == pytest.approx(1.3)


def test_a_block_in_which_the_clock_fell_is_excluded(monkeypatch):
    quiet = environment.Signals(clock_s=0.0, own_cpu_s=0.0)
    monkeypatch.setattr(environment, "read_signals", lambda: quiet)
    device = FakeDevice(enqueue_s=1e-6)
    timer, models = timer_of(device)

    class Falling:
        """Samples a clock that falls by a tenth, once."""

        def __getattr__(self, name):
            return getattr(device, name)

        def sample(self):
            now = device.sample()
            device.clock_hz = 0.9e9
            return now

    timer._device = Falling()
    pace_s = {arm: warm_up(timer, arm, 1.0)[1] for arm in models}
    assert measure_block(timer, ("off", "off"), pace_s, lambda _: None).excluded == "clock"
    timer._device = device
    assert measure_block(timer, ("off", "off"), pace_s, lambda _: None).excluded is None


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_real_device_gives_all_rows(tmp_path, monkeypatch):
    (tmp_path / "cuda_toy.py").write_text(
        "from torch import nn\n"
        "def build(wide=False):\n"
        "    size = 4096 if wide else 2048\n"
        "    layers = (nn.Sequential(nn.Linear(2048, size), nn.Linear(size, 2048)) for _ in range(2))\n"
        "    return nn.Sequential(*layers)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    workload = Workload(build="cuda_toy:build", features=(2048, 2048), device="cuda", blocks="*")
    request = Timing(
        workload=workload,
        arms={"off": {"wide": False}, "on": {"wide": True}},
        seed=0,
        build_order=("off", "on"),
        orders=(("off", "on", "on", "off"),),
        warmup_s=1.0,
        clock="time:perf_counter_ns",
        processor_clock="time:process_time_ns",
        visit_s=None,
    )
    timed = measure_replicate(request, lambda _: None)
    visits = {visit.arm: visit for visit in timed.blocks[0].visits}
    assert visits["on"].median_s > 1.5 * visits["off"].median_s
    assert visits["off"].gpu_s == visits["off"].median_s
    assert {"0", "1", "0.@cold", "1.@cold"} <= visits["off"].layers_s.keys()


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_real_device_replays_a_graph():
    x = torch.zeros(4, device="cuda")
    replay = TorchDevice().capture(lambda: x.add_(1))
    before = x.clone()
    replay()
    torch.cuda.synchronize()
    assert torch.equal(x, before + 1)
