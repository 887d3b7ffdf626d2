"""What was just measured here is always found again here, whatever the environment says of itself."""

import os
import sys

import msgspec
import pytest

from doctool import plan
from doctool.environment import Setup
from doctool.measure import targets_here
from doctool.plan import Need, choose, needs
from doctool.plan.targets import Targets
from doctool.project import find_project
from doctool.records import Source
from doctool.refresh import pipeline
from doctool.sampling import memory, request
from doctool.workload import look_around
from tests.forged import forge
from tests.situations import git, run_here

TABLE = """
# Performance

<!-- doctool:begin base
mechanism: baseline
workload: step
rows: {Forward: forward_latency}
columns: {Value: off}
-->
<!-- doctool:end base -->
"""

GPU_THAT_PYTORCH_CANNOT_USE = """
NVML_CLOCK_SM = NVML_CLOCK_MEM = NVML_TEMPERATURE_GPU = 0
class NVMLError(Exception): pass
def nvmlInit(): pass
def nvmlDeviceGetHandleByIndex(index): return index
def nvmlDeviceGetCount(): return 1
def nvmlDeviceGetName(device): return "NVIDIA T400"
def nvmlSystemGetDriverVersion(): return "550.54.15"
def __getattr__(name):
    def refuse(*_): raise NVMLError(name)
    return refuse
"""

WORLDS = {
    "metadata of another version": {"torch-2.9.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 2.9.0\n"},
    "triton beside it": {
        "torch-2.9.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 2.9.0\n",
        "triton-3.5.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: triton\nVersion: 3.5.0\n",
    },
    "a GPU that PyTorch cannot use": {
        "torch-2.9.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 2.9.0\n",
        "pynvml.py": GPU_THAT_PYTORCH_CANNOT_USE,
    },
    "no NVML": {"pynvml.py": "raise ImportError('no such library')\n"},
}  # fmt: skip


@pytest.fixture
def base(tiny, monkeypatch):
    """A page that asks for one cheap measurement, made in as few processes as there can be."""
    monkeypatch.setattr(request, "QUICK_REPLICATES", 1)
    monkeypatch.setattr(memory, "REPEATS", 1)
    tiny.write("docs/PERF.md", TABLE)
    tiny.commit()
    return tiny


@pytest.fixture(params=WORLDS)
def world(request, tmp_path, monkeypatch):
    """An environment that its parts describe differently, for this process and for its children."""
    place = tmp_path / "site"
    for name, text in WORLDS[request.param].items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(place))
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delitem(sys.modules, "pynvml", raising=False)
    return request.param


