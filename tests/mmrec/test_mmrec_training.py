import itertools
import math
from pathlib import Path

import pytest
import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from mmrec import MMRecConfig, Trainer, TrainingPlan, build_decoder, build_trainer
from mmrec.data import IGNORED, RecallSource, open_source, read_text, stdlib_files
from mmrec.training import count_training_flops, learning_rate_at

SMALL = {"width": 16, "heads": 2, "pe_dim": 4, "layers": 1, "length": 32, "batch": 4, "steps": 20}


@pytest.fixture
def texts(tmp_path: Path) -> tuple[Path, ...]:
    paths = []
    for index in range(3):
        paths.append(tmp_path / f"{index}.txt")
        paths[-1].write_bytes(bytes((index * 50 + place % 40) for place in range(2000)))
    return tuple(paths)


def run(steps: int, texts: tuple[Path, ...], **overrides: object) -> tuple[list[float], Trainer]:
    trainer = build_trainer("tiny", texts, **{**SMALL, "device": "cpu", **overrides})
    return [trainer.step() for _ in range(steps)], trainer


def test_one_seed_gives_one_curve(texts):
    first, a = run(6, texts)
    torch.manual_seed(1)
    torch.rand(3)
    second, b = run(6, texts)
    assert first == second
    assert a.parameter_digest() == b.parameter_digest()
    assert a.batches_digest() == b.batches_digest()
    assert a.evaluate() == b.evaluate()
    assert first != run(6, texts, seed=1)[0]


def test_training_leaves_the_global_stream_alone(texts):
    torch.manual_seed(4)
    expected = torch.rand(3)
    torch.manual_seed(4)
    run(2, texts)[1].evaluate()
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("toggle", ["use_hem", "use_dpg", "use_uboo"])
def test_a_toggle_shifts_neither_batches_nor_shared_first_values(texts, toggle: str):
    off, on = (build_trainer("tiny", texts, **SMALL, device="cpu", **{toggle: flag}) for flag in (False, True))
    shared = set(dict(off.model.named_parameters())) & set(dict(on.model.named_parameters()))
    assert len(shared) >= 9
    assert off.parameter_digest(shared) == on.parameter_digest(shared)
    losses = [[trainer.step() for _ in range(3)] for trainer in (off, on)]
    assert off.batches_digest() == on.batches_digest()
    if toggle != "use_dpg":
        assert abs(losses[0][0] - losses[1][0]) < 1e-6


def test_hem_trains_along_the_same_curve(texts):
    """In float64 only the last bits may differ: one product in place of six is the same function."""
    curves, weights = [], []
    for flag in (False, True):
        trainer = build_trainer("tiny", texts, **SMALL, device="cpu", use_hem=flag)
        trainer.model.double()
        curves.append([trainer.step() for _ in range(SMALL["steps"])])
        weights.append({name for name, _ in trainer.named_parameters()})
    assert weights[0] != weights[1]
    assert curves[0][-1] < curves[0][0]
    assert curves[1] == pytest.approx(curves[0], rel=1e-6)


def test_a_planning_loss_of_no_weight_changes_no_bit_of_training(texts):
    base, a = run(12, texts, learning_rate=0.03)
    none, b = run(12, texts, learning_rate=0.03, use_uboo=True, planning_weight=0.0)
    some, c = run(12, texts, learning_rate=0.03, use_uboo=True)
    names = [name for name, _ in a.model.named_parameters()]
    assert base == none
    assert a.parameter_digest(names) == b.parameter_digest(names)
    assert a.evaluate() == b.evaluate()
    assert base[0] == some[0]
    assert base[1:] != some[1:]
    assert c.parameter_digest(names) != a.parameter_digest(names)


def test_a_resumed_run_goes_on_to_the_same_bits(texts, tmp_path):
    losses, whole = run(8, texts, use_uboo=True)
    _, half = run(3, texts, use_uboo=True)
    torch.save(half.state_dict(), tmp_path / "half.pt")
    _, resumed = run(1, texts, use_uboo=True)
    resumed.load_state_dict(torch.load(tmp_path / "half.pt"))
    assert resumed.steps_done == 3
    assert [resumed.step() for _ in range(5)] == losses[3:]
    assert resumed.parameter_digest() == whole.parameter_digest()
    assert resumed.batches_digest() == whole.batches_digest()


def test_cutting_a_batch_into_parts_changes_only_rounding(texts):
    whole = run(4, texts, use_uboo=True)[0]
    parts = run(4, texts, use_uboo=True, accumulate=2)[0]
    assert whole == pytest.approx(parts, abs=1e-4)


