"""The main job on a real repository, with a real model, real child processes and real commits."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import msgspec
import pytest

from doctool import environment, statistics
from doctool.errors import ChangedMeanwhileError
from doctool.measure import targets_here
from doctool.plan.pages import read_page
from doctool.plan.targets import targets_of_mechanisms
from doctool.project import find_project
from doctool.records import encode
from doctool.records.store import read_record
from doctool.refresh.filling import Change
from doctool.refresh.pipeline import write
from tests.situations import PAGE, TinyProject, git, make_tiny, run_here


def doctool(root, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "doctool", *map(str, arguments)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **options,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A tiny project after its first refresh; copied for each test, since measuring takes long."""
    project = make_tiny(tmp_path_factory.mktemp("measured") / "repository")
    # The machine may run other tests beside this one; what is measured here need not be claimed.
    done = doctool(project.root, "refresh", "--all", "--quick", "--busy", "-m", "docs(perf): measure")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def refreshed(measured, tmp_path):
    shutil.copytree(measured.root, tmp_path / "refreshed", symlinks=True)
    return TinyProject(tmp_path / "refreshed")


def cell_line(project):
    """Line number of the forward latency row."""
    lines = project.page.read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith("| Peak Memory"))


def shown_record(project):
    """The file of the record that the page shows."""
    record_id = re.search(r"doctool:end .* record=([0-9a-f]{8})", project.page.read_text())[1]
    (path,) = (project.root / "docs" / "measurements").glob(f"*-{record_id}.json")
    return path


def test_the_placeholders_are_gone_and_everything_else_stayed(refreshed):
    page = refreshed.page.read_text()
    assert "[ACTUAL VALUE]" not in page
    assert "[DATE]" not in page
    before, after = PAGE.lstrip("\n").split("**Test Date**")[0], "\nThe end.\n"
    assert page.startswith(before)
    assert page.endswith(after)
    assert "no GPU" in page


def test_one_commit_touches_only_the_documents_directory(refreshed):
    changed = git(refreshed.root, "diff", "--name-only", "HEAD~1").split()
    assert changed
    assert all(name.startswith("docs/") for name in changed)
    assert git(refreshed.root, "status", "--porcelain") == ""
    assert git(refreshed.root, "log", "-1", "--format=%s") == "docs(perf): measure\n"
    assert re.search(r"^Doctool-Record: [0-9a-f]{8}$", git(refreshed.root, "log", "-1", "--format=%B"), re.MULTILINE)


def test_a_page_of_which_nothing_could_be_filled_is_not_called_up_to_date(tiny):
    tiny.page.write_text(
        "# Performance\n\n## Magic\n\n| Metric | Original | Magic |\n|---|---|---|\n| Latency | TBD | TBD |\n"
    )
    done = run_here(tiny.root, "refresh", "--all")
    assert (done.returncode, done.stdout) == (
        15,
        (
            "nothing measured, nothing written, nothing committed\n"
            "left in docs/PERF.md: 2 unmeasured (line 7); `doctool check docs/PERF.md` says what to do\n"
        ),
    )
    assert "docs/PERF.md:5: " in done.stderr


def test_a_second_run_measures_writes_and_commits_nothing(refreshed):
    head = git(refreshed.root, "rev-parse", "HEAD")
    before = refreshed.page.stat().st_mtime_ns
    done = doctool(refreshed.root, "refresh", "--all", "--quick")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 document is up to date; nothing measured, nothing written, nothing committed\n"
    assert git(refreshed.root, "rev-parse", "HEAD") == head
    assert refreshed.page.stat().st_mtime_ns == before


def test_a_fresh_page_is_clean(refreshed):
    done = doctool(refreshed.root, "check", "--all")
    assert (done.returncode, done.stderr) == (0, "")


def test_every_figure_is_explained_and_follows_from_its_samples(refreshed):
    done = doctool(refreshed.root, "explain", f"docs/PERF.md:{cell_line(refreshed)}", "--json")
    assert done.returncode == 0, done.stdout
    figures = json.loads(done.stdout)["figures"]
    assert {figure["arm"] for figure in figures} == {"off", "on", "change"}
    record = json.loads((refreshed.root / figures[0]["file"]).read_text())
    for figure in figures:
        assert figure["metric"] == "peak_memory"
        assert figure["commit"] == git(refreshed.root, "rev-parse", "HEAD~1").strip()
        assert "--workload step" in figure["command"]
        if figure["arm"] != "change":
            repeats = next(one["peak_bytes"] for one in record["memory"] if one["arm"] == figure["arm"])
            assert figure["value"] == repeats[0]
    assert doctool(refreshed.root, "verify", *(refreshed.root / "docs/measurements").glob("*.json")).returncode == 0


