"""Whole measurements in real child processes, on a clock that only work moves."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from doctool import environment, statistics
from doctool.project.config import Workload
from doctool.sampling import Conditions, Limits, SpeedRequest, journal_path, measure_memory, measure_speed
from doctool.sampling.journal import Entry, Journal
from doctool.sampling.messages import Weighing
from doctool.sampling.peak import weigh
from doctool.sampling.precision import half_widths, is_precise
from doctool.sampling.session import Session
from doctool.terms.notes import NoteKind, note

CODE = """
import time
import torch
from torch import nn

NOW = 0

def now():
    return NOW

class Block(nn.Module):
    def __init__(self, cost):
        super().__init__()
        self.cost = cost
    def forward(self, x):
        global NOW
        NOW += self.cost
        return x

class Model(nn.Module):
    def __init__(self, cost, mode):
        super().__init__()
        self.blocks = nn.ModuleList([Block(cost), Block(cost)])
        self.weight = nn.Parameter(torch.ones(10, 10))
        self.mode = mode
    def forward(self, x):
        if self.mode == "raise":
            raise ValueError("this model does not work")
        if self.mode == "nan":
            return x / 0
        if self.mode == "hang":
            time.sleep(600)
        if self.mode == "oom" and x.shape[0] > 1:
            raise torch.OutOfMemoryError("too big")
        for block in self.blocks:
            x = block(x)
        print("a model that talks")
        return x

def build(slower=False, mode=""):
    # 13 to 10: thirty per cent more work.
    return Model(13_000_000 if slower else 10_000_000, mode)

class Known(nn.Module):
    def __init__(self, wide):
        super().__init__()
        self.layer = nn.Linear(1000, 500, bias=False)
        self.tied = self.layer.weight
        self.wide = wide
    def forward(self, x):
        y = self.layer(x)
        return torch.cat([y, y]) if self.wide else y + y

def build_known(wide=False):
    return Known(wide)
