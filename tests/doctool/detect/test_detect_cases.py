"""The labelled set: small packages in `cases/`, each with its status and its lines of evidence.

A case starts with `=== name | toggles | symbols | owner | status`; `--- path` starts a file; a line that ends in
`#!` is evidence. The marks are taken off before anything is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from doctool.detect import detect
from doctool.terms.mechanism import Question, Status

CASES = Path(__file__).parent / "cases"
MARK = re.compile(r"[ ]*#!$")


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    question: Question
    status: Status
    files: dict[str, str]
    evidence: set[tuple[str, int]]


def read_case(text: str) -> Case:
    header, *parts = re.split(r"^--- (.*)\n", text, flags=re.MULTILINE)
    name, toggles, symbols, owner, status = (part.strip() for part in header.split("|"))
    files, evidence = {}, set()
    for path, body in zip(parts[::2], parts[1::2], strict=True):
        lines = body.splitlines()
        evidence |= {(path, number) for number, line in enumerate(lines, 1) if MARK.search(line)}
        files[path] = "\n".join(MARK.sub("", line) for line in lines) + "\n"
    question = Question(
        toggles=tuple(filter(None, toggles.split(","))), symbols=tuple(symbols.split()), owner=owner or None
    )
    return Case(name=name, question=question, status=Status(status), files=files, evidence=evidence)


def read_cases() -> list[Case]:
    texts = [
        text
        for path in sorted(CASES.glob("*.txt"))
        for text in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    ]
    return [read_case(text) for text in texts]


ALL = read_cases()


def write(root: Path, case: Case) -> None:
    for path, body in case.files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(body, encoding="utf-8")


def test_the_set_holds_at_least_sixty_packages_with_their_own_names() -> None:
    assert len({case.name for case in ALL}) == len(ALL) >= 60


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_every_status_is_right_and_is_shown_from_where_the_name_comes_in(case: Case, tmp_path: Path) -> None:
    write(tmp_path, case)
    found = detect(tmp_path, "pkg", {"it": case.question}).detections["it"]
    assert found.status is case.status, found
    places = [(one.file, one.line) for one in found.evidence]
    assert len(places) == len(set(places)) <= 5
    assert bool(places) is (case.status is not Status.ABSENT)
    assert not places or case.evidence & set(places), found
    if case.status is Status.WIRED and len(case.evidence) > 2:
        assert len(case.evidence & set(places)) > 1, found