@pytest.mark.parametrize(
    ("edit", "line_found"), [(("MB |", "GB |"), True), (("| Peak Memory |", "| Top Memory |"), True)]
)
def test_an_edit_by_hand_is_seen_and_not_overwritten_unasked(refreshed, edit, line_found):
    text = refreshed.page.read_text()
    marker = text.index("-->\n")
    edited = text[:marker] + text[marker:].replace(*edit, 1)
    assert edited != text
    refreshed.page.write_text(edited)
    done = doctool(refreshed.root, "check", "docs/PERF.md")
    assert done.returncode == 11
    assert ("the records say" in done.stdout) == line_found
    kept = doctool(refreshed.root, "refresh", "--all", "--quick", "--no-commit")
    assert "edited by hand" in kept.stderr
    assert refreshed.page.read_text() == edited


def test_a_changed_sample_is_found_out(refreshed):
    path = shown_record(refreshed)
    record = json.loads(path.read_text())
    record["memory"][0]["peak_bytes"][0] += 1
    path.write_text(json.dumps(record))
    assert doctool(refreshed.root, "verify", path).returncode == 5
    assert doctool(refreshed.root, "check", "--all").returncode == 12


def test_changed_code_makes_the_figures_stale_and_a_comment_does_not(refreshed):
    model = refreshed.root / "tiny" / "model.py"
    model.write_text("# A remark.\n" + model.read_text())
    assert doctool(refreshed.root, "check", "--all").returncode == 0
    model.write_text(model.read_text().replace("torch.relu(block(x))", "torch.tanh(block(x))"))
    done = doctool(refreshed.root, "check", "--all", "--json")
    assert done.returncode == 13
    assert [finding["state"] for finding in json.loads(done.stdout)["findings"]] == ["stale-code"]


def test_a_lost_record_is_an_orphan(refreshed):
    shutil.rmtree(refreshed.root / "docs" / "measurements")
    assert doctool(refreshed.root, "check", "--all").returncode == 12


def test_the_authors_own_edit_outside_stays_uncommitted(refreshed):
    """Refreshing for a changed layout commits the region alone, although the author was writing elsewhere."""
    text = refreshed.page.read_text()
    refreshed.page.write_text(
        text.replace("The end.", "The end, I think.").replace("Model Forward Time: forward", "Forward: forward")
    )
    done = doctool(refreshed.root, "refresh", "--all", "--quick")
    assert done.returncode == 0, done.stderr
    assert "| Forward |" in refreshed.page.read_text()
    diff = git(refreshed.root, "diff", "HEAD", "-U0", "--", "docs/PERF.md")
    assert [row for row in diff.split("\n") if row[:1] in "+-" and row[1:2] not in "+-"] == [
        "-The end.", "+The end, I think."
    ]  # fmt: skip
    git(refreshed.root, "checkout", "-q", "--", "docs/PERF.md")
    assert doctool(refreshed.root, "check", "--all").returncode == 0


def test_a_table_that_the_author_has_taken_out_stays_as_it_was_committed(tiny):
    head = git(tiny.root, "rev-parse", "HEAD")
    tiny.page.write_text("# Performance\n\nWords.\n")
    done = run_here(tiny.root, "refresh", "--all")
    assert (done.returncode, git(tiny.root, "rev-parse", "HEAD")) == (0, head), done
    assert tiny.page.read_text() == "# Performance\n\nWords.\n"


def test_the_commit_tells_of_what_was_not_committed_before_and_of_nothing_else(tiny):
    """A page written by an earlier run is new to git; one of which only the author's words differ is not."""
    other = tiny.root / "docs" / "OTHER.md"
    other.write_text("# Other\n\nWords.\n")
    settings = tiny.root / "doctool.yaml"
    settings.write_text(settings.read_text().replace("documents:", "documents:\n  docs/OTHER.md: {language: en}", 1))
    git(tiny.root, "add", "--all")
    git(tiny.root, "commit", "--quiet", "-m", "another page")
    tiny.page.write_text(tiny.page.read_text().replace("## Fast", "## Ghost").replace("| Fast |", "| Ghost |"))
    git(tiny.root, "commit", "--quiet", "-am", "ghost")
    assert doctool(tiny.root, "refresh", "--all", "--no-commit").returncode == 0
    other.write_text("# Other\n\nOther words.\n")
    done = doctool(tiny.root, "refresh", "--all")
    assert done.returncode == 0, done.stderr
    said = git(tiny.root, "log", "-1", "--format=%B")
    assert said.startswith("docs(perf): update the figures in PERF.md\n")
    assert "- ghost, step: not measured (declared)\n" in said
    assert re.search(r"^Doctool-Record: [0-9a-f]{8}$", said, re.MULTILINE)
    assert git(tiny.root, "status", "--porcelain") == " M docs/OTHER.md\n"


