"""Wrap a model as a module that is called with tokens and nothing else, so that a timer can drive it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mmrec import streams
from mmrec.config import MMRecConfig
from mmrec.model import MMRecModel, ModelState

_CONTEXT_SEED = 0


class _Origin(NamedTuple):
    """What a carried state was computed from; the embedding's weight stands for all weights, for it is cheap."""

    batch: int
    version: int
    address: int
    device: torch.device
    dtype: torch.dtype


class Decoder(nn.Module):
    """Advance a model by one chunk, always from the same state, the one after a fixed context.

    The state is computed at the first call, and again after the weights were loaded, trained or moved. Where only a
    part of the model is changed by hand, call `forget`. No call leaves a trace in the next.
    """

    def __init__(self, model: MMRecModel, context: int) -> None:
        super().__init__()
        if context < 1:
            raise ValueError(f"context is {context!r}, expected at least 1 token")
        self.model = model
        self.context = context
        self._carried: tuple[_Origin, ModelState] | None = None

    def forget(self) -> None:
        """Drop the carried state; the next call computes it from the weights as they are then."""
        self._carried = None

    def forward(self, tokens: Tensor) -> Tensor:
        """Score the token after `tokens`, which follow the context.

        Args:
            tokens: Whole numbers in [0, V), `[B, T]`, usually `[B, 1]`.

        Returns:
            Logits, `[B, T, V]`.
        """
        logits: Tensor = self.model(tokens, self.prepare(tokens.shape[0])).logits
        return logits

    def prepare(self, batch: int) -> ModelState:
        """Compute the carried state for a batch size, or return the one at hand.

        Args:
            batch: B, at least 1.
        """
        origin = self._trace_origin(batch)
        if self._carried is None or self._carried[0] != origin:
            stream = streams.generator(_CONTEXT_SEED, "decoder context")
            row = torch.randint(self.model.config.vocabulary, (1, self.context), generator=stream)
            # Not under inference mode: its tensors could not serve a later call that records gradients.
            with torch.inference_mode(mode=False), torch.no_grad():
                state = self.model(row.expand(batch, -1).to(origin.device)).state
            self._carried = origin, state
        return self._carried[1]

    def _trace_origin(self, batch: int) -> _Origin:
        weight = self.model.embedding.weight
        # Tensors made under inference mode count no versions; reading the counter would raise.
        version = 0 if weight.is_inference() else weight._version  # noqa: SLF001  torch has no public name for it
        return _Origin(batch, version, weight.data_ptr(), weight.device, weight.dtype)


def build_decoder(preset: str, context: int, **overrides: Any) -> Decoder:
    """Build a model that decodes after a context.

    Args:
        preset: One of `mmrec.config.PRESETS`.
        context: Tokens before the measured one, at least 1.
        overrides: Fields of `MMRecConfig`, such as `use_hem=True`.

    Raises:
        ValueError: Unknown preset or field, or a value out of range.
    """
    return Decoder(MMRecModel(MMRecConfig.preset(preset, **overrides)), context)
