"""What keeps true documents from being released, and what brings them there."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doctool.check import Checker
from doctool.check.findings import EXIT_CODES, RELEASE_STATES, State
from doctool.check.release import Fitness, find_shortfalls, is_of_class
from doctool.plan import every_setup
from doctool.plan.pages import read_page
from doctool.plan.selection import Wishes, select
from doctool.plan.targets import Targets
from doctool.project import find_project
from doctool.records.store import read_record
from tests.forged import GPU, MACHINE, forge, save
from tests.situations import git
from tests.situations import run_here as doctool

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def show(tiny, tmp_path):
    """Bring a forged record into the page, and commit it."""

    def show(**options):
        record = forge(tiny.root, **options)
        done = doctool(tiny.root, "refresh", "--all", "--records", save(record, tmp_path / "record.json"))
        assert done.returncode == 0, done.stderr
        return record

    return show


def shortfalls(root, now=None):
    """States of the findings, as `check --release` adds them."""
    project = find_project(root)
    pages = {name: (root / name).read_bytes() for name in project.config.documents}
    return find_shortfalls(Checker(project), pages, now or datetime.now(UTC))


def states(root, now=None):
    return [finding.state for finding in shortfalls(root, now)]


def set_release(tiny, text):
    settings = tiny.root / "doctool.yaml"
    settings.write_text(settings.read_text() + f"release: {text}\n")


def test_fresh_full_figures_of_committed_code_are_ready(tiny, show):
    show()
    done = doctool(tiny.root, "check", "--release")
    assert (done.returncode, done.stdout) == (0, "1 document checked, all true and ready\n")


@pytest.mark.parametrize(
    ("options", "state", "words"),
    [
        ({"dirty": True}, State.DIRTY, "uncommitted changes in the measured code"),
        ({"commit": None}, State.DIRTY, "outside any commit"),
        ({"quick": True, "replicates": 3, "ratio": 1.0}, State.QUICK, "too few processes for a claim"),
        ({"started": datetime.now(UTC) - timedelta(days=91)}, State.TOO_OLD, "91 days ago"),
        ({"ratio": 0.99, "spread": 0.02}, State.INCONCLUSIVE, "fast/step/forward_latency may have changed by"),
    ],
)
def test_what_may_not_be_released_is_named_with_its_line_and_the_way_on(tiny, show, options, state, words):
    record = show(**options)
    assert doctool(tiny.root, "check", "--all").returncode == 0
    found = {finding.state: finding for finding in shortfalls(tiny.root)}
    assert state in found
    assert words in found[state].message
    assert found[state].file == "docs/PERF.md"
    line = tiny.page.read_text().split("\n")[found[state].line - 1]
    assert ("| Model Forward Time" if state is State.INCONCLUSIVE else "doctool:begin") in line
    assert (record.id if state is not State.INCONCLUSIVE else "allow_inconclusive") in found[state].message


def test_the_exit_code_is_that_of_the_gravest_and_the_formats_carry_all(tiny, show):
    show(dirty=True, quick=True, replicates=3, started=datetime.now(UTC) - timedelta(days=200))
    done = doctool(tiny.root, "check", "--release", "--json")
    assert done.returncode == EXIT_CODES[State.DIRTY] == 21
    rows = json.loads(done.stdout)["findings"]
    assert {row["state"] for row in rows} == {"dirty-tree", "quick", "too-old", "inconclusive"}
    assert all(row["region"] == "fast" and not row["warning"] for row in rows)
    done = doctool(tiny.root, "check", "--release", "--format", "github", "docs/PERF.md")
    assert done.returncode == 21
    assert "::error file=docs/PERF.md,line=7,title=quick::record" in done.stdout
    # What is no longer true at all is graver than what is not ready.
    model = tiny.root / "tiny" / "model.py"
    model.write_text(model.read_text().replace("torch.relu(block(x))", "torch.tanh(block(x))"))
    assert doctool(tiny.root, "check", "--release").returncode == EXIT_CODES[State.STALE_CODE]


def test_every_state_has_a_code_of_its_own():
    assert len(set(EXIT_CODES.values())) == len(State)
    assert [EXIT_CODES[state] for state in RELEASE_STATES] == [20, 21, 22, 23, 24, 25]
    assert EXIT_CODES[State.MALFORMED] == 10


def test_age_is_counted_to_the_day_of_the_release(tiny, show):
    show(started=NOW - timedelta(days=90))
    assert states(tiny.root, NOW) == []
    assert states(tiny.root, NOW + timedelta(seconds=1)) == [State.TOO_OLD]
    set_release(tiny, "{max_age_days: 91}")
    assert states(tiny.root, NOW + timedelta(seconds=1)) == []


def test_a_cell_may_be_left_open_on_purpose(tiny, show):
    show(ratio=0.99, spread=0.02)
    assert State.INCONCLUSIVE in states(tiny.root)
    set_release(tiny, "{allow_inconclusive: [fast/other/*, slow/*]}")
    assert State.INCONCLUSIVE in states(tiny.root)
    tiny.write("doctool.yaml", (tiny.root / "doctool.yaml").read_text().replace("fast/other/*", "fast/step/forward_*"))
    assert states(tiny.root) == []


def test_the_hardware_that_must_be_there(tiny, show):
    show()
    set_release(tiny, "{hardware: [any, cpu, steady, H200]}")
    (finding,) = shortfalls(tiny.root)
    assert (finding.state, finding.file) == (State.HARDWARE, "doctool.yaml")
    assert "'H200'" in finding.message
    text = (tiny.root / "doctool.yaml").read_text().split("\n")
    assert text[finding.line - 1].startswith("release:")
    done = doctool(tiny.root, "check", "--release")
    assert done.returncode == 20


def test_a_class_is_what_the_code_ran_on(tiny):
    cpu, gpu = forge(tiny.root), forge(tiny.root, machine=GPU)
    assert [is_of_class(cpu, text) for text in ("any", "CPU", "steady", "H200", "h200")] == [True] * 3 + [False] * 2
    assert [is_of_class(gpu, text) for text in ("any", "CPU", "steady", "H200", "h200")] == [
        True,
        False,
        False,
        True,
        True,
    ]


@pytest.fixture
def worded(tiny):
    """A page that says in words that a mechanism is not there; its record was made with uncommitted code."""
    tiny.page.write_text(tiny.page.read_text().replace("## Fast", "## Ghost").replace("| Fast |", "| Ghost |"))
    tiny.commit("ask for a ghost")
    model = tiny.root / "tiny" / "model.py"
    model.write_text(model.read_text() + "\n\nEXTRA = 1\n")
    assert doctool(tiny.root, "refresh", "--all").returncode == 0
    return tiny


def test_a_refresh_for_a_release_wants_committed_code_and_says_which(worded):
    before = {path: path.read_bytes() for path in (worded.root / "docs").rglob("*") if path.is_file()}
    head, status = git(worded.root, "rev-parse", "HEAD"), git(worded.root, "status", "--porcelain")
    worded.write("tiny/new.py", "x = 1\n")
    done = doctool(worded.root, "refresh", "--all", "--release")
    assert done.returncode == 7
    assert "tiny/model.py: this part of the measured code is not committed as it is (and 1 more)" in done.stderr
    assert "git stash" in done.stderr
    (worded.root / "tiny" / "new.py").unlink()
    assert {path: path.read_bytes() for path in before} == before
    assert (git(worded.root, "rev-parse", "HEAD"), git(worded.root, "status", "--porcelain")) == (head, status)


def test_a_refresh_for_a_release_replaces_what_may_not_be_released(worded):
    worded.commit("the extra")
    assert doctool(worded.root, "check", "--all").returncode == 0
    assert doctool(worded.root, "check", "--release").returncode == 21
    (old,) = (worded.root / "docs" / "measurements").glob("*.json")
    done = doctool(worded.root, "refresh", "--release")
    assert done.returncode == 0, done.stderr
    assert "ready for a release" in done.stderr
    assert old.stem.rpartition("-")[2] not in worded.page.read_text()
    assert doctool(worded.root, "check", "--release").returncode == 0
    head = git(worded.root, "rev-parse", "HEAD")
    done = doctool(worded.root, "refresh", "--all", "--release")
    assert "nothing measured, nothing written, nothing committed" in done.stdout
    assert git(worded.root, "rev-parse", "HEAD") == head


def test_what_is_fit_is_chosen_before_what_is_newer(tiny, show):
    """An old clean record and a newer one of an uncommitted tree: nothing has to be measured for a release."""
    clean = show(machine=dict(MACHINE), started=datetime.now(UTC) - timedelta(days=3))
    set_release(tiny, "{max_age_days: 90}")
    dirty = show(dirty=True, seed=2)
    assert dirty.id in tiny.page.read_text()
    project = find_project(tiny.root)
    page = read_page(project, "docs/PERF.md")
    fitness = Fitness(rules=project.config.release, now=datetime.now(UTC))
    targets = Targets(project, dict.fromkeys(every_setup(project.config), MACHINE))
    found = select(project, page, targets, Wishes(is_fit=fitness.is_fit))
    assert ([record.id for record in found.records["fast"]], found.missing) == ([clean.id], ())
    found = select(project, page, targets, Wishes())
    assert ([record.id for record in found.records["fast"]], found.missing) == ([dirty.id], ())
    old = Fitness(rules=project.config.release, now=datetime.now(UTC) + timedelta(days=200))
    found = select(project, page, targets, Wishes(is_fit=old.is_fit))
    assert [str(need) for need in found.missing] == ["fast/step"]
    found = select(project, page, targets, Wishes(is_fit=old.is_fit, given=(dirty,)))
    assert found.missing == ()


def test_a_pinned_figure_that_is_not_fit_says_where_to_measure(tiny, tmp_path):
    tiny.page.write_text(tiny.page.read_text())
    path = save(forge(tiny.root, machine=GPU, dirty=True), tmp_path / "gpu.json")
    assert doctool(tiny.root, "refresh", "--all", "--records", path).returncode == 0
    tiny.page.write_text(tiny.page.read_text().replace("mechanism: fast\n", "mechanism: fast\nwhere: {gpu: H200}\n"))
    assert doctool(tiny.root, "refresh", "--all", "--records", path).returncode == 0
    done = doctool(tiny.root, "refresh", "--all", "--release")
    assert done.returncode == 21
    assert "no record that is good enough of the code as it is now comes from there" in done.stderr
    assert "dirty-tree" in done.stderr


def test_contradictions_are_refused(tiny):
    done = doctool(tiny.root, "refresh", "--release", "--quick")
    assert done.returncode == 2
    assert "no quick or busy figures" in done.stderr


def test_words_about_a_machine_are_no_figures_of_it(worded):
    """A record that says why nothing was measured answers `any`, and no class that has a name."""
    (path,) = (worded.root / "docs" / "measurements").glob("*.json")
    record = read_record(path)
    assert record.refusal is not None
    assert [is_of_class(record, text) for text in ("any", "cpu", str(record.environment["cpu"]))] == [
        True,
        False,
        False,
    ]


@pytest.fixture
def pushed(tiny, tmp_path):
    """A remote, and the hook that guards it."""
    git(tiny.root, "init", "-q", "--bare", str(tmp_path / "remote"))
    git(tiny.root, "remote", "add", "origin", str(tmp_path / "remote"))
    assert doctool(tiny.root, "hook", "install", "--type", "pre-push").returncode == 0
    return tiny


def push(root, *refs):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["git", "push", "-q", "origin", *refs], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def test_pushing_a_release_tag_runs_the_release_check(pushed, show):
    git(pushed.root, "tag", "v0.1")
    show(quick=True, replicates=3)
    git(pushed.root, "tag", "nightly")
    git(pushed.root, "tag", "v1.0")
    assert push(pushed.root, "HEAD:refs/heads/main", "nightly").returncode == 0
    done = push(pushed.root, "v1.0")
    assert done.returncode != 0
    assert "quick: in tag v1.0: record" in done.stdout + done.stderr
    assert "v1.0" not in git(pushed.root, "ls-remote", "origin")
    show(seed=2)
    git(pushed.root, "tag", "v1.1")
    done = push(pushed.root, "v1.1")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_tag_from_before_doctool_goes_through_and_is_named(tiny):
    (tiny.root / "doctool.yaml").rename(tiny.root / "kept")
    tiny.commit("before")
    git(tiny.root, "tag", "v0.1")
    (tiny.root / "kept").rename(tiny.root / "doctool.yaml")
    tag = git(tiny.root, "rev-parse", "v0.1").strip()
    done = doctool(tiny.root, "check", "--push", stdin=f"refs/tags/v0.1 {tag} refs/tags/v0.1 {'0' * 40}\n")
    assert done.returncode == 0, done.stderr
    assert "v0.1 is from before there was a doctool.yaml" in done.stderr


def test_an_old_annotated_tag_is_judged_by_its_own_day(tiny, show):
    day = datetime.now(UTC) - timedelta(days=300)
    show(started=day)
    environment = {**os.environ, "GIT_COMMITTER_DATE": day.isoformat()}
    subprocess.run(["git", "tag", "-a", "-m", "then", "v1"], cwd=tiny.root, env=environment, check=True)
    git(tiny.root, "tag", "v2")
    for tag, code in (("v1", 0), ("v2", 23)):
        revision = git(tiny.root, "rev-parse", tag).strip()
        line = f"refs/tags/{tag} {revision} refs/tags/{tag} {'0' * 40}\n"
        assert doctool(tiny.root, "check", "--push", stdin=line).returncode == code, tag


def test_a_tag_is_checked_by_its_own_settings(tiny, show):
    """The package was moved and the document renamed since: the tag is judged as it was."""
    show()
    git(tiny.root, "tag", "-a", "-m", "one", "v1")
    (tiny.root / "src").mkdir()
    git(tiny.root, "mv", "tiny", "src/tiny")
    git(tiny.root, "mv", "docs/PERF.md", "docs/SPEED.md")
    text = (tiny.root / "doctool.yaml").read_text()
    (tiny.root / "doctool.yaml").write_text(text.replace("docs/PERF.md", "docs/SPEED.md"))
    tiny.commit("move")
    git(tiny.root, "tag", "-a", "-m", "two", "v2")
    git(tiny.root, "rm", "-q", "--cached", "docs/SPEED.md")
    git(tiny.root, "commit", "-qm", "lose the document")
    git(tiny.root, "tag", "-a", "-m", "three", "v3")
    for tag, code in (("v1", 0), ("v2", 0), ("v3", 4)):
        revision = git(tiny.root, "rev-parse", tag).strip()
        line = f"refs/tags/{tag} {revision} refs/tags/{tag} {'0' * 40}\n"
        done = doctool(tiny.root, "check", "--push", stdin=line)
        assert done.returncode == code, (tag, done.stdout, done.stderr)
    assert "docs/SPEED.md: doctool.yaml lists this document, and tag v3 does not have it" in done.stderr
