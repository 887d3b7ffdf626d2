"""Continue a text, one token at a time, from a carried state."""

from __future__ import annotations

import torch
from torch import Tensor

from mmrec import streams
from mmrec.model import MMRecModel


def generate(model: MMRecModel, prompt: Tensor, length: int, *, temperature: float = 0.0, seed: int = 0) -> Tensor:
    """Append tokens to a prompt.

    Args:
        model: Read only; its training mode is not touched.
        prompt: Whole numbers in [0, V), `[B, T]`, T at least 1.
        length: Tokens to append, at least 0.
        temperature: 0 takes the likeliest token; above, tokens are drawn from softmax(logits / temperature).
        seed: Decides the draws, the same on every device up to rounding of the logits.

    Returns:
        The appended tokens, `[B, length]`, int64, on the prompt's device.

    Raises:
        ValueError: A number is out of range.
    """
    if length < 0:
        raise ValueError(f"length is {length}, expected at least 0")
    if not 0 <= temperature < float("inf"):
        raise ValueError(f"temperature is {temperature!r}, expected a finite number of at least 0")
    stream = streams.generator(seed, "generate")
    chunk, state, chosen = prompt, None, []
    with torch.no_grad():
        for _ in range(length):
            logits, state, _ = model(chunk, state)
            chunk = _choose(logits[:, -1], temperature, stream)
            chosen.append(chunk)
    return torch.cat([prompt[:, :0].to(torch.int64), *chosen], dim=1)


def _choose(logits: Tensor, temperature: float, stream: torch.Generator) -> Tensor:
    """Pick one token per row, `[B, V]` to `[B, 1]`."""
    if temperature == 0:
        return logits.argmax(-1, keepdim=True)
    # On the CPU and in float64, where the stream lives; less its maximum, so that a tiny temperature is safe.
    scores = logits.double().cpu()
    weights = torch.softmax((scores - scores.amax(-1, keepdim=True)) / temperature, dim=-1)
    return torch.multinomial(weights, 1, generator=stream).to(logits.device)
