"""`gc` removes nothing that a page shows, that a refresh would show, or that no commit keeps; and nothing unasked."""

import json
from datetime import datetime

import pytest

from doctool.project import find_project
from doctool.system.reading import DOCUMENT_BYTES
from tests.forged import GPU, forge, save
from tests.situations import git, make_tiny, run_here


@pytest.fixture
def project(tmp_path):
    """A page that shows the second of two records of the same code; the first is committed."""
    made = make_tiny(tmp_path / "repository")
    for day, ratio in (("2026-11-01T00:00:00+00:00", 0.9), ("2026-11-02T00:00:00+00:00", 0.8)):
        show(made, ratio, day)
    return made


def show(project, ratio, day):
    given = save(forge(project.root, ratio=ratio, started=datetime.fromisoformat(day)), project.root.parent / "r.json")
    done = run_here(project.root, "refresh", "--all", "--records", given)
    assert done.returncode == 0, done.stderr


def keep(project, **options):
    return find_project(project.root).records.save(forge(project.root, **options))


def why(project):
    said = json.loads(run_here(project.root, "gc", "--json").stdout)["records"]
    return {each["file"].rpartition("-")[2]: each["why"] for each in said}


def files(project):
    return sorted(path.name for path in (project.root / "docs/measurements").iterdir())


def test_it_names_what_a_later_record_has_replaced_and_removes_it_only_when_asked(project):
    before = files(project)
    done = run_here(project.root, "gc")
    assert (done.returncode, files(project)) == (0, before)
    assert "a later one of the same code has taken its place" in done.stdout
    assert "1 of 2 records would be removed" in done.stdout
    run_here(project.root, "gc", "--delete")
    assert len(files(project)) == 1
    assert run_here(project.root, "check", "--all").returncode == 0
    git(project.root, "commit", "-qam", "tidy up")
    told = run_here(project.root, "history", "fast", "forward_latency").stdout
    assert told.count("2026-11-0") == 2, "history is read from the commits"


def test_what_no_commit_holds_stays(project):
    keep(project, ratio=0.7, started=None, quick=True)
    assert "not-committed" in why(project).values()


def test_what_another_machine_would_show_stays(project):
    path = keep(project, machine=GPU)
    project.commit("from the other machine")
    assert why(project)[path.name.rpartition("-")[2]] == "current"


def test_what_was_measured_of_other_code_is_garbage_unless_it_is_shown(project):
    model = project.root / "tiny/model.py"
    model.write_text(model.read_text("utf-8").replace("torch.relu(block(x))", "torch.tanh(block(x))"), "utf-8")
    assert sorted(why(project).values()) == ["shown", "stale"]


def test_what_the_last_commit_shows_stays_although_the_page_is_being_edited(project):
    project.page.write_text("# Nothing yet\n", "utf-8")
    assert "shown" in why(project).values()


@pytest.mark.parametrize("data", [b"<!-- doctool:begin fast\n-->\n", b"x" * (DOCUMENT_BYTES + 1)])
def test_a_page_of_which_nobody_can_tell_what_it_shows_stops_it(project, data):
    project.page.write_bytes(data)
    before = files(project)
    assert run_here(project.root, "gc", "--delete").returncode == 4
    assert files(project) == before
