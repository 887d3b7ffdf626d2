"""Real repositories, in every situation that git can get a user into; his own settings and home are out of reach."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

DOCUMENT = "docs/Başarım -x.md"
RECORD = "docs/measurements/hem-decode-0a1b2c3d.json"


class Repo:
    """A repository and the git of somebody who works in it."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def git(self, *arguments: str, check: bool = True, stdin: bytes = b"") -> bytes:
        done = subprocess.run(["git", *arguments], cwd=self.top, capture_output=True, check=False, input=stdin)
        assert not check or done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def line(self, *arguments: str) -> str:
        return self.git(*arguments).decode().rstrip("\n")

    def write(self, name: str, data: bytes, mode: int = 0o644) -> Path:
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(mode)
        return path

    def commit(self, message: str = "work", **files: bytes) -> str:
        for name, data in files.items():
            self.write(name, data)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.line("rev-parse", "HEAD")

    def hook(self, kind: str, body: str) -> Path:
        directory = self.top / self.line("rev-parse", "--git-path", "hooks")
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / kind
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def committed(self, name: str, revision: str = "HEAD") -> bytes:
        return self.git("cat-file", "blob", f"{revision}:{name}")

    def status(self) -> bytes:
        return self.git("status", "--porcelain", "-z", "--untracked-files=all")

    def head(self) -> str:
        return self.git("rev-parse", "--verify", "-q", "HEAD", check=False).decode().strip()

    def git_dir(self) -> Path:
        return Path(self.line("rev-parse", "--absolute-git-dir"))

    def everything_but(self, *owned: str) -> tuple[object, ...]:
        """What must not change: status and index entries of all other paths, and the bytes on disk of all paths."""
        status = [entry for entry in self.status().split(b"\0") if os.fsdecode(entry[3:]) not in owned]
        listing = self.git("ls-files", "--stage", "-v", "-z").split(b"\0")
        entries = [entry for entry in listing if os.fsdecode(entry.partition(b"\t")[2]) not in owned]
        files = {
            path: path.read_bytes()
            for path in sorted(self.top.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.top).parts
        }
        return status, entries, files

    @contextmanager
    def untouched(self, *owned: str) -> Iterator[None]:
        before = self.everything_but(*owned)
        yield
        assert self.everything_but(*owned) == before
        self.assert_nothing_left()

    def assert_nothing_left(self) -> None:
        names = [path.name for path in self.git_dir().rglob("*")]
        assert [name for name in names if name.endswith(".lock") or name.startswith("doctool")] == []


@pytest.fixture(autouse=True)
def out_of_reach(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and settings of its own for every test; the user's cannot be read, let alone written."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    settings = home / "gitconfig"
    settings.write_text(
        "[user]\n name = Ayşe Ölçer\n email = ayse@example.org\n[init]\n defaultBranch = main\n"
        '[protocol "file"]\n allow = always\n[advice]\n detachedHead = false\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GNUPGHOME", str(home / "gnupg"))
    return home


@pytest.fixture
def empty_repo(tmp_path: Path) -> Repo:
    top = tmp_path / "çalışma alanı"
    top.mkdir()
    repo = Repo(top)
    repo.git("init", "--quiet")
    return repo


@pytest.fixture
def repo(empty_repo: Repo) -> Repo:
    """A repository with a document, some source, and a user who is in the middle of something else."""
    empty_repo.write(DOCUMENT, b"intro\nTODO ms\nend\n")
    empty_repo.write("pkg/model.py", b"x = 1\n")
    empty_repo.write("doctool.yaml", b"package: pkg\n")
    empty_repo.write("notes.txt", b"one\n")
    empty_repo.write("both.txt", b"one\n")
    empty_repo.commit("first")
    busy(empty_repo)
    return empty_repo


def busy(repo: Repo) -> None:
    """Stage, edit, do both to one file, and leave one that git has never seen."""
    repo.write("staged new.txt", b"staged\n")
    repo.write("both.txt", b"two\n")
    repo.git("add", "--", "staged new.txt", "both.txt")
    repo.write("both.txt", b"three\n")
    repo.write("notes.txt", b"edited\n")
    repo.write("untracked ü.txt", b"untracked\n")


def measured(data: bytes) -> bytes:
    """Bring doctool's part into any version of the document."""
    return data.replace(b"TODO ms", b"1.25 ms")


@pytest.fixture
def ssh_key(out_of_reach: Path) -> Path:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    key = out_of_reach / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, capture_output=True)
    return key
