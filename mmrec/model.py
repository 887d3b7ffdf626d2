"""The language model: embedding, blocks, norm, and a head that shares the embedding's weight."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mmrec import streams
from mmrec.block import NORM_EPS, BlockState, MMRecBlock
from mmrec.config import MMRecConfig

_EMBEDDING_STD = 0.02


class ModelState(NamedTuple):
    """What a model carries from one chunk to the next; a value, never changed."""

    blocks: tuple[BlockState, ...]
    """One state per block, first block first."""

    @property
    def position(self) -> int:
        """Tokens seen so far."""
        return self.blocks[0].position


class MMRecOutput(NamedTuple):
    """What a model returns, always all of it."""

    logits: Tensor
    """Scores of the next token, `[B, T, V]`."""
    state: ModelState
    """State after the last token."""
    aux_loss: Tensor | None
    """λ_P · mean over blocks of the planning loss, a scalar; None without `use_uboo`."""


class MMRecModel(nn.Module):
    """MM-Rec. `torch.manual_seed` before it decides all first values; toggles change no shared one."""

    def __init__(self, config: MMRecConfig) -> None:
        super().__init__()
        self.config = config
        seed = streams.draw_seed()
        with torch.random.fork_rng(devices=[]):
            self.embedding = nn.Embedding(config.vocabulary, config.width)
        weight = streams.draw_normal(
            (config.vocabulary, config.width), _EMBEDDING_STD, streams.generator(seed, "embedding")
        )
        self.embedding.weight.data.copy_(weight)
        self.blocks = nn.ModuleList(MMRecBlock(config) for _ in range(config.layers))
        self.output_norm = nn.RMSNorm(config.width, eps=NORM_EPS)

    def forward(self, tokens: Tensor, state: ModelState | None = None) -> MMRecOutput:
        """Score the next token at each position of a chunk; a step is a chunk of one token.

        Args:
            tokens: Whole numbers in [0, V), `[B, T]`, B and T at least 1.
            state: State after the tokens before them; None at the start of a sequence.

        Raises:
            ValueError: `tokens` is not `[B, T]`, is empty, or the state is of another batch or model.
        """
        if tokens.dim() != 2 or 0 in tokens.shape:
            raise ValueError(f"tokens have shape {list(tokens.shape)}, expected [B, T], both at least 1")
        if state is not None and len(state.blocks) != len(self.blocks):
            raise ValueError(f"the state is of {len(state.blocks)} blocks, expected {len(self.blocks)}")
        x = self.embedding(tokens)  # [B, T, D]
        states, losses = [], []
        for index, block in enumerate(self.blocks):
            x, after, loss = block(x, None if state is None else state.blocks[index])
            states.append(after)
            losses.append(loss)
        logits = nn.functional.linear(self.output_norm(x), self.embedding.weight)  # [B, T, V]
        return MMRecOutput(logits, ModelState(tuple(states)), self._aux_loss(losses))

    def _aux_loss(self, planning_losses: list[Tensor | None]) -> Tensor | None:
        found = [loss for loss in planning_losses if loss is not None]
        if not self.config.use_uboo:
            return None
        return self.config.planning_weight * torch.stack(found).mean()


def build_model(preset: str, **overrides: Any) -> MMRecModel:
    """Build a model by the name of its preset.

    Args:
        preset: One of `mmrec.config.PRESETS`.
        overrides: Fields of `MMRecConfig`, such as `use_hem=True`.

    Raises:
        ValueError: Unknown preset or field, or a value out of range.
    """
    return MMRecModel(MMRecConfig.preset(preset, **overrides))
