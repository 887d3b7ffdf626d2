import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils import _pytree as pytree

from mmrec import MMRecBlock, MMRecConfig, MMRecModel, MMRecOutput, build_model, generate
from mmrec.decay import DPG, MDI
from mmrec.rotary import rotate

TOGGLES = ("use_hem", "use_dpg", "use_uboo")
COMBINATIONS = [dict(zip(TOGGLES, flags, strict=True)) for flags in itertools.product((False, True), repeat=3)]
# Small segments and few slots: 160 tokens pass through every level of the memory and out of it.
SIZES = {"width": 16, "heads": 2, "pe_dim": 4, "segment_length": 2, "dpg_rank": 4, "vocabulary": 31}


def build(seed: int = 0, **overrides: object) -> MMRecModel:
    torch.manual_seed(seed)
    return build_model("tiny", **{**SIZES, **overrides})


def draw_tokens(batch: int, length: int, seed: int = 0) -> Tensor:
    return torch.randint(31, (batch, length), generator=torch.Generator().manual_seed(seed))


def differ(a: MMRecOutput, b: MMRecOutput) -> float:
    """Largest distance between two results, logits and state, after checking that they have one structure."""
    ours, theirs = (pytree.tree_flatten((x.logits, x.state)) for x in (a, b))
    assert ours[1] == theirs[1]
    worst = 0.0
    for x, y in zip(ours[0], theirs[0], strict=True):
        if isinstance(x, int):
            assert x == y
            continue
        assert x.shape == y.shape
        assert x.dtype == y.dtype
        worst = max(worst, float((x - y).abs().max()) if x.numel() else 0.0)
    return worst


def name_toggles(toggles: dict[str, bool]) -> str:
    return "+".join(name[4:] for name, on in toggles.items() if on) or "none"


every_combination = pytest.mark.parametrize("toggles", COMBINATIONS, ids=name_toggles)


@pytest.mark.parametrize("toggles", [COMBINATIONS[0], COMBINATIONS[-1]], ids=name_toggles)
def test_splitting_the_sequence_changes_nothing(toggles: dict[str, bool]):
    model, tokens = build(**toggles).double(), draw_tokens(2, 160)
    with torch.no_grad():
        whole = model(tokens)
        for cut in range(1, 160):
            first = model(tokens[:, :cut])
            second = model(tokens[:, cut:], first.state)
            joined = second._replace(logits=torch.cat([first.logits, second.logits], 1))
            assert differ(joined, whole) < 1e-10, cut


@every_combination
def test_token_by_token_is_the_whole_sequence(toggles: dict[str, bool]):
    model, tokens = build(**toggles).double(), draw_tokens(2, 100)
    with torch.no_grad():
        whole, state, steps, losses = model(tokens), None, [], []
        for token in tokens.split(1, dim=1):
            out = model(token, state)
            state = out.state
            steps.append(out.logits)
            losses.append(out.aux_loss)
        assert differ(out._replace(logits=torch.cat(steps, 1)), whole) < 1e-10
    assert state.position == 100
    if toggles["use_uboo"]:
        torch.testing.assert_close(torch.stack(losses).mean(), whole.aux_loss, atol=1e-12, rtol=0)
    else:
        assert whole.aux_loss is None


def test_gradients_pass_from_chunk_to_chunk():
    model, tokens = build(use_uboo=True).double(), draw_tokens(1, 40)
    grads = []
    for cut in (None, 17):
        model.zero_grad()
        first = model(tokens[:, :cut])
        logits = first.logits
        if cut is not None:
            logits = torch.cat([logits, model(tokens[:, cut:], first.state).logits], 1)
        logits.square().mean().backward()
        grads.append([p.grad for p in model.parameters() if p.grad is not None])
    torch.testing.assert_close(grads[0], grads[1], atol=1e-10, rtol=0)


@every_combination
def test_the_future_changes_nothing_before_it(toggles: dict[str, bool]):
    model, tokens = build(**toggles), draw_tokens(1, 90)
    with torch.no_grad():
        before = model(tokens).logits
        for place in (1, 2, 31, 64, 88):
            changed = tokens.clone()
            changed[:, place:] = (changed[:, place:] + 1) % 31
            after = model(changed).logits
            assert torch.equal(after[:, :place], before[:, :place])
            assert not torch.equal(after[:, place], before[:, place])


