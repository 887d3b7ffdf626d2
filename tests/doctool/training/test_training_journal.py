import msgspec
import pytest

from doctool.errors import RecordError
from doctool.records import TrainingRun
from doctool.training.journal import Calibrated, Journal, Paired
from doctool.training.messages import Runs


def run_of(seed):
    return TrainingRun(
        seed=seed, arm="off", losses_nats=(1.0, 0.5), evaluations=(), shared_digest="a", batches_digest="b"
    )


@pytest.fixture
def path(tmp_path):
    journal = Journal(tmp_path / "training.jsonl")
    journal.append(Calibrated(digest="plan", run=run_of(3)))
    journal.append(Paired(digest="plan", pair=Runs(seed=1, runs=(run_of(1),))))
    return journal.path


def test_what_was_appended_is_read_again(path):
    journal = Journal(path)
    assert journal.calibration("plan") == {3: run_of(3)}
    assert journal.pairs("plan") == {1: Runs(seed=1, runs=(run_of(1),))}


def test_results_of_another_plan_do_not_count(path):
    assert Journal(path).pairs("another plan") == {}
    assert Journal(path).calibration("another plan") == {}


def test_a_torn_last_line_costs_only_itself(path):
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        journal = Journal(path)
        assert len(journal.entries) == whole[:length].count(b"\n")
        journal.append(Calibrated(digest="plan", run=run_of(4)))
        assert 4 in Journal(path).calibration("plan")
        assert len(Journal(path).entries) == whole[:length].count(b"\n") + 1


def test_a_whole_line_that_is_no_entry_is_an_error_with_its_place(path):
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], b'{"type":"Paired"}', *lines[1:]]))
    with pytest.raises(RecordError, match=r"training\.jsonl:2: .*remove the file"):
        Journal(path)


def test_lines_are_json(path):
    assert all(msgspec.json.decode(line)["digest"] == "plan" for line in path.read_bytes().splitlines())
