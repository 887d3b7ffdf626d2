"""The hook as a user meets it: install, edit a number by hand, commit."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.situations import git

PROGRAM = [sys.executable, "-m", "doctool"]


def doctool(root, *arguments, **options):
    return subprocess.run([*PROGRAM, *arguments], cwd=root, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def worded(tiny):
    """A project whose page says in words that a mechanism is not there: filled without measuring."""
    tiny.page.write_text(tiny.page.read_text().replace("## Fast", "## Ghost").replace("| Fast |", "| Ghost |"))
    tiny.commit("ask for a ghost")
    done = doctool(tiny.root, "refresh", "--all")
    assert done.returncode == 0, done.stderr
    return tiny


def forge(project):
    """Change the date that doctool wrote, as somebody might who wants the figures to look fresh."""
    text = project.page.read_text()
    forged = re.sub(r"(Test Date\*\*: \d{4})", lambda found: found[1][:-4] + "2031", text)
    assert forged != text
    project.page.write_text(forged)


def commit(root):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["git", "commit", "-qam", "edit"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def test_a_hand_edit_is_refused_with_the_line_and_the_way_on(worded):
    assert doctool(worded.root, "hook", "install").returncode == 0
    head = git(worded.root, "rev-parse", "HEAD")
    forge(worded)
    done = commit(worded.root)
    assert done.returncode != 0
    assert "docs/PERF.md:" in done.stdout + done.stderr
    assert "edited" in done.stdout + done.stderr
    assert git(worded.root, "rev-parse", "HEAD") == head


def test_only_what_is_staged_counts(worded):
    forge(worded)
    assert doctool(worded.root, "check", "--all").returncode == 11
    assert doctool(worded.root, "check", "--staged").returncode == 0
    git(worded.root, "add", "-A")
    assert doctool(worded.root, "check", "--staged").returncode == 11


def test_code_that_makes_a_page_stale_is_refused_too(worded):
    assert doctool(worded.root, "hook", "install").returncode == 0
    model = worded.root / "tiny" / "model.py"
    model.write_text(
        model.read_text().replace("use_ghost: bool = False):", "use_ghost: bool = False):\n        ghost = use_ghost")
    )
    done = commit(worded.root)
    assert done.returncode != 0
    assert "stale-code" in done.stdout + done.stderr


def test_a_commit_of_something_else_goes_through(worded):
    assert doctool(worded.root, "hook", "install").returncode == 0
    worded.write("notes.txt", "nothing of interest\n")
    git(worded.root, "add", "notes.txt")
    assert commit(worded.root).returncode == 0


def test_a_pushed_release_tag_is_checked(worded):
    git(worded.root, "tag", "v1.0")
    tag = git(worded.root, "rev-parse", "v1.0").strip()
    line = f"refs/tags/v1.0 {tag} refs/tags/v1.0 {'0' * 40}\n"
    assert doctool(worded.root, "check", "--push", input=line).returncode == 0
    forge(worded)
    worded.commit("toast")
    git(worded.root, "tag", "v1.1")
    tag = git(worded.root, "rev-parse", "v1.1").strip()
    line = f"refs/tags/v1.1 {tag} refs/tags/v1.1 {'0' * 40}\n"
    assert doctool(worded.root, "check", "--push", input=line).returncode == 11


def test_status_tells_and_uninstall_takes_away(worded):
    assert "not installed" in doctool(worded.root, "hook", "status").stdout
    doctool(worded.root, "hook", "install")
    assert ": installed" in doctool(worded.root, "hook", "status").stdout
    doctool(worded.root, "hook", "uninstall")
    assert "not installed" in doctool(worded.root, "hook", "status").stdout
