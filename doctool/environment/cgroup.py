"""What the control groups of this process grant it, and what they did to it.

Source: the kernel's documentation of control groups, version 2 (`cpu.max`) and version 1 (`cpu.cfs_quota_us`);
`memory.events` and `memory.oom_control` count the processes that were ended because memory was short.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from doctool.environment.reading import read_text


def read_cpu_quota(root: Path) -> float | None:
    """Return the tightest quota of the process's groups and of those above them, in cores; None if there is none.

    Args:
        root: Directory that holds `proc` and `sys`.
    """
    quotas = []
    for line in (read_text(root / "proc/self/cgroup") or "").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        read = _read_version_1 if controllers else _read_version_2
        # Inside a container the named group may be outside what is mounted; its top is then the mount itself.
        path = PurePosixPath(group.lstrip("/"))
        quotas += [read(root / "sys/fs/cgroup", controllers, part) for part in (path, *path.parents)]
    return min((quota for quota in quotas if quota is not None), default=None)


def read_memory_kills(root: Path) -> int | None:
    """Return how many processes of this process's group were ever ended because memory was short.

    Args:
        root: Directory that holds `proc` and `sys`.

    Returns:
        The count of the group, or of the whole machine where there is no group that counts; None if nobody does.
    """
    for line in (read_text(root / "proc/self/cgroup") or "").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        mount, file = ("memory", "memory.oom_control") if controllers else (".", "memory.events")
        # As for the quota: inside a container, the group's top may be the mount itself.
        for name in dict.fromkeys((group.strip("/"), "")):
            count = _count_in(root / "sys/fs/cgroup" / mount / name / file, "oom_kill")
            if count is not None:
                return count
    return _count_in(root / "proc/vmstat", "oom_kill")


def _count_in(path: Path, key: str) -> int | None:
    for line in (read_text(path) or "").splitlines():
        name, _, count = line.partition(" ")
        if name == key and count.isdecimal():
            return int(count)
    return None


def _read_version_2(mount: Path, _controllers: str, group: PurePosixPath) -> float | None:
    words = (read_text(mount / group / "cpu.max") or "").split()
    return _quota(words[0], words[1]) if len(words) == 2 else None


def _read_version_1(mount: Path, controllers: str, group: PurePosixPath) -> float | None:
    for name in (controllers, "cpu"):
        directory = mount / name / group
        quota = _quota(read_text(directory / "cpu.cfs_quota_us"), read_text(directory / "cpu.cfs_period_us"))
        if quota is not None:
            return quota
    return None


def _quota(quota_us: str | None, period_us: str | None) -> float | None:
    """Return the share as cores; `max` and -1 mean that there is no limit."""
    if quota_us is None or period_us is None or not quota_us.isdecimal() or not period_us.isdecimal():
        return None
    return int(quota_us) / int(period_us) if int(period_us) else None
