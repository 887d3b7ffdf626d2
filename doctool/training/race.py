"""Train all arms of one seed side by side, one step each in turn."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence

from doctool.training.messages import Experiment, Race, Runs
from doctool.training.plan import WARM_UP_STEPS
from doctool.training.runner import Arm, check_equal, check_same_batches

Tell = Callable[[Mapping[str, float]], None]


def run_race(task: Race, tell: Tell) -> Runs:
    """Run the seed of a task to its end.

    Args:
        task: What to run.
        tell: Is given the newest training loss of each arm after every step.

    Raises:
        RefusedError: If shared parameters or batches differ between the arms, or a loss is not finite.
    """
    experiment = task.experiment
    names = tuple(experiment.arms)
    warm_up(experiment, task.warm_up_seed, tell)
    arms = {name: Arm(name, experiment, task.seed) for name in names}
    shared = check_equal(tuple(arms.values()))
    gc.collect()
    gc.disable()
    # What is there now stays until the end: later collections need not look at it, which makes them cheap.
    gc.freeze()
    try:
        _evaluate(arms.values())
        for step in range(experiment.steps):
            for name in order_of(names, step, flip=task.flip):
                arms[name].step()
            done = step + 1
            if done % experiment.evaluate_every == 0 or done == experiment.steps:
                _evaluate(arms.values())
            tell({name: arm.losses[-1] for name, arm in arms.items()})
    finally:
        gc.unfreeze()
        gc.enable()
    runs = tuple(arm.finish(shared) for arm in arms.values())
    check_same_batches(runs)
    return Runs(seed=task.seed, runs=runs)


def order_of(names: Sequence[str], step: int, *, flip: bool) -> tuple[str, ...]:
    """Return who goes first in this step: two steps in a row read the same backwards, so linear drift cancels.

    Args:
        names: All arms.
        step: From 0.
        flip: Whether the last of `names` goes first in step 0.
    """
    return tuple(reversed(names)) if (step + flip) % 2 else tuple(names)


def warm_up(experiment: Experiment, seed: int, tell: Tell) -> None:
    """Let every arm pay for its first calls outside the clock, in trainers that are thrown away."""
    for name in experiment.arms:
        arm = Arm(name, experiment, seed)
        for _ in range(WARM_UP_STEPS):
            arm.step()
            tell({})
        arm.evaluate()
        tell({})


def _evaluate(arms: Iterable[Arm]) -> None:
    for arm in arms:
        arm.evaluate()
    # Off the clock, like the evaluation: between two evaluations the collector is silent.
    gc.collect()
