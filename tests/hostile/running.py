"""Run doctool as a process of its own, and see what it cost and whether it behaved."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HANGS_S = 120
"""Generous: what takes longer on the slowest machine hangs."""
MOST_BYTES = 500 * 10**6
UNFORESEEN = 70

SETTINGS = "package: tiny\ndocuments: {docs/PERF.md: {}}\nmechanisms: {fast: {toggle: use_fast}}\n"
MODEL = "class Net:\n    def __init__(self, use_fast=False):\n        self.fast = 1 if use_fast else 0\n"


@dataclass
class Outcome:
    """What a command did."""

    code: int
    out: bytes
    err: bytes
    peak_bytes: int
    cpu_s: float

    @property
    def said(self):
        return (self.out + self.err).decode("utf-8", "backslashreplace")


def doctool(root, *arguments, stdin=None, stdout=None, environment=None, before=None):
    """Run a command in `root`, with a home of its own.

    Raises:
        TimeoutError: If it hangs.
    """
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "LANG": "C.UTF-8",
        **(environment or {}),
    }
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            [sys.executable, "-m", "doctool", *map(os.fsencode, map(str, arguments))],
            cwd=root,
            env=given,
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or out,
            stderr=err,
            start_new_session=True,
            preexec_fn=before,
        )
        code, peak, cpu_s = _wait(child)
        out.seek(0)
        err.seek(0)
        return Outcome(code, out.read(), err.read(), peak, cpu_s)


def _wait(child):
    def end(_number, _frame):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(HANGS_S)
    try:
        _, status, usage = os.wait4(child.pid, 0)
    except TimeoutError:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    child.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return child.returncode, peak, usage.ru_utime + usage.ru_stime


def _own_peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def problems_of(outcome):
    """Say what no command may do, whatever it is given."""
    if "Traceback (most recent call last)" in outcome.said or "Exception ignored" in outcome.said:
        yield f"a traceback: {outcome.said[-1500:]}"
    if outcome.code == UNFORESEEN:
        yield f"what nobody foresaw: {outcome.said[-1500:]}"
    if outcome.code < 0:
        yield f"ended by signal {-outcome.code}: {outcome.said[-1500:]}"
    # Right after the fork a child counts the memory of the process that made it.
    if outcome.peak_bytes > max(MOST_BYTES, 1.1 * _own_peak_bytes()):
        yield f"{outcome.peak_bytes / 1e6:.0f} MB of memory"
    shown = [char for char in outcome.said if char != "\n" and (ord(char) < 32 or 0x7F <= ord(char) < 0xA0)]
    hidden = [
        char
        for char in outcome.said
        if char in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    ]
    if shown or hidden:
        yield f"control characters {sorted(set(shown + hidden))!r} in {outcome.said[-500:]!r}"


def write(root, name, text=""):
    """Write a file of a project; text or bytes."""
    path = Path(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    return path


def make_project(root, settings=SETTINGS, page="# Performance\n", model=MODEL):
    """Write a small project that is in no way hostile yet."""
    write(root, "doctool.yaml", settings)
    write(root, "docs/PERF.md", page)
    write(root, "tiny/__init__.py", "")
    write(root, "tiny/model.py", model)
    return Path(root)


def git(root, *arguments):
    """Run git for the one who prepares the project."""
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
    )


def limit_memory(size):
    """Return what bounds the address space of a child before it starts."""
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))
