"""Ask each state to foretell the next one (UBÖO), without letting the next one move to be foretold.

Source: docs of the model, "UBÖO". Deviation: none.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmrec import streams
from mmrec.config import MMRecConfig
from mmrec.recurrence import state_dtype


class PlanningError(nn.Module):
    """Predict a fixed orthogonal projection of h_t from h_{t−1}.

    `W_planning_target` is a buffer: a trained target would shrink together with the prediction until the loss is
    zero and says nothing.
    """

    W_planning_target: Tensor

    def __init__(self, config: MMRecConfig, seed: int) -> None:
        super().__init__()
        width = config.width
        self.W_planning_error = nn.Linear(width, width, bias=False)
        stream = streams.generator(seed, "planning.W_planning_error")
        self.W_planning_error.weight.data.copy_(streams.draw_normal((width, width), width**-0.5, stream))
        target = _draw_orthogonal(width, streams.generator(seed, "planning.W_planning_target"))
        self.register_buffer("W_planning_target", torch.empty(width, width).copy_(target))

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compute the planning error, prediction − target.

        Args:
            before: h_{t−1}, `[B, T, D]`; gradients flow into it.
            after: h_t, `[B, T, D]`; no gradient flows into it.

        Returns:
            The error in the dtype of the state, `[B, T, D]`.
        """
        dtype = self.W_planning_target.dtype
        prediction = self.W_planning_error(before.to(dtype))
        target = functional.linear(after.detach().to(dtype), self.W_planning_target)
        error: Tensor = prediction.to(state_dtype(dtype)) - target.to(state_dtype(dtype))
        return error


def _draw_orthogonal(width: int, stream: torch.Generator) -> Tensor:
    gauss: Tensor = torch.randn(width, width, generator=stream, dtype=torch.float64, device="cpu")
    q, r = torch.linalg.qr(gauss)
    # With the signs of R's diagonal the result is uniform over orthogonal maps, and independent of the library.
    orthogonal: Tensor = q * r.diagonal().sign()
    return orthogonal
