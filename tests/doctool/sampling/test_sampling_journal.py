from __future__ import annotations

import subprocess

import pytest

from doctool.errors import RecordError
from doctool.project.config import Workload
from doctool.records import Block, Replicate, Visit
from doctool.sampling import forget, journal_path, past_null_ratios, prepare_cache, remember_null_ratio
from doctool.sampling.journal import Entry, Journal
from doctool.terms.notes import NoteKind, note

WORKLOAD = Workload(build="a:b", tokens=(2, 8))


def entry(seed: int, *, tokens=(2, 8), **facts) -> Entry:
    visit = Visit(arm="off", calls=1, wall_s=0.5, median_s=0.5, cpu_s=0.25)
    replicate = Replicate(seed=seed, started="2026-01-01", duration_s=2.0, blocks=(Block(visits=(visit,)),))
    return Entry(
        workload=Workload(build="a:b", tokens=tokens),
        environment={"cpu": "X", **facts},
        replicate=replicate,
        notes=(note(NoteKind.NO_SUBMODULE, name="ö"),),
    )


def test_what_was_appended_is_there_for_the_next_run(tmp_path):
    entries = [entry(1), entry(2)]
    journal = Journal(tmp_path / "new" / "cache", "k")
    for one in entries:
        journal.append(one)
    assert Journal(tmp_path / "new" / "cache", "k").entries == entries == journal.entries
    assert Journal(tmp_path / "new" / "cache", "other").entries == []


def test_a_line_torn_anywhere_is_ignored_and_then_written_over(tmp_path):
    journal = Journal(tmp_path, "k")
    journal.append(entry(1))
    kept = len(journal.path.read_bytes())
    journal.append(entry(2))
    whole = journal.path.read_bytes()
    for cut in range(kept, len(whole), 7):
        journal.path.write_bytes(whole[:cut])
        torn = Journal(tmp_path, "k")
        assert torn.entries == [entry(1)]
        torn.append(entry(3))
        assert Journal(tmp_path, "k").entries == [entry(1), entry(3)]


@pytest.mark.parametrize("damage", [b"{}\n", b"\n", b"\xff\n", b"not json\n", b'{"unknown": 1}\n'])
def test_a_damaged_line_is_an_error_that_names_file_and_line(tmp_path, damage):
    journal = Journal(tmp_path, "k")
    journal.append(entry(1))
    journal.path.write_bytes(journal.path.read_bytes() + damage)
    with pytest.raises(RecordError) as caught:
        Journal(tmp_path, "k")
    assert caught.value.file == str(journal_path(tmp_path, "k"))
    assert caught.value.line == 2
    assert "remove the file" in str(caught.value)


def test_only_replicates_of_one_size_and_one_environment_count_together(tmp_path):
    journal = Journal(tmp_path, "k")
    assert journal.valid == ()
    for one in (entry(1), entry(2, kernel="new"), entry(3, tokens=(1, 8)), entry(4), entry(5)):
        journal.append(one)
    assert [one.replicate.seed for one in journal.valid] == [1, 4, 5]


def test_forgetting_removes_one_request_only(tmp_path):
    for key in ("a", "b"):
        Journal(tmp_path, key).append(entry(1))
    forget(tmp_path, "a")
    forget(tmp_path, "never there")
    assert Journal(tmp_path, "a").entries == []
    assert Journal(tmp_path, "b").entries == [entry(1)]


def test_the_cache_ignores_itself_in_git(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    prepare_cache(tmp_path / ".doctool")
    prepare_cache(tmp_path / ".doctool")
    Journal(tmp_path / ".doctool", "k").append(entry(1))
    status = subprocess.run(["git", "-C", tmp_path, "status", "--porcelain"], check=True, capture_output=True)
    assert status.stdout == b""


def test_the_noise_of_a_machine_is_remembered_for_that_machine(tmp_path):
    here, there = {"cpu": "A", "torch": "2.9"}, {"cpu": "B", "torch": "2.9"}
    assert past_null_ratios(tmp_path, here) == ()
    remember_null_ratio(tmp_path, here, 0.01)
    remember_null_ratio(tmp_path, there, 0.5)
    remember_null_ratio(tmp_path, {**here, "load": 3}, 0.02)
    assert past_null_ratios(tmp_path, here) == (0.01, 0.02)
    assert past_null_ratios(tmp_path, there) == (0.5,)


def test_a_long_history_forgets_its_oldest_part(tmp_path):
    for number in range(203):
        remember_null_ratio(tmp_path, {"cpu": "A"}, number / 1000)
    assert past_null_ratios(tmp_path, {"cpu": "A"}) == tuple(number / 1000 for number in range(3, 203))


def test_a_damaged_history_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "null.json").write_text("{")
    with pytest.raises(RecordError) as caught:
        past_null_ratios(tmp_path, {})
    assert caught.value.file == str(tmp_path / "null.json")
