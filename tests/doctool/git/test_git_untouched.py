"""In every situation and under every setting, what is not ours stays as it was: status, index entries, bytes, modes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from doctool.errors import GitError
from doctool.git import commit_paths
from doctool.git import index as index_module
from tests.doctool.git.conftest import DOCUMENT, RECORD, Repo, measured

RECORD_BYTES = b'{"id": "0a1b2c3d"}\n'
OWNED = {DOCUMENT, RECORD}
BASE = {
    DOCUMENT: b"intro\nTODO ms\nend\n",
    "unstaged.txt": b"one\n",
    "both ways.txt": b"one\n",
    "staged.txt": b"one\n",
    "conflict.txt": b"one\n",
    "gone.txt": b"gone\n",
    "only in work tree.txt": b"kept on disk\n",
    "old name ş.txt": b"a text long enough to be known again\nafter it was renamed\n",
}


def make_mess(repo: Repo) -> None:
    """Every kind of work in progress at once."""
    repo.write("staged.txt", b"two\n")
    repo.write("staged new.txt", b"new\n")
    repo.write("both ways.txt", b"two\n")
    repo.git("add", "--", "staged.txt", "staged new.txt", "both ways.txt")
    repo.write("both ways.txt", b"three\n")
    repo.write("unstaged.txt", b"edited\n")
    repo.git("rm", "--quiet", "--force", "--", "gone.txt")
    repo.git("rm", "--quiet", "--cached", "--", "only in work tree.txt")
    repo.git("mv", "old name ş.txt", "new name ü.txt")
    repo.write("untracked ü.txt", b"untracked\n", mode=0o755)
    repo.write("announced.txt", b"announced\n")
    repo.git("add", "--intent-to-add", "--", "announced.txt")


def not_ours(repo: Repo, owned: set[str]) -> tuple[object, ...]:
    return _status(repo, owned), _entries(repo, owned), _files(repo, owned)


def _status(repo: Repo, owned: set[str]) -> bytes:
    # A rename is two names: "R  NEW\0OLD\0".
    parts = iter(repo.status().split(b"\0")[:-1])
    kept = []
    for part in parts:
        record = part + b"\0" + (next(parts) + b"\0" if b"R" in part[:2] or b"C" in part[:2] else b"")
        if os.fsdecode(part[3:]) not in owned:
            kept.append(record)
    return b"".join(kept)


def _entries(repo: Repo, owned: set[str]) -> tuple[bytes, ...]:
    listing = repo.git("ls-files", "-s", "-z").split(b"\0")
    return tuple(line for line in listing if os.fsdecode(line.partition(b"\t")[2]) not in owned)


def _files(repo: Repo, owned: set[str]) -> dict[str, tuple[int, bytes]]:
    return {
        name: (path.stat().st_mode, path.read_bytes())
        for path in sorted(repo.top.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(repo.top).parts
        if (name := path.relative_to(repo.top).as_posix()) not in owned
    }


# Gets a repository with one commit; returns the one to work in.
Arrange = Callable[[Repo, Path, pytest.MonkeyPatch], Repo]
# What is so only while doctool works.
During = Callable[[Repo, Path, pytest.MonkeyPatch], AbstractContextManager[object]]


def _as_it_is(repo: Repo, _: Path, __: pytest.MonkeyPatch) -> Repo:
    return repo


def _detached(repo: Repo, _: Path, __: pytest.MonkeyPatch) -> Repo:
    repo.git("checkout", "--quiet", "--detach")
    return repo


def _no_commits(repo: Repo, _: Path, __: pytest.MonkeyPatch) -> Repo:
    repo.git("checkout", "--quiet", "--orphan", "fresh")
    return repo


def _worktree(repo: Repo, tmp_path: Path, _: pytest.MonkeyPatch) -> Repo:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "öteki ağaç"), "-b", "other")
    return Repo(tmp_path / "öteki ağaç")


def _submodule(repo: Repo, tmp_path: Path, _: pytest.MonkeyPatch) -> Repo:
    outer = Repo(tmp_path / "outer repository")
    outer.top.mkdir()
    outer.git("init", "--quiet")
    outer.git("submodule", "--quiet", "add", str(repo.top), "sub module")
    outer.commit("with a submodule")
    return Repo(outer.top / "sub module")


def _under_way(*command: str) -> Arrange:
    def arrange(repo: Repo, _: Path, __: pytest.MonkeyPatch) -> Repo:
        repo.git("checkout", "--quiet", "-b", "side")
        repo.commit("side", **{"conflict.txt": b"side\n"})
        repo.git("checkout", "--quiet", "main")
        repo.commit("main", **{"conflict.txt": b"main\n"})
        repo.git(*command, check=False)
        return repo

    return arrange


def _set(**settings: str) -> Arrange:
    def arrange(repo: Repo, _: Path, __: pytest.MonkeyPatch) -> Repo:
        for key, value in settings.items():
            repo.git("config", key.replace("_", "."), value)
        return repo

    return arrange


def _filter(repo: Repo, _: Path, __: pytest.MonkeyPatch) -> Repo:
    """As LFS does: what is stored is not what is on disk, for our files and for the user's."""
    repo.write(".git/info/attributes", b"* filter=turn\n")
    repo.git("config", "filter.turn.clean", "tr 'a-m' 'A-M'")
    repo.git("config", "filter.turn.smudge", "tr 'A-M' 'a-m'")
    repo.git("config", "filter.turn.required", "true")
    repo.git("add", "--renormalize", ".")
    repo.git("commit", "--quiet", "-m", "filtered")
    return repo