def test_the_distant_past_is_read_through_the_memory():
    model, tokens = build().double(), draw_tokens(1, 60)
    for block in model.blocks:
        # A gate that stays shut and decays of nothing: what is left of the past is the memory.
        block.decay.mlp[-1].bias.data.fill_(-40)
    changed = tokens.clone()
    changed[:, 0] = (changed[:, 0] + 1) % 31
    with torch.no_grad():
        moved = (model(tokens).logits - model(changed).logits).abs().amax(-1)[0]
    assert moved[-1] > 1e-6


def test_reordering_the_batch_reorders_the_result():
    model, tokens = build().double(), draw_tokens(4, 50)
    order = torch.tensor([2, 0, 3, 1])
    with torch.no_grad():
        torch.testing.assert_close(model(tokens[order]).logits, model(tokens).logits[order], atol=1e-12, rtol=0)


def test_a_call_leaves_arguments_and_the_next_call_alone():
    model, tokens = build(use_uboo=True), draw_tokens(2, 50)
    with torch.no_grad():
        state = model(tokens[:, :20]).state
        kept_state = pytree.tree_map(lambda x: x.clone() if isinstance(x, Tensor) else x, state)
        kept_tokens, kept_weights = tokens.clone(), {k: v.clone() for k, v in model.state_dict().items()}
        first = model(tokens[:, 20:], state)
        second = model(tokens[:, 20:], state)
        fresh = model(tokens[:, :20])
    assert differ(first, second) == 0
    assert differ(first._replace(state=state), first._replace(state=kept_state)) == 0
    assert differ(fresh, fresh._replace(state=kept_state)) == 0
    assert torch.equal(tokens, kept_tokens)
    assert all(torch.equal(v, kept_weights[k]) for k, v in model.state_dict().items())


@every_combination
def test_every_parameter_receives_a_gradient(toggles: dict[str, bool]):
    model, tokens = build(**toggles), draw_tokens(2, 40)
    logits, _, aux_loss = model(tokens)
    loss = functional.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
    (loss if aux_loss is None else loss + aux_loss).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name
    if toggles["use_hem"]:
        # Each of the six parts, or a part that nobody reads would hide behind the others.
        for block in model.blocks:
            assert all(part.any() for part in block.projections.W_fused.weight.grad.split([16] * 4 + [4] * 2))


@every_combination
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64], ids=str)
def test_all_combinations_run_in_every_dtype(toggles: dict[str, bool], dtype: torch.dtype):
    model, tokens = build(**toggles), draw_tokens(2, 70)
    expected = model.double()(tokens).logits.detach()
    model = build(**toggles).to(dtype)
    out = model(tokens)
    logits = model(tokens[:, 1:], model(tokens[:, :1]).state).logits
    assert out.logits.dtype == logits.dtype == dtype
    assert out.state.blocks[0].hidden.dtype == torch.promote_types(dtype, torch.float32)
    # Seen: 0.01 in bfloat16 at logits of about 0.1; eight bits of mantissa through two blocks.
    tolerance = {torch.float32: 1e-5, torch.bfloat16: 0.05, torch.float64: 1e-12}[dtype]
    assert (out.logits.double() - expected).abs().max() < tolerance
    assert (logits.double() - expected[:, 1:]).abs().max() < tolerance
    out.logits.float().logsumexp(-1).sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.cuda
@every_combination
def test_all_combinations_agree_on_cuda(toggles: dict[str, bool]):
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    model, tokens = build(**toggles).double(), draw_tokens(2, 70)
    expected = model(tokens)
    found = model.cuda()(tokens.cuda())
    moved = pytree.tree_map(lambda x: x.cpu() if isinstance(x, Tensor) else x, found)
    assert differ(moved, expected) < 1e-10
    assert model.bfloat16()(tokens.cuda()).logits.isfinite().all()


def test_hem_is_the_same_function_and_converts_both_ways():
    tokens = draw_tokens(2, 80)
    for seed, (source_on, target_on) in enumerate(((False, True), (True, False))):
        source = build(seed, use_hem=source_on).double()
        target = build(seed + 10, use_hem=target_on).double()
        written = source.state_dict()
        names = set(written)
        target.load_state_dict(written)
        assert set(written) == names, "the caller's dictionary was changed"
        with torch.no_grad():
            assert differ(source(tokens), target(tokens)) < 1e-12
        back = build(seed + 20, use_hem=source_on).double()
        back.load_state_dict(target.state_dict())
        assert all(torch.equal(v, back.state_dict()[k]) for k, v in written.items())