REFUSED = {
    "Idle": "mechanism: idle",
    "Ghost": "mechanism: ghost",
    "Never": "mechanism: never",
}


@pytest.mark.parametrize("heading", REFUSED)
def test_what_is_not_there_is_said_in_words(tiny, heading):
    """Nothing is run for it, and no number is written."""
    tiny.page.write_text(
        tiny.page.read_text().replace("## Fast", f"## {heading}").replace("| Fast |", f"| {heading} |")
    )
    done = doctool(tiny.root, "refresh", "--all", "--no-commit")
    assert done.returncode == 0, done.stderr
    page = tiny.page.read_text()
    assert REFUSED[heading] in page
    assert "[ACTUAL VALUE]" not in page
    table = page[page.index("-->") : page.index("<!-- doctool:end")]
    assert not re.search(r"\d ?(ms|MB|%)", table)
    assert doctool(tiny.root, "check", "--all").returncode == 0


def break_model(project):
    """A bug that the source alone does not show."""
    model = project.root / "tiny" / "model.py"
    text = model.read_text().replace("    def forward(self, x):\n", "    def forward(self, x):\n        x = check(x)\n")
    model.write_text(
        f"{text}\n\ndef check(x):\n    if x.dim() != 7:\n        raise ValueError('my own bug')\n    return x\n"
    )


def test_a_crash_in_the_measured_code_changes_no_document(tiny):
    break_model(tiny)
    before = tiny.page.read_bytes()
    done = doctool(tiny.root, "refresh", "--all", "--quick")
    assert done.returncode == 6
    assert "my own bug" in done.stderr
    assert "Traceback (most recent call last)" not in done.stderr.split("my own bug")[1]
    assert tiny.page.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "reason", "remedy"),
    [
        (
            "import nowhere.to_be_found",
            "imports a package that is not installed here",
            "Install what your project needs",
        ),
        ("import tiny.misspelt", "the measured code crashed", "Mend the code"),
    ],
)
def test_a_package_that_is_not_installed_is_no_bug_of_the_measured_code(tiny, line, reason, remedy):
    model = tiny.root / "tiny" / "model.py"
    model.write_text(f"{line}\n{model.read_text()}")
    done = doctool(tiny.root, "refresh", "--all", "--quick")
    assert done.returncode == 6
    first, *_, last = done.stderr.splitlines()[1:]
    assert reason in first
    assert "ModuleNotFoundError: No module named" in first
    assert remedy in last


def test_a_crash_can_be_recorded_in_words(tiny):
    break_model(tiny)
    done = doctool(tiny.root, "refresh", "--all", "--quick", "--accept-failures", "--no-commit")
    assert done.returncode == 0, done.stderr
    assert "[ACTUAL VALUE]" not in tiny.page.read_text()


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "words"),
    [
        ("doctool.yaml", "toggle: use_fast", "togle: use_fast", 3, "doctool.yaml:8: unknown key 'togle'"),
        ("doctool.yaml", "package: tiny", "package: [", 3, "doctool.yaml:"),
        (
            "docs/PERF.md",
            "The end.",
            "<!-- doctool:begin x\nrows: {A: nonsense}\n-->\n<!-- doctool:end x -->",
            4,
            "docs/PERF.md:",
        ),
        ("docs/PERF.md", "The end.", "<!-- doctool:begin x -->", 4, "docs/PERF.md:15:"),
        ("docs/PERF.md", "The end.", "<!-- doctool:end x -->", 4, "docs/PERF.md:15:"),
    ],
)
def test_bad_input_gets_one_error_and_changes_nothing(tiny, file, old, new, code, words):
    path = tiny.root / file
    path.write_text(path.read_text().replace(old, new, 1))
    before = {name: (tiny.root / name).read_bytes() for name in ("doctool.yaml", "docs/PERF.md")}
    done = doctool(tiny.root, "refresh", "--all", "--no-commit")
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert {name: (tiny.root / name).read_bytes() for name in before} == before
    assert json.loads(doctool(tiny.root, "refresh", "--all", "--json", "--no-commit").stdout)["error"]["message"]


