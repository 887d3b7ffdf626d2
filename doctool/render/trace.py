"""Follows every number from its record to its place in the rendered text.

A number enters a document only through `print`, which wraps it in marks; sentences of doctool are marked too. Templates
move the marked text about. `finish` takes the marks out again, says on which line each number ended up, and keeps apart
what nobody vouches for: the words of the template and of the author.
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
_IN_PLACE = "–"
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


class Traced(msgspec.Struct, frozen=True, kw_only=True):
    """A region's text, and what of it can be followed.

    Args:
        text: As it is printed.
        figures: Every number and fact in it, with the line it starts on, from 0.
        unvouched: The same lines with a dash in place of all that comes from a record or is a sentence of doctool's.
    """

    text: str
    figures: tuple[tuple[int, Figure], ...]
    unvouched: str


class Trace(msgspec.Struct, frozen=True):
    """The numbers and sentences printed so far into one region."""

    printed: list[Figure | str] = msgspec.field(default_factory=list)

    def print(self, figure: Figure) -> str:
        """Register the figure and return its text, marked."""
        return self._mark(figure, figure.text)

    def vouch(self, sentence: str) -> str:
        """Register a sentence of doctool's own, which may hold marked numbers, and return it, marked."""
        return self._mark(without_marks(sentence), sentence) if sentence else ""

    def _mark(self, what: Figure | str, text: str) -> str:
        self.printed.append(what)
        return f"{_OPEN}{str(len(self.printed) - 1).translate(_MARK_OF)}{text}{_CLOSE}"

    def finish(self, text: str) -> Traced:
        """Take the marks out.

        Raises:
            ConfigError: If a mark has lost its partner, or what stands between two marks was changed.
        """
        figures: list[tuple[int, Figure]] = []
        unvouched: list[str] = []
        opened: list[tuple[Figure | str, int]] = []
        line = position = 0
        for match in _MARKS.finditer(text):
            if not opened:
                unvouched.append(text[position : match.start()])
            position = match.end()
            if match[0] == "\n":
                line += 1
                unvouched.append("\n")
            elif match[0] == _CLOSE:
                if not opened:
                    raise ConfigError(_BROKEN)
                what, start = opened.pop()
                _ensure_unchanged(what, text[start : match.start()])
            else:
                what = self.printed[int(match[1].translate(_NUMBER_OF))]
                if not opened:
                    unvouched.append(_IN_PLACE)
                if isinstance(what, Figure):
                    figures.append((line, what))
                opened.append((what, match.end()))
        if opened:
            raise ConfigError(_BROKEN)
        unvouched.append(text[position:])
        return Traced(text=without_marks(text), figures=tuple(figures), unvouched="".join(unvouched))


def _ensure_unchanged(what: Figure | str, marked: str) -> None:
    expected = what.text if isinstance(what, Figure) else what
    found = without_marks(marked)
    # A pipe is escaped where a text becomes a cell.
    if found.replace("\\", "") != without_marks(expected).replace("\\", ""):
        raise ConfigError(
            f"a template made {found!r} of {expected!r}; print numbers and sentences as they are, without filters "
            "such as replace or truncate"
        )


def without_marks(text: str) -> str:
    """Return the text as it will be printed."""
    return re.sub(f"[{_OPEN}{_CLOSE}{_DIGITS}]", "", text)
