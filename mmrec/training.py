"""Train a model, exactly repeatably: small runs, made to be compared pair by pair.

Everything random is a function of the seed and its purpose, so a mechanism that is switched on changes neither
the batches nor the first values of shared parameters. Losses are in nats per scored token.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmrec.config import MMRecConfig
from mmrec.data import IGNORED, Batch, Source, open_source
from mmrec.model import MMRecModel

_WARMUP_SHARE, _FINAL_SHARE = 0.05, 0.1
_CLIP_NORM = 1.0
_WEIGHT_DECAY = 0.1
_BETAS = (0.9, 0.95)


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """What a run does, besides the model and the data.

    Raises:
        ValueError: A number is out of range.
    """

    seed: int
    """Decides batches and first values."""
    steps: int
    """Optimiser steps of the whole schedule, at least 1."""
    batch: int
    """Sequences per step, at least 1."""
    length: int
    """T, tokens per sequence, at least 1."""
    learning_rate: float
    """Peak of the schedule, above 0."""
    accumulate: int = 1
    """Parts a batch is cut into, to save memory; divides `batch`."""
    device: str = "cpu"
    """Where the model lives; on `cuda` matrix products run in bfloat16."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "length", "accumulate"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected at least 1")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate is {self.learning_rate!r}, expected a finite number above 0")
        if self.batch % self.accumulate:
            raise ValueError(f"accumulate {self.accumulate} does not divide batch {self.batch}")


