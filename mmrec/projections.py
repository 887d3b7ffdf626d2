"""Project a block's input six ways: as six layers, or as one (HEM).

Both compute the same function, and each loads a state dict written by the other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mmrec import streams
from mmrec.config import MMRecConfig

_NAMES = ("W_q", "W_k", "W_v", "W_z", "W_p", "W_e")


class Projected(NamedTuple):
    """The six projections of one input."""

    q: Tensor
    """Content query, `[B, T, D]`."""
    k: Tensor
    """Content key, `[B, T, D]`."""
    v: Tensor
    """Value, `[B, T, D]`."""
    z: Tensor
    """Input of the recurrence, `[B, T, D]`."""
    p: Tensor
    """Position query, not turned yet, `[B, T, P]`."""
    e: Tensor
    """Position key, not turned yet, `[B, T, P]`."""


def projection_sizes(config: MMRecConfig) -> tuple[int, ...]:
    """List the output features of q, k, v, z, p and e."""
    return (config.width,) * 4 + (config.pe_dim,) * 2


class SixProjections(nn.Module):
    """Six linear layers without bias, `[B, T, D]` to `Projected`."""

    def __init__(self, config: MMRecConfig, seed: int) -> None:
        super().__init__()
        self.sizes = projection_sizes(config)
        q, k, v, z, p, e = (nn.Linear(config.width, size, bias=False) for size in self.sizes)
        self.W_q, self.W_k, self.W_v, self.W_z, self.W_p, self.W_e = q, k, v, z, p, e
        for name, weight in zip(_NAMES, _draw_weights(config, seed), strict=True):
            getattr(self, name).weight.data.copy_(weight)
        self.register_load_state_dict_pre_hook(_split_fused)  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor) -> Projected:
        """Project `[B, T, D]` with six matrix products."""
        return Projected(self.W_q(x), self.W_k(x), self.W_v(x), self.W_z(x), self.W_p(x), self.W_e(x))


class FusedProjection(nn.Module):
    """HEM: the six weights stacked in `W_fused`, one matrix product, `[B, T, D]` to `Projected`."""

    def __init__(self, config: MMRecConfig, seed: int) -> None:
        super().__init__()
        self.sizes = projection_sizes(config)
        self.W_fused = nn.Linear(config.width, sum(self.sizes), bias=False)
        self.W_fused.weight.data.copy_(torch.cat(_draw_weights(config, seed)))
        self.register_load_state_dict_pre_hook(_join_six)  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor) -> Projected:
        """Project `[B, T, D]` with one matrix product; the results are views of its output."""
        return Projected(*torch.split(self.W_fused(x), list(self.sizes), dim=-1))


def _draw_weights(config: MMRecConfig, seed: int) -> list[Tensor]:
    shapes = [(size, config.width) for size in projection_sizes(config)]
    return [
        streams.draw_normal(shape, config.width**-0.5, streams.generator(seed, name))
        for name, shape in zip(_NAMES, shapes, strict=True)
    ]


def _split_fused(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Let six layers load what one fused layer wrote; `state` is torch's own copy of the user's dict."""
    fused = state.pop(f"{prefix}W_fused.weight", None)
    if fused is None:
        return
    sizes = module.sizes
    if not isinstance(sizes, tuple) or fused.shape[0] != sum(sizes):
        raise ValueError(f"{prefix}W_fused.weight has {fused.shape[0]} rows, expected the sum of {sizes}")
    for name, weight in zip(_NAMES, fused.split(sizes), strict=True):
        # A copy: with assign=True the six would otherwise share, and save, one storage.
        state[f"{prefix}{name}.weight"] = weight.clone()


def _join_six(_module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Let one fused layer load what six layers wrote; `state` is torch's own copy of the user's dict."""
    keys = [f"{prefix}{name}.weight" for name in _NAMES]
    if all(key in state for key in keys):
        state[f"{prefix}W_fused.weight"] = torch.cat([state.pop(key) for key in keys])
