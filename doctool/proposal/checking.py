"""Ask `detect` about what is about to be proposed, in a process of its own that can be ended when its time is up."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from doctool import detect
from doctool.errors import DoctoolError, ProcessError
from doctool.system import process
from doctool.terms.mechanism import Detection, Question

LIMIT_S = 20.0
"""Seconds that the user may wait for it, however busy the machine is."""
_CPU_S = 5
"""Seconds of a processor that it may take."""
_FIRST = 4
_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])
_CODE = f"import sys; sys.path.append({_PACKAGE_PARENT!r}); from doctool.proposal.checking import serve; serve()"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is asked.

    Args:
        root: The project root.
        package: The package, as `doctool.yaml` names it.
        questions: By a name, what is most wanted first.
    """

    root: str
    package: str
    questions: dict[str, Question]


class _Answered(msgspec.Struct, frozen=True, kw_only=True):
    detections: dict[str, Detection]


def check_questions(
    root: Path,
    package: str,
    questions: Mapping[str, Question],
    report: Callable[[int, int], None],
    limit_s: float = LIMIT_S,
) -> dict[str, Detection]:
    """Return the answers that came in time.

    Args:
        root: The project root.
        package: The package.
        questions: By a name, what is most wanted first.
        report: Told how many of them are answered.
        limit_s: Seconds to wait at most.
    """
    answers: dict[str, Detection] = {}
    if not questions:
        return answers
    request = msgspec.json.encode(Asked(root=str(root), package=package, questions=dict(questions)))
    end = time.monotonic() + limit_s
    argv = (sys.executable, "-P", "-c", _CODE)
    # What came until then counts, whatever ended it.
    with suppress(ProcessError), process.Conversation(argv, request=request + b"\n", cwd=root) as talk:
        while len(answers) < len(questions) and (left := end - time.monotonic()) > 0:
            line = talk.receive(left)
            if line is None:
                break
            answers.update(msgspec.json.decode(line, type=_Answered).detections)
            report(len(answers), len(questions))
    return answers


def serve() -> None:
    """Answer in the child process: few questions at a time, so that the first are answered whatever the rest costs."""
    _limit()
    asked = msgspec.json.decode(sys.stdin.readline(), type=Asked)
    package = detect.Package(Path(asked.root), asked.package)
    names = list(asked.questions)
    start, count = 0, _FIRST
    while start < len(names):
        batch = {name: asked.questions[name] for name in names[start : start + count]}
        try:
            detections = package.survey(batch).detections
        except DoctoolError:
            detections = _one_by_one(package, batch)
        os.write(1, msgspec.json.encode(_Answered(detections=detections)) + b"\n")
        start, count = start + count, count * 4


def _one_by_one(package: detect.Package, questions: Mapping[str, Question]) -> dict[str, Detection]:
    found: dict[str, Detection] = {}
    for name, question in questions.items():
        with suppress(DoctoolError):
            found.update(package.survey({name: question}).detections)
    return found


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  does not exist on every system

        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S + 1))
