"""What a training comparison is asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import msgspec

from doctool import records
from doctool.errors import UsageError
from doctool.progress import Progress
from doctool.project.config import Training
from doctool.terms.notes import Note

if TYPE_CHECKING:
    from torch import Tensor


@runtime_checkable
class Trainer(Protocol):
    """One training run, as the measured package builds it for a seed.

    It may also have `flops_per_step` (floating-point operations; used where PyTorch's counter sees nothing) and
    `description` (JSON values that name data, `tokens_per_step`, batch and optimiser; they become part of the plan).
    """

    def step(self) -> float:
        """Do one optimiser step and return the loss of its batch before the update, in nats."""

    def evaluate(self) -> float:
        """Return the loss on held-out data in nats per token; training goes on as if it had not been called."""

    def batches_digest(self) -> str:
        """Return a digest of the data and of all batches so far, in their order."""

    def named_parameters(self) -> Iterable[tuple[str, Tensor]]:
        """Return the trained values by name."""


class TrainingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The experiment.

    Args:
        training: The section of `doctool.yaml`.
        arms: Toggles of each arm: `off`, and exactly one other. Equal toggles under another name are a null test.
        key: Name of everything else that makes earlier results worthless when it changes, such as the source digest.
        subject: What progress reports call it.

    Raises:
        UsageError: If `arms` is not `off` and one other.
    """

    training: Training
    arms: Mapping[str, Mapping[str, Any]]
    key: str
    subject: str = "training"

    def __post_init__(self) -> None:
        if len(self.arms) != 2 or records.OFF not in self.arms:
            raise UsageError(f"a training comparison has the arm 'off' and one other, not {sorted(self.arms)!r}")

    @property
    def names(self) -> tuple[str, str]:
        """The arms, `off` first."""
        (other,) = (name for name in self.arms if name != records.OFF)
        return records.OFF, other


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long it may take.

    Args:
        budget_s: For the whole comparison, in seconds. Steps are cut to fit it, never pairs.
        hang_s: Silence after which a child process counts as hung, in seconds.
    """

    budget_s: float
    hang_s: float = 300.0


Report = Callable[[Progress], None]


class TrainingOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result: either a comparison or a refusal.

    Args:
        comparison: The paired runs and their plan; None after a refusal.
        refusal: Why there is no comparison.
        memory: Peak memory of a training step, per arm.
        environment: Facts about the machine and the software, as the children saw them.
        notes: What the reader must know.
        settings: The section as measured, for example with fewer steps than asked.
        journal: File of the finished parts. Remove it once the record is saved; as long as it exists, the same
            request returns the same results.
        inputs: Digests of what the measured code read, see `workload.usage`.
    """

    comparison: records.TrainingComparison | None
    refusal: records.Refusal | None
    memory: tuple[records.Memory, ...]
    environment: dict[str, str | int | float | bool]
    notes: tuple[Note, ...]
    settings: Training
    journal: Path
    inputs: Mapping[str, str] = {}


def settings_as_measured(outcome: TrainingOutcome) -> dict[str, Any]:
    """Return the section as it was measured, as plain JSON values."""
    settings: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(outcome.settings))
    return settings
