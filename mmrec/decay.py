"""Decide how much of the state each step keeps: MDI's two MLPs, or the low-rank DPG in their place.

Both return γ in (0, 1), never closer than 1e-6 to either end, in the dtype of the state: in bfloat16 a γ above
0.998 would round to 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmrec import streams
from mmrec.config import MMRecConfig
from mmrec.recurrence import state_dtype

_MARGIN = 1e-6
# At the start the features forget over about 2 to 200 steps: γ = 1 − 1/steps, spread evenly in the logarithm.
_FIRST_STEPS, _LAST_STEPS = 2.0, 200.0


class MDI(nn.Module):
    """Two MLPs, one of z and one of k: γ = clamp(σ(MLP(z)) ⊙ σ(MLP_c(k)), 1e-6, 1 − 1e-6).

    Source: docs of the model, "Decay (MDI)". Deviation: none. The hidden width, D / 2, is ours.
    """

    def __init__(self, config: MMRecConfig, seed: int) -> None:
        super().__init__()
        width, hidden = config.width, max(1, config.width // 2)
        self.mlp = _build_mlp(width, hidden, seed, "decay.mlp")
        self.mlp_context = _build_mlp(width, hidden, seed, "decay.mlp_context")
        for part in (self.mlp, self.mlp_context):
            # The product of the two starts at the spread that DPG starts with.
            part[-1].bias.data.copy_(torch.logit(_spread_decays(width).sqrt()))  # type: ignore[operator]

    def forward(self, z: Tensor, k: Tensor) -> Tensor:
        """Compute γ `[B, T, D]` from z and k, both `[B, T, D]`."""
        dtype = state_dtype(z.dtype)
        gamma = torch.sigmoid(self.mlp(z).to(dtype)) * torch.sigmoid(self.mlp_context(k).to(dtype))
        return gamma.clamp(_MARGIN, 1 - _MARGIN)


class DPG(nn.Module):
    """Low-rank decay: γ = σ(W_γ↑ ReLU(W_γ↓ z)).

    Source: docs of the model, "DPG". Deviation: W_γ↑ has a bias, so that features start with different decays, as
    MDI's do; and γ is clamped as MDI's is, or a saturated σ would be exactly 1.
    """

    def __init__(self, config: MMRecConfig, seed: int) -> None:
        super().__init__()
        width, rank = config.width, config.dpg_rank
        self.W_gamma_down = nn.Linear(width, rank, bias=False)
        self.W_gamma_up = nn.Linear(rank, width)
        _fill(self.W_gamma_down, streams.generator(seed, "decay.W_gamma_down"))
        _fill(self.W_gamma_up, streams.generator(seed, "decay.W_gamma_up"))
        self.W_gamma_up.bias.data.copy_(torch.logit(_spread_decays(width)))

    def forward(self, z: Tensor, _k: Tensor) -> Tensor:
        """Compute γ `[B, T, D]` from z `[B, T, D]`; k is not read."""
        logits = self.W_gamma_up(torch.relu(self.W_gamma_down(z)))
        return torch.sigmoid(logits.to(state_dtype(z.dtype))).clamp(_MARGIN, 1 - _MARGIN)


def _spread_decays(width: int) -> Tensor:
    steps = torch.logspace(0, 1, width, base=_LAST_STEPS / _FIRST_STEPS, dtype=torch.float64, device="cpu")
    return 1 - 1 / (_FIRST_STEPS * steps)


def _build_mlp(width: int, hidden: int, seed: int, name: str) -> nn.Sequential:
    inner, outer = nn.Linear(width, hidden), nn.Linear(hidden, width)
    for order, layer in enumerate((inner, outer)):
        _fill(layer, streams.generator(seed, name, order))
        layer.bias.data.zero_()
    return nn.Sequential(inner, nn.SiLU(), outer)


def _fill(layer: nn.Linear, stream: torch.Generator) -> None:
    shape = (layer.out_features, layer.in_features)
    layer.weight.data.copy_(streams.draw_normal(shape, layer.in_features**-0.5, stream))
