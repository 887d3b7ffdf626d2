"""The hook as a user meets it: install, edit a number by hand, commit."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.situations import TinyProject, git

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


def change_the_code(project):
    model = project.root / "tiny" / "model.py"
    model.write_text(
        model.read_text().replace("use_ghost: bool = False):", "use_ghost: bool = False):\n        ghost = use_ghost")
    )


OPEN = """
## Fast

| Metric | Original | Fast |
|---|---|---|
| Model Forward Time | TBD ms | TBD ms |
| Peak Memory | TBD MB | TBD MB |
"""


def test_what_waits_for_the_next_refresh_is_said_in_one_line_and_not_refused(worded):
    worded.page.write_text(worded.page.read_text() + OPEN)
    worded.commit("ask for more")
    assert doctool(worded.root, "hook", "install").returncode == 0
    change_the_code(worded)
    done = commit(worded.root)
    assert done.returncode == 0, done
    said = [row for row in (done.stdout + done.stderr).splitlines() if row.startswith("docs/")]
    assert len(said) == 2, said
    assert "figures of code that has changed since" in said[0]
    assert "4 open cells" in said[1]


def test_a_strict_hook_refuses_them_too(worded):
    settings = worded.root / "doctool.yaml"
    settings.write_text(settings.read_text() + "hook: strict\n")
    worded.commit("strict")
    assert doctool(worded.root, "hook", "install").returncode == 0
    change_the_code(worded)
    done = commit(worded.root)
    assert done.returncode != 0
    assert "stale-code" in done.stdout + done.stderr


def test_a_claim_is_refused_where_claims_are_errors_and_only_while_it_is_new(worded):
    settings = worded.root / "doctool.yaml"
    worded.page.write_text(worded.page.read_text() + "\nIt takes 3.5 ms.\n")
    settings.write_text(settings.read_text() + "claims: error\n")
    worded.commit("an old claim")
    assert doctool(worded.root, "hook", "install").returncode == 0
    worded.page.write_text(worded.page.read_text().replace("\nIt takes", "\nWords above it.\n\nIt takes"))
    assert commit(worded.root).returncode == 0
    worded.page.write_text(worded.page.read_text() + "\nNow it takes 2.5 ms.\n")
    done = commit(worded.root)
    assert done.returncode != 0
    refused = [
        row for row in (done.stdout + done.stderr).splitlines() if ": unbacked: " in row and "warning" not in row
    ]
    assert len(refused) == 1, refused
    assert "2.5" in refused[0]


@pytest.mark.parametrize("sentence", ["It reaches a perplexity of 12.4.", "Loading takes 12 sec.", "`1.2 ms` a call."])
def test_a_claim_in_a_staged_sentence_is_refused_whatever_its_unit(worded, sentence):
    settings = worded.root / "doctool.yaml"
    settings.write_text(settings.read_text() + "claims: error\n")
    worded.commit("claims are errors")
    assert doctool(worded.root, "hook", "install").returncode == 0
    worded.page.write_text(f"{worded.page.read_text()}\n{sentence}\n")
    done = commit(worded.root)
    assert done.returncode != 0
    assert "unbacked" in done.stdout + done.stderr


def test_a_figure_that_was_forged_before_is_no_licence_to_forge_it_again(worded):
    forge(worded)
    worded.commit("forged, past the hook")
    assert doctool(worded.root, "hook", "install").returncode == 0
    worded.write("tiny/more.py", "x = 1\n")
    git(worded.root, "add", "-A")
    assert commit(worded.root).returncode == 0, "this commit makes nothing worse"
    worded.page.write_text(worded.page.read_text().replace("2031", "2032"))
    assert commit(worded.root).returncode != 0


@pytest.fixture
def two_projects(worded, tmp_path):
    """One repository with two projects, each with a filled page."""
    root = tmp_path / "both"
    git(tmp_path, "init", "-q", "both")
    for name in ("alpha", "beta"):
        shutil.copytree(worded.root, root / name, ignore=shutil.ignore_patterns(".git", ".doctool"))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "both")
    return root


@pytest.mark.parametrize("forged", ["alpha", "beta"])
def test_one_hook_serves_all_projects_of_a_repository(two_projects, forged):
    for name in ("alpha", "beta"):
        assert doctool(two_projects / name, "hook", "install").returncode == 0
    for name in ("alpha", "beta"):
        assert doctool(two_projects / name, "hook", "status").stdout.endswith(": installed\n")
    head = git(two_projects, "rev-parse", "HEAD")
    page = two_projects / forged / "docs" / "PERF.md"
    before = page.read_text()
    forge(TinyProject(two_projects / forged))
    assert commit(two_projects).returncode != 0
    assert git(two_projects, "rev-parse", "HEAD") == head
    other = "beta" if forged == "alpha" else "alpha"
    assert "not installed" in doctool(two_projects / forged, "hook", "uninstall").stdout
    assert doctool(two_projects / other, "hook", "status").stdout.endswith(": installed\n")
    assert commit(two_projects).returncode == 0, "nobody looks after it any more"
    page.write_text(before)
    forge(TinyProject(two_projects / other))
    assert commit(two_projects).returncode != 0
    doctool(two_projects / other, "hook", "uninstall")
    assert not (two_projects / ".git/hooks/pre-commit").exists()


def test_the_settings_are_looked_for_beside_the_document(two_projects):
    assert doctool(two_projects, "check", "alpha/docs/PERF.md").returncode == 0
    forge(TinyProject(two_projects / "alpha"))
    for directory, page in ((two_projects, "alpha/docs/PERF.md"), (two_projects / "beta", "../alpha/docs/PERF.md")):
        done = doctool(directory, "check", page)
        assert (done.returncode, done.stdout.split(":")[0]) == (11, "docs/PERF.md"), done


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
