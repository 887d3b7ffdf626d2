"""Follows every number from its record to its place in the rendered text.

A number enters a document only through `Trace.print`, which wraps it in marks. Templates move the marked text about;
`Trace.finish` takes the marks out again and says on which line each number ended up.
"""

from __future__ import annotations

import re

import msgspec

from doctool.errors import ConfigError

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_DIGITS = "\ufde0\ufde1\ufde2\ufde3\ufde4\ufde5\ufde6\ufde7\ufde8\ufde9"
_NUMBER_OF = str.maketrans(_DIGITS, "0123456789")
_MARK_OF = str.maketrans("0123456789", _DIGITS)
_MARKS = re.compile(f"{_OPEN}([{_DIGITS}]+)|{_CLOSE}|\n")
_BROKEN = "a template cut a number in two; print numbers whole, without filters such as truncate after them"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number, or fact, as printed, and where it comes from.

    Args:
        record: Id of the record.
        mechanism: The record's mechanism.
        workload: The record's workload.
        value: In the base unit; a change is a fraction (`on / off - 1`).
        unit: Base unit of `value`; `1` for a change or a share, empty for words.
        text: As printed, marks and escapes included.
        metric: Key in the record's metrics; None for a fact.
        arm: `off`, `on` or `change`; None for a fact.
        key: Name of the fact, such as `gpu`, `date`, `commit`; None for a measured number.
    """

    record: str
    mechanism: str
    workload: str
    value: float | str
    unit: str
    text: str
    metric: str | None = None
    arm: str | None = None
    key: str | None = None


class Trace(msgspec.Struct, frozen=True):
    """The numbers printed so far into one region."""

    figures: list[Figure] = msgspec.field(default_factory=list)

    def print(self, figure: Figure) -> str:
        """Register the figure and return its text, marked."""
        self.figures.append(figure)
        return f"{_OPEN}{str(len(self.figures) - 1).translate(_MARK_OF)}{figure.text}{_CLOSE}"

    def finish(self, text: str) -> tuple[str, tuple[tuple[int, Figure], ...]]:
        """Return the text without marks, and the figures in it with the line each one starts on, from 0.

        Raises:
            ConfigError: If a mark has lost its partner.
        """
        found: list[tuple[int, Figure]] = []
        line = depth = 0
        for match in _MARKS.finditer(text):
            if match[0] == "\n":
                line += 1
            elif match[0] == _CLOSE:
                depth -= 1
            else:
                depth += 1
                found.append((line, self.figures[int(match[1].translate(_NUMBER_OF))]))
            if depth < 0:
                raise ConfigError(_BROKEN)
        if depth:
            raise ConfigError(_BROKEN)
        return without_marks(text), tuple(found)


def without_marks(text: str) -> str:
    """Return the text as it will be printed."""
    return re.sub(f"[{_OPEN}{_CLOSE}{_DIGITS}]", "", text)
