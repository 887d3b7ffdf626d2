"""Facts about the machine, from literal system files in a directory that stands in for the root."""

from __future__ import annotations

import getpass
import re
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from doctool import environment
from doctool.environment import cgroup, gpu, machine
from doctool.environment.torch_facts import collect_torch, find_blas
from doctool.system import process

X86 = """\
processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R)   Platinum 8480C
cpu MHz\t\t: 2000.000

processor\t: 1
model name\t: Intel(R) Xeon(R)   Platinum 8480C
cpu MHz\t\t: 3000.000
"""
RASPBERRY = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU part\t: 0xd08\n\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4\n"
POWER = "processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 3800.000000MHz\n"
MEMINFO = "MemTotal:       16384 kB\nMemFree:         4096 kB\nMemAvailable:    8192 kB\n"


@pytest.fixture
def write(tmp_path):
    def write_files(contents: dict[str, str]) -> Path:
        for name, text in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write_files


@pytest.mark.parametrize(
    ("text", "model"),
    [(X86, "Intel(R) Xeon(R) Platinum 8480C"), (RASPBERRY, "BCM2835"), (POWER, "POWER9, altivec supported")],
)
def test_the_processor_is_named_as_the_kernel_names_it(write, text, model):
    assert machine.collect_cpu(write({"proc/cpuinfo": text})) == {"cpu": model}


def test_a_processor_without_a_name_stays_unnamed(write):
    assert machine.collect_cpu(write({"proc/cpuinfo": "processor\t: 0\nBogoMIPS\t: 108.00\ncpu : 0\n"})) == {}


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
                "sys/fs/cgroup/a/cpu.max": "200000 100000\n",
                "sys/fs/cgroup/cpu.max": "400000 100000\n",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/\n3:cpu,cpuacct:/docker/x\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us": "50000\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us": "100000\n",
            },
            0.5,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/docker/outside\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            3.0,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
        ({"proc/self/cgroup": "1:cpuset:/\n", "sys/fs/cgroup/cpuset/cpu.cfs_quota_us": "7\n"}, None),
        ({}, None),
    ],
)
def test_the_tightest_quota_above_the_process_counts(write, files, quota):
    assert cgroup.read_cpu_quota(write(files)) == quota


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.events": "oom 9\noom_kill 2\n"}, 2),
        ({"proc/self/cgroup": "0::/outside\n", "sys/fs/cgroup/memory.events": "oom_kill 1\n"}, 1),
        ({"proc/self/cgroup": "4:memory:/d\n", "sys/fs/cgroup/memory/d/memory.oom_control": "oom_kill 5\n"}, 5),
        ({"proc/self/cgroup": "0::/\n", "proc/vmstat": "nr_free 1\noom_kill 7\n"}, 7),
        ({"proc/vmstat": "oom_kill x\n"}, None),
        ({}, None),
    ],
)
def test_processes_ended_for_lack_of_memory_are_counted_by_the_nearest_group_that_counts(write, files, count):
    assert cgroup.read_memory_kills(write(files)) == count


