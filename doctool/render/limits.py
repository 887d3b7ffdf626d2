"""What a template may use up: turns of loops, printed text, time and memory.

A template is the project's, and so may be anybody's. Turns and text are counted, so that a template is refused on
every machine or on none; time and memory end what counting cannot see, where the system can.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from doctool.errors import ConfigError

MOST_TURNS = 20_000
"""Of all loops, calls and includes of one rendering together."""
MOST_PRINTED = 2**20
"""Characters that one rendering may print, what it keeps in a variable included."""
MOST_TIME_S = 2.0
"""Processor time of one rendering: a busy machine must not refuse what an idle one takes."""
MOST_TIME_OF_ALL_S = 10.0
"""Of all renderings of a process, not counting what every one of them may need."""
_USUAL_S = 0.05
_MOST_MEMORY = 192 * 2**20

_used_s = 0.0


class Allowance:
    """What is left to one rendering."""

    def __init__(self) -> None:
        self._turns = MOST_TURNS
        self._printed = MOST_PRINTED

    def take_turn(self) -> None:
        """Count a turn of a loop, a call or an include.

        Raises:
            ConfigError: If there were too many.
        """
        self._turns -= 1
        if self._turns < 0:
            raise ConfigError(f"this template takes more than {MOST_TURNS} turns of loops and calls; simplify it")

    def take_text(self, text: str) -> str:
        """Count what is printed, and return it.

        Raises:
            ConfigError: If it was too much.
        """
        self._printed -= len(text)
        if self._printed < 0:
            raise ConfigError(f"this template prints more than {MOST_PRINTED} characters; simplify it")
        return text

    def turns_of(self, values: Iterable[object]) -> Iterator[object]:
        """Yield what a loop goes through, and count."""
        for value in values:
            self.take_turn()
            yield value


class _TooLongError(Exception):
    pass


@contextmanager
def bounded() -> Iterator[None]:
    """Bound the time and the memory of the block, where the system can do that.

    Raises:
        ConfigError: If it takes too much of either.
    """
    global _used_s  # noqa: PLW0603 - how long this process has spent is a fact about the process
    if _used_s > MOST_TIME_OF_ALL_S:
        raise ConfigError(f"templates have taken more than {MOST_TIME_OF_ALL_S:g} s together, and no more are rendered")
    began = time.process_time()
    try:
        with _bounded_memory(), _bounded_time():
            yield
    except _TooLongError:
        raise ConfigError(f"this template takes more than {MOST_TIME_S:g} s; simplify it") from None
    except MemoryError:
        raise ConfigError("this template needs too much memory; simplify it") from None
    finally:
        _used_s += max(time.process_time() - began - _USUAL_S, 0.0)


@contextmanager
def _bounded_time() -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    is_over = False

    def end(_number: int, _frame: FrameType | None) -> None:
        if not is_over:
            raise _TooLongError

    before = signal.signal(signal.SIGVTALRM, end)
    # Again and again: what a template calls may swallow the first.
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_TIME_S, 0.1)
    try:
        yield
    finally:
        is_over = True
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let the address space grow by so much and no more; only Linux says how large it is, and heeds the limit."""
    used = _address_space() if sys.platform == "linux" else None
    if used is None:
        yield
        return
    import resource  # noqa: PLC0415 - not there on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = used + _MOST_MEMORY
    if soft != resource.RLIM_INFINITY and soft <= limit:
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        import resource  # noqa: PLC0415

        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123
            return int(stream.read().split()[0]) * resource.getpagesize()
    return None
