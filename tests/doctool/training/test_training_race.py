"""The child's side, in this process: arms, interleaving, faults, pilot, memory."""

import random
import sys

import pytest
import torch

from doctool.training.messages import Experiment, Peak, Pilot, Race, read_losses, write_losses
from doctool.training.pilot import run_peak, run_pilot
from doctool.training.race import run_race
from doctool.training.runner import Arm, shared_names
from doctool.workload.channel import RefusedError

SAME = {"off": {}, "null": {}}


@pytest.fixture(autouse=True)
def _in_the_laboratory(laboratory, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(laboratory), *sys.path])


def race(arms, *, args=None, flip=False, seed=1, steps=12, tell=lambda _: None):
    experiment = Experiment(build="lab:Trainer", args=args or {}, arms=arms, steps=steps, evaluate_every=5, threads=1)
    return run_race(Race(experiment=experiment, seed=seed, flip=flip, warm_up_seed=99), tell).runs


def curve(run):
    return run.losses_nats, [(evaluation.step, evaluation.loss_nats) for evaluation in run.evaluations]


@pytest.mark.parametrize("args", [{}, {"global_random": True}])
@pytest.mark.parametrize("flip", [False, True])
def test_two_equal_arms_train_bit_equal(args, flip):
    off, null = race(SAME, args=args, flip=flip)
    assert curve(off) == curve(null)
    assert off.batches_digest == null.batches_digest
    assert off.shared_digest == null.shared_digest


@pytest.mark.parametrize("args", [{}, {"global_random": True}])
def test_the_other_arm_changes_nothing(args):
    (alone,) = race({"off": {}}, args=args)
    beside, _ = race({"off": {}, "on": {"fast": True, "extra": True}}, args=args, flip=True)
    assert curve(alone) == curve(beside)
    assert alone.batches_digest == beside.batches_digest


def test_every_step_and_the_evaluations_are_kept():
    run, _ = race(SAME, steps=12)
    assert len(run.losses_nats) == 12
    assert [evaluation.step for evaluation in run.evaluations] == [0, 5, 10, 12]
    clocks = [evaluation.clock_s for evaluation in run.evaluations]
    assert clocks[0] == 0.0
    assert clocks == sorted(clocks)
    assert all(loss == float(f"{loss:.6g}") for loss in run.losses_nats)


def test_the_arms_take_turns_in_mirrored_order(monkeypatch):
    taken = []
    step = Arm.step
    monkeypatch.setattr(Arm, "step", lambda arm: (taken.append((arm.seed, arm.name)), step(arm))[1])
    race(SAME, steps=4, flip=False)
    assert [name for seed, name in taken if seed == 1] == ["off", "null", "null", "off"] * 2
    taken.clear()
    race(SAME, steps=4, flip=True)
    assert [name for seed, name in taken if seed == 1] == ["null", "off", "off", "null"] * 2


def test_evaluation_is_off_the_clock(monkeypatch):
    moments = iter(range(10_000))
    monkeypatch.setattr("doctool.training.runner.time.perf_counter", lambda: float(next(moments)))
    off, _ = race(SAME, steps=10)
    # With a clock that ticks once per look, each step takes exactly one tick.
    assert [evaluation.clock_s for evaluation in off.evaluations] == [0.0, 5.0, 10.0]


def test_losses_are_told_after_every_step():
    told = []
    race(SAME, steps=3, tell=lambda losses: told.append(dict(losses)))
    assert [sorted(losses) for losses in told if losses] == [["null", "off"]] * 3
    assert read_losses(write_losses(told[-1])) == told[-1]
    assert read_losses("building") == {}


@pytest.mark.parametrize(
    ("arms", "reason", "words"),
    [
        ({"off": {}, "on": {"shifted": True}}, "not-equal", "1 of 2 shared parameters .* table"),
        ({"off": {}, "on": {"fault": "other batches"}}, "not-equal", "different batches"),
        ({"off": {}, "on": {"fault": "nan", "at": 6}}, "nan", "arm 'on', seed 1, step 6"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(arms, reason, words):
    with pytest.raises(RefusedError, match=words) as refused:
        race(arms)
    assert refused.value.reason == reason


def test_parameters_that_only_one_arm_has_do_not_count():
    off, on = race({"off": {}, "on": {"extra": True}})
    assert off.shared_digest == on.shared_digest
    wider = Experiment(
        build="lab:Trainer", args={}, arms={"off": {}, "on": {"width": 9}}, steps=1, evaluate_every=1, threads=1
    )
    assert shared_names([Arm(name, wider, 1) for name in wider.arms]) == ()


def test_what_is_no_trainer_is_named():
    experiment = Experiment(build="lab:build_nothing", args={}, arms=SAME, steps=1, evaluate_every=1, threads=1)
    with pytest.raises(TypeError, match=r"lab:build_nothing returned object.*batches_digest"):
        Arm("off", experiment, 1)


def test_the_pilot_tells_costs_and_no_losses():
    experiment = Experiment(
        build="lab:Trainer", args={}, arms={"off": {}, "on": {"extra": True}}, steps=9, evaluate_every=3, threads=1
    )
    told = []
    pace = run_pilot(Pilot(experiment=experiment, seed=5, seconds=0.0), told.append)
    assert pace.parameters == {"off": 72, "on": 1072}
    # A product of [64, 8] and [8, 8], once forward and once for the table's gradient.
    assert pace.flops_per_step["off"] == 2 * (2 * 64 * 8 * 8)
    assert pace.description["data"] == "bigrams"
    assert pace.shared == 2
    assert pace.environment["device"] == "cpu"
    assert pace.environment["dtype"] == "float32"
    assert not any(told)


def test_peak_memory_grows_by_what_an_arm_holds_more():
    def weigh(**toggles):
        experiment = Experiment(
            build="lab:Trainer", args={}, arms={"off": toggles}, steps=9, evaluate_every=3, threads=1
        )
        return run_peak(Peak(experiment=experiment, seed=5), lambda _: None).memory

    plain, larger = weigh(), weigh(extra=True)
    assert weigh() == plain
    assert plain.peak_bytes[0] > plain.resident_bytes >= 72 * 4
    assert larger.parameters - plain.parameters == 1000
    assert larger.resident_bytes - plain.resident_bytes >= 4000


def test_the_streams_of_an_arm_are_its_own():
    experiment = Experiment(
        build="lab:Trainer", args={"global_random": True}, arms=SAME, steps=9, evaluate_every=3, threads=1
    )
    first, second = Arm("off", experiment, 3), Arm("null", experiment, 3)
    for _ in range(3):
        first.step()
        random.random()
        torch.rand(7)
        second.step()
        first.evaluate()
    assert first.losses == second.losses
