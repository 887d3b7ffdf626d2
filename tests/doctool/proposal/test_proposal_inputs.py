"""What a model may be called with, guessed from its constructor and its forward path."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctool.project.config import Workload
from doctool.proposal import propose_config
from doctool.proposal.sizes import guess_size

MODEL = """
from dataclasses import dataclass
from torch import nn

@dataclass
class Config:
    vocab_size: int = 128
    width: int = 48
    depth: int = 2
    use_hem: bool = False

class Part(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(7, width)

class Net(nn.Module):
    def __init__(self, {parameters}):
        super().__init__()
        {first}
        self.last = {other} if {toggle} else nn.Identity()

    def forward(self, {inputs}):
        {shape}
        return self.last(self.a(x))
"""
PARAMETERS = "cfg: Config"


def workload_of(root: Path, first: str, **parts: str) -> Workload | None:
    filled = {
        "parameters": PARAMETERS,
        "toggle": "cfg.use_hem",
        "inputs": "x",
        "shape": "pass",
        "other": "nn.Linear(5, 5)",
        **parts,
    }
    (root / "net").mkdir()
    (root / "net" / "model.py").write_text(MODEL.format(first=first, **filled))
    workloads = propose_config(root)[1].workloads
    return workloads["main"] if workloads else None


@pytest.mark.parametrize(
    ("first", "tokens", "features"),
    [
        ("self.a = nn.Embedding(100, 8)", ((2, 32), 100), None),
        ("self.a = nn.Embedding(cfg.vocab_size, 8)", ((2, 32), 128), None),
        ("self.a = torch.nn.Embedding(cfg.vocab_size + 2, 8)", ((2, 32), 130), None),
        ("self.a = nn.Linear(cfg.width, 9)", None, (8, 48)),
        ("self.b = nn.Linear(9, 9)\n        self.a = nn.Linear(cfg.width, 9)", None, (8, 48)),
        ("self.a = nn.Sequential(nn.Linear(cfg.width, 4), nn.Linear(4, 2))", None, (8, 48)),
        ("self.a = nn.Linear(cfg.width * 2, 3)", None, (8, 96)),
        ("self.a = nn.Linear(in_features=3, out_features=2)", None, (8, 3)),
        ("self.a = nn.Conv1d(cfg.width, 2, 3)", None, (2, 48, 64)),
        ("self.a = nn.Conv2d(3, 2, 3)", None, (2, 3, 32, 32)),
        ("self.a = nn.Conv2d(cfg.unset, 2, 3)", None, (2, 3, 32, 32)),
        ("self.a = nn.Conv3d(1, 2, 3)", None, (2, 1, 8, 32, 32)),
        ("self.a = nn.ModuleList(Part(cfg.width) for _ in range(3))", None, (8, 7)),
        ("self.a = nn.Linear(cfg.unset, 3)", None, (8, 5)),
        ("self.a = nn.Linear(True, 3)", None, (8, 5)),
    ],
)
def test_the_layer_that_is_used_first_tells_the_input(
    tmp_path: Path, first: str, tokens: tuple[tuple[int, ...], int] | None, features: tuple[int, ...] | None
) -> None:
    found = workload_of(tmp_path, first)
    assert found is not None
    assert found.features == features
    assert tokens is None or (found.tokens, found.vocabulary) == tokens


@pytest.mark.parametrize(
    ("shape", "features"),
    [
        ("B, T, C = x.size()", (2, 32, 48)),
        ("b, t, c = x.shape", (2, 32, 48)),
        ("b, c = x.shape", (8, 48)),
        ("x = rearrange(x, 'b n d -> n b d')", (2, 32, 48)),
        ("*b, c = x.shape", (8, 48)),
    ],
)
def test_the_forward_path_tells_how_many_dimensions_there_are(
    tmp_path: Path, shape: str, features: tuple[int, ...]
) -> None:
    found = workload_of(tmp_path, "self.a = nn.Linear(cfg.width, 9)", shape=shape)
    assert found is not None
    assert found.features == features


def test_where_only_names_tell_it_the_proposal_says_so(tmp_path: Path) -> None:
    found = workload_of(tmp_path, "self.a = make(cfg)", other="make(cfg)")
    assert found is not None
    assert found.features == (2, 32, 48)
    assert "nothing tells what it takes; check the shape" in propose_config(tmp_path)[0]


@pytest.mark.parametrize(
    ("parameters", "toggle", "config"),
    [
        ("cfg: Config", "cfg.use_hem", "net.model:Config"),
        ("cfg: 'Config | None'", "cfg.use_hem", "net.model:Config"),
        ("cfg", "cfg.use_hem and cfg.width and cfg.depth", "net.model:Config"),
        ("cfg, depth=3", "cfg.use_hem and cfg.width", "net.model:Config"),
        ("*, cfg: Config, depth=3", "cfg.use_hem", "net.model:Config"),
        ("use_hem=False", "use_hem", None),
        ("depth, use_hem=False, *, width, height=3", "use_hem", None),
    ],
)
def test_a_model_that_takes_one_object_is_built_from_the_class_that_holds_its_settings(
    tmp_path: Path, parameters: str, toggle: str, config: str | None
) -> None:
    found = workload_of(tmp_path, "self.a = nn.Linear(8, 8)", parameters=parameters, toggle=toggle)
    assert found is not None
    assert found.config == config
    assert found.args == ({"depth": 2, "width": 64} if "width" in parameters else {})


@pytest.mark.parametrize("parameters", ["cfg: int", "cfg: Config, depth_of_what", "encoder"])
def test_what_no_plain_value_stands_for_is_left_to_a_builder(tmp_path: Path, parameters: str) -> None:
    assert workload_of(tmp_path, "self.a = Part(8)", parameters=parameters, toggle="cfg") is None


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("dim", 64), ("d_model", 64), ("hidden_size", 64), ("num_heads", 4), ("n_head", 4), ("dec_depth", 2),
        ("vocab_size", 256), ("dec_num_tokens", 256), ("attn_dropout", 0.0), ("img_size", 32), ("in_channels", 3),
        ("enc_max_seq_len", 64), ("num_classes", 10), ("encoder", None), ("norm_layer", None), ("block", None), ("n_layer", 2),
        ("num_encoder_layers", 2), ("layers", None),
    ],
)  # fmt: skip
def test_sizes_are_told_by_the_names_that_they_have_everywhere(name: str, size: float | None) -> None:
    assert guess_size(name) == size


def test_an_argument_that_is_an_object_has_no_size() -> None:
    assert guess_size("block", "type[nn.Module]") is None
