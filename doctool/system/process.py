"""Run other programs: the only gate to `subprocess`."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from doctool.errors import ProcessError
from doctool.system import descendants

_GRACE_S = 2.0
"""Time a program gets to tidy up before it is killed."""
_CHUNK = 2**16
_KEPT = 2**16
"""Bytes of its last words."""
_LONGEST_LINE = 2**28
_started: set[int] = set()
"""The programs that are being talked to."""


class Completed(msgspec.Struct, frozen=True, kw_only=True):
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


class Conversation:
    """A program that is sent one request and answers in lines, for as long as the `with` block lasts.

    When the block is left, for whatever reason, the program and everything it started are ended, also what has left its
    process group. Its standard input stays open until then, so that it can notice our own death as an end of file.

    Args:
        argv: The program and its arguments.
        request: Bytes for its standard input.
        cwd: Directory to run in.
        environment: Its whole environment; None passes ours on.

    Raises:
        ProcessError: If it cannot be started.
    """

    _END = b""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        request: bytes,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.argv = tuple(argv)
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._mark = descendants.new_mark()
        self._others = descendants.children()
        descendants.adopt(True)
        try:
            self._child = subprocess.Popen(
                self.argv,
                cwd=cwd,
                env={**(os.environ if environment is None else environment), descendants.MARK: self._mark},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as problem:
            raise ProcessError(self.argv, None, "", "", f"cannot be started: {problem.strerror}") from problem
        _started.add(self._child.pid)
        self._log = bytearray()
        self._reader = threading.Thread(target=self._read, args=(request,), daemon=True)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()
        self._listener.start()

    def _listen(self) -> None:
        """Read what it prints as fast as it prints it, and keep the end."""
        while data := self._child.stderr and os.read(self._child.stderr.fileno(), _CHUNK):
            self._log += data
            if len(self._log) > 2 * _KEPT:
                del self._log[:-_KEPT]

    def _read(self, request: bytes) -> None:
        """Send and receive beside the caller, so that waiting can have a time limit on every system."""
        # What the program says matters more than what it did not listen to.
        with suppress(BrokenPipeError):
            if self._child.stdin is not None:
                self._child.stdin.write(request)
                self._child.stdin.flush()
        while line := self._child.stdout and self._child.stdout.readline(_LONGEST_LINE):
            self._lines.put(line)
        self._lines.put(self._END)

    def receive(self, timeout_s: float) -> bytes | None:
        """Wait for the next line of its answer.

        Args:
            timeout_s: How long to wait, in seconds.

        Returns:
            The line with its newline; None once it has closed its standard output.

        Raises:
            ProcessError: If it stays silent for longer; it is then ended.
        """
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            _end_group(self._child)
            self._child.wait()
            reason = f"was silent for {timeout_s:g} s"
            raise ProcessError(self.argv, None, "", self.last_words(), reason) from None
        return line if line != self._END else None

    def finish(self, timeout_s: float = 10.0) -> int:
        """Wait until it has ended and return its exit status; negative is the number of a signal.

        A program that stays around after it has closed its standard output is ended.
        """
        try:
            return self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            _end_group(self._child)
            return self._child.wait()

    def last_words(self, length: int = 4000) -> str:
        """Return the end of what it wrote to standard error, once it has ended."""
        self.finish()
        # What it started may still hold the other end.
        self._listener.join(timeout=1.0)
        return _text(bytes(self._log[-length:]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Also after the program itself has ended: what it left behind, in its group or out of it, ends here.
        _end_group(self._child)
        self._child.wait()
        _started.discard(self._child.pid)
        descendants.end_marked(self._mark)
        if not _started:
            descendants.end_adopted(self._others)
            descendants.adopt(False)
        self._reader.join(timeout=10.0)
        self._listener.join(timeout=10.0)
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """End a program and what it started, gently first: a git that is killed at once leaves its lock files behind."""
    if not hasattr(os, "killpg"):
        child.kill()
        return
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_S)
        os.killpg(child.pid, signal.SIGKILL)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
