"""Which arms run together, and whether the ones of a mechanism differ at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from doctool.plan import Target, arms_of
from doctool.probe import ProbeLimits, ProbeResult, probe
from doctool.project import Project
from doctool.records import NULL, OFF, ON

MOST_PATIENCE_S, LEAST_PATIENCE_S = 300.0, 30.0
"""How long a single step of the measured code may take: as long as the whole budget, within these bounds."""


def probe_mechanism(
    project: Project, name: str, workload: str | None = None, patience_s: float = MOST_PATIENCE_S
) -> ProbeResult:
    """Run a mechanism off and on, small, in a child process, and say whether it makes a difference.

    Args:
        project: The project.
        name: The mechanism.
        workload: The workload to try it on; None takes the one doctool.yaml names for the probe.
        patience_s: How long a single step may take.
    """
    mechanism = project.config.mechanisms[name]
    chosen = workload or mechanism.probe or mechanism.compare[0]
    arms = arms_of(project.config, name)
    return probe(
        project.root,
        project.config.workloads[chosen],
        off=arms[OFF],
        on=arms[ON],
        same_function=mechanism.same_function,
        limits=ProbeLimits(seconds=patience_s),
    )


def session_arms(group: Sequence[Target]) -> dict[str, dict[str, Any]]:
    """Return the arms of the mechanisms that share a workload: one session, one `off` for all of them."""
    every = {toggle: value for target in group for toggle, value in target.arms[OFF].items()}
    arms: dict[str, dict[str, Any]] = {OFF: every, NULL: every}
    for target in group:
        if ON in target.arms:
            arms[target.need.mechanism] = {**every, **target.arms[ON]}
    return arms