def test_a_document_outside_the_project_is_refused(tiny, tmp_path):
    (tmp_path / "OTHER.md").write_text(PAGE)
    done = doctool(tiny.root, "refresh", tmp_path / "OTHER.md")
    assert done.returncode == 2
    assert "outside the project" in done.stderr


def test_a_template_nobody_has_is_told_before_anything_is_measured(tiny):
    page = PAGE + "\n<!-- doctool:begin x\ntemplate: comparisn\n-->\n<!-- doctool:end x -->\n"
    tiny.page.write_text(page)
    done = doctool(tiny.root, "refresh", "--all", "--no-commit")
    assert done.returncode == 4
    assert "did you mean 'comparison'" in done.stderr
    assert tiny.page.read_text() == page
    assert not (tiny.root / "docs/measurements").exists()


def test_a_document_saved_at_the_last_moment_is_left_alone_and_the_change_is_shown(refreshed):
    project = find_project(refreshed.root)
    page = read_page(project, "docs/PERF.md")
    theirs = page.data + b"A line of theirs.\n"
    page.path.write_bytes(theirs)
    with pytest.raises(ChangedMeanwhileError, match=r"(?s)docs/PERF.md: .*\+A line of theirs"):
        write([Change(page=page, data=b"ours\n", records=())])
    assert page.path.read_bytes() == theirs


def test_a_quick_record_is_measured_again_when_there_is_time(refreshed):
    project = find_project(refreshed.root)
    targets = targets_here(project)
    for is_quick, left in ((True, []), (False, ["fast/step"])):
        found = targets_of_mechanisms(project, targets, ["fast"], [], force=False, quick_is_enough=is_quick)
        assert [str(target.need) for target in found] == left