@pytest.fixture
def fewer_cores():
    """Return a function that takes cores from this process, as a container may; they are given back in the end."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(before) < 2:
        pytest.skip("there is only one core to be had")
    yield lambda: os.sched_setaffinity(0, {min(before)})
    os.sched_setaffinity(0, before)


def is_found(project):
    target = targets_here(project).of(Need(mechanism="baseline", workload="step"))
    return choose(project.records, target) is not None


def test_what_was_just_measured_here_is_found_again_here(base, world):
    assert run_here(base.root, "measure", "baseline", "--quick", "--busy").returncode == 0
    assert is_found(find_project(base.root)), world


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_container_that_loses_cores_under_way_takes_no_table_away(base, fewer_cores, moment, monkeypatch):
    real = pipeline.measure

    def measure(*arguments):
        if moment == "before":
            fewer_cores()
        made = real(*arguments)
        fewer_cores()
        return made

    monkeypatch.setattr(pipeline, "measure", measure)
    done = run_here(base.root, "refresh", "--all", "--quick", "--busy", "--no-commit")
    assert done.returncode in {0, 15}, done
    assert "no record" not in base.page.read_text()
    (record,) = find_project(base.root).records
    assert is_found(find_project(base.root)) == (record.environment["cores"] == 1)
    assert (moment == "after") == (record.environment["cores"] > 1)


def test_the_machine_now_and_the_machine_of_a_refusal_are_the_same(tiny, world):
    tiny.page.write_text(tiny.page.read_text().replace("## Fast", "## Ghost").replace("| Fast |", "| Ghost |"))
    assert run_here(tiny.root, "refresh", "--all", "--no-commit").returncode == 0, world
    (record,) = find_project(tiny.root).records
    assert {**record.environment, "doctool": ""} == {
        **look_around(tiny.root, [Setup()])[Setup()], "doctool": ""
    }  # fmt: skip
    assert run_here(tiny.root, "refresh", "--all", "--no-commit").stdout.startswith("1 document is up to date")


def test_a_fault_of_ours_is_an_error_and_takes_no_table_away(tiny, monkeypatch):
    """A record that does not answer what it was measured for: the author's table stays, and nothing is committed."""
    tiny.page.write_text(tiny.page.read_text().replace("## Fast", "## Ghost").replace("| Fast |", "| Ghost |"))
    tiny.commit()
    page, head = tiny.page.read_text(), git(tiny.root, "rev-parse", "HEAD")
    monkeypatch.setattr(needs, "requested_settings", lambda record: {"of": record.id})
    done = run_here(tiny.root, "refresh", "--all")
    assert done.returncode == 1, done
    assert "ghost/step" in done.stderr
    assert "an error in doctool" in done.stderr
    assert (tiny.page.read_text(), git(tiny.root, "rev-parse", "HEAD")) == (page, head)


def test_one_child_tells_every_environment_that_the_settings_ask_for(tiny):
    setups = (Setup(), Setup(device="cpu", dtype="bfloat16", threads=2), Setup(device="cuda"))
    found = look_around(tiny.root, setups)
    assert [found[setup]["threads"] for setup in setups] == [1, 2, 1]
    assert [found[setup]["dtype"] for setup in setups] == ["float32", "bfloat16", "float32"]
    assert [found[setup]["device"] for setup in setups][1:] == ["cpu", "cuda"]
    assert len({facts["torch"] for facts in found.values()}) == 1


def test_without_pytorch_the_machine_is_still_described(tiny, tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('there is none', name='torch')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    facts = look_around(tiny.root, [Setup()])[Setup()]
    assert "cpu" in facts
    assert not {"torch", "device", "gpu"} & facts.keys()


def test_a_pytorch_that_does_not_load_is_one_clear_error(tiny, tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise OSError('libtorch_cpu.so: cannot open shared object file')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    page = tiny.page.read_text()
    done = run_here(tiny.root, "refresh", "--all")
    assert (done.returncode, tiny.page.read_text()) == (6, page)
    assert "cannot be loaded" in done.stderr
    assert "libtorch_cpu.so" in done.stderr


def test_a_trainer_that_chooses_its_own_type_and_device_is_found_again(tiny):
    """What the code decides is no part of the machine."""
    settings = (tiny.root / "doctool.yaml").read_text()
    trained = settings.replace("compare: [step]}", 'compare: [step], train: {build: "tiny.model:Net"}}', 1)
    tiny.write("doctool.yaml", trained)
    project = find_project(tiny.root)
    environments = {
        setup: {"cpu": "X", "device": setup.device.replace("auto", "cuda"), "dtype": setup.dtype}
        for setup in plan.every_setup(project.config)
    }
    need = Need(mechanism="fast", workload=plan.TRAINING)
    target = Targets(project, environments).of(need)
    for device, cpu, is_here in (("cuda", "X", True), ("cpu", "X", True), ("cpu", "Y", False)):
        facts = {"cpu": cpu, "device": device, "dtype": "bfloat16"}
        record = msgspec.structs.replace(
            forge(tiny.root, machine=facts),
            workload=plan.TRAINING,
            settings=dict(target.settings),
            source=Source(digest=target.digest),
        )
        assert target.is_answered_by(record) == is_here, facts
