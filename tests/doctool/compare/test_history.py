"""A figure over the commits that recorded it."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from doctool.render import pages
from tests.forged import GPU, forge, save
from tests.situations import TinyProject, git, make_tiny
from tests.situations import run_here as doctool


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """Three records of one machine and one of another, each committed by a refresh; the first is gone since."""
    directory = tmp_path_factory.mktemp("history")
    project, made = make_tiny(directory / "repository"), []
    for day, options in enumerate(
        ({"ratio": 0.9}, {"ratio": 0.8, "quick": True, "replicates": 3}, {"machine": GPU}, {"ratio": 0.7})
    ):
        started = datetime(2026, 11, day + 1, tzinfo=UTC)
        record = forge(project.root, seed=day, started=started, **options)
        path = save(record, directory / "record.json")
        assert doctool(project.root, "refresh", "--all", "--records", path, "--exit-zero").returncode == 0
        made.append((record, git(project.root, "rev-parse", "HEAD").strip()))
    next((project.root / "docs" / "measurements").glob(f"*{made[0][0].id}.json")).unlink()
    project.commit("clean up")
    return project, made


@pytest.fixture
def recorded(committed, tmp_path):
    project, made = committed
    copy = TinyProject(shutil.copytree(project.root, tmp_path / "recorded", symlinks=True))
    copy.made = made
    return copy


def history(project, *arguments):
    done = doctool(project.root, "history", *arguments, "--json")
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout)


def test_every_commit_that_recorded_it_is_there_and_machines_never_mix(recorded):
    found = history(recorded, "fast", "forward_latency")
    series = {one["machine"].get("gpu", "none"): one for one in found["series"]}
    assert set(series) == {"none", "NVIDIA H200"}
    ids = [(point["record"], point["commit"]) for point in series["none"]["points"]]
    assert ids == [(record.id, commit) for record, commit in (recorded.made[0], recorded.made[1], recorded.made[3])]
    assert [round(point["comparison"]["change"], 1) for point in series["none"]["points"]] == [-0.1, -0.2, -0.3]
    assert [point["quick"] for point in series["none"]["points"]] == [False, True, False]
    assert len(series["NVIDIA H200"]["points"]) == 1
    assert found["series"][0] is not None
    assert found["series"][0]["machine"]["device"] == "cpu"
    assert series["none"]["unit"] == "s"


def test_other_settings_stand_apart(recorded, tmp_path):
    text = (recorded.root / "doctool.yaml").read_text()
    (recorded.root / "doctool.yaml").write_text(text.replace("features: [4, 32]", "features: [8, 32]"))
    recorded.commit("more features")
    path = save(forge(recorded.root, seed=9), tmp_path / "record.json")
    assert doctool(recorded.root, "refresh", "--all", "--records", path).returncode == 0
    assert sorted(len(one["points"]) for one in history(recorded, "fast", "peak_memory")["series"]) == [1, 1, 3]


def test_the_table_names_machine_and_record(recorded):
    done = doctool(recorded.root, "history", "fast", "forward_latency")
    tables = done.stdout.strip().split("\n\n")
    assert len(tables) == 2
    lines = tables[0].split("\n")
    assert lines[0] == "fast, step, forward_latency: A Steady CPU, 2 cores, torch 2.13.0+cpu, float32"
    assert lines[1].split()[:3] == ["measured", "commit", "record"]
    assert [line.split()[0] for line in lines[2:]] == ["2026-11-01", "2026-11-02", "2026-11-04"]
    assert lines[3].endswith("quick")
    assert "−30" in lines[4]
    assert "NVIDIA H200" in tables[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fats", "forward_latency"), "did you mean 'fast'"),
        (("fast", "forward_latancy"), "did you mean 'forward_latency'"),
        (("fast", "forward_latency", "--workload", "stop"), "did you mean 'step'"),
    ],
)
def test_what_was_never_recorded_names_what_was(recorded, arguments, words):
    done = doctool(recorded.root, "history", *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_before_any_record_it_says_so(tiny):
    done = doctool(tiny.root, "history", "fast", "forward_latency")
    assert done.returncode == 2
    assert "no commit has brought a record yet" in done.stderr


def test_a_record_that_cannot_be_read_hides_no_other(recorded):
    path = next((recorded.root / "docs" / "measurements").glob("*.json"))
    (path.parent / "fast-step-00000000.json").write_bytes(path.read_bytes())
    (path.parent / "fast-step-11111111.json").write_bytes(b"{}")
    recorded.commit("spoil")
    found = history(recorded, "fast", "forward_latency")
    assert len(found["left"]) == 2
    assert any("belongs to id" in line for line in found["left"])
    assert sum(len(series["points"]) for series in found["series"]) == 4


def test_claims_are_those_the_document_could_make(tiny, tmp_path, monkeypatch):
    """What one commit brought was claimed together, so it is corrected together."""
    seen = []
    real = pages.statistics.correct_together
    monkeypatch.setattr(pages.statistics, "correct_together", lambda found: seen.append(sorted(found)) or real(found))
    path = save(forge(tiny.root), tmp_path / "record.json")
    doctool(tiny.root, "refresh", "--all", "--records", path)
    seen.clear()
    history(tiny, "fast", "forward_latency")
    assert [sorted(metric for _, metric in found) for found in seen] == [
        ["block_latency", "forward_latency", "peak_memory", "throughput"]
    ]
