"""`doctool verify` as a user runs it."""

from __future__ import annotations

import json

from tests.forged import forge, save
from tests.situations import git, make_tiny
from tests.situations import run_here as doctool

NOTE = "its commit 0000000 is not in this repository"


def test_a_commit_that_the_repository_does_not_have_is_said_and_not_refused(tmp_path):
    project = make_tiny(tmp_path / "project")
    head = git(project.root, "rev-parse", "HEAD").strip()
    own = save(forge(project.root, workload="step", commit=head), tmp_path / "own.json")
    foreign = save(forge(project.root, workload="step", commit="0" * 40), tmp_path / "foreign.json")

    done = doctool(project.root, "verify", own, foreign)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{own}: holds\n{foreign}: holds, {NOTE}\n"
    notes = json.loads(doctool(project.root, "verify", "--json", own, foreign).stdout)["notes"]
    assert notes == {str(own): [], str(foreign): [NOTE]}


def test_outside_a_repository_nothing_is_said_about_commits(tmp_path):
    project = make_tiny(tmp_path / "project")
    path = save(forge(project.root, workload="step"), tmp_path / "foreign.json")
    assert doctool(tmp_path, "verify", path).stdout == f"{path}: holds\n"
