"""Mechanisms that act, and mechanisms that only look as if."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from doctool.probe import ProbeLimits, probe
from doctool.probe.child import _try
from doctool.probe.messages import Seen, Trial
from doctool.project.config import Workload
from doctool.terms.facts import write_facts
from doctool.terms.mechanism import Status
from doctool.workload.channel import RefusedError

CODE = """
import random
import time
from dataclasses import dataclass
from typing import NamedTuple
import torch
from torch import nn

class Out(NamedTuple):
    y: torch.Tensor
    aux: torch.Tensor | None

class Model(nn.Module):
    def __init__(self, kind, use_x):
        super().__init__()
        self.kind, self.use_x = kind, use_x
        if use_x and kind in {"dead weight", "none loss", "aux", "aux without gradient", "aux nan", "residual", "mask"}:
            # Built first, so that everything after it would draw other numbers.
            self.head = nn.Linear(4, 4)
        self.core = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)
        self.dropout = nn.Dropout(0.5)
        self.mask = torch.randn(4) if kind == "mask" else None
        if kind == "hang in build" and use_x:
            time.sleep(600)

    def forward(self, x):
        kind, use_x = self.kind, self.use_x
        if kind == "prints":
            print("{'type': 'Seen'}" * 1000)
        if kind == "crash" and use_x:
            raise KeyError("x")
        if kind == "hang" and use_x:
            time.sleep(600)
        if kind == "narrow" and x.dtype == torch.float64:
            raise RuntimeError("not implemented for Double")
        if kind == "greedy" and use_x:
            self.big = torch.zeros(2**40)
        if use_x and kind == "same function":
            weight = torch.cat([self.core.weight, self.second.weight])
            bias = torch.cat([self.core.bias, self.second.bias])
            a, b = nn.functional.linear(x, weight, bias).chunk(2, dim=-1)
        else:
            a, b = self.core(x), self.second(x)
        if kind == "mask":
            a = a * self.mask.to(a.dtype)
        if kind == "shifted":
            noise = [random.random() for _ in range(2 if use_x else 1)]
            a = a * noise[-1]
        if kind == "shifted in training" and self.training and use_x:
            torch.default_generator.manual_seed(5)
        if kind == "scaled and shifted":
            random.random()
            a = nn.functional.gelu(a) if use_x and random.random() >= 0 else a
        if use_x and kind == "residual":
            a = a + self.head(x)
        if use_x and kind == "view only":
            a = a.view(a.shape).transpose(0, 1).transpose(0, 1)
        if use_x and kind == "detach":
            b = b.detach()
        if use_x and kind == "training only" and self.training:
            a = a * 2
        if use_x and kind == "nan":
            a = a / 0
        if kind == "random":
            a = a + torch.rand(1, generator=torch.Generator().manual_seed(time.perf_counter_ns())).to(a.dtype)
        if kind == "wide":
            a = a.repeat(1, 2 if use_x else 1)
        y = self.dropout(torch.cat([a, b], dim=-1))
        aux = None
        if use_x and kind in {"aux", "aux nan"}:
            aux = (self.head(a.detach()) - a.detach()).square().mean() / (0 if kind == "aux nan" else 1)
        if use_x and kind == "aux without gradient":
            aux = torch.ones((), dtype=x.dtype)
        return Out(y, aux)

class Flagged(nn.Module):
    def __init__(self, use_x):
        super().__init__()
        self.use_x, self.core, self.rows = use_x, nn.Linear(4, 4), nn.Embedding(10, 4)

    def forward(self, x, with_aux=False, scale=1.0):
        y = self.core(x if x.is_floating_point() else self.rows(x)) * scale
        return (y, y.square().mean()) if with_aux and self.use_x else y

def build(kind, use_x=False):
    return Flagged(use_x) if kind == "flagged" else Model(kind, use_x)

def build_compiled(kind, use_x):
    plain = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    if use_x and kind == "compiled":
        return torch.compile(plain, backend="eager")
    if use_x and kind == "compiled in place":
        plain.compile(backend="eager")
    if use_x and kind == "compiled part":
        plain[0] = torch.compile(plain[0], backend="eager")
    if use_x and kind == "traced":
        return torch.jit.trace(plain, torch.randn(3, 4, dtype=torch.float64).to(plain[0].weight.dtype))
    return plain

def build_pair(kind):
    return {"off": torch.sin, "on": torch.sin if kind == "inert" else torch.cos}
