"""Whether measured code is what the commit says does not depend on anybody's settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doctool.errors import GitError
from doctool.git import head_commit, is_dirty, patch_digest, project_files, repository_root, source_state
from tests.doctool.git.conftest import DOCUMENT

MEASURED = ("pkg", "doctool.yaml")


def test_work_on_documents_does_not_make_a_measurement_dirty(repo):
    repo.write(DOCUMENT, b"edited\n")
    state = source_state(repo.top, MEASURED)
    assert (state.commit, state.is_dirty, state.patch_digest) == (repo.head(), False, None)
    assert is_dirty(repo.top, ["docs"])


def test_the_files_of_a_project_are_those_that_a_commit_could_take(repo):
    repo.write("pkg/new é.py", b"")
    repo.write(".git/info/exclude", b"*.so\n")
    repo.write("pkg/fast.so", b"\0")
    repo.write("pkg/gone.py", b"")
    repo.git("add", "pkg/gone.py")
    (repo.top / "pkg/gone.py").unlink()
    found = project_files(repo.top / "pkg")
    assert "new é.py" in found
    assert "model.py" in found
    assert not {"fast.so", "gone.py", DOCUMENT} & set(found)


@pytest.mark.parametrize("change", ["edit", "stage", "new", "remove", "mode"])
def test_any_change_of_measured_code_does(repo, change):
    model = repo.top / "pkg/model.py"
    if change in {"edit", "stage"}:
        model.write_bytes(b"x = 2\n")
    if change == "stage":
        repo.git("add", "pkg")
    if change == "new":
        repo.write("pkg/deeper/new.py", b"")
    if change == "remove":
        model.unlink()
    if change == "mode":
        model.chmod(0o755)
    with repo.untouched():
        state = source_state(repo.top, MEASURED)
    assert state.is_dirty
    assert state.patch_digest is not None
    assert len(state.patch_digest) == 64


def test_compiled_and_ignored_files_are_no_change(repo):
    repo.write("pkg/__pycache__/model.cpython-311.pyc", b"\0")
    repo.write(".git/info/exclude", b"*.so\n")
    repo.write("pkg/fast.so", b"\0")
    assert not source_state(repo.top, MEASURED).is_dirty


def test_the_digest_follows_the_change_and_nothing_else(repo, tmp_path, monkeypatch):
    model = repo.write("pkg/model.py", b"x = 2\n")
    repo.write("pkg/new.py", b"n\n")
    plain = patch_digest(repo.top, MEASURED)
    repo.write(".git/info/attributes", b"*.py diff=loud\n")
    for key, value in {
        "diff.external": "false",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.context": "0",
        "diff.interHunkContext": "9",
        "diff.algorithm": "patience",
        "diff.renames": "copies",
        "diff.relative": "true",
        "diff.suppressBlankEmpty": "true",
        "diff.orderFile": str(tmp_path / "order"),
        "diff.loud.textconv": "echo converted",
        "diff.loud.command": "false",
        "color.ui": "always",
        "core.abbrev": "4",
        "core.fsmonitor": "false-monitor",
        "core.pager": "false",
    }.items():
        repo.git("config", key, value)
    (tmp_path / "order").write_text("*.yaml\n")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=7")
    assert patch_digest(repo.top, MEASURED) == plain
    assert patch_digest(repo.top / "docs", ["../pkg", "../doctool.yaml"]) == plain
    repo.git("add", "pkg/model.py")
    assert patch_digest(repo.top, MEASURED) == plain
    model.write_bytes(b"x = 3\n")
    assert patch_digest(repo.top, MEASURED) not in {None, plain}
    model.write_bytes(b"x = 2\n")
    repo.write("pkg/new.py", b"m\n")
    assert patch_digest(repo.top, MEASURED) not in {None, plain}


def test_a_monitor_that_hides_changes_is_not_believed(repo, tmp_path):
    liar = tmp_path / "liar"
    liar.write_text("#!/bin/sh\nprintf 'token\\0'\n")
    liar.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(liar))
    repo.git("status")
    repo.git("update-index", "--fsmonitor")
    repo.git("status")
    repo.write("pkg/model.py", b"x = 2\n")
    assert source_state(repo.top, MEASURED).is_dirty


def test_before_the_first_commit_and_outside_a_repository(empty_repo, tmp_path):
    assert head_commit(empty_repo.top) is None
    assert not is_dirty(empty_repo.top, ["pkg"])
    empty_repo.write("pkg/model.py", b"x = 1\n")
    empty_repo.git("add", "--all")
    state = source_state(empty_repo.top, ["pkg"])
    assert (state.commit, state.is_dirty) == (None, True)
    state = source_state(tmp_path, ["pkg"])
    assert (state.commit, state.is_dirty, state.patch_digest) == (None, False, None)


def test_the_root_is_found_from_anywhere_inside(repo, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    top = Path(os.path.realpath(repo.top))
    assert repository_root(repo.top) == top
    assert repository_root(repo.top / DOCUMENT) == top
    assert repository_root(repo.top / "docs/not/yet/there") == top
    assert repository_root(repo.top / ".git") is None
    assert repository_root(tmp_path) is None


def test_without_git_the_message_says_so(repo, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GitError, match="is it installed"):
        repository_root(repo.top)
