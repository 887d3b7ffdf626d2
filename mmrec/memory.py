"""Keep finished segments in a bounded hierarchy of slots (HDS); pure functions over immutable state.

Time is cut into segments of S tokens by absolute position. A slot of any level is a mean over the tokens of its
span, of k (its key), of e turned by its segments' angles (its position key), and of h + v (its value). Level 0
holds single segments, level 1 runs of 4, level 2 runs of 16. When a level overflows, its oldest four become one
slot of the next; the last level forgets its oldest. What is held is thus a function of the number of finished
segments alone, whatever the chunks were. This module does not know who reads the slots.

A slot is one row: key D, position key P, value D, together W = 2 D + P features.

Source: docs of the model, "Memory". Deviation: none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mmrec.rotary import rotate

_POOL = 4

Levels = tuple[Tensor, Tensor, Tensor]
"""Slots per level, finest first, each `[B, slots, W]`, oldest first."""


class MemoryState(NamedTuple):
    """What a block remembers of finished segments, and of the one it is in."""

    partial: Tensor
    """Sum over the tokens of the unfinished segment, `[B, W]`."""
    levels: Levels
    """Slots held."""


class Written(NamedTuple):
    """What each token leaves in memory."""

    keys: Tensor
    """k, `[B, T, D]`."""
    turns: Tensor
    """e, not turned yet, `[B, T, P]`."""
    values: Tensor
    """h + v, `[B, T, D]`."""


class Layout(NamedTuple):
    """The sizes of a memory."""

    segment: int
    """S, tokens."""
    capacities: tuple[int, int, int]
    """Slots per level at most, finest first; at least 3 for all but the last."""


class Reading(NamedTuple):
    """The slots that the tokens of each segment may read, one empty slot (all zero) before them."""

    slots: Tensor
    """`[B, N, slots, W]`."""
    visible: Tensor | None
    """False where a row is padding, `[N, slots]`; None where no row is."""


def held(finished: int, capacities: tuple[int, int, int]) -> tuple[range, range, range]:
    """List what each level holds after a number of finished segments, in units of that level's spans.

    Args:
        finished: Segments finished so far.
        capacities: Slots per level at most.
    """
    oldest, bounds = finished, []
    for capacity in capacities:
        stop = oldest
        # In whole runs of four, so that the next level's spans are aligned to absolute positions.
        start = _POOL * max(0, -((capacity - stop) // _POOL))
        bounds.append((start, stop))
        oldest = start // _POOL
    (first, second, (_, stop)) = bounds
    return range(*first), range(*second), range(max(0, stop - capacities[2]), stop)


def empty_state(batch: int, features: int, *, like: Tensor) -> MemoryState:
    """Build the state before the first token, with the dtype and device of `like`."""
    nothing = like.new_zeros(batch, 0, features)
    return MemoryState(like.new_zeros(batch, features), (nothing, nothing, nothing))


def into_segments(x: Tensor, position: int, segment: int) -> Tensor:
    """Lay a chunk out by segment, `[B, T, F]` to `[B, N, rows, F]`, zeros where the chunk does not reach.

    Args:
        x: The chunk.
        position: Absolute position of its first token.
        segment: S; rows is S, or T if one segment holds the whole chunk.
    """
    front = position % segment
    if front + x.shape[1] <= segment:
        return x[:, None]
    back = -(front + x.shape[1]) % segment
    padded = functional.pad(x, (0, 0, front, back)) if front or back else x
    return torch.unflatten(padded, 1, (-1, segment))


def out_of_segments(x: Tensor, position: int, length: int, segment: int) -> Tensor:
    """Undo `into_segments` for a chunk of `length` tokens, `[B, N, rows, F]` to `[B, T, F]`."""
    front = 0 if x.shape[1] == 1 else position % segment
    return x.flatten(1, 2)[:, front : front + length]


def write(state: MemoryState, written: Written, position: int, layout: Layout) -> tuple[MemoryState, Reading]:
    """Take in a chunk; return the memory after it, and what each of its segments may read.

    Args:
        state: Memory before the chunk; not changed.
        written: What the chunk's tokens leave.
        position: Absolute position of the chunk's first token.
        layout: Sizes.
    """
    sums = torch.cat(
        [into_segments(x, position, layout.segment).sum(2, dtype=state.partial.dtype) for x in written], dim=-1
    )  # [B, N, W]
    first = position // layout.segment
    last = (position + written.keys.shape[1]) // layout.segment
    sums = torch.cat([sums[:, :1] + state.partial[:, None], sums[:, 1:]], dim=1)
    if first == last:
        return MemoryState(sums[:, 0], state.levels), _read_all(state.levels)
    fresh = _finish(sums[:, : last - first], first, written, layout)
    grown = _grow(state.levels, fresh, first, layout.capacities)
    reading = _read_each(grown, first, sums.shape[1], layout.capacities)
    rest = sums[:, last - first] if sums.shape[1] > last - first else torch.zeros_like(state.partial)
    return MemoryState(rest, _trim(grown, first, last, layout.capacities)), reading


def _finish(sums: Tensor, first: int, written: Written, layout: Layout) -> Tensor:
    """Turn the sums of whole segments into slots of level 0, `[B, N, W]`."""
    sizes = [x.shape[-1] for x in written]
    keys, turns, values = torch.split(sums / layout.segment, sizes, dim=-1)
    positions = torch.arange(first, first + sums.shape[1], device=sums.device) * layout.segment
    return torch.cat([keys, rotate(turns, positions), values], dim=-1)


def _grow(levels: Levels, fresh: Tensor, first: int, capacities: tuple[int, int, int]) -> Levels:
    """Append to every level all that the chunk adds to it; nothing is forgotten yet."""
    before, after = held(first, capacities), held(first + fresh.shape[1], capacities)
    grown = [torch.cat([levels[0], fresh], dim=1)]
    for level in (1, 2):
        new = after[level].stop - before[level].stop
        # Level 0 of the state starts where level 1 ends, and so on: the oldest rows are the next to be pooled.
        pooled = torch.unflatten(grown[-1][:, : _POOL * new], 1, (new, _POOL)).mean(2)
        grown.append(torch.cat([levels[level], pooled], dim=1))
    return grown[0], grown[1], grown[2]


def _trim(grown: Levels, first: int, last: int, capacities: tuple[int, int, int]) -> Levels:
    """Keep what is held after `last` segments; copies, so that a state keeps no dropped slot alive."""
    before, after = held(first, capacities), held(last, capacities)
    fine, middle, coarse = (
        rows[:, now.start - then.start :].clone() for rows, then, now in zip(grown, before, after, strict=True)
    )
    return fine, middle, coarse


def _stack(levels: Levels) -> Tensor:
    """Put all levels behind one empty slot, coarse to fine, `[B, 1 + slots, W]`."""
    fine, middle, coarse = levels
    return torch.cat([fine.new_zeros(fine.shape[0], 1, fine.shape[2]), coarse, middle, fine], dim=1)


def _read_all(levels: Levels) -> Reading:
    return Reading(_stack(levels)[:, None], None)


def _read_each(grown: Levels, first: int, segments: int, capacities: tuple[int, int, int]) -> Reading:
    stacked = _stack(grown)
    lengths = (grown[0].shape[1], grown[1].shape[1], grown[2].shape[1])
    rows = torch.tensor(_row_numbers(first, segments, lengths, capacities), device=stacked.device)  # [N, slots]
    visible = rows >= 0
    slots = torch.unflatten(stacked.index_select(1, rows.clamp(min=0).flatten()), 1, rows.shape)
    return Reading(slots, visible)


@lru_cache(maxsize=64)
def _row_numbers(
    first: int, segments: int, lengths: tuple[int, int, int], capacities: tuple[int, int, int]
) -> tuple[tuple[int, ...], ...]:
    """List, for each segment, the rows of the stacked levels it sees, −1 as padding.

    Plain numbers, not a tensor: a cached tensor would carry inference mode or a device into later calls.
    """
    before = held(first, capacities)
    offsets = (1 + lengths[2] + lengths[1], 1 + lengths[2], 1)
    lists: list[list[int]] = []
    for segment in range(first, first + segments):
        row = [0]
        for level in (2, 1, 0):
            shift = offsets[level] - before[level].start
            row.extend(shift + index for index in held(segment, capacities)[level])
        lists.append(row)
    width = max(len(row) for row in lists)
    return tuple(tuple(row + [-1] * (width - len(row))) for row in lists)
