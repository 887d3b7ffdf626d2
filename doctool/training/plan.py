"""Fix everything about a comparison before its first step: seeds, steps, target rule, order.

Pure. A plan knows what a step costs and never what a loss is.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from doctool import records
from doctool.project.config import Training
from doctool.statistics.target import REACHED_BY, WITHIN
from doctool.terms.notes import Note, NoteKind, note
from doctool.training.messages import Pace
from doctool.training.request import TrainingRequest

PROTOCOL = "doctool-training/1"
MEMORY_REPEATS = 2
"""Fresh processes per arm; two show whether the peak is deterministic."""
WARM_UP_STEPS = 2
"""Steps of thrown-away trainers before the clock starts, per arm."""
FEWEST_EVALUATIONS = 8
"""A run that is evaluated less often has no curve to find a target on."""

_METRICS = ("convergence_steps", "convergence_time", "final_perplexity", "loss_variance", "memory_overhead")
_SHARE_OF_BUDGET = 0.9
"""The rest is for a machine that slows down after the pilot."""
_SHARE_OF_FIXED = 1.25
"""Where starting processes alone uses the budget up, cutting steps further would cost data and save nothing."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison costs on this machine.

    Args:
        pace: What the pilot found.
        startup_s: Seconds until a child process is ready to build.
    """

    pace: Pace
    startup_s: float

    def run_s(self, arm: str, training: Training) -> float:
        """Return the seconds of one run of an arm, with its evaluations and its warm-up."""
        evaluations = -(-training.steps // training.evaluate_every) + 1
        steps = training.steps + WARM_UP_STEPS
        pace = self.pace
        return 2 * pace.build_s[arm] + steps * pace.step_s[arm] + evaluations * pace.evaluate_s[arm]

    def calibration_s(self, training: Training) -> float:
        """Return the seconds of one calibration process."""
        return self.startup_s + self.run_s(records.OFF, training)

    def pair_s(self, training: Training) -> float:
        """Return the seconds of one process that runs both arms."""
        return self.startup_s + sum(self.run_s(arm, training) for arm in self.pace.step_s)

    def memory_s(self) -> float:
        """Return the seconds of all memory processes."""
        pace = self.pace
        once = sum(self.startup_s + pace.build_s[arm] + 3 * pace.step_s[arm] for arm in pace.step_s)
        return MEMORY_REPEATS * once

    def fixed_s(self, training: Training) -> float:
        """Return the seconds that are left if runs have no steps at all."""
        built_s = training.calibration * self.pace.build_s[records.OFF] + training.pairs * sum(
            self.pace.build_s.values()
        )
        return (training.calibration + training.pairs) * self.startup_s + 2 * built_s + self.memory_s()

    def total_s(self, training: Training) -> float:
        """Return the seconds of everything after the pilot."""
        runs_s = training.calibration * self.calibration_s(training) + training.pairs * self.pair_s(training)
        return runs_s + self.memory_s()


def fit_steps(training: Training, cost: Cost, budget_s: float) -> tuple[Training, tuple[Note, ...]]:
    """Cut the steps until the comparison fits its budget. Pairs are never cut: without them nothing can be claimed.

    Args:
        training: As asked.
        cost: From the pilot.
        budget_s: Seconds left for everything after the pilot.

    Returns:
        The section as it will be measured, and notes for the reader.
    """
    usable_s = max(_SHARE_OF_BUDGET * budget_s, _SHARE_OF_FIXED * cost.fixed_s(training))
    if cost.total_s(training) <= usable_s:
        return training, ()
    low, high = min(FEWEST_EVALUATIONS, training.steps), training.steps
    while low < high:
        middle = (low + high + 1) // 2
        if cost.total_s(_with_steps(training, middle)) <= usable_s:
            low = middle
        else:
            high = middle - 1
    fitted = _with_steps(training, low)
    return fitted, (note(NoteKind.FEWER_STEPS, steps=fitted.steps, asked=training.steps, seconds=f"{budget_s:.0f}"),)


def _with_steps(training: Training, steps: int) -> Training:
    """Return the section with fewer steps: whole evaluation intervals, and enough of them."""
    every = min(training.evaluate_every, max(1, steps // FEWEST_EVALUATIONS))
    return msgspec.structs.replace(training, steps=max(every, steps - steps % every), evaluate_every=every)


def paired_seeds(training: Training) -> tuple[int, ...]:
    """Return the compared seeds."""
    return tuple(range(1, training.pairs + 1))


def calibration_seeds(training: Training) -> tuple[int, ...]:
    """Return the seeds of the baseline runs that only choose the target; none of them is a compared one."""
    return tuple(range(training.pairs + 1, training.pairs + training.calibration + 1))


def pilot_seed(training: Training) -> int:
    """Return a seed of which no run is kept, for pilot, warm-up and memory."""
    return training.pairs + training.calibration + 1


def make_plan(request: TrainingRequest, training: Training, pace: Pace) -> dict[str, Any]:
    """Write down the experiment as plain JSON values.

    Args:
        request: As asked.
        training: As it will be measured.
        pace: Only what the trainer says about itself is used of it.
    """
    trainer = dict(pace.description)
    plan: dict[str, Any] = {
        "protocol": PROTOCOL,
        "source": request.key,
        "build": training.build,
        "args": training.args,
        "arms": {name: dict(request.arms[name]) for name in request.names},
        "scale": training.scale,
        "threads": training.threads,
        "steps": training.steps,
        "steps_asked": request.training.steps,
        "evaluate_every": training.evaluate_every,
        "evaluated_at_step_0": True,
        "calibration_seeds": calibration_seeds(training),
        "seeds": paired_seeds(training),
        "order": "one step of each arm in turn, the order reversed from step to step and from seed to seed",
        "warm_up_steps": WARM_UP_STEPS,
        "target": {
            "rule": "lowest loss reached and confirmed by the next evaluation",
            "reached_by": REACHED_BY,
            "within_share_of_steps": WITHIN,
        },
        "metrics": _METRICS,
        "hyperparameters": "the baseline's, for both arms",
        "trainer": trainer,
    }
    if "data" in trainer:
        plan["data"] = trainer["data"]
    tokens_per_step = trainer.get("tokens_per_step")
    if isinstance(tokens_per_step, int):
        plan["tokens"] = tokens_per_step * training.steps
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(plan))
    return plain


def digest_of(plan: dict[str, Any]) -> str:
    """Return the SHA-256 of a plan, the same whatever the order of its keys."""
    return hashlib.sha256(msgspec.json.encode(plan, order="deterministic")).hexdigest()
