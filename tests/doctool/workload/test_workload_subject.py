from __future__ import annotations

import dataclasses
from typing import NamedTuple

import pytest
import torch
from torch import nn

from doctool.project.config import Workload
from doctool.workload.channel import RefusedError
from doctool.workload.subject import build_subjects, make_input, share_weights
from doctool.workload.trees import not_finite, tensors_of

CODE = """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self, width, use_extra=False):
        super().__init__()
        if use_extra:
            self.extra = nn.Linear(width, width)
        self.core = nn.Linear(width, width)
        self.odd = nn.Linear(width, width + use_extra)

    def forward(self, x):
        return self.core(x)

def build(width, use_extra=False):
    return Model(width, use_extra)

def build_without_toggle(width):
    return Model(width)

def build_pair(width):
    weight = torch.randn(width, width)
    return {"off": lambda x: x @ weight, "on": lambda x: x @ weight.T}

def build_number(width, use_extra=False):
    return 7

def build_nan(width, use_extra=False):
    class Broken(nn.Module):
        def forward(self, x):
            return {"y": x / 0}
    return Broken()

number = 5

class Settings:
    def __init__(self, width, use_extra=False):
        self.width, self.use_extra = width, use_extra

class Configured(Model):
    def __init__(self, settings):
        super().__init__(settings.width, settings.use_extra)
"""
ARMS = {"off": {"use_extra": False}, "null": {"use_extra": False}, "on": {"use_extra": True}}


@pytest.fixture
def measured(tmp_path, monkeypatch):
    (tmp_path / "measured_subject.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    torch.set_num_threads(1)


def make(function: str, **changes) -> Workload:
    settings = {"args": {"width": 4}, "features": (2, 4), "device": "cpu", **changes}
    return Workload(build=f"measured_subject:{function}", **settings)


@pytest.mark.usefixtures("measured")
def test_all_arms_share_weights_and_input_whatever_else_they_draw():
    arms = build_subjects(make("build"), ARMS, seed=3, order=("on", "null", "off"))
    assert list(arms) == ["off", "null", "on"]
    with torch.no_grad():
        results = [arm.call() for arm in arms.values()]
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])
    assert len({arm.value.data_ptr() for arm in arms.values()}) == 3


@pytest.mark.usefixtures("measured")
def test_another_seed_gives_other_weights_and_another_input():
    first, second = (build_subjects(make("build"), ARMS, seed=seed)["off"] for seed in (1, 2))
    assert not torch.equal(first.module.core.weight, second.module.core.weight)
    assert not torch.equal(first.value, second.value)


@pytest.mark.usefixtures("measured")
def test_arms_are_in_eval_mode_and_of_the_asked_type():
    arms = build_subjects(make("build", dtype="bfloat16"), ARMS, seed=0)
    for arm in arms.values():
        assert not arm.module.training
        assert {value.dtype for value in arm.module.parameters()} == {torch.bfloat16}
        assert arm.value.dtype == torch.bfloat16


@pytest.mark.usefixtures("measured")
def test_a_pair_of_functions_needs_no_toggle():
    arms = build_subjects(make("build_pair"), ARMS, seed=0)
    assert not torch.equal(arms["off"].call(), arms["on"].call())
    assert torch.equal(arms["off"].call(), arms["null"].call())


@pytest.mark.usefixtures("measured")
def test_toggles_may_be_fields_of_the_one_object_that_is_taken():
    arms = build_subjects(make("Configured", config="measured_subject:Settings"), ARMS, seed=0)
    assert [hasattr(arm.module, "extra") for arm in arms.values()] == [False, False, True]
    assert torch.equal(arms["off"].call(), arms["on"].call())


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("config", [None, "measured_subject:Settings"])
def test_a_toggle_wins_over_an_argument_of_the_same_name(config):
    """Where other mechanisms are measured, `args` may keep this one as the model usually has it."""
    target = "Configured" if config else "build"
    (toggle,) = ARMS["on"]
    arms = build_subjects(make(target, config=config, args={"width": 4, toggle: True}), ARMS, seed=0)
    assert [hasattr(arm.module, "extra") for arm in arms.values()] == [False, False, True]


@pytest.mark.usefixtures("measured")
def test_an_object_without_the_toggle_says_so():
    with pytest.raises(TypeError, match=r"build_without_toggle does not take the toggles use_extra$"):
        build_subjects(make("Configured", config="measured_subject:build_without_toggle"), ARMS, seed=0)


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            "build_without_toggle",
            "does not take the toggles use_extra; where they are fields of an object that it takes",
        ),
        ("build_number", "returned int"),
        ("number", "cannot be called"),
        ("build_pair", "missing 1 required positional argument: 'width'"),
    ],
)
def test_what_cannot_be_built_says_why(function, words):
    changes = {"args": {}} if function == "build_pair" else {}
    with pytest.raises(TypeError, match=words):
        build_subjects(make(function, **changes), ARMS, seed=0)


@pytest.mark.usefixtures("measured")
def test_an_output_that_is_not_finite_is_refused_with_its_place():
    arms = build_subjects(make("build_nan"), ARMS, seed=0)
    with pytest.raises(RefusedError, match=r"arm 'off': output\.y") as caught:
        arms["off"].check()
    assert caught.value.reason == "nan"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
@pytest.mark.usefixtures("measured")
def test_a_missing_gpu_is_a_refusal():
    with pytest.raises(RefusedError) as caught:
        build_subjects(make("build", device="cuda"), ARMS, seed=0)
    assert caught.value.reason == "no-gpu"


def test_tokens_stay_inside_the_vocabulary_and_reach_all_of_it():
    tokens = make_input(Workload(build="a:b", tokens=(8, 64), vocabulary=5), seed=0)
    assert tokens.dtype == torch.int64
    assert tokens.shape == (8, 64)
    assert sorted(tokens.unique().tolist()) == [0, 1, 2, 3, 4]


def test_a_module_may_convert_the_layout_in_its_own_load_hook():
    class Fused(nn.Module):
        def __init__(self):
            super().__init__()
            self.both = nn.Linear(2, 4, bias=False)
            self.register_load_state_dict_pre_hook(self.join)

        @staticmethod
        def join(module, state, prefix, *_):
            state["both.weight"] = torch.cat([state.pop("one.weight"), state.pop("two.weight")])

    two = nn.ModuleDict({"one": nn.Linear(2, 2, bias=False), "two": nn.Linear(2, 2, bias=False)})
    fused = Fused()
    share_weights(two, fused)
    assert torch.equal(fused.both.weight, torch.cat([two["one"].weight, two["two"].weight]))


class Inner(NamedTuple):
    a: torch.Tensor
    b: int


@dataclasses.dataclass
class Outer:
    inner: Inner
    many: list


def test_tensors_are_found_in_every_kind_of_result():
    x = torch.zeros(1)
    tree = {"o": Outer(inner=Inner(x, 3), many=[x, (x, None)]), "t": x}
    assert [path for path, _ in tensors_of(tree)] == [
        "output.o.inner.a",
        "output.o.many.0",
        "output.o.many.1.0",
        "output.t",
    ]


def test_a_result_that_contains_itself_does_not_trap_us():
    loop: list = []
    loop.append(loop)
    assert list(tensors_of(loop)) == []


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_one_bad_value_anywhere_is_found(bad):
    fine = torch.zeros(3)
    spoilt = torch.tensor([0.0, bad])
    assert not_finite((fine, torch.tensor([1]))) is None
    assert not_finite((fine, {"z": spoilt})) == "output.1.z"