def _signed(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    signer = repo.top.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(signer)], check=True, capture_output=True)
    return _set(**{"gpg.format": "ssh", "user.signingKey": str(signer), "commit.gpgsign": "true"})(
        repo, tmp_path, monkeypatch
    )


def _hooks_path(repo: Repo, tmp_path: Path, _: pytest.MonkeyPatch) -> Repo:
    repo.git("config", "core.hooksPath", str(tmp_path / "common hooks"))
    repo.hook("pre-commit", "git diff --cached --name-only | grep -q measurements || exit 7")
    return repo


def _refusing(repo: Repo, _: Path, __: pytest.MonkeyPatch) -> Repo:
    repo.hook("pre-commit", "exit 1")
    return repo


def _fsmonitor(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    liar = tmp_path / "liar"
    liar.write_text("#!/bin/sh\nprintf 'token\\0'\n")
    liar.chmod(0o755)
    return _set(**{"core.fsmonitor": str(liar)})(repo, tmp_path, monkeypatch)


@contextmanager
def _locked(repo: Repo, _: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(index_module, "LOCK_WAIT_S", 0.2)
    lock = repo.git_dir() / "index.lock"
    lock.touch()
    try:
        yield
    finally:
        lock.unlink()


@contextmanager
def _inside_a_hook(repo: Repo, _: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("GIT_DIR", ".git")
        patch.setenv("GIT_INDEX_FILE", str(repo.git_dir() / "next-index-1.lock"))
        patch.setenv("GIT_PREFIX", "docs/")
        yield


def _quietly(_: Repo, __: Path, ___: pytest.MonkeyPatch) -> AbstractContextManager[object]:
    return nullcontext()


@dataclass(frozen=True, kw_only=True)
class Situation:
    """How to get there, what is so only while doctool works, and the words of the refusal, if it refuses."""

    arrange: Arrange = _as_it_is
    during: During = _quietly
    refusal: str | None = None


SITUATIONS = {
    "plain": Situation(),
    "detached": Situation(arrange=_detached),
    "no-commits": Situation(arrange=_no_commits),
    "worktree": Situation(arrange=_worktree),
    "submodule": Situation(arrange=_submodule),
    "merge": Situation(arrange=_under_way("merge", "side"), refusal="a merge is under way"),
    "rebase": Situation(arrange=_under_way("rebase", "side"), refusal="a rebase is under way"),
    "busy-index": Situation(during=_locked, refusal="keeps the index locked"),
    "refusing-hook": Situation(arrange=_refusing, refusal="a hook of this repository refused"),
    "autocrlf": Situation(arrange=_set(**{"core.autocrlf": "true"})),
    "signed": Situation(arrange=_signed),
    "filter": Situation(arrange=_filter),
    "hooks-path": Situation(arrange=_hooks_path),
    "inside-a-hook": Situation(during=_inside_a_hook),
    "external-diff": Situation(arrange=_set(**{"diff.external": "false"})),
    "fsmonitor": Situation(arrange=_fsmonitor),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_is_not_ours_stays_byte_for_byte(empty_repo, tmp_path, monkeypatch, name):
    situation = SITUATIONS[name]
    empty_repo.commit("first", **BASE)
    repo = situation.arrange(empty_repo, tmp_path, monkeypatch)
    make_mess(repo)
    document = repo.top / DOCUMENT
    document.write_bytes(measured(document.read_bytes()))
    repo.write(RECORD, RECORD_BYTES)
    owned = OWNED if situation.refusal is None else set()
    before, head = not_ours(repo, owned), repo.head()

    with situation.during(repo, tmp_path, monkeypatch):
        expected = nullcontext() if situation.refusal is None else pytest.raises(GitError, match=situation.refusal)
        with expected:
            commit_paths(repo.top, {document: measured, Path(RECORD): RECORD_BYTES}, "docs(perf): update\n")

    assert (repo.head() != head) == (situation.refusal is None)
    assert not_ours(repo, owned) == before
    repo.assert_nothing_left()
