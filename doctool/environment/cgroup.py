"""How much processor time the control groups of this process grant it.

Source: the kernel's documentation of control groups, version 2 (`cpu.max`) and version 1 (`cpu.cfs_quota_us`).
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
