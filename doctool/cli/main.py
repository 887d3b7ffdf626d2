"""Entry point: parse, run one command, turn every failure into one message and one exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from doctool.cli.parser import build_parser
from doctool.errors import DoctoolError

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
    options = build_parser().parse_args(argv)
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
        error = {"file": problem.file, "line": problem.line, "message": problem.message}
        print(json.dumps({"error": error}, ensure_ascii=False))
    else:
        print(f"doctool: {problem}", file=sys.stderr)
    return problem.exit_code
