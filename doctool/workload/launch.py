"""Start a child process, ask it one thing, and turn everything that can go wrong with it into a refusal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from doctool.errors import MeasurementError, ProcessError
from doctool.records import Refusal
from doctool.system import process
from doctool.workload.messages import Beat, Failed, Message

_Answer = TypeVar("_Answer", bound=Message)

_LAST_LINES = 12
_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])


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
        The answer, or the reason why the measured code gave none.

    Raises:
        ProcessError: If Python cannot be started.
        MeasurementError: If the child says something that is no answer, a mistake of doctool.
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
    with process.Conversation(argv, request=line, cwd=child.root, environment=_environment(child.threads)) as talk:
        try:
            while (answer := talk.receive(child.silence_s)) is not None:
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
            return Refusal(
                reason="hung", detail=f"no step took place for {child.silence_s:g} s\n{_tail(problem.stderr)}".strip()
            )
        return _refuse_dead(talk.finish(), talk.last_words())


def _decode(line: bytes, kind: type[_Answer]) -> _Answer | Beat | Failed:
    try:
        message: _Answer | Beat | Failed = msgspec.json.decode(line, type=kind | Beat | Failed)
    except msgspec.MsgspecError as problem:
        raise MeasurementError(f"the child process said {line[:200]!r}, which is no answer: {problem}") from problem
    return message


def _refuse_dead(returncode: int, last_words: str) -> Refusal:
    if returncode >= 0:
        how = f"the process ended with exit code {returncode} before it had an answer"
        return Refusal(reason="crashed", detail=f"{how}\n{_tail(last_words)}".strip())
    name = signal.Signals(-returncode).name
    # Nobody but the system's out-of-memory killer ends our children this way.
    reason = "out-of-memory" if name == "SIGKILL" else "crashed"
    return Refusal(reason=reason, detail=f"the process was ended by {name}\n{_tail(last_words)}".strip())


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_LAST_LINES:])


def _environment(threads: int) -> dict[str, str]:
    pools = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(pools, str(threads))}
