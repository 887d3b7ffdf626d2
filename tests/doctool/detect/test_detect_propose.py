"""What is proposed for a repository that nobody has described yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctool.detect import detect, propose
from doctool.terms.mechanism import Question, Status

LAYERS = """
from torch import nn
class Fused(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.W_fused = nn.Linear(d, d)
    def forward(self, x):
        return self.W_fused(x)
"""
MODEL = """
from torch import nn
from net.layers import Fused
class Block(nn.Module):
    def __init__(self, d, use_hem: bool = False, bias=True, unread=False, size=3):
        super().__init__()
        self.proj = Fused(d) if use_hem else nn.Linear(d, d, bias=bias)
    def forward(self, x):
        return self.proj(x)
class TinyLM(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.block = Block(config.d, use_hem=config.use_hem)
        self.tie = None
        if config.tie:
            self.tie = nn.Linear(8, 8)
    def forward(self, x):
        x = self.block(x)
        return x if self.tie is None else self.tie(x)
"""
CONFIG = """
from dataclasses import dataclass
@dataclass
class Config:
    d: int = 8
    use_hem: bool = False
    tie: bool = False
    forgotten: bool = False
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    package = tmp_path / "src" / "net"
    package.mkdir(parents=True)
    for name, body in {"layers": LAYERS, "model": MODEL, "config": CONFIG}.items():
        (package / f"{name}.py").write_text(body, encoding="utf-8")
    (package / "broken.py").write_text("class Broken(Module:\n", encoding="utf-8")
    (tmp_path / "setup.py").write_text("raise SystemExit", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_model.py").write_text(MODEL, encoding="utf-8")
    return tmp_path


def test_only_toggles_that_decide_about_something_are_proposed(repository: Path) -> None:
    found = {one.toggle: one for one in propose(repository).mechanisms}
    assert set(found) == {"use_hem", "tie"}
    assert (found["use_hem"].owner, found["use_hem"].symbols) == ("Block", ("W_fused",))
    assert found["tie"].owner == "TinyLM"


def test_the_proposed_package_and_build_target_are_where_the_model_is(repository: Path) -> None:
    proposal = propose(repository)
    assert proposal.packages == ("net",)
    assert {one.build for one in proposal.mechanisms} == {"net.model:TinyLM"}


def test_every_proposal_is_wired_when_asked_for(repository: Path) -> None:
    for one in propose(repository).mechanisms:
        question = Question(toggles=(one.toggle,), symbols=one.symbols, owner=one.owner)
        found = detect(repository, one.package, {"it": question}).detections["it"]
        assert found.status is Status.WIRED
        assert found.evidence == one.evidence


def test_a_broken_file_is_reported_and_the_rest_is_proposed(repository: Path) -> None:
    assert [one.file for one in propose(repository).unreadable] == ["src/net/broken.py"]


def test_a_repository_without_models_gets_no_proposal(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("def run(fast=False):\n    return 1 if fast else 2\n", encoding="utf-8")
    assert propose(tmp_path).mechanisms == ()
