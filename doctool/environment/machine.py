"""Hardware and software of this machine, one small function per topic.

A fact that cannot be read is absent, never guessed. Host and user names are not read. Nothing here imports PyTorch.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable
from pathlib import Path

from doctool.environment import cgroup
from doctool.environment.keys import Facts
from doctool.environment.reading import as_line, read_text

ROOT = Path("/")


def collect_machine(root: Path = ROOT) -> Facts:
    """Return what the operating system says; PyTorch and the GPU have their own say, see `torch_facts`.

    Args:
        root: Directory that holds `proc`, `sys` and `etc`.
    """
    facts: Facts = {}
    for collect in _COLLECTORS:
        facts |= collect(root)
    return facts


def collect_cpu(root: Path) -> Facts:
    """Return the processor model."""
    text = read_text(root / "proc/cpuinfo") or ""
    # ARM kernels name the board or nothing; s390 and POWER use other words.
    for label in ("model name", "cpu model", "Processor", "Hardware", "cpu"):
        found = re.search(rf"^{label}\s*:\s*(\S.*)$", text, re.MULTILINE)
        name = as_line(found[1]) if found else ""
        if name and not name.isdigit():
            return {"cpu": name}
    fallback = "" if text else as_line(platform.processor())
    return {"cpu": fallback} if fallback else {}


def collect_cores(root: Path) -> Facts:
    """Return how many logical processors may be used, and the quota of the control group."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = cgroup.read_cpu_quota(root)
    facts: Facts = {}
    if quota is not None:
        facts["cpu_quota"] = quota
    if count:
        # Half a core is still one processor that the work runs on.
        facts["cores"] = count if quota is None else max(1, min(count, round(quota)))
    return facts


def collect_frequency(root: Path) -> Facts:
    """Return the frequency governor and whether turbo is allowed."""
    directory = root / "sys/devices/system/cpu"
    facts: Facts = {}
    governors = sorted(
        {as_line(text) for path in directory.glob("cpu[0-9]*/cpufreq/scaling_governor") if (text := read_text(path))}
    )
    if any(governors):
        facts["governor"] = ", ".join(filter(None, governors))
    for name, enabled in (("intel_pstate/no_turbo", "0"), ("cpufreq/boost", "1")):
        state = read_text(directory / name)
        if state in {"0", "1"}:
            facts["turbo"] = state == enabled
            break
    return facts


def collect_ram(root: Path) -> Facts:
    """Return the size of main memory."""
    found = re.search(r"^MemTotal:\s*(\d+) kB$", read_text(root / "proc/meminfo") or "", re.MULTILINE)
    return {"ram_bytes": int(found[1]) * 1024} if found else {}


def collect_system(root: Path) -> Facts:
    """Return operating system and kernel."""
    found = re.search(r'^PRETTY_NAME=(["\']?)(.+)\1$', read_text(root / "etc/os-release") or "", re.MULTILINE)
    name = found[2] if found else f"{platform.system()} {platform.mac_ver()[0]}".strip()
    kernel = read_text(root / "proc/sys/kernel/osrelease") or platform.release()
    lines = {"os": as_line(name), "kernel": as_line(kernel)}
    return {key: line for key, line in lines.items() if line}


def collect_container(root: Path) -> Facts:
    """Return the kind of container, if there are signs of one."""
    for path, kind in ((".dockerenv", "docker"), ("run/.containerenv", "podman")):
        if (root / path).exists():
            return {"container": kind}
    groups = read_text(root / "proc/1/cgroup") or ""
    for sign, kind in (("kubepods", "kubernetes"), ("docker", "docker"), ("libpod", "podman"), ("lxc", "lxc")):
        if sign in groups:
            return {"container": kind}
    release = read_text(root / "proc/sys/kernel/osrelease") or ""
    return {"container": "wsl"} if "microsoft" in release.lower() else {}


def collect_python(_root: Path) -> Facts:
    """Return the implementation and version of Python."""
    return {"python": f"{platform.python_implementation()} {platform.python_version()}"}


_COLLECTORS: tuple[Callable[[Path], Facts], ...] = (
    collect_cpu,
    collect_cores,
    collect_frequency,
    collect_ram,
    collect_system,
    collect_container,
    collect_python,
)


def count_memory_kills(root: Path = ROOT) -> int | None:
    """Return how many processes beside this one were ever ended because memory was short; None if nobody counts."""
    return cgroup.read_memory_kills(root)


def collect_moment(root: Path = ROOT) -> dict[str, float]:
    """Return what changes from one minute to the next, for each replicate.

    Returns:
        Those of `load` (runnable tasks, one-minute mean), `cpu_hz` (mean clock), `temperature_c` (hottest sensor)
        and `available_bytes` (memory) that can be read.
    """
    moment: dict[str, float] = {}
    load = re.match(r"(\d+(?:\.\d+)?) ", read_text(root / "proc/loadavg") or "")
    if load:
        moment["load"] = float(load[1])
    clocks = re.findall(r"^cpu MHz\s*:\s*(\d+(?:\.\d+)?)$", read_text(root / "proc/cpuinfo") or "", re.MULTILINE)
    if clocks:
        moment["cpu_hz"] = sum(map(float, clocks)) / len(clocks) * 1e6
    readings = [read_text(path) for path in (root / "sys/class/thermal").glob("thermal_zone*/temp")]
    temperatures = [int(text) / 1000 for text in readings if text and re.fullmatch(r"-?\d+", text)]
    if temperatures:
        moment["temperature_c"] = max(temperatures)
    available = re.search(r"^MemAvailable:\s*(\d+) kB$", read_text(root / "proc/meminfo") or "", re.MULTILINE)
    if available:
        moment["available_bytes"] = int(available[1]) * 1024.0
    return moment
