"""A process that comes and goes beside a measurement: it keeps a core and the memory busy, in bursts.

Run as `python -m doctool.selftest.neighbour SEED`; it ends with its standard input.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from doctool.system.process import Conversation

LONGEST_S = 2.0
"""Of a burst, and of the rest after it."""
_BYTES = 8 * 2**20


@contextmanager
def beside(seed: int) -> Iterator[None]:
    """Have a neighbour for as long as the `with` block lasts.

    Args:
        seed: Of when it comes and goes.

    Raises:
        ProcessError: If it cannot be started.
    """
    with Conversation((sys.executable, "-P", "-m", __name__, str(seed)), request=b""):
        yield


def main(seed: int) -> None:
    """Come and go until standard input ends."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    draw = random.Random(seed)  # noqa: S311  no secret
    near, far = bytearray(_BYTES), bytearray(_BYTES)
    while True:
        until_s = time.monotonic() + draw.uniform(0.1, LONGEST_S)
        while time.monotonic() < until_s:
            near[:] = far
        time.sleep(draw.uniform(0.1, LONGEST_S))


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
