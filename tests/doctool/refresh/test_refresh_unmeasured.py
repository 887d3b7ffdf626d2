"""What a refresh does where nothing, or not everything, can be measured: no words in place of the author's table."""

import json
import re

import pytest

from doctool.measure import Measuring, Postponed
from doctool.project import find_project
from doctool.statistics import HOST_BUSY
from doctool.statistics.speed import TOO_WIDE
from doctool.workload import NO_TIME
from tests.forged import forge, save
from tests.situations import PAGE, git, run_here

TWO_TABLES = (
    PAGE
    + """
## Ghost

| Metric | Original | Ghost |
|---|---|---|
| Peak Memory | TBD MB | TBD MB |
"""
)


def postpone(monkeypatch, reason):
    """Make measuring end as it does on a machine that is too busy, or when the time is up."""

    def run(self, targets):
        for target in targets:
            if target.need.mechanism != "ghost":
                self.postponed.append(Postponed(need=target.need, reason=reason))
            else:
                self._is_refused_by_source(target)

    monkeypatch.setattr(Measuring, "run", run)


@pytest.fixture(params=[HOST_BUSY, NO_TIME])
def unlucky(request, monkeypatch):
    postpone(monkeypatch, request.param)
    return request.param


def test_when_nothing_can_be_measured_the_placeholders_stay_and_nothing_is_committed(tiny, unlucky):
    head = git(tiny.root, "rev-parse", "HEAD")
    done = run_here(tiny.root, "refresh", "--all")
    assert done.returncode == 15, done
    assert tiny.page.read_text() == PAGE.lstrip("\n")
    assert git(tiny.root, "rev-parse", "HEAD") == head
    assert git(tiny.root, "status", "--porcelain") == ""
    assert "fast/step could not be measured" in done.stderr
    assert "--budget" in done.stderr
    assert ("--busy" in done.stderr) == (unlucky == HOST_BUSY)
    assert done.stdout.startswith("nothing measured, nothing written, nothing committed\nleft in docs/PERF.md: ")
    again = run_here(tiny.root, "refresh", "--all", "--exit-zero", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["postponed"] == [{"need": "fast/step", "reason": unlucky}]


def test_what_can_be_filled_is_filled_beside_what_has_to_wait(tiny, unlucky):
    tiny.write("docs/PERF.md", TWO_TABLES)
    tiny.commit()
    done = run_here(tiny.root, "refresh", "--all")
    assert done.returncode == 15, (done, unlucky)
    page = tiny.page.read_text()
    assert page.startswith(PAGE.lstrip("\n"))
    assert "`ghost` was not measured: it is not implemented" in page
    assert git(tiny.root, "status", "--porcelain") == ""
    assert "filled 1 region\nleft in docs/PERF.md: " in done.stdout
    assert done.stdout.splitlines()[-1].startswith("committed ")


TIMES = """
# Performance

## Fast

| Metric | Original | Fast |
|---|---|---|
| Model Forward Time | TBD ms | TBD ms |
"""
MEMORY = """
## Fast again

| Metric | Original | Fast |
|---|---|---|
| Peak Memory | TBD MB | TBD MB |
"""


def test_times_that_are_no_figures_leave_a_table_of_times_to_its_author(tiny, monkeypatch):
    def run(self, targets):
        for target in targets:
            self._keep(forge(tiny.root, spread=3.0, replicates=3, quick=True))
            self.postponed.append(Postponed(need=target.need, reason=TOO_WIDE))

    monkeypatch.setattr(Measuring, "run", run)
    tiny.write("docs/PERF.md", TIMES + MEMORY)
    tiny.commit()
    done = run_here(tiny.root, "refresh", "--all", "--quick", "--busy")
    assert done.returncode == 15, done
    page = tiny.page.read_text()
    assert page.startswith(TIMES.lstrip("\n"))
    assert re.search(r"\| Peak Memory \| \d", page)
    assert "not measured" not in page
    assert "filled 1 region" in done.stdout


def test_figures_that_are_there_do_not_give_way_to_a_busy_machine(tiny, tmp_path, unlucky):
    record = save(forge(tiny.root), tmp_path / "given.json")
    assert run_here(tiny.root, "refresh", "--all", "--records", record).returncode == 0
    model = tiny.root / "tiny" / "model.py"
    model.write_text(model.read_text().replace("torch.relu(block(x))", "torch.tanh(block(x))"))
    tiny.commit()
    before = tiny.page.read_text()
    done = run_here(tiny.root, "refresh", "--all")
    assert (done.returncode, tiny.page.read_text()) == (13, before), (done, unlucky)


def test_a_dry_run_measures_and_writes_nothing_and_shows_the_page_to_come(tiny, tmp_path, monkeypatch):
    def run(self, targets):
        raise AssertionError(targets)

    monkeypatch.setattr(Measuring, "run", run)
    record = save(forge(tiny.root, "idle"), tmp_path / "given.json")
    before = {path: path.read_bytes() for path in tiny.root.rglob("*") if path.is_file()}
    done = run_here(tiny.root, "refresh", "--all", "--dry-run", "--records", record, "--budget", "90s")
    assert done.returncode == 0, done
    assert "| Model Forward Time | … | … | … |" in done.stdout
    assert done.stdout.endswith("would measure fast/step; that takes 1:30 at most (--budget)\n")
    after = {path: path.read_bytes() for path in tiny.root.rglob("*") if path.is_file()}
    changed = {path for path in after.keys() | before.keys() if after.get(path) != before.get(path)}
    assert {path.relative_to(tiny.root).parts[0] for path in changed} <= {".git"}, "git may refresh its own index"
    as_json = json.loads(run_here(tiny.root, "refresh", "--all", "--dry-run", "--json").stdout)
    assert (as_json["measures"], as_json["changes"]) == (["fast/step"], [])


def test_a_dry_run_shows_what_records_already_answer(tiny, tmp_path):
    record = save(forge(tiny.root), tmp_path / "given.json")
    done = run_here(tiny.root, "refresh", "--all", "--dry-run", "--records", record)
    assert "+| Model Forward Time |" in done.stdout
    assert done.stdout.endswith("nothing would be measured\n")
    assert tiny.page.read_text() == PAGE.lstrip("\n")
    assert not (tiny.root / "docs/measurements").exists()


def test_an_edit_of_the_authors_in_the_table_keeps_page_and_record_out_of_the_commit_and_is_said(tiny, tmp_path):
    record = save(forge(tiny.root), tmp_path / "given.json")
    text = tiny.page.read_text().replace("| Peak Memory |", "| Memory |")
    tiny.page.write_text(text)
    head = git(tiny.root, "rev-parse", "HEAD")
    done = run_here(tiny.root, "refresh", "--all", "--records", record)
    assert done.returncode == 0, done
    assert "neither it nor its records are committed" in done.stderr
    assert git(tiny.root, "rev-parse", "HEAD") == head
    assert "[ACTUAL VALUE]" not in tiny.page.read_text()
    tiny.commit("my own edit")
    assert run_here(tiny.root, "refresh", "--all", "--records", record).stderr == ""


def test_what_no_template_can_show_is_told_before_anything_is_measured(tiny, monkeypatch):
    def run(self, targets):
        raise AssertionError(targets)

    monkeypatch.setattr(Measuring, "run", run)
    tiny.write("templates/own.md.j2", "{{ cell('forward_latency:off') }} {{ cell('nonsense:on') }}\n")
    region = "<!-- doctool:begin own\ntemplate: own\nmechanism: fast\nworkload: step\nrows: {A: forward_latency}\n"
    tiny.page.write_text(f"# Page\n\n{region}columns: {{A: off}}\n-->\n<!-- doctool:end own -->\n")
    before = tiny.page.read_text()
    done = run_here(tiny.root, "refresh", "--all", "--no-commit")
    assert done.returncode == 4, done
    assert "templates/own.md.j2:1: region 'own'" in done.stderr
    assert tiny.page.read_text() == before


def test_of_what_had_to_wait_there_is_no_record(tiny, unlucky):
    run_here(tiny.root, "refresh", "--all")
    assert list(find_project(tiny.root).records) == [], unlucky
