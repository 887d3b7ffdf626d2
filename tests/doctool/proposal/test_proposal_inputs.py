"""What a model may be called with, guessed from its constructor."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctool.detect import ProposedInput, propose

MODEL = """
from dataclasses import dataclass
from torch import nn

@dataclass
class Config:
    vocab_size: int = 128
    width: int = 48
    unset: int
    use_hem: bool = False

class Part(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(7, width)

class Net(nn.Module):
    def __init__(self, {parameters}):
        super().__init__()
        {first}
        self.last = nn.Linear(5, 5) if {toggle} else nn.Identity()

    def forward(self, x):
        return self.last(x)
"""
PARAMETERS = "cfg, d=16, *, n: int = 3, use_hem=False"


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("self.a = nn.Embedding(100, 8)", ProposedInput(shape=(2, 32), vocabulary=100)),
        ("self.a = nn.Embedding(cfg.vocab_size, 8)", ProposedInput(shape=(2, 32), vocabulary=128)),
        ("self.a = torch.nn.Embedding(d, 8)", ProposedInput(shape=(2, 32), vocabulary=16)),
        ("self.a = nn.Linear(d, n)", ProposedInput(shape=(8, 16))),
        ("self.a = nn.Linear(n, d)", ProposedInput(shape=(8, 3))),
        ("self.a = nn.Sequential(nn.Linear(cfg.width, 4), nn.Linear(4, 2))", ProposedInput(shape=(8, 48))),
        ("self.a = nn.Conv1d(d, 2, 3)", ProposedInput(shape=(8, 16, 64))),
        ("self.a = nn.Conv2d(3, 2, 3)", ProposedInput(shape=(8, 3, 32, 32))),
        ("self.a = nn.Conv2d(cfg.unset, 2, 3)", ProposedInput(shape=(8, 3, 32, 32))),
        ("self.a = nn.Conv1d(cfg.unset, 2, 3)", ProposedInput(shape=(8, 5))),
        ("self.a = nn.ModuleList(Part(d) for _ in range(3))", ProposedInput(shape=(8, 5))),
        ("self.a = nn.Linear(cfg.unset, 3)", ProposedInput(shape=(8, 5))),
        ("self.a = nn.Linear(d * 2, 3)", ProposedInput(shape=(8, 5))),
        ("self.a = nn.Linear(True, 3)", ProposedInput(shape=(8, 5))),
        ("self.a = nn.Linear(in_features=3, out_features=2)", ProposedInput(shape=(8, 5))),
    ],
)
def test_the_first_layer_tells_the_input(tmp_path: Path, first: str, expected: ProposedInput) -> None:
    text = MODEL.format(parameters=PARAMETERS, first=first, toggle="use_hem")
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "model.py").write_text(text)
    (found,) = propose(tmp_path).mechanisms
    assert found.input == expected


def test_where_nothing_tells_it_nothing_is_guessed(tmp_path: Path) -> None:
    text = MODEL.format(parameters=PARAMETERS, first="pass", toggle="use_hem").replace("nn.Linear(5, 5)", "Part(d)")
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "model.py").write_text(text)
    (found,) = propose(tmp_path).mechanisms
    assert found.input is None


@pytest.mark.parametrize(
    ("parameters", "toggle", "config", "required"),
    [
        ("cfg: Config", "cfg.use_hem", "net.model:Config", ()),
        ("cfg: 'Config | None'", "cfg.use_hem", "net.model:Config", ()),
        ("cfg: int", "cfg.use_hem", None, ("cfg",)),
        ("cfg, depth=3", "cfg.use_hem", "net.model:Config", ()),
        ("*, cfg, depth=3", "cfg.use_hem", "net.model:Config", ()),
        ("cfg, depth", "cfg.use_hem", None, ("cfg", "depth")),
        ("cfg, *, depth", "cfg.use_hem", None, ("cfg", "depth")),
        ("cfg, **others", "cfg.use_hem", None, ("cfg",)),
        ("use_hem=False", "use_hem", None, ()),
        ("depth, use_hem=False, *, width, height=3", "use_hem", None, ("depth", "width")),
    ],
)
def test_a_model_that_takes_one_object_is_built_from_the_class_that_holds_the_toggle(
    tmp_path: Path, parameters: str, toggle: str, config: str | None, required: tuple[str, ...]
) -> None:
    text = MODEL.format(parameters=parameters, first="pass", toggle=toggle)
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "model.py").write_text(text)
    (found,) = propose(tmp_path).mechanisms
    assert (found.config, found.required) == (config, required)