def test_training_learns_and_evaluation_changes_nothing(texts):
    trainer = build_trainer("tiny", texts, **{**SMALL, "steps": 60}, device="cpu", learning_rate=1e-2)
    before, digest = trainer.evaluate(), trainer.parameter_digest()
    assert trainer.evaluate() == before
    assert trainer.parameter_digest() == digest
    assert trainer.model.training
    losses = [trainer.step() for _ in range(60)]
    assert abs(before - math.log(256)) < 0.5
    assert losses[-1] < before - 2
    assert trainer.parameter_digest() != digest


def test_recall_is_learned_below_guessing():
    trainer = build_trainer(
        "tiny", "recall", seed=0, steps=40, batch=8, length=8, learning_rate=1e-2, device="cpu", layers=1
    )
    before = trainer.evaluate()
    for _ in range(40):
        trainer.step()
    assert before > RecallSource().chance_nats
    assert trainer.evaluate() < RecallSource().chance_nats + 0.3


def test_recall_asks_for_every_pair_it_showed_once():
    batch = RecallSource().train_batch(0, 0, 16, 64)
    assert batch.inputs.shape == batch.targets.shape == (16, 64)
    for tokens, targets in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True):
        shown = dict(zip(tokens[:32:2], tokens[1:32:2], strict=True))
        assert len(shown) == 16
        assert targets[:32] == [IGNORED] * 32
        assert targets[33::2] == [IGNORED] * 16
        asked = dict(zip(tokens[32::2], targets[32::2], strict=True))
        assert asked == shown
        assert max(shown) < 64 <= min(shown.values())


@pytest.mark.parametrize("length", [0, 6, 260])
def test_a_length_that_recall_cannot_have_is_refused(length: int):
    with pytest.raises(ValueError, match=f"length is {length}"):
        RecallSource().train_batch(0, 0, 2, length)


def test_batches_depend_on_seed_and_step_and_nothing_else(texts):
    for source in (read_text(texts), RecallSource()):
        first = source.train_batch(3, 5, 4, 32)
        torch.rand(7)
        again = source.train_batch(3, 5, 4, 32)
        assert torch.equal(first.inputs, again.inputs)
        assert not torch.equal(first.inputs, source.train_batch(3, 6, 4, 32).inputs)
        assert not torch.equal(first.inputs, source.train_batch(4, 5, 4, 32).inputs)


def test_evaluation_is_one_set_however_it_is_batched(texts):
    for source in (read_text(texts), RecallSource()):
        sets = [torch.cat([batch.inputs for batch in source.evaluation_batches(size, 32)]) for size in (1, 5, 64)]
        assert torch.equal(sets[0], sets[1])
        assert torch.equal(sets[0], sets[2])
        assert len(sets[0]) > 1


def test_text_is_split_by_file(texts):
    source = read_text(texts)
    assert source.train.tolist() == list(texts[0].read_bytes() + texts[1].read_bytes())
    assert source.evaluation.tolist() == list(texts[2].read_bytes())
    batch = source.train_batch(0, 0, 64, 32)
    assert torch.equal(batch.inputs[:, 1:], batch.targets[:, :-1])
    assert int(batch.inputs.max()) < 100


def test_evaluation_windows_span_the_held_out_text_without_overlap(texts):
    texts[2].write_bytes(bytes(range(200)))
    batches = list(read_text(texts).evaluation_batches(2, 32))
    rows = torch.cat([torch.cat([batch.inputs[:, :1], batch.targets], 1) for batch in batches])
    assert rows.shape == (6, 33)
    assert len(rows.unique()) == rows.numel()
    assert (int(rows.min()), int(rows.max())) == (0, 199)


def test_the_digest_sees_every_byte(texts):
    before = read_text(texts).digest
    texts[1].write_bytes(texts[1].read_bytes()[:-1] + b"!")
    assert read_text(texts).digest != before


def test_the_default_text_is_the_standard_library():
    files = stdlib_files()
    assert "argparse.py" in {path.name for path in files}
    assert list(files) == sorted(files)
    assert sum(path.stat().st_size for path in files) <= 4 * 2**20
    source = open_source("stdlib")
    assert source.digest == open_source("stdlib").digest
    assert source.train_batch(0, 0, 2, 128).inputs.shape == (2, 128)


