"""Run other programs: the only gate to `subprocess`."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from doctool.errors import ProcessError


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A program that ran to its end.

    Args:
        argv: The program and its arguments.
        returncode: Its exit status; negative is the number of the signal that ended it.
        stdout: What it wrote to standard output.
        stderr: What it wrote to standard error.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
    check: bool = True,
) -> Completed:
    """Run a program without a shell and return what it wrote.

    The program gets a process group of its own, which is ended whole at the time limit and when doctool is
    interrupted, so that no grandchild stays behind.

    Args:
        argv: The program and its arguments.
        cwd: Directory to run in.
        stdin: Bytes for its standard input.
        environment: Its whole environment; None passes ours on.
        timeout_s: Time limit in seconds.
        check: Whether an exit status other than 0 is an error.

    Raises:
        ProcessError: If it cannot be started, exceeds its time limit, or (with `check`) fails.
    """
    argv = tuple(argv)
    try:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as problem:
        raise ProcessError(argv, None, "", "", f"cannot be started: {problem.strerror}") from problem
    with child:
        try:
            stdout, stderr = child.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _end_group(child)
            stdout, stderr = child.communicate()
            raise ProcessError(
                argv, None, _text(stdout), _text(stderr), f"did not end within {timeout_s:g} s"
            ) from None
        except BaseException:
            _end_group(child)
            raise
    if check and child.returncode != 0:
        raise ProcessError(argv, child.returncode, _text(stdout), _text(stderr))
    return Completed(argv=argv, returncode=child.returncode, stdout=stdout, stderr=stderr)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        child.kill()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
