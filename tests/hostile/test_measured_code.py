"""Measured code that misbehaves, in real child processes: each ends with its reason, and nothing of it stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

from doctool.measure.effort import Postponed
from doctool.measure.measuring import Failure
from doctool.plan import Need
from doctool.records import Refusal
from doctool.system import descendants
from doctool.workload import Child, ask
from doctool.workload.messages import Message
from tests.situations import make_tiny, run_here

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

ENTRY = '''
import atexit, os, resource, shutil, signal, subprocess, sys, tempfile, time
from doctool.workload.channel import serve
from doctool.workload.messages import Message

class Ask(Message, frozen=True, tag=True):
    do: str

class Said(Message, frozen=True, tag=True):
    text: str

SLEEP = "import time; time.sleep(600)"

def daemon(clear=False):
    """Leave a process behind as daemons do: forked twice, in a session of its own."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            environment = {"PATH": os.environ["PATH"]} if clear else os.environ
            os.execve(sys.executable, [sys.executable, "-c", SLEEP, "left-by-a-test"], environment)
        os._exit(0)
    os.wait()

def leave_a_daemon():
    daemon()

def leave_a_daemon_without_environment():
    daemon(clear=True)

def leave_a_session():
    subprocess.Popen([sys.executable, "-c", SLEEP, "left-by-a-test"], start_new_session=True)

def hang():
    while True:
        pass

def hang_and_ignore():
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(sign, signal.SIG_IGN)
    hang()

def hang_with_the_interpreter():
    (1 << 40_000_000) ** 5_000

def close_1_and_2():
    os.close(1)
    os.close(2)

def close_everything():
    os.closerange(0, 256)

def print_a_gigabyte():
    block = "x" * 2**20
    for _ in range(1024):
        print(block)

def print_a_line_without_end_to_every_descriptor():
    for number in range(3, 20):
        try:
            os.write(number, b"{forged")
        except OSError:
            pass

def exit_hard():
    os._exit(0)

def exit_soft():
    sys.exit("no licence")

def segfault():
    import ctypes
    ctypes.string_at(0)