def test_data_that_cannot_be_used_is_refused(texts):
    with pytest.raises(ValueError, match="unknown data 'books'"):
        open_source("books")
    with pytest.raises(ValueError, match="found 1 text files"):
        read_text(texts[:1])
    with pytest.raises(ValueError, match="text has 4000 bytes, expected at least 5001"):
        build_trainer("tiny", texts, **{**SMALL, "length": 5000}, device="cpu").step()
    with pytest.raises(ValueError, match="the data has 256 token values, vocabulary 100"):
        build_trainer("tiny", texts, **SMALL, device="cpu", vocabulary=100)


@pytest.mark.parametrize(
    ("field", "value"), [("steps", 0), ("batch", 0), ("accumulate", 3), ("learning_rate", math.nan)]
)
def test_a_plan_out_of_range_is_refused_by_name(field: str, value: float):
    plan = {"seed": 0, "steps": 10, "batch": 4, "length": 8, "learning_rate": 0.1, field: value}
    with pytest.raises(ValueError, match=field):
        TrainingPlan(**plan)


def test_the_learning_rate_rises_then_falls_to_a_tenth():
    plan = TrainingPlan(seed=0, steps=100, batch=1, length=1, learning_rate=1.0)
    rates = [learning_rate_at(step, plan) for step in range(101)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert all(a >= b for a, b in itertools.pairwise(rates[4:]))
    assert rates[-1] == learning_rate_at(500, plan) == pytest.approx(0.1)


@pytest.mark.parametrize("toggle", ["none", "use_hem", "use_dpg", "use_uboo"])
def test_counted_flops_are_what_torch_counts(toggle: str):
    overrides = {} if toggle == "none" else {toggle: True}
    trainer = build_trainer("tiny", "recall", batch=2, length=128, steps=2, device="cpu", **overrides)
    with FlopCounterMode(display=False) as counter:
        trainer.step()
    # The scan recomputes its gate once, and slots fill up slowly: 10 % either way.
    assert trainer.flops_per_step == pytest.approx(counter.get_total_flops(), rel=0.1)
    config = trainer.model.config
    assert trainer.flops_per_step == count_training_flops(config, 256)
    assert isinstance(config, MMRecConfig)


def step_token() -> torch.Tensor:
    return torch.tensor([[65], [66]])


def test_a_decoder_continues_its_context_and_forgets_each_call():
    decoder = build_decoder("tiny", 50, use_hem=True)
    with torch.no_grad():
        first = decoder(step_token())
        assert torch.equal(decoder(step_token()), first)
        assert decoder.prepare(2).position == 50
        assert not torch.allclose(decoder.model(step_token()).logits, first)
        decoder(step_token()[:1])
        assert torch.equal(decoder(step_token()), first)


def test_a_decoder_follows_new_weights_wherever_they_are_loaded():
    decoder, other = build_decoder("tiny", 50), build_decoder("tiny", 50, use_hem=True)
    with torch.no_grad():
        before, expected = decoder(step_token()), other(step_token())
        decoder.load_state_dict(other.state_dict())
        torch.testing.assert_close(decoder(step_token()), expected)
        again = build_decoder("tiny", 50)
        again(step_token())
        again.model.load_state_dict(other.model.state_dict())
        torch.testing.assert_close(again(step_token()), expected)
    assert not torch.allclose(before, expected)


def test_a_decoder_can_be_moved_and_called_under_inference_mode():
    decoder = build_decoder("tiny", 50)
    with torch.inference_mode():
        single = decoder(step_token())
    decoder.double()
    double = decoder(step_token())
    assert double.dtype == decoder.prepare(2).blocks[0].hidden.dtype == torch.float64
    torch.testing.assert_close(double.float(), single, atol=1e-4, rtol=0)
    double.sum().backward()
    with pytest.raises(ValueError, match="context is 0"):
        build_decoder("tiny", 0)


def test_the_planning_error_pulls_at_the_shared_weights_far_more_weakly_than_the_main_loss():
    """What docs/guides/model.md gives as a reason why the mechanism may bring nothing."""
    trainer = build_trainer("tiny", "stdlib", seed=0, steps=40, batch=4, use_uboo=True)
    shared = [parameter for name, parameter in trainer.named_parameters() if "planning" not in name]
    for step in range(21):
        if step in {10, 20}:
            batch = trainer.source.train_batch(99, step, trainer.plan.batch, trainer.plan.length)
            logits, _, aux_loss = trainer.model(batch.inputs)
            main_loss = functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED)
            main, aux = (
                sum(float(gradient.square().sum()) for gradient in gradients if gradient is not None) ** 0.5
                for gradients in (
                    torch.autograd.grad(loss, shared, retain_graph=True, allow_unused=True)
                    for loss in (main_loss, aux_loss)
                )
            )
            assert 0 < aux < main / 50
        trainer.step()
