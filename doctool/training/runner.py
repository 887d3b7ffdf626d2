"""One arm inside a child process: its trainer, its random streams, its clock.

Two arms live in one process and take turns, so everything global that a trainer may draw from is kept per arm.
"""

from __future__ import annotations

import hashlib
import math
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from doctool import records
from doctool.training.messages import Experiment
from doctool.training.request import Trainer
from doctool.workload.channel import RefusedError
from doctool.workload.subject import find_target, set_seed


class Arm:
    """A trainer under one set of toggles.

    Args:
        name: Of the arm.
        experiment: How it is built.
        seed: Decides everything random in it.

    Raises:
        TypeError: If what was built is no trainer.
    """

    def __init__(self, name: str, experiment: Experiment, seed: int) -> None:
        self.name = name
        self.seed = seed
        self.clock_s = 0.0
        self.losses: list[float] = []
        self.evaluations: list[records.Evaluation] = []
        set_seed(seed)
        build = find_target(experiment.build)
        arguments = {**experiment.args, **experiment.arms[name]}
        self.trainer = build(**arguments, seed=seed, steps=experiment.steps)
        if not isinstance(self.trainer, Trainer):
            raise TypeError(
                f"{experiment.build} returned {type(self.trainer).__name__}, which is not a trainer: it needs the "
                "methods step, evaluate, batches_digest and named_parameters"
            )
        self._streams = _streams()

    def step(self) -> None:
        """Take one step on the clock.

        Raises:
            RefusedError: If the loss is not finite.
        """
        with self._own_streams():
            _wait_for_device()
            before = time.perf_counter()
            loss = float(self.trainer.step())
            _wait_for_device()
            self.clock_s += time.perf_counter() - before
        self.losses.append(self._finite(loss, "training"))

    def evaluate(self) -> float:
        """Evaluate off the clock and off the random streams; return how long it took, in seconds.

        Raises:
            RefusedError: If the loss is not finite.
        """
        before = time.perf_counter()
        with self._own_streams(keep=False):
            loss = float(self.trainer.evaluate())
        step = len(self.losses)
        self.evaluations.append(
            records.Evaluation(step=step, loss_nats=self._finite(loss, "evaluation"), clock_s=self.clock_s)
        )
        return time.perf_counter() - before

    def parameters(self) -> dict[str, Tensor]:
        """Return the trained values by name, detached."""
        return {name: value.detach() for name, value in self.trainer.named_parameters()}

    def finish(self, shared_digest: str) -> records.TrainingRun:
        """Return the run as it goes into the record."""
        return records.TrainingRun(
            seed=self.seed,
            arm=self.name,
            losses_nats=tuple(float(f"{loss:.6g}") for loss in self.losses),
            evaluations=tuple(self.evaluations),
            shared_digest=shared_digest,
            batches_digest=str(self.trainer.batches_digest()),
        )

    def _finite(self, loss: float, kind: str) -> float:
        if not math.isfinite(loss):
            raise RefusedError(
                "nan", f"{kind} loss of arm {self.name!r}, seed {self.seed}, step {len(self.losses)}: {loss}"
            )
        return loss

    @contextmanager
    def _own_streams(self, *, keep: bool = True) -> Iterator[None]:
        _restore(self._streams)
        yield
        if keep:
            self._streams = _streams()


def shared_names(arms: Sequence[Arm]) -> tuple[str, ...]:
    """Return the parameters that all arms have in the same shape and type."""
    first, *others = (arm.parameters() for arm in arms)
    return tuple(
        sorted(
            name
            for name, value in first.items()
            if all(
                name in other and other[name].shape == value.shape and other[name].dtype == value.dtype
                for other in others
            )
        )
    )


def check_equal(arms: Sequence[Arm]) -> str:
    """Compare the shared parameters bit by bit and return their digest.

    Raises:
        RefusedError: With the names that differ.
    """
    names = shared_names(arms)
    first, *others = (arm.parameters() for arm in arms)
    unequal = [name for name in names if any(_bytes_of(other[name]) != _bytes_of(first[name]) for other in others)]
    if unequal:
        raise RefusedError(
            "not-equal",
            f"at step 0, {len(unequal)} of {len(names)} shared parameters differ between the arms "
            f"{' and '.join(arm.name for arm in arms)}: {_some(unequal)}; a toggle must not shift the random numbers "
            "that shared parameters are drawn from",
        )
    digest = hashlib.sha256()
    for name in names:
        digest.update(repr((name, str(first[name].dtype), tuple(first[name].shape))).encode())
        digest.update(_bytes_of(first[name]))
    return digest.hexdigest()


def check_same_batches(runs: Sequence[records.TrainingRun]) -> None:
    """Make sure that all arms saw the same batches in the same order.

    Raises:
        RefusedError: If they did not.
    """
    if len({run.batches_digest for run in runs}) > 1:
        digests = ", ".join(f"{run.arm}: {run.batches_digest[: records.DIGEST_LENGTH]}" for run in runs)
        raise RefusedError("not-equal", f"the arms of seed {runs[0].seed} saw different batches ({digests})")


def _streams() -> Mapping[str, Any]:
    streams: dict[str, Any] = {"python": random.getstate(), "torch": torch.get_rng_state()}
    if _uses_cuda():
        streams["cuda"] = torch.cuda.get_rng_state_all()
    if "numpy" in sys.modules:
        streams["numpy"] = sys.modules["numpy"].random.get_state()
    return streams


def _restore(streams: Mapping[str, Any]) -> None:
    random.setstate(streams["python"])
    torch.set_rng_state(streams["torch"])
    if "cuda" in streams:
        torch.cuda.set_rng_state_all(streams["cuda"])
    if "numpy" in streams:
        sys.modules["numpy"].random.set_state(streams["numpy"])


def _uses_cuda() -> bool:
    # Asking must not start CUDA in a process that trains on the CPU.
    return torch.cuda.is_available() and bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


def _wait_for_device() -> None:
    if _uses_cuda():
        torch.cuda.synchronize()


def _bytes_of(value: Tensor) -> bytes:
    # By bits, since NaN is not equal to itself and 0.0 is equal to -0.0.
    flat = value.cpu().contiguous().reshape(-1)
    return bytes(flat.view(torch.uint8).untyped_storage()) if flat.numel() else b""


def _some(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
