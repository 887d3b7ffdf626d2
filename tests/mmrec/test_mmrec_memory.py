import itertools

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmrec import attention, memory
from mmrec.rotary import rotate

LAYOUT = memory.Layout(segment=3, capacities=(8, 4, 4))
D, P = 4, 2


def draw(length: int, batch: int = 2, seed: int = 0) -> memory.Written:
    stream = torch.Generator().manual_seed(seed)
    return memory.Written(
        *(torch.randn(batch, length, size, generator=stream, dtype=torch.float64) for size in (D, P, D))
    )


def start(batch: int = 2) -> memory.MemoryState:
    return memory.empty_state(batch, 2 * D + P, like=torch.zeros((), dtype=torch.float64))


def spans_held_slowly(finished: int) -> list[tuple[int, int]]:
    """Simulate the hierarchy segment by segment: (first segment, segments) of every slot, coarse to fine."""
    levels: list[list[tuple[int, int]]] = [[], [], []]
    for segment in range(finished):
        levels[0].append((segment, 1))
        for level in (0, 1):
            if len(levels[level]) > LAYOUT.capacities[level]:
                four, levels[level] = levels[level][:4], levels[level][4:]
                levels[level + 1].append((four[0][0], 4 * four[0][1]))
        levels[2] = levels[2][-LAYOUT.capacities[2] :]
    return levels[2] + levels[1] + levels[0]


def slots_slowly(written: memory.Written, finished: int) -> Tensor:
    """Compute every slot held after some segments as a mean over its span of tokens."""
    size, slots = LAYOUT.segment, []
    for first, count in spans_held_slowly(finished):
        tokens = slice(first * size, (first + count) * size)
        positions = torch.arange(first, first + count).repeat_interleave(size) * size
        turned = rotate(written.turns[:, tokens], positions)
        slots.append(torch.cat([written.keys[:, tokens], turned, written.values[:, tokens]], dim=-1).mean(1))
    return torch.stack(slots, 1) if slots else torch.zeros(2, 0, 2 * D + P, dtype=torch.float64)


def test_what_is_held_is_the_hierarchy_simulated_segment_by_segment():
    for finished in range(200):
        fine, middle, coarse = memory.held(finished, LAYOUT.capacities)
        found = [(16 * i, 16) for i in coarse] + [(4 * i, 4) for i in middle] + [(i, 1) for i in fine]
        assert found == spans_held_slowly(finished)


def test_at_most_m_slots_are_held_however_long_the_input():
    for capacities in ((8, 4, 4), (16, 8, 8), (10, 5, 5)):
        counts = [sum(map(len, memory.held(n, capacities))) for n in range(3000)]
        assert max(counts) <= sum(capacities)
        assert min(counts[200:]) >= sum(capacities) - 7


def test_recent_segments_stay_whole_and_no_span_is_lost_between_the_levels():
    for finished in range(1, 300):
        spans = spans_held_slowly(finished)
        assert spans[-1] == (finished - 1, 1)
        for (first, count), (following, _) in itertools.pairwise(spans):
            assert first + count == following


def test_each_token_reads_the_slots_of_segments_before_its_own_and_no_others():
    length = 3 * 150 + 2
    written = draw(length)
    _, reading = memory.write(start(), written, 0, LAYOUT)
    assert reading.visible is not None
    for segment in range(151):
        rows = reading.slots[:, segment][:, reading.visible[segment]]
        assert not rows[:, 0].any()
        torch.testing.assert_close(rows[:, 1:], slots_slowly(written, segment), atol=1e-12, rtol=0)


def test_the_state_is_the_hierarchy_of_all_finished_segments_and_the_sum_of_the_rest():
    written = draw(3 * 97 + 2)
    state, _ = memory.write(start(), written, 0, LAYOUT)
    fine, middle, coarse = state.levels
    torch.testing.assert_close(torch.cat([coarse, middle, fine], 1), slots_slowly(written, 97), atol=1e-12, rtol=0)
    rest = torch.cat([x[:, -2:].sum(1) for x in written], -1)
    torch.testing.assert_close(state.partial, rest, atol=1e-12, rtol=0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 70), min_size=1, max_size=8))
def test_any_chunks_leave_the_state_that_the_whole_leaves(lengths: list[int]):
    written = draw(sum(lengths))
    whole, _ = memory.write(start(), written, 0, LAYOUT)
    state, position = start(), 0
    for length in lengths:
        part = memory.Written(*(x[:, position : position + length] for x in written))
        state, _ = memory.write(state, part, position, LAYOUT)
        position += length
    torch.testing.assert_close(state, whole, atol=1e-12, rtol=0)


