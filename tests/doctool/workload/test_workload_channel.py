"""Real child processes that do what measured code does, good and bad."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctool import environment
from doctool.records import Refusal
from doctool.workload import NO_TIME, Child, ask, until
from doctool.workload.messages import Message

ENTRY = """
import os, signal, subprocess, sys, time
from doctool.workload.channel import RefusedError, serve
from doctool.workload.messages import Message

class Ask(Message, frozen=True, tag=True):
    do: str

class Said(Message, frozen=True, tag=True):
    text: str

def talk(request, tell):
    tell("first")
    tell("second")
    return Said(text="done")

def chatter(request, tell):
    print("x" * 100_000)
    os.write(1, b'{"type": "Said", "text": "forged"}\\n')
    sys.stdout.flush()
    return Said(text=repr(sys.stdin.read()))

def import_user(request, tell):
    import user
    return Said(text=user.answer())

def hang(request, tell):
    tell("looping")
    while True:
        pass

def babble(request, tell):
    while True:
        tell("still here")
        time.sleep(0.05)

def run():
    serve(Ask, lambda request, tell: globals()[request.do](request, tell))

def exit_hard(request, tell):
    os._exit(3)

def segfault(request, tell):
    os.kill(os.getpid(), signal.SIGSEGV)

def killed(request, tell):
    os.kill(os.getpid(), signal.SIGKILL)

def run_out(request, tell):
    raise MemoryError

def refuse(request, tell):
    raise RefusedError("nan", "output holds NaN")

def stay(request, tell):
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open("pids.tmp", "w") as file:
        file.write(f"{os.getpid()} {grandchild.pid}")
    os.rename("pids.tmp", "pids")
    time.sleep(600)
"""


class Ask(Message, frozen=True, tag=True):
    do: str


class Said(Message, frozen=True, tag=True):
    text: str


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "talking.py").write_text(ENTRY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "entries"))
    project = tmp_path / "project"
    project.mkdir()
    return project


def put(root: Path, do: str, silence_s: float = 60.0, heard: list[str] | None = None) -> Said | Refusal:
    child = Child(root=root, entry="talking:run", threads=1, silence_s=silence_s)
    return ask(child, Ask(do=do), Said, (heard if heard is not None else []).append)


def test_every_sign_of_life_is_heard_in_order(root):
    heard: list[str] = []
    assert put(root, "talk", heard=heard) == Said(text="done")
    assert heard == ["starting", "first", "second"]


def test_what_measured_code_prints_and_reads_does_not_reach_the_channel(root):
    assert put(root, "chatter") == Said(text="''")


def test_measured_code_is_imported_from_the_project_and_may_have_modules_of_any_name(root):
    for name in ("statistics", "msgspec", "random", "traceback", "doctool"):
        (root / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n")
    (root / "user.py").write_text("def answer():\n    return 'mine'\n")
    assert put(root, "import_user") == Said(text="mine")


def test_a_crash_shows_the_last_words_of_the_measured_code_and_none_of_ours(root):
    (root / "user.py").write_text("def answer():\n    raise ValueError('broken on purpose')\n")
    refusal = put(root, "import_user")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "crashed"
    assert refusal.detail.endswith("ValueError: broken on purpose")
    assert "user.py" in refusal.detail
    assert "channel.py" not in refusal.detail


def test_a_module_that_exits_on_import_is_a_crash(root):
    (root / "user.py").write_text("raise SystemExit('no licence')\n")
    refusal = put(root, "import_user")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "crashed"
    assert "no licence" in refusal.detail


@pytest.mark.parametrize(
    ("do", "reason", "words"),
    [
        ("exit_hard", "crashed", "exit code 3"),
        ("segfault", "crashed", "SIGSEGV"),
        ("killed", "killed", "SIGKILL"),
        ("run_out", "out-of-memory", "MemoryError"),
        ("refuse", "nan", "output holds NaN"),
    ],
)
def test_every_end_without_an_answer_has_its_reason(root, do, reason, words):
    refusal = put(root, do)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason
    assert words in refusal.detail


def test_a_child_that_hangs_is_ended_and_the_place_is_named(root):
    refusal = put(root, "hang", silence_s=2.0)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "hung"
    assert "in hang" in refusal.detail


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups do not exist here")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_and_its_children_end_with_the_parent(root, sign):
    code = (
        "import sys; from pathlib import Path; from doctool.workload import Child, ask; import talking\n"
        "ask(Child(root=Path(sys.argv[1]), entry='talking:run', threads=1, silence_s=600.0),"
        " talking.Ask(do='stay'), talking.Said)"
    )
    repository = str(Path(__file__).parents[3])
    path = os.pathsep.join((os.environ["PYTHONPATH"], repository))
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(root)], env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.DEVNULL
    )
    wait_for((root / "pids").exists)
    pids = [int(word) for word in (root / "pids").read_text().split()]
    parent.send_signal(sign)
    parent.wait()
    wait_for(lambda: not any(is_running(pid) for pid in pids))


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_memory_is_blamed_only_where_the_systems_counters_say_so(root, monkeypatch):
    counts = iter([3, 4, 3, 3, None, None])
    monkeypatch.setattr(environment, "count_memory_kills", lambda: next(counts))
    reasons = [put(root, "killed").reason for _ in range(3)]
    assert reasons == ["out-of-memory", "killed", "killed"]


def test_nothing_that_is_asked_outlives_the_time_that_is_allowed(root):
    """Neither what is silent nor what goes on talking; and what begins too late is not started."""
    began = time.monotonic()
    with until(began + 3.0):
        for do in ("hang", "babble", "talk"):
            found = put(root, do)
            assert isinstance(found, Refusal), do
            assert found.reason == NO_TIME, do
        with until(began + 600.0):
            assert put(root, "talk").reason == NO_TIME, "an inner limit gives no more time than the outer one"
    assert put(root, "talk") == Said(text="done")