def test_hem_converts_when_parameters_are_assigned():
    source, target = build(use_hem=True), build(1)
    target.load_state_dict(source.state_dict(), assign=True)
    block = target.blocks[0].projections
    assert block.W_q.weight.untyped_storage().data_ptr() != block.W_k.weight.untyped_storage().data_ptr()
    assert torch.equal(block.W_v.weight, source.blocks[0].projections.W_fused.weight[32:48])


def test_a_fused_weight_of_another_size_is_refused():
    wrong = build(use_hem=True, pe_dim=8).state_dict()
    with pytest.raises(ValueError, match=r"W_fused\.weight has 80 rows"):
        build().load_state_dict(wrong)


def test_hem_computes_nothing_that_the_six_do_not():
    six, fused = build(), build(use_hem=True)
    count = [sum(p.numel() for p in model.parameters()) for model in (six, fused)]
    assert count[0] == count[1]
    linears = [sum(isinstance(m, torch.nn.Linear) for m in model.blocks[0].modules()) for model in (six, fused)]
    assert linears[0] - linears[1] == 5


def test_toggles_leave_shared_first_values_and_the_global_stream_bit_equal():
    torch.manual_seed(7)
    base = build_model("tiny", **SIZES)
    following = torch.rand(3)
    for toggles in COMBINATIONS:
        torch.manual_seed(7)
        model = build_model("tiny", **SIZES, **toggles)
        assert torch.equal(torch.rand(3), following), toggles
        state = model.state_dict()
        if toggles["use_hem"]:
            six = build(99, use_dpg=toggles["use_dpg"])
            six.load_state_dict(state, strict=False)
            state = six.state_dict()
        shared = [k for k in base.state_dict() if k in state]
        assert len(shared) >= 13 * len(base.blocks)
        for key in shared:
            assert torch.equal(state[key], base.state_dict()[key]), key


def test_each_toggle_brings_its_own_named_weights_and_nothing_else():
    base = set(build().state_dict())
    names = {
        toggle: {name.split(".", 2)[2] for name in set(build(**{toggle: True}).state_dict()) - base}
        for toggle in TOGGLES
    }
    assert names["use_hem"] == {"projections.W_fused.weight"}
    assert names["use_dpg"] == {
        "decay.W_gamma_down.weight",
        "decay.W_gamma_up.weight",
        "decay.W_gamma_up.bias",
    }
    assert names["use_uboo"] == {
        "planning_error.W_planning_error.weight",
        "planning_error.W_planning_target",
    }


def test_dpg_replaces_every_weight_of_mdi():
    model = build(use_dpg=True)
    assert not any(isinstance(module, MDI) for module in model.modules())
    assert not any("mlp" in name for name in model.state_dict())
    assert sum(isinstance(module, DPG) for module in model.modules()) == len(model.blocks)
    assert not any(isinstance(module, DPG) for module in build().modules())


@pytest.mark.parametrize("preset", ["tiny", "small", "medium"])
def test_dpg_has_fewer_parameters_than_mdi(preset: str):
    sizes = [sum(p.numel() for p in kind(MMRecConfig.preset(preset), 0).parameters()) for kind in (DPG, MDI)]
    assert sizes[0] < sizes[1] / 2


@pytest.mark.parametrize("kind", [MDI, DPG])
def test_decays_stay_inside_their_margin_whatever_the_weights(kind: type):
    z, k = (torch.randn(2, 5, 64, generator=torch.Generator().manual_seed(s)) for s in (0, 1))
    for scale, dtype in ((1.0, torch.float32), (1e6, torch.float32), (-1e6, torch.float32), (1e4, torch.bfloat16)):
        decay = kind(MMRecConfig.preset("tiny"), 0)
        for parameter in decay.parameters():
            parameter.data.mul_(scale)
        gamma = decay.to(dtype)(z.to(dtype), k.to(dtype))
        assert gamma.dtype == torch.float32
        assert gamma.min() >= 1e-6
        assert gamma.max() <= 1 - 1e-6
        assert gamma.min() < gamma.max()


@pytest.mark.parametrize("scale", [1e3, -1e3, 1e6])
def test_the_model_stays_finite_over_long_inputs_whatever_the_weights(scale: float):
    model = build(use_uboo=True, layers=1)
    for parameter in model.parameters():
        parameter.data.mul_(scale)
    with torch.no_grad():
        out = model(draw_tokens(1, 32_768))
    assert out.logits.isfinite().all()
    assert all(x.isfinite().all() for x in pytree.tree_leaves(out.state) if isinstance(x, Tensor))
    assert out.state.blocks[0].hidden.abs().max() <= 1
    assert sum(x.shape[1] for x in out.state.blocks[0].memory.levels) <= 16


