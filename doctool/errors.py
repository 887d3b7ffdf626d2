"""The exceptions a user may meet, each with its exit code.

Raised where the fact is known, caught once in `doctool.cli`. Nothing here knows what the facts are about.
"""

from __future__ import annotations


class DoctoolError(Exception):
    """A mistake or a failure that the user can act on.

    Args:
        message: What was found, what was expected and what to do next, in one plain sentence or two.
        file: The file the message is about, as the user would name it.
        line: The line in that file, counted from 1.
    """

    exit_code = 1

    def __init__(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = (self.file or "").replace("\n", "\\n")
        if place and self.line is not None:
            place = f"{place}:{self.line}"
        return f"{place}: {self.message}" if place else self.message


class UsageError(DoctoolError):
    """The command line asks for something that does not exist or does not fit."""

    exit_code = 2


class ConfigError(DoctoolError):
    """`doctool.yaml` is missing, broken, or names something unknown."""

    exit_code = 3


class DocumentError(DoctoolError):
    """A document cannot be read, or a marker in it is malformed."""

    exit_code = 4


class RecordError(DoctoolError):
    """A record cannot be read, or does not hold what it says."""

    exit_code = 5


class MeasurementError(DoctoolError):
    """The measured code crashed, hung, or produced something that is no measurement."""

    exit_code = 6


class GitError(DoctoolError):
    """Git refused, or the repository is in a state in which nothing should be committed."""

    exit_code = 7


class ChangedMeanwhileError(DoctoolError):
    """A file changed on disk between reading and writing, where it matters."""

    exit_code = 8


class ProcessError(DoctoolError):
    """A program that doctool runs failed, or could not be started.

    Args:
        argv: The program and its arguments.
        returncode: Its exit status; None when it could not be started or was stopped at its time limit.
        output: What it wrote to standard output.
        stderr: What it wrote to standard error.
        reason: Why it counts as failed, when the exit status does not tell.
    """

    exit_code = 9

    def __init__(
        self,
        argv: tuple[str, ...],
        returncode: int | None,
        output: str,
        stderr: str,
        reason: str | None = None,
    ) -> None:
        self.argv = argv
        self.returncode = returncode
        self.output = output
        self.stderr = stderr
        why = reason or f"ended with exit code {returncode}"
        last_words = (stderr.strip() or output.strip())[-2000:]
        super().__init__(f"`{' '.join(argv)}` {why}" + (f":\n{last_words}" if last_words else ""))
