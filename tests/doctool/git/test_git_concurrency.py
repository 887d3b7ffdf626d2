"""Several at once, and some killed: every commit whole, nothing lost, nothing left that blocks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctool.errors import GitError
from doctool.git import commit as commit_module
from doctool.git import commit_paths, exclusive
from doctool.system import locks
from tests.doctool.git.conftest import DOCUMENT, RECORD, measured

MESSAGE = "docs(perf): update figures\n"

_REFRESH = """
import sys
from pathlib import Path
from doctool.system import files
from doctool.git import commit_paths, exclusive, lock
top, name, number = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
rewrite = lambda data: data.replace(f"TODO {number} ms".encode(), f"1.{number} ms".encode())
record = Path(f"docs/measurements/hem-decode-{number}.json")
(top / record.parent).mkdir(parents=True, exist_ok=True)
files.write_bytes(top / record, number.encode())
with exclusive(top):
    files.write_bytes(top / name, rewrite((top / name).read_bytes()))
    commit_paths(top, {Path(name): rewrite, record: number.encode()}, f"docs(perf): {number}")
"""


def start(repo, number: int, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _REFRESH, str(repo.top), DOCUMENT, str(number)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[bytes]) -> int:
    _, stderr = process.communicate(timeout=120)
    assert b"Traceback" not in stderr, stderr.decode()
    return process.returncode


@pytest.fixture
def many(repo):
    text = b"".join(b"TODO %d ms\n" % number for number in range(8))
    repo.write(DOCUMENT, text)
    repo.git("commit", "--quiet", "-m", "eight", "--", DOCUMENT)
    return repo


def test_eight_at_once_lose_nothing(many):
    names = [f"docs/measurements/hem-decode-{number}.json" for number in range(8)]
    before, others = many.head(), many.everything_but(DOCUMENT, *names)[:2]
    assert [finish(process) for process in [start(many, number) for number in range(8)]] == [0] * 8
    assert many.everything_but(DOCUMENT, *names)[:2] == others
    many.assert_nothing_left()
    done = b"".join(b"1.%d ms\n" % number for number in range(8))
    assert (many.committed(DOCUMENT), (many.top / DOCUMENT).read_bytes()) == (done, done)
    for commit in many.line("rev-list", f"{before}..HEAD").split():
        number = many.line("log", "-1", "--format=%s", commit).split()[-1]
        changed = many.git("diff-tree", "-r", "--no-commit-id", "--name-only", "-z", commit).decode().split("\0")[:-1]
        assert changed == [DOCUMENT, f"docs/measurements/hem-decode-{number}.json"]
        assert b"1.%s ms" % number.encode() in many.committed(DOCUMENT, commit)
    assert many.line("rev-list", "--count", f"{before}..HEAD") == "8"


KILLED = {
    "before the hook": ("pre-commit", 'kill -9 "$DOCTOOL_PID"'),
    "with git": ("pre-commit", 'kill -9 "$DOCTOOL_PID" "$PPID"'),
    "with git, at the message": ("commit-msg", 'kill -9 "$DOCTOOL_PID" "$PPID"'),
    "after the commit": ("post-commit", 'kill -9 "$DOCTOOL_PID"'),
    "with git, after the commit": ("post-commit", 'kill -9 "$DOCTOOL_PID" "$PPID"'),
}


@pytest.mark.parametrize("when", KILLED)
def test_the_next_run_completes_what_a_kill_interrupted(many, when):
    kind, body = KILLED[when]
    # The process that git's parent is: doctool. Once only, so that the next run is left alone.
    once = f'[ -e .git/killed ] && exit 0; touch .git/killed; DOCTOOL_PID=$(ps -o ppid= -p "$PPID" | tr -d " "); {body}'
    hook = many.hook(kind, once)
    before = many.everything_but(DOCUMENT, "docs/measurements/hem-decode-3.json")[:2]
    process = start(many, 3)
    process.communicate(timeout=60)
    assert process.returncode == -9
    wait_for_orphans(many)
    hook.unlink()
    assert finish(start(many, 3)) == 0
    assert many.committed(DOCUMENT) == (many.top / DOCUMENT).read_bytes()
    assert b"1.3 ms" in many.committed(DOCUMENT)
    assert many.everything_but(DOCUMENT, "docs/measurements/hem-decode-3.json")[:2] == before
    assert DOCUMENT.encode() not in many.status()
    assert not (many.git_dir() / "index.lock").exists()
    assert not (many.git_dir() / "doctool.lock").exists()


def wait_for_orphans(repo) -> None:
    """A git whose doctool was killed goes on by itself; give it the time to end."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, check=True).stdout
        if b"--cleanup=whitespace" not in listing:
            return
        time.sleep(0.05)


def test_a_commit_made_right_before_ours_is_not_undone(repo, monkeypatch):
    real, calls = commit_module.act, []

    def act(directory, *arguments, **options):
        if not calls:
            blob = repo.git("hash-object", "-w", "--stdin", stdin=b"theirs\n").decode().strip()
            tree = repo.git("mktree", stdin=repo.git("ls-tree", "HEAD") + f"100644 blob {blob}\ttheirs.txt\n".encode())
            new = repo.line("commit-tree", tree.decode().strip(), "-p", "HEAD", "-m", "theirs")
            repo.git("update-ref", "HEAD", new)
        calls.append(arguments)
        return real(directory, *arguments, **options)

    monkeypatch.setattr(commit_module, "act", act)
    repo.write(RECORD, b"{}\n")
    (repo.top / DOCUMENT).write_bytes(b"intro\n1.25 ms\nend\n")
    result = commit_paths(repo.top, {Path(DOCUMENT): measured, Path(RECORD): b"{}\n"}, MESSAGE)
    assert len(calls) == 2
    assert repo.line("log", "-3", "--format=%s").split("\n") == ["docs(perf): update figures", "theirs", "first"]
    assert repo.head() == result.commit
    assert repo.committed("theirs.txt") == b"theirs\n"


def test_the_lock_is_ours_alone_and_gone_afterwards(repo):
    hold = "import sys, time; from pathlib import Path; from doctool.git import exclusive\n"
    hold += "with exclusive(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(repo.top)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(GitError, match=f"another doctool .process {holder.pid}."), exclusive(repo.top, wait_s=0.1):
            pass
        holder.kill()
    with exclusive(repo.top), exclusive(repo.top):
        assert (repo.git_dir() / "doctool.lock").exists()
    repo.assert_nothing_left()


def test_a_lock_file_that_its_last_holder_removed_is_not_relied_on(repo, monkeypatch):
    real, path = locks._try_lock, repo.git_dir() / "doctool.lock"
    opened = []

    def try_lock(descriptor: int) -> bool:
        opened.append(descriptor)
        if len(opened) == 1:
            path.unlink()
        return real(descriptor)

    monkeypatch.setattr(locks, "_try_lock", try_lock)
    with exclusive(repo.top):
        assert len(opened) == 2
        assert os.path.samestat(os.fstat(opened[-1]), path.stat())
    repo.assert_nothing_left()


def test_a_git_that_is_still_at_work_keeps_its_index(repo):
    fresh, old = repo.git_dir() / "doctool-fresh", repo.git_dir() / "doctool-old"
    for left in (fresh, old):
        left.mkdir()
        (left / "index").write_bytes(b"")
    os.utime(old, (0, 0))
    repo.write(RECORD, b"{}\n")
    commit_paths(repo.top, {Path(RECORD): b"{}\n"}, MESSAGE)
    assert (fresh.exists(), old.exists()) == (True, False)