def test_tokens_and_states_that_do_not_fit_are_refused():
    model, tokens = build(), draw_tokens(2, 5)
    state = model(tokens).state
    with pytest.raises(ValueError, match=r"shape \[5\], expected \[B, T\]"):
        model(tokens[0])
    with pytest.raises(ValueError, match="both at least 1"):
        model(tokens[:, :0])
    with pytest.raises(ValueError, match="state of the same batch"):
        model(tokens[:1], state)
    with pytest.raises(ValueError, match="of 2 blocks, expected 1"):
        build(layers=1)(tokens, state)


def test_a_block_stands_alone():
    torch.manual_seed(0)
    block = MMRecBlock(MMRecConfig.preset("tiny", use_uboo=True)).double()
    x = torch.randn(2, 30, 64, dtype=torch.float64)
    whole = block(x)
    first = block(x[:, :11])
    second = block(x[:, 11:], first.state)
    torch.testing.assert_close(torch.cat([first.y, second.y], 1), whole.y, atol=1e-10, rtol=0)
    assert whole.planning_loss > 0


def test_generation_repeats_and_is_the_argmax_of_the_whole():
    model, prompt = build(), draw_tokens(2, 9)
    text = generate(model, prompt, 12)
    assert torch.equal(text, generate(model, prompt, 12))
    with torch.no_grad():
        scores = model.double()(torch.cat([prompt, text], 1)).logits
    assert torch.equal(scores[:, 8:-1].argmax(-1), text)


def test_generation_draws_from_its_own_seed():
    model, prompt = build(), draw_tokens(2, 9)
    torch.manual_seed(1)
    first = generate(model, prompt, 20, temperature=1.0, seed=5)
    torch.manual_seed(2)
    assert torch.equal(first, generate(model, prompt, 20, temperature=1.0, seed=5))
    assert not torch.equal(first, generate(model, prompt, 20, temperature=1.0, seed=6))
    assert torch.equal(generate(model, prompt, 20, temperature=1e-30), generate(model, prompt, 20))
    assert generate(model, prompt, 0).shape == (2, 0)
    for wrong in (-1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="temperature"):
            generate(model, prompt, 1, temperature=wrong)


def block_slowly(block: MMRecBlock, x: Tensor) -> Tensor:
    """The block's equations for one sequence `[T, D]`, one token at a time, with every finished segment as a slot."""
    projections, size, heads = block.projections, block.layout.segment, block.config.heads
    h, outputs, tokens, slots = torch.zeros(x.shape[1], dtype=x.dtype), [], [], []
    for t, row in enumerate(x):
        normed = block.input_norm(row)
        q, k, v, z, p, e = (getattr(projections, f"W_{name}")(normed) for name in "qkvzpe")
        gamma = torch.sigmoid(block.decay.mlp(z)) * torch.sigmoid(block.decay.mlp_context(k))
        h = (1 - gamma) * torch.tanh(z) * torch.sigmoid(block.W_gate(h)) + gamma * h
        query, turned = q + h, rotate(p[None], torch.tensor([t]))[0]
        read = torch.zeros_like(h)
        for part in torch.arange(len(h)).chunk(heads):
            scores = [0 * h.sum()] + [query[part] @ key[part] + turned @ near for key, near, _ in slots]
            weights = torch.softmax(torch.stack(scores) / (len(part) + len(e)) ** 0.5, 0)[1:]
            read[part] = sum((w * slot[2][part] for w, slot in zip(weights, slots, strict=True)), read[part])
        y = row + block.W_out(h + read)
        outputs.append(y + block.W_down(functional.silu(block.W_up(block.feedforward_norm(y)))))
        tokens.append((k, e, h + v))
        if len(tokens) == size:
            key, near, value = (torch.stack(column).mean(0) for column in zip(*tokens, strict=True))
            slots.append((key, rotate(near[None], torch.tensor([t + 1 - size]))[0], value))
            tokens = []
    return torch.stack(outputs)


def test_the_block_is_its_equations_written_out():
    # 8 fine slots of 2 tokens: nothing is pooled yet; pooling has its own slow reference.
    block = build().double().blocks[0]
    x = torch.randn(2, 17, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = torch.stack([block_slowly(block, row) for row in x])
        torch.testing.assert_close(block(x).y, expected, atol=1e-12, rtol=0)