def eat_memory():
    size = 2**30 + resource.getpagesize() * int(open("/proc/self/statm").read().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    kept = []
    while True:
        kept.append(bytearray(2**26))

def raise_in_del():
    class Thing:
        def __del__(self):
            raise ValueError("in __del__")
    Thing()

def raise_at_exit():
    def end():
        raise ValueError("at exit")
    atexit.register(end)

def change_directory():
    os.chdir("/")

def delete_its_directory():
    directory = tempfile.mkdtemp()
    os.chdir(directory)
    shutil.rmtree(directory)

def install_handlers():
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(sign, lambda *_: None)

def answer(request, tell):
    tell("misbehaving")
    globals()[request.do]()
    return Said(text="done")

def run():
    serve(Ask, answer)
'''


class Ask(Message, frozen=True, tag=True):
    do: str


class Said(Message, frozen=True, tag=True):
    text: str


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "misbehaving.py").write_text(ENTRY)
    repository = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path / "entries"), repository)))
    project = tmp_path / "project"
    project.mkdir()
    return project


def put(root, do, silence_s=60.0):
    return ask(Child(root=root, entry="misbehaving:run", threads=1, silence_s=silence_s), Ask(do=do), Said)


def left_behind():
    """Every process that our tests have started and nobody has ended."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            words = (place / "cmdline").read_bytes()
            state = (place / "stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, ValueError):
            continue
        if (b"left-by-a-test" in words or b"misbehaving" in words) and state != "Z":
            found.append(place.name)
    return found


@pytest.fixture(autouse=True)
def _nothing_stays():
    before = descendants.children()
    yield
    wait_for(lambda: not left_behind())
    assert descendants.children() <= before


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    "do",
    [
        "leave_a_daemon",
        "leave_a_daemon_without_environment",
        "leave_a_session",
        "close_1_and_2",
        "print_a_gigabyte",
        "raise_in_del",
        "raise_at_exit",
        "change_directory",
        "delete_its_directory",
        "install_handlers",
    ],
)
def test_what_does_not_keep_it_from_answering_is_answered(root, do):
    assert put(root, do) == Said(text="done")


@pytest.mark.parametrize(
    ("do", "reason", "words"),
    [
        ("close_everything", "crashed", "before it had an answer"),
        ("print_a_line_without_end_to_every_descriptor", "crashed", "forged"),
        ("exit_hard", "crashed", "exit code 0 before it had an answer"),
        ("exit_soft", "crashed", "no licence"),
        ("segfault", "crashed", "SIGSEGV"),
        ("eat_memory", "out-of-memory", "MemoryError"),
    ],
)
def test_what_ends_it_has_its_reason(root, do, reason, words):
    refusal = put(root, do)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, words in refusal.detail) == (reason, True), refusal


@pytest.mark.parametrize("do", ["hang", "hang_and_ignore", "hang_with_the_interpreter"])
def test_what_hangs_is_ended(root, do):
    refusal = put(root, do, silence_s=3.0)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "hung"


@pytest.mark.parametrize("do", ["hang", "hang_and_ignore", "hang_with_the_interpreter"])
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_hangs_ends_with_doctool(root, do, sign):
    code = (
        "import sys; from pathlib import Path; from doctool.workload import Child, ask; import misbehaving\n"
        "child = Child(root=Path(sys.argv[1]), entry='misbehaving:run', threads=1, silence_s=600.0)\n"
        "ask(child, misbehaving.Ask(do=sys.argv[2]), misbehaving.Said, lambda told: print(told, flush=True))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(root), do], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    while parent.stdout.readline() != "misbehaving\n":
        pass
    parent.send_signal(sign)
    parent.wait()
    parent.stdout.close()


def test_a_programs_last_words_are_its_last_however_much_it_said(root):
    refusal = put(root, "exit_soft")
    assert refusal.detail.endswith("SystemExit: no licence")


BAD = '''
import os
import time
import torch

class Back:
    """A clock that steps back whenever it is read."""

    def __init__(self, clock, step):
        self.clock, self.step, self.reads = clock, step, 0

    def __call__(self):
        self.reads += 1
        return self.clock() - self.reads * self.step

class Bad(torch.nn.Module):
    def __init__(self, how="", use_it=False):
        super().__init__()
        self.how, self.use_it, self.calls = how, use_it, 0
        self.layer = torch.nn.Linear(4, 4)
        self.more = torch.nn.Linear(4, 4) if use_it else None
        for name in ("perf_counter", "monotonic", "process_time") if how == "clock" else ():
            setattr(time, name, Back(getattr(time, name), 1.0))
            setattr(time, name + "_ns", Back(getattr(time, name + "_ns"), 10**9))

    def forward(self, x):
        self.calls += 1
        y = self.layer(x)
        if self.more is not None:
            y = self.more(y)
        if self.use_it and self.how == "exit":
            os._exit(3)
        if self.use_it and self.how == "nan":
            return y * float("nan")
        if self.use_it and self.how == "raise":
            raise ValueError("broken on purpose")
        if self.how == "shapes":
            return torch.ones(self.calls % 7 + 1)
        return y
'''


def test_what_the_time_was_not_enough_for_is_named_beside_what_failed(tmp_path):
    project = make_tiny(tmp_path / "project")
    project.write("tiny/bad.py", BAD)
    project.write(
        "doctool.yaml",
        "package: tiny\ndocuments: {docs/PERF.md: {}}\nworkloads:\n"
        "  exit: {build: 'tiny.bad:Bad', args: {how: exit}, features: [2, 4]}\n"
        "  fine: {build: 'tiny.bad:Bad', args: {how: fine}, features: [2, 4]}\n"
        "mechanisms:\n  m-exit: {toggle: use_it, owner: Bad, compare: [exit, fine], probe: exit}\n"
        "  m-fine: {toggle: use_it, owner: Bad, compare: [fine], probe: fine}\n",
    )
    failure = Failure(need=Need(mechanism="m-exit", workload="exit"), refusal=Refusal(reason="crashed", detail="gone"))
    late = Postponed(need=Need(mechanism="m-fine", workload="fine"), reason="no-time")

    def run(self, _targets):
        self.failures.append(failure)
        self.postponed.append(late)

    with mock.patch("doctool.measure.turn.Measuring.run", run):
        done = run_here(project.root, "measure", "--quick", "--busy")
    assert done.returncode == 6
    assert "m-exit/exit: the measured code crashed: gone" in done.stderr
    assert f"  {late}" in done.stderr.splitlines()


@pytest.mark.long
def test_each_failure_is_one_line_and_the_other_measurements_are_kept(tmp_path):
    project = make_tiny(tmp_path / "project")
    kinds = ("exit", "nan", "raise", "shapes", "clock", "fine")
    project.write("tiny/bad.py", BAD)
    project.write(
        "doctool.yaml",
        "package: tiny\ndocuments: {docs/PERF.md: {}}\nworkloads:\n"
        + "".join(f"  {kind}: {{build: 'tiny.bad:Bad', args: {{how: {kind}}}, features: [2, 4]}}\n" for kind in kinds)
        + "mechanisms:\n"
        + "".join(f"  m-{kind}: {{toggle: use_it, owner: Bad, compare: [{kind}], probe: {kind}}}\n" for kind in kinds),
    )
    done = run_here(project.root, "measure", "--quick", "--busy", "--budget", "20m")
    assert done.returncode == 6, done
    lines = done.stderr.splitlines()
    for words in (
        "m-exit/exit: the measured code crashed: ",
        "m-nan/nan: the measured code gave outputs that are not finite: ",
        "m-raise/raise: the measured code crashed: ValueError: broken on purpose",
        "m-clock/clock",
    ):
        assert [line for line in lines if words in line], (words, done.stderr)
    kept = [path.name for path in (project.root / "docs/measurements").iterdir()]
    assert any(name.startswith("m-fine-fine-") for name in kept), kept
    assert any(name.startswith("m-shapes-shapes-") for name in kept), kept
    assert not any(name.startswith(("m-exit", "m-nan", "m-raise", "m-clock")) for name in kept), kept
