"""The parent's side, with real child processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import msgspec
import pytest
import torch

import doctool
from doctool.errors import RecordError
from doctool.project.config import Training
from doctool.training import Limits, TrainingRequest, compare_training, settings_as_measured
from doctool.training.journal import Journal

TRAINING = Training(build="lab:Trainer", pairs=2, calibration=2, steps=40, evaluate_every=4)
NULL_TEST = TrainingRequest(training=TRAINING, arms={"off": {}, "null": {}}, key="source")
LIMITS = Limits(budget_s=600.0)

PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from doctool.project.config import Training
    from doctool.training import Limits, TrainingRequest, compare_training

    training = Training(build="lab:Trainer", pairs=2, calibration=2, steps=40, evaluate_every=4)
    request = TrainingRequest(training=training, arms={"off": {}, "null": {}}, key="source")
    compare_training(Path(sys.argv[1]), request, Limits(budget_s=600.0), Path(sys.argv[2]), lambda progress: None)
    """
)


def request_of(**args):
    on = args.pop("on", {})
    training = Training(build="lab:Trainer", args=args, pairs=2, calibration=2, steps=8, evaluate_every=1)
    return TrainingRequest(training=training, arms={"off": {}, "on": on}, key="source")


def count_lines(directory):
    return sum(path.read_bytes().count(b"\n") for path in directory.glob("training-*.jsonl"))


@pytest.fixture(scope="module")
def killed(laboratory, tmp_path_factory) -> Path:
    """A journal directory whose first owner was killed in the middle of its work."""
    directory = tmp_path_factory.mktemp("journal")
    environment = {**os.environ, "PYTHONPATH": str(Path(doctool.__file__).parent.parent)}
    owner = subprocess.Popen([sys.executable, "-c", PROGRAM, str(laboratory), str(directory)], env=environment)
    deadline = time.monotonic() + 300
    while count_lines(directory) < 2 and owner.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    return directory


@pytest.fixture(scope="module")
def finished(killed, laboratory):
    """The same comparison, taken up again; beside it what was on the disk before, and all progress reports."""
    (path,) = killed.glob("training-*.jsonl")
    before = path.read_bytes()
    reports = []
    return before, compare_training(laboratory, NULL_TEST, LIMITS, killed, reports.append), reports


def test_finished_seeds_survive_a_kill_and_are_not_repeated(finished):
    before, outcome, _ = finished
    whole = before[: before.rindex(b"\n") + 1]
    assert whole.count(b"\n") >= 2
    assert outcome.journal.read_bytes().startswith(whole)
    journal = Journal(outcome.journal)
    kinds = [type(entry).__name__ for entry in journal.entries]
    assert [kinds.count(kind) for kind in ("Planned", "Calibrated", "Weighed", "Paired")] == [1, 2, 4, 2]


def test_a_mechanism_against_itself_gives_zero_difference(finished):
    _, outcome, _ = finished
    assert outcome.refusal is None
    runs = {(run.seed, run.arm): run for run in outcome.comparison.runs}
    assert sorted(runs) == [(1, "null"), (1, "off"), (2, "null"), (2, "off")]
    for seed in (1, 2):
        off, null = runs[seed, "off"], runs[seed, "null"]
        assert off.losses_nats == null.losses_nats
        assert [e.loss_nats for e in off.evaluations] == [e.loss_nats for e in null.evaluations]
        assert off.batches_digest == null.batches_digest
    assert runs[1, "off"].losses_nats != runs[2, "off"].losses_nats


def test_the_outcome_is_complete(finished):
    _, outcome, _ = finished
    comparison = outcome.comparison
    assert {run.seed for run in comparison.calibration}.isdisjoint(run.seed for run in comparison.runs)
    assert {run.arm for run in comparison.calibration} == {"off"}
    assert 0 < comparison.target_loss_nats < comparison.runs[0].evaluations[0].loss_nats
    assert comparison.parameters == {"off": 72, "null": 72}
    assert comparison.flops_per_step["off"] == comparison.flops_per_step["null"] > 0
    assert [(memory.arm, len(memory.peak_bytes), len(set(memory.peak_bytes))) for memory in outcome.memory] == [
        ("off", 2, 1),
        ("null", 2, 1),
    ]
    assert outcome.environment["torch"]
    assert settings_as_measured(outcome) == msgspec.json.decode(msgspec.json.encode(TRAINING))


def test_progress_counts_the_seeds_and_the_time_left(finished):
    _, _, reports = finished
    pairs = [report for report in reports if report.stage == "pairs"]
    assert {(report.done, report.total) for report in pairs} == {(0, 2), (1, 2)}
    assert all(report.left_s is not None and report.left_s >= 0 for report in pairs)


def test_a_finished_journal_gives_the_same_outcome_again(finished, laboratory):
    _, outcome, _ = finished
    data = outcome.journal.read_bytes()
    again = compare_training(laboratory, NULL_TEST, LIMITS, outcome.journal.parent, lambda _: None)
    assert again == outcome
    assert outcome.journal.read_bytes() == data


def test_a_plan_that_was_changed_afterwards_is_an_error(finished, laboratory, tmp_path):
    _, outcome, _ = finished
    data = outcome.journal.read_bytes().replace(b'"reached_by":0.9', b'"reached_by":0.5')
    (tmp_path / outcome.journal.name).write_bytes(data)
    with pytest.raises(RecordError, match="plan was changed after it was fixed"):
        compare_training(laboratory, NULL_TEST, LIMITS, tmp_path, lambda _: None)


@pytest.mark.parametrize(
    ("request_", "reason", "words"),
    [
        (request_of(fault="raise", at=2), "crashed", "the table is on fire"),
        (request_of(fault="kill", at=2), "killed", "SIGKILL"),
        (request_of(on={"shifted": True}), "not-equal", "table"),
    ],
)
def test_what_goes_wrong_with_the_measured_code_is_a_refusal(request_, reason, words, laboratory, tmp_path):
    outcome = compare_training(laboratory, request_, LIMITS, tmp_path, lambda _: None)
    assert outcome.comparison is None
    assert outcome.refusal.reason == reason
    assert words in outcome.refusal.detail


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a CUDA device")
def test_what_is_for_a_gpu_is_not_begun_without_one(laboratory, tmp_path):
    training = msgspec.structs.replace(TRAINING, device="cuda")
    request = TrainingRequest(training=training, arms={"off": {}, "null": {}}, key="source")
    outcome = compare_training(laboratory, request, LIMITS, tmp_path, lambda _: None)
    assert outcome.refusal.reason == "no-gpu"
    assert "device: cuda" in outcome.refusal.detail


def test_a_hung_trainer_is_ended(laboratory, tmp_path):
    request = request_of(fault="hang", at=0)
    began = time.monotonic()
    outcome = compare_training(laboratory, request, Limits(budget_s=60, hang_s=1.0), tmp_path, lambda _: None)
    assert outcome.refusal.reason == "hung"
    assert time.monotonic() - began < 300