def test_writing_leaves_the_earlier_state_alone():
    state, _ = memory.write(start(), draw(100), 0, LAYOUT)
    copy = memory.MemoryState(state.partial.clone(), tuple(x.clone() for x in state.levels))
    memory.write(state, draw(50, seed=1), 100, LAYOUT)
    torch.testing.assert_close(state, copy, atol=0, rtol=0)


def test_distinct_inputs_leave_distinct_slots():
    state, _ = memory.write(start(), draw(3 * 120), 0, LAYOUT)
    slots = torch.cat(state.levels, 1)
    distances = torch.cdist(slots, slots)[0]
    distances.fill_diagonal_(torch.inf)
    assert slots.shape[1] > 10
    assert distances.min() > 0.05


def test_segments_of_a_chunk_and_back_is_the_chunk():
    x = torch.arange(2 * 11 * 3.0).view(2, 11, 3)
    for position in range(9):
        for length in range(1, 12):
            chunk = x[:, :length]
            laid = memory.into_segments(chunk, position, 4)
            assert torch.equal(memory.out_of_segments(laid, position, length, 4), chunk)
            assert torch.equal(laid.sum((1, 2)), chunk.sum(1))


def attend_slowly(q: Tensor, p: Tensor, slots: Tensor, heads: int) -> Tensor:
    """One token, one head at a time."""
    k_width, out = D // heads, []
    for head in range(heads):
        span = slice(head * k_width, (head + 1) * k_width)
        scores = (slots[:, :D][:, span] @ q[span] + slots[:, D : D + P] @ p) / (k_width + P) ** 0.5
        out.append(torch.softmax(scores, 0) @ slots[:, D + P :][:, span])
    return torch.cat(out)


def test_attention_is_the_softmax_over_the_visible_slots():
    stream = torch.Generator().manual_seed(3)
    q = torch.randn(2, 5, 3, D, generator=stream, dtype=torch.float64)
    p = torch.randn(2, 5, 3, P, generator=stream, dtype=torch.float64)
    slots = torch.randn(2, 5, 6, 2 * D + P, generator=stream, dtype=torch.float64)
    visible = torch.rand(5, 6, generator=stream) > 0.4
    visible[:, 0] = True
    read = attention.attend(q, p, memory.Reading(slots, visible), heads=2)
    for b, n, row in ((b, n, r) for b in range(2) for n in range(5) for r in range(3)):
        expected = attend_slowly(q[b, n, row], p[b, n, row], slots[b, n][visible[n]], heads=2)
        torch.testing.assert_close(read[b, n, row], expected, atol=1e-12, rtol=0)


def test_with_nothing_to_read_attention_is_exactly_zero():
    written = draw(2)
    _, reading = memory.write(start(), written, 0, LAYOUT)
    read = attention.attend(torch.ones(2, 1, 2, D).double(), torch.ones(2, 1, 2, P).double(), reading, heads=2)
    assert torch.equal(read, torch.zeros_like(read))


def test_memory_and_attention_pass_gradcheck():
    def run(keys: Tensor, turns: Tensor, values: Tensor, q: Tensor) -> tuple[Tensor, ...]:
        state, reading = memory.write(start(1), memory.Written(keys, turns, values), 0, memory.Layout(1, (4, 4, 4)))
        turned = memory.into_segments(turns, 0, 1)
        return attention.attend(q[:, :, None], turned, reading, 2), *state.levels

    inputs = [x.requires_grad_() for x in (*draw(6, 1), draw(6, 1, 5).keys)]
    assert torch.autograd.gradcheck(run, inputs)


def test_rotation_keeps_lengths_and_makes_products_depend_on_distance_only():
    x, y = draw(1).keys[0], draw(1, seed=2).keys[0]
    products = [float((rotate(x, torch.tensor([a])) * rotate(y, torch.tensor([a + 7]))).sum()) for a in (0, 5, 90_000)]
    torch.testing.assert_close(torch.tensor(products), torch.full((3,), products[0]), atol=1e-9, rtol=0)
    assert abs(products[0] - float((x * y).sum())) > 1e-3
    torch.testing.assert_close(rotate(x, torch.tensor([12345])).norm(), x.norm(), atol=1e-12, rtol=0)
