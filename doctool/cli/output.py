"""The one gate through which anything is printed.

Much of what doctool says was written by others: names of files, headings, labels, last words of measured code. None of
it may move the cursor, turn the reading direction, begin a line of its own, or be taken for a command by the service
that collects the log.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from typing import Any, TextIO

from doctool.errors import DoctoolError

# Control characters but the tab, marks that turn the reading direction, line separators, invisible signs but those
# that join letters, and halves of characters.
_HIDDEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
# What the log of GitHub Actions, Azure Pipelines or TeamCity takes for a command: at the start of a line, or anywhere.
_COMMAND_ANYWHERE = re.compile(r"#(?=#\w*\[)")
_COMMAND = re.compile(rf"^\s*(?=::.*::)|{_COMMAND_ANYWHERE.pattern}")
_SHORT = {"\n": r"\n", "\r": r"\r"}


class UnwritableError(DoctoolError):
    """Standard output cannot take what is to be said."""


def visible(text: str) -> str:
    """Return a text as one line that only shows itself: hidden characters are spelled out, commands are broken."""
    shown = text if text.isprintable() else _HIDDEN.sub(_spell, text)
    return _COMMAND.sub(_break, shown) if "::" in shown or "##" in shown else shown


def say(line: str = "") -> None:
    """Print one line of the result.

    Raises:
        UnwritableError: If standard output cannot be written.
        BrokenPipeError: If nobody reads it any more.
    """
    _say(f"{visible(line)}\n")


def say_text(text: str) -> None:
    """Print a text of several lines, such as a difference of two documents; errors as in `say`.

    A carriage return at the end of a line stays, so that the difference fits the document.
    """
    for line in text.removesuffix("\n").split("\n") if text else ():
        end = "\r\n" if line.endswith("\r") else "\n"
        _say(visible(line.removesuffix("\r")) + end)


def say_json(value: Any, indent: int | None = 2) -> None:
    """Print one JSON object, readable where the terminal can show it; errors as in `say`."""
    text = json.dumps(value, ensure_ascii=not _can_show(sys.stdout), indent=indent)
    lines = (_HIDDEN.sub(_spell_in_json, line).replace("##", "#\\u0023") for line in text.split("\n"))
    _say("\n".join(lines) + "\n")


def say_annotation(level: str, message: str, **properties: str | int) -> None:
    """Print a workflow command, which GitHub shows as an annotation; errors as in `say`.

    Args:
        level: `error`, `warning` or `notice`.
        message: What is shown.
        properties: `file`, `line`, `title`.
    """
    given = ",".join(f"{name}={_as_property(str(value))}" for name, value in properties.items())
    _say(f"::{level} {given}::{_as_data(message)}\n")


def tell(line: str) -> None:
    """Print one line of a message; where standard error cannot be written there is nobody to tell."""
    _tell(f"{visible(line)}\n")


def tell_text(text: str) -> None:
    """Print a message of one or more lines; all but the first are set in, so that none looks like another."""
    first, *rest = text.split("\n")
    tell(first)
    for line in rest:
        tell(f"  {line}")


def _break(match: re.Match[str]) -> str:
    return f"{match[0]}\\"


def _spell(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _spell_in_json(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f"


def _as_data(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return _COMMAND_ANYWHERE.sub(_break, _HIDDEN.sub(_spell, escaped))


def _as_property(text: str) -> str:
    return _as_data(text).replace(":", "%3A").replace(",", "%2C")


def _can_show(stream: TextIO | None) -> bool:
    encoding = getattr(stream, "encoding", None)
    return not encoding or encoding.lower().replace("_", "-") in {"utf-8", "utf8"}


def _say(text: str) -> None:
    stream = sys.stdout
    if stream is None:
        raise UnwritableError("standard output is closed; send it to a file, or to /dev/null")
    try:
        _write(stream, text)
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise UnwritableError(f"standard output cannot be written: {problem.strerror}") from problem


def _tell(text: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError):
            _write(sys.stderr, text)
            sys.stderr.flush()


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def flush() -> None:
    """Bring everything said so far to its reader; errors as in `say`."""
    _say("")
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise UnwritableError(f"standard output cannot be written: {problem.strerror}") from problem


def fall_silent() -> None:
    """Send standard output to nowhere, so that Python has nothing left to complain about when it ends."""
    if sys.stdout is not None:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def open_closed_streams() -> None:
    """Give the process the streams that it was started without.

    The next file that is opened would otherwise become standard output, or that of a child process.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