@pytest.mark.long
def test_two_that_measure_the_same_take_turns_and_it_is_measured_once(tiny):
    command = [sys.executable, "-m", "doctool", "measure", "fast", "--quick", "--busy"]
    with (
        subprocess.Popen(command, cwd=tiny.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as first,
        subprocess.Popen(command, cwd=tiny.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as second,
    ):
        said = [running.communicate(timeout=300) for running in (first, second)]
        assert (first.returncode, second.returncode) == (0, 0), said
    assert sum("is also measuring here" in words for _, words in said) == 1
    (record,) = (tiny.root / "docs/measurements").glob("fast-step-*.json")
    assert sorted(out.count(record.name) for out, _ in said) == [0, 1]
    assert not (tiny.root / ".doctool/measuring.lock").exists()


@pytest.mark.long
def test_an_interrupted_run_keeps_what_it_measured(tiny):
    """Ctrl-C after the first finished process; the next run carries on from it."""
    with subprocess.Popen(
        [sys.executable, "-m", "doctool", "refresh", "--all", "--quick", "--busy"],
        cwd=tiny.root,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        for line in running.stderr:
            if "processes 1/" in line:
                running.send_signal(signal.SIGINT)
                break
        words = running.stderr.read()
        running.wait(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in words
    assert tiny.page.read_text() == PAGE.lstrip("\n")
    journals = [path for path in (tiny.root / ".doctool").rglob("*.jsonl") if path.stat().st_size]
    assert journals

    # Carry on from the finished process, while the author goes on writing.
    with subprocess.Popen(
        [sys.executable, "-m", "doctool", "refresh", "--all", "--quick", "--busy"],
        cwd=tiny.root,
        stderr=subprocess.PIPE,
        text=True,
    ) as resumed:
        lines = []
        for line in resumed.stderr:
            lines.append(line)
            if "processes 2/" in line and "Meanwhile" not in tiny.page.read_text():
                tiny.page.write_text(tiny.page.read_text() + "\nMeanwhile, a thought.\n")
        resumed.wait(timeout=60)
    assert resumed.returncode == 0, "".join(lines)
    assert not [line for line in lines if "processes 0/" in line]
    page = tiny.page.read_text()
    assert page.endswith("\nMeanwhile, a thought.\n")
    assert "[ACTUAL VALUE]" not in page
    assert "+Meanwhile, a thought." in git(tiny.root, "diff", "HEAD")


def test_a_dry_run_writes_no_document(refreshed):
    text = refreshed.page.read_text().replace("Model Forward Time: forward", "Forward: forward")
    refreshed.page.write_text(text)
    done = doctool(refreshed.root, "refresh", "--all", "--quick", "--dry-run")
    assert done.returncode == 0
    assert "+| Forward |" in done.stdout
    assert refreshed.page.read_text() == text


def test_a_record_made_elsewhere_is_shown(tiny, refreshed):
    path = shown_record(refreshed)
    done = doctool(tiny.root, "refresh", "--all", "--records", path, "--no-commit")
    assert done.returncode == 0, done.stderr
    assert path.stem.rpartition("-")[2] in tiny.page.read_text()
    assert doctool(tiny.root, "check", "--all").returncode == 0


def as_if_on_a_gpu(path, target):
    """Write a record as a machine with a GPU would have made it."""
    record = read_record(path)
    facts = {
        **record.environment,
        "device": "cuda",
        "gpu": "NVIDIA H200",
        "gpu_count": 1,
        "driver": "575.1",
        "cuda": "13.0",
    }
    replicates = tuple(
        msgspec.structs.replace(one, environment={**one.environment, "machine": environment.fingerprint(facts)})
        for one in record.replicates
    )
    record = msgspec.structs.replace(record, environment=facts, replicates=replicates)
    record = msgspec.structs.replace(record, seal=statistics.seal_of(record))
    target.write_bytes(encode(record))
    return record.id


def test_figures_of_a_gpu_do_not_give_way_to_a_cpus_unasked(refreshed, tmp_path):
    record_id = as_if_on_a_gpu(shown_record(refreshed), tmp_path / "gpu.json")
    done = doctool(refreshed.root, "refresh", "--all", "--quick", "--records", tmp_path / "gpu.json")
    assert done.returncode == 0, done.stderr
    page = refreshed.page.read_text()
    assert record_id in page
    assert "NVIDIA H200" in page
    done = doctool(refreshed.root, "refresh", "--all", "--quick")
    assert done.returncode == 0, done.stderr
    assert "this machine has none" in done.stderr
    assert refreshed.page.read_text() == page
    assert doctool(refreshed.root, "check", "--all").returncode == 0
    done = doctool(refreshed.root, "refresh", "--all", "--quick", "--rehost")
    assert done.returncode == 0, done.stderr
    assert "NVIDIA H200" not in refreshed.page.read_text()


def test_a_pinned_region_waits_for_its_machine(refreshed, tmp_path):
    record_id = as_if_on_a_gpu(shown_record(refreshed), tmp_path / "gpu.json")
    text = refreshed.page.read_text()
    refreshed.page.write_text(text.replace("mechanism: fast\n", "mechanism: fast\nwhere: {gpu: H200}\n"))
    waiting = refreshed.page.read_text()
    done = doctool(refreshed.root, "refresh", "--all", "--quick", "--no-commit")
    assert done.returncode == 14, done.stderr
    assert "pinned to gpu=H200" in done.stderr
    assert "-o FILE" in done.stderr
    assert refreshed.page.read_text() == waiting
    done = doctool(refreshed.root, "refresh", "--all", "--quick", "--no-commit", "--records", tmp_path / "gpu.json")
    assert done.returncode == 0, done.stderr
    assert record_id in refreshed.page.read_text()
    assert "NVIDIA H200" in refreshed.page.read_text()


def test_a_record_changed_on_its_way_is_refused(tiny, refreshed, tmp_path):
    record = json.loads(shown_record(refreshed).read_text())
    record["environment"]["cpu"] = "A Better One"
    (tmp_path / "other.json").write_text(json.dumps(record))
    before = tiny.page.read_text()
    done = doctool(tiny.root, "refresh", "--all", "--records", tmp_path / "other.json")
    assert done.returncode == 5
    assert tiny.page.read_text() == before
    assert not (tiny.root / "docs" / "measurements").exists()


def test_time_passes_and_nothing_changes(refreshed):
    """The date shown is the record's, not today's."""
    assert doctool(refreshed.root, "check", "--diff", "--all").stdout.startswith("1 document checked")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_is_an_error(refreshed):
    refreshed.page.parent.chmod(0o500)
    try:
        refreshed.page.write_text(refreshed.page.read_text().replace("Model Forward Time: f", "Forward: f"))
        assert doctool(refreshed.root, "refresh", "--all").returncode == 1
    finally:
        refreshed.page.parent.chmod(0o700)
