"""Work whose amount is known: a subject that takes the more time, the more rungs it has. Runs in the child process."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Ladder(nn.Module):
    """The same layer, applied again and again, so that the time of a call is proportional to the number of rungs.

    Args:
        rungs: How often the layer is applied.
        width: Features of the layer.
    """

    def __init__(self, rungs: int, width: int) -> None:
        super().__init__()
        self.rung = nn.Linear(width, width)
        self.rungs = rungs

    def forward(self, value: Tensor) -> Tensor:
        """Climb all rungs.

        Args:
            value: (batch, width).

        Returns:
            (batch, width), within -1 and 1.
        """
        for _ in range(self.rungs):
            value = torch.tanh(self.rung(value))
        return value