"""


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    (tmp_path / "probed_toy.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    torch.set_num_threads(1)
    return tmp_path


def workload_of(kind: str, function: str = "build", **changes) -> Workload:
    settings = {"args": {"kind": kind}, "features": (3, 4), "device": "cpu", **changes}
    return Workload(build=f"probed_toy:{function}", **settings)


def told(seen: Seen) -> str:
    return write_facts(seen.differences, "en")


def see(kind: str, function: str = "build", **changes):
    """Probe in this process."""
    workload = workload_of(kind, function, **changes)
    return _try(Trial(workload=workload, off={"use_x": False}, on={"use_x": True}, memory_bytes=None), lambda _: None)


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("residual", "output.y differs by up to"),
        ("same function", "kernels: "),
        ("training only", "outputs in training: output.y differs"),
        ("detach", "gradients: 2 of "),
        ("wide", "output.y has shape [3, 8] → [3, 12]"),
        ("aux", "auxiliary output.aux = "),
    ],
)
def test_a_mechanism_that_acts_is_effective_and_the_facts_say_how(kind, fact):
    seen = see(kind)
    assert seen.is_effective
    assert fact in told(seen)


@pytest.mark.usefixtures("root")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", ["compiled", "compiled in place", "compiled part", "traced"])
def test_of_compiled_code_it_is_said_that_the_probe_cannot_look_and_it_is_compared(kind):
    seen = see(kind, "build_compiled")
    assert seen.is_effective
    assert "into which the probe cannot look" in told(seen)


@pytest.mark.usefixtures("root")
def test_what_is_compiled_in_neither_arm_is_still_found_inert():
    assert not see("plain", "build_compiled").is_effective


@pytest.mark.usefixtures("root")
def test_an_auxiliary_output_tells_how_many_parameters_it_teaches():
    assert "finite, gives gradients to 2 parameters" in told(see("aux"))
    assert "aux = 1, finite, gives gradients to no parameter" in told(see("aux without gradient"))


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("kind", ["dead weight", "none loss", "view only", "nothing", "random", "prints"])
def test_what_does_not_act_is_inert_whatever_else_is_built(kind):
    seen = see(kind)
    assert not seen.is_effective, seen.differences
    if kind in {"dead weight", "none loss"}:
        assert "parameters: 4 → 6: +head.bias [4], +head.weight [4, 4]" in told(seen)
        assert "modules: Linear 2 → 3" in told(seen)
        assert "but what runs is the same: no kernel, output or gradient differs" in told(seen)


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("kind", ["mask", "shifted", "shifted in training"])
def test_other_random_numbers_alone_are_no_effect(kind):
    seen = see(kind)
    assert not seen.is_effective, seen.differences


@pytest.mark.usefixtures("root")
def test_what_acts_is_seen_beside_other_random_numbers():
    seen = see("scaled and shifted")
    assert seen.is_effective
    assert "gelu 0 → 1" in told(seen)
    assert "different random numbers" in told(seen)


@pytest.mark.usefixtures("root")
def test_outputs_are_equal_only_if_the_function_is_the_same():
    assert see("same function").equal_outputs
    assert see("dead weight").equal_outputs
    for kind in ("residual", "wide", "aux"):
        seen = see(kind)
        assert not seen.equal_outputs
        assert seen.output_differences


@pytest.mark.usefixtures("root")
def test_functions_without_a_module_are_compared_by_what_they_compute():
    assert not see("inert", "build_pair").is_effective
    assert see("other", "build_pair").is_effective


@pytest.mark.usefixtures("root")
def test_code_that_knows_no_double_precision_is_tried_in_its_own():
    seen = see("narrow")
    assert not seen.is_effective
    assert seen.equal_outputs


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("kind", ["nan", "aux nan"])
def test_values_that_are_not_finite_are_refused(kind):
    with pytest.raises(RefusedError) as caught:
        see(kind)
    assert caught.value.reason == "nan"


@pytest.mark.usefixtures("root")
def test_a_mechanism_behind_a_flag_of_the_call_is_inert_until_the_call_gives_it_and_that_is_said():
    without = see("flagged")
    assert not without.is_effective
    assert "with_aux=False, scale=1.0" in told(without)
    assert see("flagged", call={"with_aux": True}).is_effective
    assert "with_aux" not in told(see("flagged", call={"with_aux": False}))


@pytest.mark.usefixtures("root")
def test_a_token_beyond_the_embedding_is_a_mistake_of_the_settings():
    with pytest.raises(RefusedError, match=r"ids up to \d+, and rows with 10 rows has no row") as refused:
        see("flagged", features=None, tokens=(8, 64), vocabulary=100)
    assert refused.value.reason == "settings"
    assert see("flagged", features=None, tokens=(8, 64), vocabulary=10).differences


def put(root: Path, kind: str, **settings):
    return probe(root, workload_of(kind), off={"use_x": False}, on={"use_x": True}, **settings)


def test_a_child_process_gives_the_same_answer_even_if_the_model_prints(root):
    result = put(root, "prints", same_function=True)
    assert (result.status, result.refusal, result.equal_outputs) == (Status.INERT, None, True)


def test_another_function_is_refused_where_the_same_was_promised(root):
    result = put(root, "residual", same_function=True)
    assert result.refusal is not None
    assert result.refusal.reason == "not-equal"
    assert "output.y differs by up to" in write_facts(result.refusal.seen, "en")


def test_a_crash_in_the_measured_code_is_theirs(root):
    result = put(root, "crash")
    assert result.refusal is not None
    assert result.refusal.reason == "crashed"
    assert result.refusal.detail.endswith("KeyError: 'x'")
    assert "probed_toy.py" in result.refusal.detail


@pytest.mark.parametrize("kind", ["hang", "hang in build"])
def test_a_probe_has_a_limit_of_time(root, kind):
    result = put(root, kind, limits=ProbeLimits(seconds=8.0))
    assert result.refusal is not None
    assert result.refusal.reason == "hung"


def test_a_probe_has_a_limit_of_memory(root):
    result = put(root, "greedy")
    assert result.refusal is not None
    assert result.refusal.reason == "out-of-memory"
