"""A new user's first hour, and many refreshes at once: real processes on real repositories."""

import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.forged import forge, save
from tests.situations import PAGE, git, make_tiny
from tests.situations import run_here as doctool

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def start(root, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "doctool", *map(str, arguments)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(root, *arguments):
    process = start(root, *arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_a_number_edited_by_hand_is_refused_with_its_origin_and_the_way_on(tmp_path):
    project = make_tiny(tmp_path / "my project")
    (project.root / "doctool.yaml").unlink()
    project.commit("without doctool")
    code, proposal, _ = call(project.root, "init")
    assert code == 0
    assert "docs/PERF.md" in proposal
    assert call(project.root, "hook", "install")[0] == 0
    record = forge(project.root, workload="main")
    path = save(record, tmp_path / "record.json")
    code, _, err = call(project.root, "refresh", "docs/PERF.md", "--records", path)
    assert code == 0, err
    project.commit("use doctool")
    text = project.page.read_text()
    row = next(line for line in text.split("\n") if line.startswith("| Model Forward Time |"))
    flattering = re.sub(r"\+\d", "+9", row, count=1)
    assert flattering != row
    project.page.write_text(text.replace(row, flattering))
    head = git(project.root, "rev-parse", "HEAD")
    environment = {**os.environ, "PATH": PATH}
    done = subprocess.run(
        ["git", "commit", "-qam", "faster!"],
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert git(project.root, "rev-parse", "HEAD") == head
    line = text.split("\n").index(row) + 1
    forged, true = (shown.split("|")[-2].strip() for shown in (flattering, row))
    for words in (f"docs/PERF.md:{line}:", forged, true, record.id, "docs/measurements", "doctool refresh --force"):
        assert words in said, said
    code, _, err = call(project.root, "refresh", "--force", "docs/PERF.md", "--records", path)
    assert code == 0, err
    assert project.page.read_text() == text


@pytest.fixture
def eight(tmp_path):
    """A project with eight documents, and a record for each of eight refreshes."""
    project = make_tiny(tmp_path / "repository")
    names = [f"docs/PAGE{number}.md" for number in range(8)]
    for name in names:
        (project.root / name).write_text(PAGE.lstrip("\n"))
    listed = "".join(f"  {name}: {{language: en}}\n" for name in names)
    settings = project.root / "doctool.yaml"
    settings.write_text(settings.read_text().replace("documents:\n", f"documents:\n{listed}"))
    project.commit("eight pages")
    # At one time: of a later one of the same code it would be said that the other pages do not show it.
    started = datetime.now(UTC)
    records = [forge(project.root, seed=number, ratio=0.6 + 0.02 * number, started=started) for number in range(8)]
    paths = [save(record, tmp_path / f"{number}.json") for number, record in enumerate(records)]
    # Work of the user's own, which nobody may touch.
    (project.root / "mine é.txt").write_text("untracked")
    (project.root / "staged.txt").write_text("staged")
    git(project.root, "add", "staged.txt")
    project.work = list(zip(names, records, paths, strict=True))
    return project


DYING = """
import os, signal, sys

left = int(sys.argv.pop(1))
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.chmod", "subprocess.Popen"}


def die(event, arguments):
    global left
    if event in CHANGES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


sys.addaudithook(die)
from doctool.cli import main

main()
"""


def status(project):
    return git(project.root, "status", "--porcelain", "-z", "--untracked-files=all")


def assert_whole(project, first):
    """Every commit has a page and the record that it shows; nothing is lost, and nothing is left."""
    for commit in git(project.root, "rev-list", f"{first}..HEAD").split():
        for name in git(project.root, "diff-tree", "-r", "--no-commit-id", "--name-only", commit).split("\n"):
            if name.startswith("docs/PAGE"):
                shown = re.search(r"record=([0-9a-f]{8})", git(project.root, "show", f"{commit}:{name}"))[1]
                assert shown in git(project.root, "ls-tree", "-r", "--name-only", commit)
    left = [path.name for path in (project.root / ".git").rglob("*")]
    assert [name for name in left if name.endswith(".lock") or name.startswith("doctool")] == []


def test_eight_refreshes_at_once_lose_nothing(eight):
    first, before = git(eight.root, "rev-parse", "HEAD").strip(), status(eight)
    running = [start(eight.root, "refresh", name, "--records", path) for name, _, path in eight.work]
    for process in running:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    assert git(eight.root, "rev-list", "--count", f"{first}..HEAD").strip() == "8"
    assert status(eight) == before
    for name, record, _ in eight.work:
        assert record.id in git(eight.root, "show", f"HEAD:{name}")
    assert_whole(eight, first)
    assert doctool(eight.root, "check", *(name for name, _, _ in eight.work)).returncode == 0


def test_a_kill_at_any_moment_is_completed_by_the_next_run(eight):
    first, before = git(eight.root, "rev-parse", "HEAD").strip(), status(eight)
    chance = random.Random(4)
    for name, record, path in eight.work[:5]:
        process = start(eight.root, "refresh", name, "--records", path)
        time.sleep(chance.uniform(0.3, 1.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # A git that was at work goes on to its end by itself.
        for _ in range(200):
            if not (eight.root / ".git" / "index.lock").exists():
                break
            time.sleep(0.05)
        done = doctool(eight.root, "refresh", name, "--records", path)
        assert done.returncode == 0, done.stderr
        assert record.id in git(eight.root, "show", f"HEAD:{name}")
    for left in (eight.root / ".git").glob("doctool-*"):
        # What a killed run leaves is cleared once no git can be at work with it any more.
        os.utime(left, (0, 0))
    name, _, path = eight.work[5]
    assert doctool(eight.root, "refresh", name, "--records", path).returncode == 0
    assert status(eight) == before
    assert_whole(eight, first)


@pytest.mark.long
def test_a_kill_at_each_step_is_completed_by_the_next_run(eight, tmp_path):
    """Killed right before each change that a refresh makes to the disk, and before each program that it starts."""
    first, before = git(eight.root, "rev-parse", "HEAD").strip(), status(eight)
    name, record, path = eight.work[0]
    untouched = eight.root.rename(tmp_path / "untouched")
    for step in itertools.count(1):
        shutil.copytree(untouched, eight.root)
        arguments = [sys.executable, "-c", DYING, str(step), "refresh", name, "--records", str(path)]
        done = subprocess.run(arguments, cwd=eight.root, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        for left in (eight.root / ".git").glob("doctool-*"):
            os.utime(left, (0, 0))
        completed = doctool(eight.root, "refresh", name, "--records", path)
        assert completed.returncode == 0, completed.stderr
        assert record.id in git(eight.root, "show", f"HEAD:{name}")
        assert status(eight) == before
        assert_whole(eight, first)
        shutil.rmtree(eight.root)
    assert step > 50
