"""Entry point: parse, run one command, turn every failure into one message and one exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from doctool import __version__
from doctool.cli import output
from doctool.cli.parser import build_parser
from doctool.errors import DoctoolError

INTERRUPTED = 130
UNFORESEEN = 70
"""Exit code of an internal error."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Args:
        argv: Arguments; those of the process if None.
    """
    output.open_closed_streams()
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    return run_safely(lambda: _run(argv), as_json="--json" in argv, shows_trace="--debug" in argv)


def _run(argv: Sequence[str]) -> int:
    try:
        os.getcwd()  # noqa: PTH109
    except OSError as problem:
        raise DoctoolError("the current directory no longer exists; change to one that does") from problem
    options = build_parser().parse_args(argv)
    code: int = options.run(options)
    return code


def run_safely(command: Callable[[], int], *, as_json: bool = False, shows_trace: bool = False) -> int:
    """Run a command to its end, and turn every failure into one message and one exit code.

    Args:
        command: Returns its exit code.
        as_json: Whether the message is a JSON object on standard output.
        shows_trace: Whether the message is followed by where in doctool it came from.
    """
    try:
        output.flush()
        code = _end_of(command)
        output.flush()
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing to say, and nobody to say it to.
        output.fall_silent()
        return 0
    except KeyboardInterrupt:
        output.tell("interrupted; what was measured so far is kept, run the same command to carry on")
        return INTERRUPTED
    except Exception as problem:  # noqa: BLE001 - the last net: nobody shall be shown a traceback unasked
        if shows_trace:
            output.tell_text("".join(traceback.format_exception(problem)).rstrip())
        return _fail(_as_told(problem), as_json=as_json)
    return code


def _end_of(command: Callable[[], int]) -> int:
    try:
        return command()
    except SystemExit:
        # `--help` and wrong usage end this way, and what they printed must arrive too.
        output.flush()
        raise


class _UnforeseenError(DoctoolError):
    exit_code = UNFORESEEN


def _as_told(problem: Exception) -> DoctoolError:
    """Return what the user is told: a failure as it is, the system's in its words, anything else as our mistake."""
    if isinstance(problem, DoctoolError):
        return problem
    if isinstance(problem, OSError) and problem.strerror:
        return DoctoolError(f"cannot be used: {problem.strerror}", file=_name_of(problem.filename))
    what = " ".join(f"{type(problem).__name__}: {problem}".split())[:300]
    return _UnforeseenError(
        f"internal error in doctool {__version__}: {what}; please report it in doctool's issue tracker, with the "
        "command and what it prints with --debug"
    )


def _name_of(filename: object) -> str | None:
    if filename is None:
        return None
    name = os.fsdecode(filename) if isinstance(filename, bytes) else str(filename)
    return name if len(name) <= 200 else f"{name[:200]}..."


def _fail(problem: DoctoolError, *, as_json: bool) -> int:
    is_sayable = not isinstance(problem, output.UnwritableError)
    if not is_sayable:
        output.fall_silent()
    if as_json and is_sayable:
        error = {"file": problem.file, "line": problem.line, "message": problem.message}
        try:
            output.say_json({"error": error}, indent=None)
            output.flush()
        except (BrokenPipeError, output.UnwritableError):
            output.fall_silent()
    else:
        output.tell_text(f"doctool: {problem}")
    return problem.exit_code
