"""What the parent and its child processes tell each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from doctool import records
from doctool.workload.messages import Measured, Message


class Experiment(Message, frozen=True):
    """How every trainer of a comparison is built."""

    build: str
    args: dict[str, Any]
    arms: dict[str, dict[str, Any]]
    steps: int
    evaluate_every: int
    threads: int
    device: str = "auto"


class Pilot(Message, frozen=True, tag=True):
    """Ask what a step costs. Losses are not part of the answer, so that no plan can depend on them."""

    experiment: Experiment
    seed: int
    seconds: float
    """How long to take steps for, at least."""


class Race(Message, frozen=True, tag=True):
    """Ask for the runs of all arms from one seed, interleaved step by step."""

    experiment: Experiment
    seed: int
    flip: bool
    """Whether the second arm takes the very first step."""
    warm_up_seed: int
    """Of trainers that are thrown away before the clock starts."""


class Peak(Message, frozen=True, tag=True):
    """Ask for the peak memory of a training step of the experiment's only arm."""

    experiment: Experiment
    seed: int


class Pace(Measured, frozen=True, kw_only=True, tag=True):
    """What a pilot found out."""

    step_s: dict[str, float]
    """Median seconds of a step and of what is done around it, by arm."""
    evaluate_s: dict[str, float]
    build_s: dict[str, float]
    parameters: dict[str, int]
    flops_per_step: dict[str, float]
    description: dict[str, Any]
    """What the trainer of the first arm says about its data and optimiser."""
    shared: int
    """How many parameters both arms have."""
    environment: dict[str, str | int | float | bool]
    spent_s: float
    """Seconds of the whole pilot, without the start of the process."""


class Runs(Message, frozen=True, tag=True):
    """The finished runs of one seed, one per arm."""

    seed: int
    runs: tuple[records.TrainingRun, ...]


class Peaks(Message, frozen=True, tag=True):
    """What was found in one process for one arm."""

    memory: records.Memory


def write_losses(losses: Mapping[str, float]) -> str:
    """Write the newest training loss of each arm as what a child tells with its signs of life."""
    return msgspec.json.encode(dict(losses)).decode()


def read_losses(told: str) -> dict[str, float]:
    """Return what `write_losses` wrote; other signs of life tell no losses."""
    try:
        return msgspec.json.decode(told, type=dict[str, float])
    except msgspec.MsgspecError:
        return {}
