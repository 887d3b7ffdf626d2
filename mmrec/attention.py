"""Let tokens read the slots of segments before their own.

Source: scaled dot-product attention with the decoupled rotary pair of DeepSeek-V2 (2024), eq. 14-18.
Deviation: the position pair is shared by all heads; and every token also sees one empty slot, key and value zero,
so that it may read nothing, and the first segment has something to divide by.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from mmrec.memory import Reading


def attend(queries: Tensor, turned: Tensor, reading: Reading, heads: int) -> Tensor:
    """Read the slots, each head with its own K features.

    Args:
        queries: Content queries by segment, `[B, N, rows, D]`.
        turned: Position queries, turned, `[B, N, rows, P]`.
        reading: Slots of each segment, in the dtype of the queries.
        heads: H.

    Returns:
        Weighted values, `[B, N, rows, D]`.
    """
    batch, segments, _, width = queries.shape
    pe_dim = turned.shape[-1]
    keys, turns, values = torch.split(reading.slots, [width, pe_dim, width], dim=-1)
    scale = (width // heads + pe_dim) ** -0.5
    nearness = turned @ turns.transpose(-1, -2) * scale  # [B, N, rows, slots]
    if reading.visible is not None:
        nearness = nearness.masked_fill(~reading.visible[:, None], -torch.inf)
    q, k, v = (_split_heads(x, heads) for x in (queries, keys, values))
    bias = nearness.flatten(0, 1)[:, None].to(q.dtype)  # [B·N, 1, rows, slots]
    read = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=scale)
    return torch.unflatten(read.transpose(1, 2).flatten(2), 0, (batch, segments))


def _split_heads(x: Tensor, heads: int) -> Tensor:
    return torch.unflatten(x.flatten(0, 1), -1, (heads, -1)).transpose(1, 2)  # [B·N, H, rows, K]
