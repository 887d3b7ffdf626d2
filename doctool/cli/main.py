"""Entry point: parse, run one command, turn every failure into one message and one exit code.

Imports almost nothing by itself: see `again`.
"""

from __future__ import annotations

import os
import sys

from doctool.cli.again import said_before
from doctool.errors import DoctoolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Args:
        argv: Arguments; those of the process if None.
    """
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    return run_safely(lambda: _run(argv), as_json="--json" in argv)


def _run(argv: Sequence[str]) -> int:
    try:
        os.getcwd()  # noqa: PTH109
    except OSError as problem:
        raise DoctoolError("the directory this was started in is gone; change into one that is there") from problem
    said = said_before(list(argv[1:])) if argv[:1] == ["check"] else None
    if said is not None:
        print(*said, sep="\n")
        return 0
    from doctool.cli.parser import build_parser  # noqa: PLC0415

    options = build_parser(only=argv[0] if argv else None).parse_args(argv)
    return run_safely(lambda: options.run(options), as_json=getattr(options, "json", False))


def run_safely(command: Callable[[], int], *, as_json: bool = False) -> int:
    """Run a command to its end, and turn every failure into one message and one exit code.

    Args:
        command: Returns its exit code.
        as_json: Whether the message is a JSON object on standard output.
    """
    try:
        code = command()
        sys.stdout.flush()
    except DoctoolError as problem:
        return _fail(problem, as_json=as_json)
    except KeyboardInterrupt:
        print("interrupted; what was measured so far is kept, run the same command to carry on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _fail(problem: DoctoolError, *, as_json: bool) -> int:
    if as_json:
        import json  # noqa: PLC0415

        error = {"file": problem.file, "line": problem.line, "message": problem.message}
        print(json.dumps({"error": error}, ensure_ascii=False))
    else:
        print(f"doctool: {problem}", file=sys.stderr)
    return problem.exit_code