def test_a_quota_limits_the_usable_cores(write):
    root = write({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"})
    assert machine.collect_cores(root) == {"cores": 1, "cpu_quota": 0.5}
    assert "cpu_quota" not in machine.collect_cores(root / "nowhere")


@pytest.mark.parametrize(
    ("files", "facts"),
    [
        ({"intel_pstate/no_turbo": "1\n"}, {"turbo": False}),
        ({"intel_pstate/no_turbo": "0\n"}, {"turbo": True}),
        ({"cpufreq/boost": "1\n"}, {"turbo": True}),
        ({"cpufreq/boost": "0\n"}, {"turbo": False}),
        ({"cpu0/cpufreq/scaling_governor": "powersave\n"}, {"governor": "powersave"}),
        (
            {"cpu0/cpufreq/scaling_governor": "powersave\n", "cpu1/cpufreq/scaling_governor": "performance\n"},
            {"governor": "performance, powersave"},
        ),
        ({}, {}),
    ],
)
def test_frequency_policy_is_read_where_there_is_one(write, files, facts):
    root = write({f"sys/devices/system/cpu/{name}": text for name, text in files.items()})
    assert machine.collect_frequency(root) == facts


def test_memory_is_in_bytes(write):
    assert machine.collect_ram(write({"proc/meminfo": MEMINFO})) == {"ram_bytes": 16384 * 1024}


@pytest.mark.parametrize(
    ("files", "facts"),
    [
        ({".dockerenv": ""}, {"container": "docker"}),
        ({"run/.containerenv": ""}, {"container": "podman"}),
        ({"proc/1/cgroup": "1:cpu:/kubepods/burstable/pod1\n"}, {"container": "kubernetes"}),
        ({"proc/sys/kernel/osrelease": "5.15.90.1-microsoft-standard-WSL2\n"}, {"container": "wsl"}),
        ({"proc/1/cgroup": "0::/init.scope\n"}, {}),
    ],
)
def test_containers_leave_signs(write, files, facts):
    assert machine.collect_container(write(files)) == facts


def test_the_system_is_named_by_its_release_file(write):
    files = {"etc/os-release": 'NAME=X\nPRETTY_NAME="Debian GNU/Linux 12"\n', "proc/sys/kernel/osrelease": "6.1.0-9\n"}
    assert machine.collect_system(write(files)) == {"os": "Debian GNU/Linux 12", "kernel": "6.1.0-9"}


def test_what_cannot_be_read_is_absent(tmp_path):
    facts = environment.collect_machine(tmp_path)
    assert not {"governor", "turbo", "ram_bytes", "container", "gpu", "cpu_quota", "driver"} & set(facts)
    assert environment.collect_moment(tmp_path) == {}


def test_the_moment_is_read_from_the_same_files(write):
    files = {
        "proc/loadavg": "1.55 0.70 0.40 2/120 999\n",
        "proc/cpuinfo": X86,
        "proc/meminfo": MEMINFO,
        "sys/class/thermal/thermal_zone0/temp": "41000\n",
        "sys/class/thermal/thermal_zone1/temp": "55500\n",
        "sys/class/thermal/thermal_zone2/temp": "broken\n",
    }
    assert environment.collect_moment(write(files)) == {
        "load": 1.55,
        "cpu_hz": 2.5e9,
        "temperature_c": 55.5,
        "available_bytes": 8192 * 1024.0,
    }


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=60))
@example(garbage=b"cpu MHz\t: 1.2.3\ncpu 1.2.3 4")
@example(garbage=b"0::/\x00/a")
@example(garbage=b"\x00")
@example(garbage="²".encode())
@example(garbage=b"1.2.3 4")
def test_garbage_in_system_files_never_breaks_and_never_becomes_an_illegal_fact(tmp_path, garbage):
    names = (
        "proc/cpuinfo",
        "proc/meminfo",
        "proc/loadavg",
        "proc/stat",
        "proc/pressure/cpu",
        "proc/self/cgroup",
        "proc/1/cgroup",
        "proc/sys/kernel/osrelease",
        "sys/fs/cgroup/cpu.max",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us",
        "sys/class/thermal/thermal_zone0/temp",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
        "etc/os-release",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(garbage)
    facts = {}
    for collect in machine._COLLECTORS:
        facts |= collect(tmp_path)
    assert environment.check(facts) == ()
    environment.collect_moment(tmp_path)
    environment.read_signals(tmp_path)


def test_this_machine_is_described_legally_and_namelessly():
    facts = environment.collect_machine() | collect_torch("cpu", "float32", 1)
    assert environment.check(facts) == ()
    assert {"cpu", "cores", "os", "kernel", "python", "torch", "blas", "device", "dtype"} <= set(facts)
    names = {socket.gethostname(), socket.gethostname().partition(".")[0], getpass.getuser(), str(Path.home())}
    for value in facts.values():
        words = set(re.split(r"[\s,/]+", str(value)))
        assert not words & names, value


def test_collecting_loads_no_torch():
    program = (
        "import sys; from doctool import environment; environment.collect_machine(); environment.read_signals(); "
        "assert not {'torch', 'numpy'} & set(sys.modules), 'loaded'"
    )
    path = str(Path(environment.__file__).parents[2])
    process.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {program}"])


def test_torch_facts_say_how_it_was_asked():
    facts = collect_torch("cpu", "bfloat16", 3)
    assert (facts["device"], facts["dtype"], facts["threads"]) == ("cpu", "bfloat16", 3)
    assert "compile" not in facts, "nobody has looked whether anything is compiled"
    assert facts["deterministic"] is False
    assert "tf32" not in facts


@pytest.mark.parametrize(
    ("text", "blas"),
    [
        (
            "- Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 2\n BLAS_INFO=mkl, ",
            "mkl 2024.2-Product",
        ),
        ("Build settings: BLAS_INFO=open, BUILD_TYPE=Release", "open"),
        ("Build settings: none", None),
    ],
)
def test_the_matrix_library_is_in_the_build_settings(text, blas):
    assert find_blas(text) == blas


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"hostname": "x"}, "not a known fact"),
        ({"cores": "two"}, "int"),
        ({"cores": True}, "int"),
        ({"turbo": 1}, "bool"),
        ({"cpu": " "}, "one line"),
        ({"cpu": "a\nb"}, "one line"),
    ],
)
def test_illegal_facts_are_named(facts, word):
    (problem,) = environment.check(facts)
    assert problem.startswith(next(iter(facts)))
    assert word in problem


def test_a_whole_number_is_a_legal_float():
    assert environment.check({"cpu_quota": 2, "gpu_power_limit_w": 700.0}) == ()


def test_every_key_says_what_it_means():
    for name, key in environment.KEYS.items():
        assert key.name == name
        assert key.meaning
        assert not {"host", "user"} & set(name.split("_"))


def test_a_missing_gpu_library_means_no_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    gpu.open_nvml.cache_clear()
    assert gpu.open_nvml() is None
    gpu.open_nvml.cache_clear()
