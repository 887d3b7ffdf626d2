"""What a user may have meant by a name that does not exist: one way to say it, for every kind of name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that looks most like this one; None if none does."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1)), None)


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest known one, or all of them."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    return f"did you mean {near!r}?" if near is not None else f"known: {', '.join(names) or 'none'}"
