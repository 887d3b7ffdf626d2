"""Put one layer together: projections, decay, recurrence, memory, output, feed-forward."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmrec import attention, memory, recurrence, streams
from mmrec.config import MMRecConfig
from mmrec.decay import DPG, MDI
from mmrec.planning import PlanningError
from mmrec.projections import FusedProjection, SixProjections
from mmrec.rotary import rotate

NORM_EPS = 1e-6
"""Of every RMSNorm. torch's default follows the dtype; in bfloat16 it would exceed the variance of an embedding."""


class BlockState(NamedTuple):
    """What a block carries from one chunk to the next; a value, never changed."""

    hidden: Tensor
    """h of the last token, `[B, D]`, float32 or wider."""
    memory: memory.MemoryState
    """Finished segments and the sum of the unfinished one."""
    position: int
    """Tokens seen so far."""


class BlockOutput(NamedTuple):
    """What a block returns."""

    y: Tensor
    """`[B, T, D]`."""
    state: BlockState
    """State after the last token."""
    planning_loss: Tensor | None
    """Mean square of the planning error over B, T and D, not weighted; None without `use_uboo`."""


class MMRecBlock(nn.Module):
    """One pre-norm residual block. Takes one number from torch's global generator, whatever the toggles."""

    def __init__(self, config: MMRecConfig) -> None:
        super().__init__()
        self.config = config
        seed = streams.draw_seed()
        # torch's layers draw first values that are overwritten; they must not move the caller's stream.
        with torch.random.fork_rng(devices=[]):
            self._build(config, seed)

    def _build(self, config: MMRecConfig, seed: int) -> None:
        width, hidden = config.width, config.feedforward_multiplier * config.width
        self.layout = memory.Layout(config.segment_length, config.slot_capacities)
        self.input_norm = nn.RMSNorm(width, eps=NORM_EPS)
        self.projections: FusedProjection | SixProjections
        if config.use_hem:
            self.projections = FusedProjection(config, seed)
        else:
            self.projections = SixProjections(config, seed)
        self.decay: DPG | MDI
        if config.use_dpg:
            self.decay = DPG(config, seed)
        else:
            self.decay = MDI(config, seed)
        self.W_gate = nn.Linear(width, width)
        self.W_out = nn.Linear(width, width, bias=False)
        self.feedforward_norm = nn.RMSNorm(width, eps=NORM_EPS)
        self.W_up = nn.Linear(width, hidden, bias=False)
        self.W_down = nn.Linear(hidden, width, bias=False)
        self.planning_error: PlanningError | None = None
        if config.use_uboo:
            self.planning_error = PlanningError(config, seed)
        self._reset(seed)

    def _reset(self, seed: int) -> None:
        # The two writers to the residual start smaller, so that its variance does not grow with depth.
        residual = (2 * self.config.layers) ** -0.5
        scales = {"W_gate": 1.0, "W_out": residual, "W_up": 1.0, "W_down": residual}
        for name, scale in scales.items():
            layer = self.get_submodule(name)
            if isinstance(layer, nn.Linear):
                shape = (layer.out_features, layer.in_features)
                std = scale * layer.in_features**-0.5
                layer.weight.data.copy_(streams.draw_normal(shape, std, streams.generator(seed, name)))
        self.W_gate.bias.data.zero_()

    def initial_state(self, x: Tensor) -> BlockState:
        """Build the state before the first token of `x`, `[B, T, D]`: zeros."""
        like = x.new_empty((), dtype=recurrence.state_dtype(x.dtype))
        features = 2 * self.config.width + self.config.pe_dim
        hidden = like.new_zeros(x.shape[0], self.config.width)
        return BlockState(hidden, memory.empty_state(x.shape[0], features, like=like), 0)

    def forward(self, x: Tensor, state: BlockState | None = None) -> BlockOutput:
        """Process a chunk; a step is a chunk of one token.

        Args:
            x: Residual stream, `[B, T, D]`, T at least 1.
            state: State after the tokens before it; None at the start of a sequence.

        Raises:
            ValueError: The state was made with another batch size or width.
        """
        if state is None:
            state = self.initial_state(x)
        if state.hidden.shape != (x.shape[0], x.shape[2]):
            raise ValueError(
                f"the state holds [B, D] = {list(state.hidden.shape)}, "
                f"expected {[x.shape[0], x.shape[2]]} as in the input; carry a state of the same batch"
            )
        q, k, v, z, p, e = self.projections(self.input_norm(x))

        gamma = self.decay(z, k)
        fed = recurrence.bound_input(z, gamma)
        h, hidden = recurrence.scan(fed, gamma, self.W_gate.weight, self.W_gate.bias, state.hidden)

        written = memory.Written(k, e, h + v)
        kept, reading = memory.write(state.memory, written, state.position, self.layout)
        mixed = h.to(q.dtype)
        read = self._read(q + mixed, p, reading, state.position)

        x = x + self.W_out(mixed + read)
        x = x + self.W_down(nn.functional.silu(self.W_up(self.feedforward_norm(x))))
        after = BlockState(hidden, kept, state.position + x.shape[1])
        return BlockOutput(x, after, self._planning_loss(state.hidden, h))

    def _read(self, query: Tensor, p: Tensor, reading: memory.Reading, position: int) -> Tensor:
        length, segment = query.shape[1], self.layout.segment
        positions = torch.arange(position, position + length, device=query.device)
        turned = memory.into_segments(rotate(p, positions), position, segment)
        slots = memory.Reading(reading.slots.to(query.dtype), reading.visible)
        read = attention.attend(memory.into_segments(query, position, segment), turned, slots, self.config.heads)
        return memory.out_of_segments(read, position, length, segment)

    def _planning_loss(self, before: Tensor, h: Tensor) -> Tensor | None:
        if self.planning_error is None:
            return None
        previous = torch.cat([before[:, None].to(h.dtype), h[:, :-1]], dim=1)
        planning_error: Tensor = self.planning_error(previous, h)
        return planning_error.square().mean()