"""
ARMS = {"off": {"slower": False}, "null": {"slower": False}, "slow": {"slower": True}}
FAKE = Conditions(clock="timed_toy:now", processor_clock="timed_toy:now")


@pytest.fixture
def root(tmp_path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "timed_toy.py").write_text(CODE)
    return project


def workload_of(mode: str = "", **changes) -> Workload:
    settings = {"features": (2, 4, 4), "blocks": "blocks.*", "device": "cpu", "args": {"mode": mode} if mode else {}}
    return Workload(build="timed_toy:build", **{**settings, **changes})


def request_of(workload: Workload, **changes) -> SpeedRequest:
    settings = {"arms": ARMS, "key": "k", "conditions": FAKE}
    return SpeedRequest(workload_name="toy", workload=workload, **{**settings, **changes})


def measure(root: Path, request: SpeedRequest, **limits):
    seen = []
    limit = Limits(**{"budget_s": 60.0, "quick": True, "hang_s": 60.0, **limits})
    outcomes = measure_speed(root, [request], limit, root / ".doctool", seen.append)
    return outcomes[request.key], seen


def test_what_is_measured_is_the_work_and_nothing_else(root):
    request = request_of(workload_of())
    outcome, seen = measure(root, request)
    assert outcome.refusal is None
    assert len(outcome.replicates) == 3
    plan = statistics.SpeedPlan(arms=statistics.Arms(on="slow"), block_names=("blocks.0", "blocks.1"))
    for replicate in outcome.replicates:
        # Tests may run on a busy host, and this clock does not mind.
        counted = tuple(msgspec.structs.replace(block, excluded=None) for block in replicate.blocks)
        metrics = statistics.summarise_speed([msgspec.structs.replace(replicate, blocks=counted)], plan)
        assert metrics["forward_latency"].arms["off"].value == pytest.approx(0.020)
        assert metrics["forward_latency"].arms["on"].value == pytest.approx(0.026)
        assert metrics["block_latency"].arms["on"].value == pytest.approx(0.013)
        assert replicate.environment["machine"] == environment.fingerprint(outcome.environment)
        for block in replicate.blocks:
            order = [visit.arm for visit in block.visits]
            assert order == order[::-1]
            assert sorted(order) == sorted([*ARMS, *ARMS])
    assert len({replicate.seed for replicate in outcome.replicates}) == 3
    assert outcome.environment["device"] == "cpu"
    assert [progress.done for progress in seen if progress.stage == "speed"] == [0, 1, 1, 2, 2, 3]
    # Asked again before the record was saved, it has nothing left to do.
    again, seen = measure(root, request)
    assert (again, seen) == (outcome, [])


def test_a_replicate_that_the_host_spoilt_is_replaced(root):
    request = request_of(workload_of())
    measure(root, request)
    path = journal_path(root / ".doctool", request.key)
    entries = [msgspec.json.decode(line, type=Entry) for line in path.read_bytes().splitlines()]

    def session(*excluded: str | None) -> Session:
        lines = []
        for entry, reason in zip(entries, excluded, strict=True):
            blocks = tuple(msgspec.structs.replace(block, excluded=reason) for block in entry.replicate.blocks)
            replicate = msgspec.structs.replace(entry.replicate, blocks=blocks)
            lines.append(msgspec.json.encode(msgspec.structs.replace(entry, replicate=replicate)) + b"\n")
        path.write_bytes(b"".join(lines))
        return Session(root, request, Limits(budget_s=60.0), root / ".doctool")

    assert session(None, None, None).candidate.done == 3
    spoilt = session(None, "steal", "waiting")
    assert spoilt.candidate.done == 1
    assert len(spoilt.replicates) == 3
    assert spoilt.wants_more


def test_an_interval_is_only_as_wide_as_the_replicates_differ(root):
    request = request_of(workload_of())
    visits = [
        {"arm": arm, "calls": 1, "wall_s": s, "median_s": s, "cpu_s": s}
        for arm, s in (("off", 1.0), ("null", 1.0), ("slow", 1.3), ("slow", 1.3), ("null", 1.0), ("off", 1.0))
    ]

    def replicates(count, spread):
        made = []
        for number in range(count):
            moved = [
                {**visit, "median_s": visit["median_s"] * (1 + spread * (number % 2) * (visit["arm"] == "slow"))}
                for visit in visits
            ]
            made.append({"seed": number, "started": "", "duration_s": 1.0, "blocks": [{"visits": moved}]})
        return msgspec.convert(made, list[statistics.speed.Replicate])

    assert not is_precise(request, replicates(7, 0.0))
    assert is_precise(request, replicates(8, 0.0))
    assert not is_precise(request, replicates(8, 1.0))
    assert half_widths(request, replicates(8, 0.0))["slow"] == pytest.approx(0.0, abs=1e-12)
    assert half_widths(request, replicates(8, 0.5))["slow"] > 0.1


@pytest.mark.parametrize(
    ("mode", "reason", "words"),
    [
        ("raise", "crashed", "ValueError: this model does not work"),
        ("nan", "nan", "not finite"),
    ],
)
def test_a_broken_model_is_refused_with_its_reason_and_leaves_no_number(root, mode, reason, words):
    outcome, _ = measure(root, request_of(workload_of(mode)))
    assert outcome.refusal is not None
    assert outcome.refusal.reason == reason
    assert words in outcome.refusal.detail
    assert outcome.replicates == ()


def test_a_call_that_never_returns_is_refused(root):
    outcome, _ = measure(root, request_of(workload_of("hang")), hang_s=8.0)
    assert outcome.refusal is not None
    assert outcome.refusal.reason == "hung"


@pytest.mark.skipif(os.environ.get("CUDA_VISIBLE_DEVICES") not in {None, ""}, reason="there may be a GPU here")
def test_one_budget_serves_several_requests_and_a_missing_gpu_is_said(root):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    broken = request_of(workload_of(device="cuda"), key="gpu")
    smaller = request_of(workload_of("oom"), key="cpu")
    limits = Limits(budget_s=1.0, quick=True)
    outcomes = measure_speed(root, [broken, smaller], limits, root / ".doctool", lambda _: None)
    assert outcomes["gpu"].refusal is not None
    assert outcomes["gpu"].refusal.reason == "no-gpu"
    # Two rows are too many for this model, so all arms were measured with one.
    assert outcomes["cpu"].refusal is None
    assert outcomes["cpu"].workload.features == (1, 4, 4)
    assert note(NoteKind.SMALLER, large="features [2, 4, 4]", small="features [1, 4, 4]") in outcomes["cpu"].notes
    assert outcomes["cpu"].replicates


def test_a_killed_measurement_keeps_every_finished_replicate(root):
    interrupt_and_resume(root, random.Random(0), kills=1)


@pytest.mark.long
def test_fifty_kills_at_random_moments_lose_nothing(root):
    interrupt_and_resume(root, random.Random(1), kills=50)


def interrupt_and_resume(root: Path, chance: random.Random, kills: int) -> None:
    request = request_of(workload_of())
    path = journal_path(root / ".doctool", request.key)
    code = (
        "import sys, msgspec\nfrom pathlib import Path\n"
        "from doctool.project.config import Workload\n"
        "from doctool.sampling import Conditions, Limits, SpeedRequest, measure_speed\n"
        "data = msgspec.json.decode(sys.argv[1])\n"
        "request = SpeedRequest(workload_name='toy', workload=msgspec.convert(data['workload'], Workload),"
        " arms=data['arms'], key='k', conditions=Conditions(clock='timed_toy:now', processor_clock='timed_toy:now'))\n"
        "root = Path(sys.argv[2])\n"
        "measure_speed(root, [request], Limits(budget_s=60.0), root / '.doctool', lambda _: None)\n"
    )
    data = json.dumps({"workload": msgspec.to_builtins(request.workload), "arms": ARMS})
    path_variable = os.pathsep.join((str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")))
    argv, variables = [sys.executable, "-c", code, data, str(root)], {**os.environ, "PYTHONPATH": path_variable}
    finished: list[bytes] = []
    for _ in range(kills):
        running = subprocess.Popen(argv, env=variables, stderr=subprocess.PIPE)
        with running:
            deadline = time.monotonic() + 120
            while lines_of(path) <= len(finished) and running.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 1.5))
            running.send_signal(signal.SIGKILL)
        whole = path.read_bytes().split(b"\n")[:-1]
        assert whole[: len(finished)] == finished
        finished = whole
        if len(Journal(root / ".doctool", "k").entries) >= 7:
            path.unlink()
            finished = []
    before = [entry.replicate for entry in Journal(root / ".doctool", "k").entries]
    outcome, _ = measure(root, request)
    assert list(outcome.replicates[: len(before)]) == before
    assert len(outcome.replicates) == max(3, len(before))


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_peak_memory_is_exact_to_the_byte(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    workload = Workload(build="timed_toy:build_known", features=(40, 1000), device="cpu")
    weight, value, product = 4 * 1000 * 500, 4 * 40 * 1000, 4 * 40 * 500
    # Alive at once: the weight, the input, y, and y + y or twice its size.
    for wide, results in ((False, 2 * product), (True, 3 * product)):
        request = Weighing(workload=workload, arm="on", toggles={"wide": wide}, seed=0)
        memory = weigh(request, lambda _: None).memory
        assert memory.parameters == 500_000
        assert memory.resident_bytes == weight + value
        assert memory.peak_bytes == (weight + value + results,)


def test_memory_that_is_short_shrinks_the_input_and_says_so(root):
    outcome = measure_memory(root, workload_of("oom", features=(2, 4)), {"off": {}})
    assert outcome.refusal is None
    assert outcome.workload.features == (1, 4)
    assert outcome.notes == (note(NoteKind.SMALLER, large="features [2, 4]", small="features [1, 4]"),)
    (memory,) = outcome.memory
    assert (memory.arm, memory.parameters) == ("off", 100)
    # The parameter and the input, which is also the result; two processes agree.
    assert memory.peak_bytes == (4 * 100 + 4 * 4,) * 2


def test_memory_of_a_broken_model_is_refused(root):
    outcome = measure_memory(root, workload_of("raise"), {"off": {}})
    assert outcome.memory == ()
    assert outcome.refusal is not None
    assert outcome.refusal.reason == "crashed"
