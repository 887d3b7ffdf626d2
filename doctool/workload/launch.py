"""Start a child process, ask it one thing, and turn everything that can go wrong with it into a refusal."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

import msgspec

from doctool import environment
from doctool.errors import ProcessError
from doctool.records import Refusal
from doctool.system import process
from doctool.workload.messages import Beat, Failed, Message

_Answer = TypeVar("_Answer", bound=Message)

_LAST_LINES = 12
_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])


NO_TIME = "no-time"
"""Reason of a refusal: the time that the user allows was up."""
_deadline_s = ContextVar("deadline_s", default=math.inf)


@contextmanager
def until(deadline_s: float) -> Iterator[None]:
    """End every child process that is started inside by this moment, whoever asks it and whatever it does.

    Args:
        deadline_s: By the monotonic clock, in seconds.
    """
    token = _deadline_s.set(min(deadline_s, _deadline_s.get()))
    try:
        yield
    finally:
        _deadline_s.reset(token)


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """How a child process is started.

    Args:
        root: Project root, where the measured code is imported from.
        entry: `module:function` of doctool that serves the request.
        threads: Threads of the numerical libraries.
        silence_s: How long it may go without a sign of life, in seconds.
    """

    root: Path
    entry: str
    threads: int
    silence_s: float


def ask(
    child: Child, request: Message, kind: type[_Answer], hear: Callable[[str], None] = lambda _: None
) -> _Answer | Refusal:
    """Run a fresh child process for one request.

    Args:
        child: How it is started.
        request: What it is asked.
        kind: Type of the answer.
        hear: Told every step that the child begins.

    Returns:
        The answer, or the reason why the measured code gave none; `NO_TIME` if it was not given the time, see `until`.

    Raises:
        ProcessError: If Python cannot be started.
    """
    module, _, function = child.entry.partition(":")
    # Appended, not put first: the measured project may have modules of any name, and so may this directory.
    # From the measured code on, nothing is compiled to disk: its directory is to look afterwards as it did before.
    code = (
        f"import sys; sys.path.append({_PACKAGE_PARENT!r}); from {module} import {function}; "
        f"sys.dont_write_bytecode = True; {function}()"
    )
    argv = (sys.executable, "-P", "-c", code, f"{child.silence_s:g}")
    line = msgspec.json.encode(request) + b"\n"
    if _left_s() <= 0:
        return Refusal(reason=NO_TIME)
    killed_before = environment.count_memory_kills()
    with process.Conversation(argv, request=line, cwd=child.root, environment=_variables(child.threads)) as talk:
        try:
            while (answer := talk.receive(max(min(child.silence_s, _left_s()), 0.0))) is not None:
                message = _decode(answer, kind)
                if isinstance(message, Beat):
                    hear(message.doing)
                elif isinstance(message, Failed):
                    return Refusal(reason=message.reason, detail=message.detail)
                else:
                    # Ends by itself, so that what the measured code registered to run at exit does run.
                    talk.finish(2.0)
                    return message
        except ProcessError as problem:
            if _left_s() <= 0:
                return Refusal(reason=NO_TIME)
            return Refusal(
                reason="hung", detail=f"no step took place for {child.silence_s:g} s\n{_tail(problem.stderr)}".strip()
            )
        refusal = _refuse_dead(talk.finish(), talk.last_words())
    is_of_memory = refusal.reason == "killed" and _has_grown(killed_before, environment.count_memory_kills())
    return Refusal(reason="out-of-memory", detail=refusal.detail) if is_of_memory else refusal


def _left_s() -> float:
    return _deadline_s.get() - time.monotonic()


def _has_grown(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after > before


def _decode(line: bytes, kind: type[_Answer]) -> _Answer | Beat | Failed:
    """Read what the child said; what is no answer, the measured code has written into a channel of ours."""
    try:
        message: _Answer | Beat | Failed = msgspec.json.decode(line, type=kind | Beat | Failed)
    except msgspec.MsgspecError as problem:
        found = f"it wrote {line[:200]!r} where only doctool's own child writes: {problem}"
        return Failed(reason="crashed", detail=found)
    return message


def _refuse_dead(returncode: int, last_words: str) -> Refusal:
    if returncode >= 0:
        how = f"the process ended with exit code {returncode} before it had an answer"
        return Refusal(reason="crashed", detail=f"{how}\n{_tail(last_words)}".strip())
    name = signal.Signals(-returncode).name
    # Anyone may have sent it, the process itself included; that memory was short is for the system's counters to say.
    reason = "killed" if name == "SIGKILL" else "crashed"
    return Refusal(reason=reason, detail=f"the process was ended by {name}\n{_tail(last_words)}".strip())


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_LAST_LINES:])


def _variables(threads: int) -> dict[str, str]:
    pools = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(pools, str(threads))}