class Trainer:
    """One run. `step` trains, `evaluate` only looks; nothing is printed.

    On the CPU a run repeats to the bit. On CUDA some kernels of torch sum in no fixed order; who needs the bits there
    calls `torch.use_deterministic_algorithms`, which slows every step.
    """

    def __init__(self, config: MMRecConfig, source: Source, plan: TrainingPlan) -> None:
        if source.vocabulary > config.vocabulary:
            raise ValueError(f"the data has {source.vocabulary} token values, vocabulary {config.vocabulary}")
        self.source = source
        self.plan = plan
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            self.model = MMRecModel(config).to(plan.device)
        self._optimiser = _build_optimiser(self.model, plan.learning_rate)
        self._steps_done = 0
        self._digest = hashlib.sha256(source.digest.encode()).hexdigest()

    @property
    def steps_done(self) -> int:
        """Optimiser steps so far."""
        return self._steps_done

    @property
    def parameter_count(self) -> int:
        """Trained numbers; buffers do not count."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @property
    def flops_per_step(self) -> int:
        """Floating-point operations of the matrix products of one step, forward and backward, computed from sizes."""
        return count_training_flops(self.model.config, self.plan.batch * self.plan.length)

    @property
    def description(self) -> dict[str, Any]:
        """What the run does, as plain values: data, sizes and optimiser."""
        plan = self.plan
        return {
            "data": self.source.name,
            "data_digest": self.source.digest,
            "tokens_per_step": plan.batch * plan.length,
            "batch": plan.batch,
            "length": plan.length,
            "optimiser": "AdamW",
            "learning_rate": plan.learning_rate,
            "weight_decay": _WEIGHT_DECAY,
            "clip_norm": _CLIP_NORM,
            "floor_nats": self.source.floor_nats,
        }

    def named_parameters(self) -> Iterable[tuple[str, nn.Parameter]]:
        """Give the trained parameters by name."""
        return self.model.named_parameters()

    def step(self) -> float:
        """Train on the next batch.

        Returns:
            Language-model loss of the batch before the update, in nats per scored token; without the auxiliary loss.
        """
        plan = self.plan
        batch = self.source.train_batch(plan.seed, self._steps_done, plan.batch, plan.length)
        self._digest = _chain(self._digest, batch)
        self.model.train()
        self._optimiser.zero_grad(set_to_none=True)
        scored = int((batch.targets != IGNORED).sum())
        nats = torch.zeros((), dtype=torch.float64, device=plan.device)
        for part in _cut(batch, plan.batch // plan.accumulate):
            total, aux_loss = self._loss(part)
            loss = total / scored
            if aux_loss is not None:
                loss = loss + aux_loss / plan.accumulate
            loss.backward()  # type: ignore[no-untyped-call]
            nats = nats + total.detach().double()
        _clip(self.model.parameters(), _CLIP_NORM)
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate_at(self._steps_done, plan)
        self._optimiser.step()
        self._steps_done += 1
        return float(nats) / scored

    def evaluate(self) -> float:
        """Measure the loss on the evaluation set, in nats per scored token; changes nothing."""
        was_training = self.model.training
        self.model.eval()
        nats, scored = 0.0, 0
        with torch.no_grad():
            for batch in self.source.evaluation_batches(self.plan.batch, self.plan.length):
                nats += float(self._loss(batch)[0])
                scored += int((batch.targets != IGNORED).sum())
        self.model.train(was_training)
        return nats / scored

    def batches_digest(self) -> str:
        """Chain the digests of the source and of all batches seen so far."""
        return self._digest

    def parameter_digest(self, names: Iterable[str] | None = None) -> str:
        """Digest the values of parameters, bit by bit.

        Args:
            names: As in `model.named_parameters()`; None takes all.

        Raises:
            KeyError: No such parameter.
        """
        parameters = dict(self.model.named_parameters())
        digest = hashlib.sha256()
        for name in sorted(parameters if names is None else names):
            value = parameters[name].detach().cpu().contiguous()
            digest.update(repr((name, value.dtype, tuple(value.shape))).encode())
            digest.update(value.view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()

    def state_dict(self) -> dict[str, Any]:
        """Collect all that `load_state_dict` needs to go on to the same bits."""
        return {
            "model": self.model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "steps_done": self._steps_done,
            "digest": self._digest,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state_dict` was taken, in a trainer built with the same arguments."""
        self.model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._steps_done = state["steps_done"]
        self._digest = state["digest"]

    def _loss(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Sum the language-model nats of a batch; beside them the auxiliary loss."""
        device = torch.device(self.plan.device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
            logits, _, aux_loss = self.model(batch.inputs.to(device))
        targets = batch.targets.to(device).flatten()
        total = functional.cross_entropy(logits.flatten(0, 1).float(), targets, ignore_index=IGNORED, reduction="sum")
        return total, aux_loss


def build_trainer(  # noqa: PLR0913  the call is a protocol: callers hold these settings apart
    preset: str = "tiny",
    data: str | Sequence[Path] = "stdlib",
    *,
    seed: int = 0,
    steps: int = 200,
    batch: int = 8,
    length: int | None = None,
    learning_rate: float = 3e-3,
    accumulate: int = 1,
    device: str | None = None,
    **overrides: Any,
) -> Trainer:
    """Build a run from plain values.

    Args:
        preset: One of `mmrec.config.PRESETS`.
        data: `"stdlib"`, `"recall"`, or files.
        seed: Decides batches and first values.
        steps: Optimiser steps of the schedule.
        batch: Sequences per step.
        length: Tokens per sequence; None takes the preset's.
        learning_rate: Peak of the schedule.
        accumulate: Parts a batch is cut into.
        device: None takes `cuda` where there is one, else `cpu`.
        overrides: Fields of `MMRecConfig`, such as `use_uboo=True`.

    Raises:
        ValueError: A name is unknown or a number out of range.
    """
    config = MMRecConfig.preset(preset, **overrides)
    plan = TrainingPlan(
        seed=seed,
        steps=steps,
        batch=batch,
        length=config.sequence_length if length is None else length,
        learning_rate=learning_rate,
        accumulate=accumulate,
        device=device or ("cuda" if torch.cuda.is_available() else "cpu"),
    )
    return Trainer(config, open_source(data), plan)


def learning_rate_at(step: int, plan: TrainingPlan) -> float:
    """Give the rate of a step: a straight rise over 5 % of the steps, then a cosine down to a tenth of the peak.

    Args:
        step: From 0; from `plan.steps` on the rate stays at its end.
        plan: Peak and number of steps.
    """
    warmup = max(1, round(_WARMUP_SHARE * plan.steps))
    if step < warmup:
        return plan.learning_rate * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, plan.steps - warmup))
    return plan.learning_rate * (_FINAL_SHARE + (1 - _FINAL_SHARE) * (1 + math.cos(math.pi * done)) / 2)


def count_training_flops(config: MMRecConfig, tokens: int) -> int:
    """Count the floating-point operations of the matrix products in one forward and backward pass.

    A weight costs 2 operations per token forward and 4 backward; the fixed map of UBÖO only 2. Reading the memory
    counts as if all slots were full. Element-wise work is not counted.

    Args:
        config: The model.
        tokens: Tokens of the step.
    """
    width, pe_dim = config.width, config.pe_dim
    weights = width * (4 * width + 2 * pe_dim)  # six projections
    weights += 2 * width * config.dpg_rank if config.use_dpg else 4 * width * max(1, width // 2)
    weights += 2 * width * width  # gate and output
    weights += 2 * config.feedforward_multiplier * width * width
    weights += width * width if config.use_uboo else 0
    weights += (1 + config.memory_slots) * (2 * width + pe_dim)  # scores, nearness and values
    fixed = width * width if config.use_uboo else 0
    return tokens * (6 * (config.layers * weights + config.vocabulary * width) + 2 * config.layers * fixed)


def _build_optimiser(model: nn.Module, learning_rate: float) -> torch.optim.AdamW:
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    groups = [
        {"params": matrices, "weight_decay": _WEIGHT_DECAY},
        # Norm scales and biases are not pulled to zero.
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=_BETAS)


def _clip(parameters: Iterable[nn.Parameter], limit: float) -> None:
    """Scale all gradients so that their common norm is at most `limit`.

    The sum is exactly rounded (fsum), so that parameters with zero gradient change no bit of it: with λ_P = 0 the
    curve of the UBÖO arm is the baseline's. torch's own function sums in an order that depends on their number.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norms = torch.stack([gradient.double().norm() for gradient in gradients]).tolist()
    norm = math.sqrt(math.fsum(value * value for value in norms))
    if norm > limit:
        for gradient in gradients:
            gradient.mul_(limit / norm)


def _chain(digest: str, batch: Batch) -> str:
    content = b"".join(part.contiguous().numpy().tobytes() for part in batch)
    return hashlib.sha256(digest.encode() + repr(tuple(batch.inputs.shape)).encode() + content).hexdigest()


def _cut(batch: Batch, rows: int) -> list[Batch]:
    parts = zip(*(torch.split(x, rows) for x in batch), strict=True)
    return [Batch(inputs, targets) for inputs, targets in parts]
