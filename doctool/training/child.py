"""The entries of the child processes: each answers one request of the parent."""

from __future__ import annotations

import time
from collections.abc import Mapping

import torch

from doctool.training.messages import Pace, Peak, Peaks, Pilot, Race, Runs, write_losses
from doctool.training.pilot import run_peak, run_pilot
from doctool.training.race import run_race
from doctool.workload import channel

_TELL_EVERY_S = 0.5


def serve_pilot() -> None:
    """Answer a `Pilot`."""
    channel.serve(Pilot, _pilot)


def serve_race() -> None:
    """Answer a `Race`."""
    channel.serve(Race, _race)


def serve_peak() -> None:
    """Answer a `Peak`."""
    channel.serve(Peak, _peak)


def _pilot(task: Pilot, tell: channel.Tell) -> Pace:
    torch.set_num_threads(task.experiment.threads)
    return run_pilot(task, _Teller(tell))


def _race(task: Race, tell: channel.Tell) -> Runs:
    torch.set_num_threads(task.experiment.threads)
    return run_race(task, _Teller(tell))


def _peak(task: Peak, tell: channel.Tell) -> Peaks:
    torch.set_num_threads(task.experiment.threads)
    return run_peak(task, _Teller(tell))


class _Teller:
    """Passes losses on as signs of life, but not so often that it costs anything."""

    def __init__(self, tell: channel.Tell) -> None:
        self._tell = tell
        self._told_s = float("-inf")

    def __call__(self, losses: Mapping[str, float]) -> None:
        if time.monotonic() - self._told_s >= _TELL_EVERY_S:
            self._tell(write_losses(losses))
            self._told_s = time.monotonic()
