"""Ask for the environment that a measurement would have here, in a process like those that measure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from doctool import environment
from doctool.environment import Facts, Setup
from doctool.errors import MeasurementError
from doctool.records import Refusal
from doctool.workload.channel import Tell, serve
from doctool.workload.launch import Child, ask
from doctool.workload.messages import Looking, Seen

_PATIENCE_S = 300.0
"""PyTorch and a GPU's driver can take long to load for the first time."""


def look_around(root: Path, setups: Iterable[Setup]) -> dict[Setup, Facts]:
    """Return the environment under each setup; one child process tells them all.

    Args:
        root: Project root, where the measured code is imported from.
        setups: How PyTorch would be set up.

    Raises:
        MeasurementError: If PyTorch is there and cannot be loaded.
    """
    asked = tuple(dict.fromkeys(setups))
    child = Child(
        root=root,
        entry="doctool.workload.surroundings:tell",
        # The number is a fact of the setup, not something that is found out.
        threads=1,
        silence_s=_PATIENCE_S,
    )
    answer = ask(child, Looking(setups=asked), Seen)
    if isinstance(answer, Refusal):
        raise MeasurementError(
            "PyTorch cannot be loaded here, so nothing can be measured and nothing was written; see that "
            f"`python -c 'import torch'` works where doctool is installed:\n{answer.detail}"
        )
    return dict(zip(asked, answer.environments, strict=True))


def tell() -> None:
    """Serve one `Looking`; the entry point of the child process."""
    serve(Looking, _look)


def _look(request: Looking, tell: Tell) -> Seen:
    tell("looking around")
    return Seen(environments=tuple(environment.look_around(setup) for setup in request.setups))
