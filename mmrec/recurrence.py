"""Run the gated recurrence of the block; pure functions, no parameters, no model.

The gate reads the state, so every step needs the one before it: this is a loop, and no associative scan would
compute the same. All that does not depend on the state is outside the loop, in both directions.

Source: docs of the model, "Block": h_t = z_t ⊙ σ(W_g h_{t−1} + b_g) + γ_t ⊙ h_{t−1}.
Deviation: none in `scan`. The block feeds it `bound_input(z, γ)` in the place of z, see there.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def state_dtype(dtype: torch.dtype) -> torch.dtype:
    """Name the dtype in which state is kept and summed: float32, or wider where the data is wider."""
    return torch.promote_types(dtype, torch.float32)


def bound_input(z: Tensor, gamma: Tensor) -> Tensor:
    """Limit what enters the state, so that no weights and no length can make it overflow.

    With 0 ≤ γ < 1 and a gate in [0, 1], h_t lies between h_{t−1} and a number in (−1, 1): |h_t| ≤ max(1, |h_{t−1}|).

    Deviation: the definition feeds z itself, whose state grows like 1 / (1 − γ), a million-fold at the largest γ.

    Args:
        z: Input projection, any range, `[B, T, D]`.
        gamma: Decay in (0, 1), `[B, T, D]`.

    Returns:
        (1 − γ) ⊙ tanh z in the dtype of `gamma`, `[B, T, D]`.
    """
    return (1 - gamma) * torch.tanh(z.to(gamma.dtype))


def scan(z: Tensor, gamma: Tensor, gate_weight: Tensor, gate_bias: Tensor, h0: Tensor) -> tuple[Tensor, Tensor]:
    """Apply the recurrence to a sequence, from a given state.

    Args:
        z: What may enter the state, `[B, T, D]`, T at least 1.
        gamma: What is kept of the state, `[B, T, D]`.
        gate_weight: W_g, `[D, D]`.
        gate_bias: b_g, `[D]`.
        h0: State before the first step, `[B, D]`.

    Returns:
        All states `[B, T, D]`, and the last one `[B, D]`, both in the widest dtype of z, h0 and float32.

    Raises:
        ValueError: Shapes do not fit together.
    """
    batch, length, width = z.shape
    if length < 1 or gamma.shape != z.shape or h0.shape != (batch, width):
        raise ValueError(
            f"z {list(z.shape)}, gamma {list(gamma.shape)} and h0 {list(h0.shape)} do not fit; "
            "expected [B, T, D] twice with T of at least 1, and [B, D]"
        )
    dtype = torch.promote_types(state_dtype(z.dtype), h0.dtype)
    with torch.autocast(z.device.type, enabled=False):
        states: Tensor = _Scan.apply(  # type: ignore[no-untyped-call]
            z.to(dtype).transpose(0, 1),
            gamma.to(dtype).transpose(0, 1),
            gate_weight.to(dtype),
            gate_bias.to(dtype),
            h0.to(dtype),
        )  # [T, B, D]
    # A copy: the carried state must not keep the whole sequence alive.
    return states.transpose(0, 1), states[-1].clone()


class _Scan(torch.autograd.Function):
    """The loop and its gradient, time first: z, γ, states `[T, B, D]`.

    Written by hand because recorded step by step the gradient of W_g would be T sums over D × D numbers; here it
    is one matrix product over all steps.
    """

    @staticmethod
    def forward(ctx: Any, z: Tensor, gamma: Tensor, weight: Tensor, bias: Tensor, h0: Tensor) -> Tensor:
        states = torch.empty_like(z, memory_format=torch.contiguous_format)
        turned = weight.t()
        h = h0
        for z_t, gamma_t, out in zip(z.unbind(), gamma.unbind(), states.unbind(), strict=True):
            gated = torch.addmm(bias, h, turned).sigmoid_().mul_(z_t)
            h = torch.addcmul(gated, gamma_t, h, out=out)
        ctx.save_for_backward(z, gamma, weight, bias, h0, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        z, gamma, weight, bias, h0, states = ctx.saved_tensors
        with torch.autocast(grad.device.type, enabled=False):
            before = torch.cat([h0[None], states[:-1]])  # [T, B, D]
            gate = torch.addmm(bias, before.flatten(0, 1), weight.t()).sigmoid_().view_as(before)
            slope = z * gate * (1 - gate)  # of the gated input, by the gate's argument
            total = torch.empty_like(states)
            carry = torch.zeros_like(h0)
            steps = zip(grad.unbind(), gamma.unbind(), slope.unbind(), total.unbind(), strict=True)
            for grad_t, gamma_t, slope_t, out in reversed(list(steps)):
                now = torch.add(grad_t, carry, out=out)
                carry = torch.addmm(now * gamma_t, now * slope_t, weight)
            signal = (total * slope).flatten(0, 1)  # [T·B, D]
            return total * gate, total * before, signal.t() @ before.flatten(0, 1), signal.sum(0), carry
