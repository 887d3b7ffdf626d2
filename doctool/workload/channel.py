"""The child's end of the conversation: one request in, signs of life and one answer out.

The measured code may print, read standard input, start processes and crash; none of that reaches the channel.
"""

from __future__ import annotations

import faulthandler
import importlib.util
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from doctool.system import descendants
from doctool.workload.messages import NOT_INSTALLED, Beat, Failed, Measured, Message
from doctool.workload.usage import Usage

_Request = TypeVar("_Request", bound=Message)

_LAST_LINES = 12
_OWN_FILES = str(Path(__file__).resolve().parents[1])
_CPU_OUT_OF_MEMORY = "can't allocate memory"
"""Part of the message with which PyTorch's CPU allocator gives up; it has no exception of its own."""


class RefusedError(Exception):
    """The measured code ran, and there is still nothing to measure.

    Args:
        reason: As in `records.Refusal`.
        detail: What was seen.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


Tell = Callable[[str], None]
"""Tells the parent which step begins."""


def serve(kind: type[_Request], handle: Callable[[_Request, Tell], Message]) -> None:
    """Read the request, answer it, and end with the parent.

    Args:
        kind: Type of the request.
        handle: Answers it; whatever it raises is the failure that the parent is told.
    """
    requests, answers = _take_channel()
    silence_s = float(sys.argv[1])
    faulthandler.enable()

    def say(message: Message) -> None:
        answers.write(msgspec.json.encode(message) + b"\n")
        answers.flush()

    def tell(doing: str) -> None:
        # Shortly before the parent loses patience, the log gets the place where the measured code hangs.
        faulthandler.dump_traceback_later(0.9 * silence_s)
        say(Beat(doing=doing))

    try:
        request = msgspec.json.decode(requests.readline(), type=kind)
        _end_with_parent(requests)
        _offer_to_the_killer()
        sys.path[:0] = _places_of_sources(Path.cwd())
        tell("starting")
        usage = Usage(Path.cwd())
        answer = handle(request, tell)
        if isinstance(answer, Measured):
            answer = msgspec.structs.replace(answer, inputs=usage.digests())
    except RefusedError as refusal:
        answer = Failed(reason=refusal.reason, detail=refusal.detail)
    except ModuleNotFoundError as problem:
        answer = Failed(reason=NOT_INSTALLED if _is_foreign(problem) else "crashed", detail=_last_words(problem))
    except BaseException as problem:  # noqa: BLE001  also SystemExit: the measured code must not end silently
        answer = Failed(reason=_reason_of(problem), detail=_last_words(problem))
    finally:
        faulthandler.cancel_dump_traceback_later()
    say(answer)


def _take_channel() -> tuple[BinaryIO, BinaryIO]:
    """Move both ends of the channel away from where the measured code reads and prints."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _end_with_parent(requests: BinaryIO) -> None:
    """End, with all that the measured code has started, when the parent's death leaves an end of file behind.

    A process of its own waits for it: a thread would need the interpreter, which measured code may never give back.
    """
    if not hasattr(os, "fork"):
        threading.Thread(target=_wait_and_end, args=(requests,), daemon=True).start()
        return
    own, mark = os.getpid(), os.environ.get(descendants.MARK, "")
    if os.fork() == 0:
        try:
            os.setsid()
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, signal.SIG_IGN)
            # Whoever waits for the end of our output must not wait for this process too.
            os.dup2(requests.fileno(), 0)
            os.closerange(1, min(2**16, os.sysconf("SC_OPEN_MAX")))
            while os.read(0, 2**16):
                pass
            _end_group_of(own)
            if mark:
                descendants.end_marked(mark)
        finally:
            os._exit(0)


def _end_group_of(process: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(process) == process:
            os.killpg(process, signal.SIGKILL)


def _wait_and_end(requests: BinaryIO) -> None:
    requests.read()
    os._exit(1)


def _offer_to_the_killer() -> None:
    """Where memory runs out, Linux shall end this process, not the one that keeps the other measurements."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _reason_of(problem: BaseException) -> str:
    is_cuda = type(problem).__name__ == "OutOfMemoryError"
    is_cpu = isinstance(problem, MemoryError) or _CPU_OUT_OF_MEMORY in str(problem)
    return "out-of-memory" if is_cuda or is_cpu else "crashed"


def _is_foreign(problem: ModuleNotFoundError) -> bool:
    """Whether what is missing is no part of the project, of which a module may be misspelt."""
    package = (problem.name or "").partition(".")[0]
    return bool(package) and importlib.util.find_spec(package) is None


def _last_words(problem: BaseException) -> str:
    """Return the end of the traceback, without the frames of doctool that lead to the measured code."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    lines = "".join(traceback.format_exception(type(problem), problem, trace)).strip().splitlines()
    return "\n".join(lines[-_LAST_LINES:])


def _is_ours(file: str) -> bool:
    return file.startswith((_OWN_FILES, "<string>", "<frozen"))


def _places_of_sources(root: Path) -> list[str]:
    """Return where the measured package is imported from, before any copy of it that is installed."""
    source = root / "src"
    is_layout = source.is_dir() and not (source / "__init__.py").exists()
    return [str(root), str(source)] if is_layout else [str(root)]
