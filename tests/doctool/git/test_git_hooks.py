"""Hooks stand beside those of the user, look at what is staged, and cost nothing where there is nothing to look at."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from doctool.errors import GitError
from doctool.git import HookState, Watch, hook_status, hooks, install_hook, uninstall_hook
from tests.doctool.git.conftest import DOCUMENT, Repo

WATCH = Watch(paths=("pkg", "docs/measurements"), documents=(DOCUMENT,))


@pytest.fixture
def said(tmp_path, monkeypatch) -> Path:
    """A `doctool` that writes down where and how it was called, and what it read, and ends as `code` says."""
    environment = tmp_path / "bin dir"
    environment.mkdir()
    (tmp_path / "code").write_text("0")
    program = environment / "doctool"
    said = tmp_path / "said"
    program.write_text(
        f'#!/bin/sh\n{{ pwd; echo "$@"; cat; }} >> {shlex.quote(str(said))}\nexit "$(cat {shlex.quote(str(tmp_path / "code"))})"\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(hooks.sys, "executable", str(environment / "python"))
    return said


def try_commit(repo, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ["git", "commit", "--quiet", "-m", "try", *arguments], cwd=repo.top, capture_output=True, check=False
    )
    return done.returncode, done.stderr.decode()


def calls(said: Path) -> list[str]:
    text = said.read_text() if said.exists() else ""
    said.unlink(missing_ok=True)
    return text.splitlines()


def test_a_commit_that_touches_nothing_of_ours_starts_no_doctool(repo, said):
    assert install_hook(repo.top, "pre-commit", WATCH).state is HookState.INSTALLED
    repo.write("notes.txt", b"no page\n")
    repo.git("add", "notes.txt")
    assert try_commit(repo)[0] == 0
    assert calls(said) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (DOCUMENT, b"edited 1 ms\n"),
        ("pkg/deep/new.py", b"x\n"),
        ("doctool.yaml", b"package: pkg\n# edited\n"),
        ("docs/measurements/r.json", b"{}"),
        ("OTHER.MD", b"x\n<!-- doctool:begin hem\n-->\n"),
    ],
)
def test_a_commit_that_touches_ours_is_checked_and_can_be_refused(repo, said, tmp_path, name, data):
    install_hook(repo.top, "pre-commit", WATCH)
    repo.write(name, data)
    repo.git("add", "--", name)
    (tmp_path / "code").write_text("11")
    assert try_commit(repo)[0] == 1
    assert calls(said) == [str(repo.top), "check --staged"]
    (tmp_path / "code").write_text("0")
    assert try_commit(repo)[0] == 0
    repo.git("rm", "--quiet", "--", name)
    assert try_commit(repo)[0] == 0
    assert calls(said)[2:]


@pytest.mark.parametrize("name", [DOCUMENT, "other.md", "deep/OTHER.MD"])
def test_any_staged_markdown_file_is_checked(repo, said, name):
    install_hook(repo.top, "pre-commit", WATCH)
    repo.write(name, b"other words\n")
    repo.git("add", "--", name)
    assert try_commit(repo)[0] == 0
    assert calls(said) == [str(repo.top), "check --staged"]


def test_an_edit_inside_a_region_of_an_unlisted_document_is_checked(repo, said):
    text = b"<!-- doctool:begin hem\n-->\n" + b"line\n" * 300 + b"1 ms\n"
    repo.commit("unlisted", **{"other.md": text})
    install_hook(repo.top, "pre-commit", WATCH)
    repo.write("other.md", text.replace(b"1 ms", b"2 ms"))
    repo.git("add", "other.md")
    assert try_commit(repo)[0] == 0
    assert calls(said) == [str(repo.top), "check --staged"]


def test_with_other_settings_than_installed_for_everything_is_checked(repo, said):
    install_hook(repo.top, "pre-commit", WATCH)
    repo.write("doctool.yaml", b"package: other\n")
    repo.commit("settings")
    calls(said)
    assert try_commit(repo, "--allow-empty")[0] == 0
    assert calls(said) == [str(repo.top), "check --staged"]
    assert hook_status(repo.top, "pre-commit", WATCH).state is HookState.OUTDATED
    install_hook(repo.top, "pre-commit", WATCH)
    assert try_commit(repo, "--allow-empty")[0] == 0
    assert calls(said) == []


def test_what_is_only_on_disk_is_not_looked_at(repo, said):
    install_hook(repo.top, "pre-commit", WATCH)
    repo.write(DOCUMENT, b"not staged 3 ms\n")
    assert try_commit(repo)[0] == 0
    assert calls(said) == []
    assert try_commit(repo, "-a")[0] == 0
    assert calls(said) == [str(repo.top), "check --staged"]


def test_the_project_may_be_below_the_top(repo, said):
    repo.commit("below", **{"docs/doctool.yaml": b"package: p\n"})
    install_hook(repo.top / "docs", "pre-commit", Watch(paths=(), documents=(Path(DOCUMENT).name,)))
    repo.write("pkg/model.py", b"x = 2\n")
    assert try_commit(repo, "-a")[0] == 0
    assert calls(said) == []
    repo.write(DOCUMENT, b"edited 1 ms\n")
    assert try_commit(repo, "-a")[0] == 0
    assert calls(said) == [str(repo.top / "docs"), "check --staged"]


def test_an_earlier_hook_runs_first_and_comes_back(repo, said):
    earlier = repo.hook("pre-commit", "echo earlier >> .git/order; test ! -e .git/refuse")
    text = earlier.read_bytes()
    for _ in range(2):
        status = install_hook(repo.top, "pre-commit", WATCH)
        assert status.state is HookState.INSTALLED
        assert status.chained is not None
        assert status.chained.read_bytes() == text
    repo.write(DOCUMENT, b"edited 1 ms\n")
    (repo.top / ".git/refuse").touch()
    assert try_commit(repo, "-a")[0] == 1
    assert calls(said) == []
    (repo.top / ".git/refuse").unlink()
    assert try_commit(repo, "-a")[0] == 0
    assert calls(said) == [str(repo.top), "check --staged"]
    for _ in range(2):
        assert uninstall_hook(repo.top, "pre-commit").state is HookState.OTHER
        assert earlier.read_bytes() == text
        assert os.access(earlier, os.X_OK)
        assert [path.name for path in earlier.parent.iterdir() if "doctool" in path.name] == []


def test_a_link_is_chained_as_a_link(repo, said):
    shared = repo.write("tools/hook", b"#!/bin/sh\nexit 3\n", 0o755)
    hook = repo.git_dir() / "hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to("../../tools/hook")
    install_hook(repo.top, "pre-commit", WATCH)
    assert shared.read_bytes() == b"#!/bin/sh\nexit 3\n"
    assert try_commit(repo)[0] == 1
    uninstall_hook(repo.top, "pre-commit")
    assert hook.readlink() == Path("../../tools/hook")


def test_an_installation_cut_short_is_completed(repo, said):
    hook = repo.hook("pre-commit", "exit 0")
    chained = hook.with_name("pre-commit.before-doctool")
    chained.write_bytes(hook.read_bytes())
    assert install_hook(repo.top, "pre-commit", WATCH).chained == chained
    hook.write_text("#!/bin/sh\n# somebody else's\n")
    with pytest.raises(GitError, match="another program has put its hook"):
        install_hook(repo.top, "pre-commit", WATCH)
    assert uninstall_hook(repo.top, "pre-commit").state is HookState.OTHER
    assert "somebody" in hook.read_text()


def test_without_hooks_there_is_nothing_to_remove(repo):
    assert hook_status(repo.top, "pre-push").state is HookState.ABSENT
    assert uninstall_hook(repo.top, "pre-push").state is HookState.ABSENT


def test_hooks_of_a_worktree_are_those_of_its_repository(repo, said, tmp_path):
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    status = install_hook(tmp_path / "tree", "pre-commit", WATCH)
    assert status.path == repo.git_dir() / "hooks/pre-commit"
    tree = Repo(tmp_path / "tree")
    tree.write(DOCUMENT, b"edited 1 ms\n")
    assert try_commit(tree, "-a")[0] == 0
    assert calls(said) == [str(tree.top), "check --staged"]


def test_hooks_path_inside_the_repository_is_used(repo, said):
    repo.git("config", "core.hooksPath", "my hooks")
    status = install_hook(repo.top / "docs", "pre-push", Watch(paths=(), config="../doctool.yaml"))
    assert status.path == repo.top / "my hooks/pre-push"
    assert status.path.exists()


def test_hooks_that_serve_other_repositories_are_left_alone(repo, said, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    repo.git("config", "--global", "core.hooksPath", str(shared))
    with pytest.raises(GitError, match=r"core\.hooksPath.*outside"):
        install_hook(repo.top, "pre-commit", WATCH)
    assert list(shared.iterdir()) == []
    assert hook_status(repo.top, "pre-commit").state is HookState.ABSENT


def test_a_doctool_that_is_gone_is_looked_for_and_then_missed(repo, said, monkeypatch):
    # An activated environment has a doctool of its own on PATH.
    without = [name for name in os.environ["PATH"].split(os.pathsep) if not Path(name, "doctool").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(without))
    install_hook(repo.top, "pre-commit", WATCH)
    program = said.parent / "bin dir/doctool"
    elsewhere = said.parent / "elsewhere"
    elsewhere.mkdir()
    repo.write(DOCUMENT, b"edited 1 ms\n")
    found = program.rename(elsewhere / "doctool")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{elsewhere}:{os.environ['PATH']}")
        assert try_commit(repo, "-a")[0] == 0
    assert calls(said) == [str(repo.top), "check --staged"]
    found.unlink()
    repo.write(DOCUMENT, b"again 2 ms\n")
    code, words = try_commit(repo, "-a")
    assert code == 1
    assert "doctool hook install" in words


def test_a_push_is_told_to_both_hooks_and_both_can_refuse(repo, said, tmp_path):
    repo.hook("pre-push", 'cat > .git/refs-seen; echo "$1" >> .git/refs-seen; test ! -e .git/refuse')
    install_hook(repo.top, "pre-push", WATCH)
    remote = tmp_path / "remote"
    repo.git("init", "--quiet", "--bare", str(remote))
    repo.git("remote", "add", "origin", str(remote))
    repo.git("tag", "v1")
    repo.git("push", "--quiet", "origin", "main", "v1")
    lines = [
        f"refs/heads/main {repo.head()} refs/heads/main {'0' * 40}",
        f"refs/tags/v1 {repo.head()} refs/tags/v1 {'0' * 40}",
    ]
    assert calls(said) == [str(repo.top), "check --push", *lines]
    assert (repo.top / ".git/refs-seen").read_text().splitlines() == [*lines, "origin"]
    repo.git("tag", "v2")
    (tmp_path / "code").write_text("11")
    repo.git("push", "--quiet", "origin", "v2", check=False)
    (tmp_path / "code").write_text("0")
    (repo.top / ".git/refuse").touch()
    repo.git("push", "--quiet", "origin", "v2", check=False)
    assert b"v2" not in repo.git("ls-remote", "origin")


@pytest.mark.parametrize("kind", ["pre-commit", "pre-push"])
@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_the_script_is_plain_shell(repo, said, kind, shell):
    path = install_hook(repo.top, kind, WATCH).path
    done = subprocess.run([shell, "-n", str(path)], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_installing_environment_is_the_one_that_runs(repo):
    text = install_hook(repo.top, "pre-commit", WATCH).path.read_text()
    beside = Path(sys.executable).with_name("doctool")
    assert (f"program={shlex.quote(str(beside))}\n" in text) or not beside.exists()
