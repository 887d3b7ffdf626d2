"""Room for functions that walk syntax trees as deep as Python can parse."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_DEEP = 12_000


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Allow functions of this package to go as deep as the syntax trees they walk."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
