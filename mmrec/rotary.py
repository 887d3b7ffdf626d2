"""Turn features by an angle that grows with the position, so that a product of two sees their distance.

Source: Su et al., RoFormer (2021), eq. 15, on the features of the decoupled pair of DeepSeek-V2 (2024), eq. 14-17.
Deviation: feature i is paired with feature i + P/2, not with its neighbour; the pairing is a relabelling.
"""

from __future__ import annotations

import torch
from torch import Tensor

_BASE = 10_000.0


def rotate(x: Tensor, positions: Tensor) -> Tensor:
    """Turn each row by the angles of its position.

    Args:
        x: Features, `[..., N, P]`, P even.
        positions: Absolute positions, whole numbers, `[N]`.

    Returns:
        Turned features, `[..., N, P]`, same dtype and row lengths.
    """
    half = x.shape[-1] // 2
    # In float64: in float32 the angle of position 100 000 is off by 0.004 rad already.
    exponents = torch.arange(half, device=x.device, dtype=torch.float64) / half
    angles = positions.to(torch.float64)[:, None] * _BASE**-exponents  # [N, P/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = torch.split(x, half, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
