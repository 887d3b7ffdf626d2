"""How long does `detect` take beside `grep -rwE` for names that a large package is full of?

The tree is generated in the shape of a library of models: hundreds of directories, each with a configuration and a
model that are copies of one another under other names, over a few large shared files. Every question is about names
that stand in most of its files. Both programs run in turns, in one run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from interleaved import Program, median_seconds, report

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from doctool.detect import detect
from doctool.terms.mechanism import Question

_CONFIG = '''from library.shared import BaseConfig
class M{n}Config(BaseConfig):
    """Settings of model {n}: hidden_act, use_gate and the rest."""
    def __init__(self, width=64, depth=2, hidden_act="relu", use_gate=False, use_cache=True, **kwargs):
        self.width, self.depth, self.hidden_act = width, depth, hidden_act
        self.use_gate = use_gate
        self.use_cache = use_cache
        super().__init__(**kwargs)
'''
_MODEL = """import torch
from torch import nn
from library.shared import ACTS, BaseModel
from library.models.m{n}.config import M{n}Config
class M{n}Mlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.inner = nn.Linear(config.width, config.width)
        self.act = ACTS[config.hidden_act]()
        self.W_gate = nn.Linear(config.width, config.width) if config.use_gate else None
    def forward(self, x):
        y = self.act(self.inner(x))
        return y if self.W_gate is None else y * self.W_gate(x)
{filler}
class M{n}Model(BaseModel):
    def __init__(self, config: M{n}Config):
        super().__init__(config)
        self.layers = nn.ModuleList([M{n}Mlp(config) for _ in range(config.depth)])
    def forward(self, x, use_cache=None):
        use_cache = self.config.use_cache if use_cache is None else use_cache
        for layer in self.layers:
            x = layer(x)
        return (x, x) if use_cache else x
"""
_FILLER = '''class M{n}Part{k}(nn.Module):
    """A part with its own settings: hidden_act, use_gate."""
    def __init__(self, config, scale=1.0):
        super().__init__()
        self.config, self.scale = config, scale
        self.proj = nn.Linear(config.width, config.width)
    def forward(self, x, mask=None):
        if mask is not None:
            x = x * mask
        for step in range(2):
            x = torch.tanh(self.proj(x) * self.scale + step)
        return x
'''
_SHARED = """from torch import nn
ACTS = {"relu": nn.ReLU, "gelu": nn.GELU}
class BaseConfig:
    def __init__(self, **kwargs):
        self.use_cache = kwargs.pop("use_cache", True)
        for name, value in kwargs.items():
            setattr(self, name, value)
class BaseModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
"""
_QUESTIONS = {
    "configuration": Question(toggles=("hidden_act",), owner="M1Config"),
    "model": Question(toggles=("use_cache",), owner="M1Model"),
    "symbol": Question(toggles=("use_gate",), symbols=("W_gate",), owner="M1Mlp"),
    "package": Question(toggles=("use_gate",)),
    "shared-by-all": Question(toggles=("use_cache",), owner="BaseConfig"),
}
_MOST_SECONDS = 5.0


def build_tree(root: Path, lines: int) -> None:
    """Write models until there are enough lines."""
    count, number = 0, 0
    (root / "models").mkdir(parents=True)
    (root / "shared.py").write_text(_SHARED, encoding="utf-8")
    while count < lines:
        directory = root / "models" / f"m{number}"
        directory.mkdir()
        filler = "".join(_FILLER.format(n=number, k=part) for part in range(40))
        for name, text in (("config", _CONFIG), ("model", _MODEL)):
            body = text.format(n=number, filler=filler)
            (directory / f"{name}.py").write_text(body, encoding="utf-8")
            count += body.count("\n")
        number += 1


def programs_for(root: Path, question: Question) -> dict[str, Program]:
    """Return what is timed; an answer that claims that nothing uses what is used ends the run."""
    names = "|".join([*question.toggles, *question.symbols])
    grep = ["grep", "-rwE", "--include=*.py", names, str(root / "library")]

    def ours() -> None:
        found = detect(root, "library", {"it": question}).detections["it"]
        assert found.status.value in {"wired", "unknown"}, found

    return {"detect": ours, "grep": lambda: subprocess.run(grep, stdout=subprocess.DEVNULL, check=True)}


def main() -> None:
    """Print the ratios, with the seconds behind them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of source in the tree")
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds of each")
    options = parser.parse_args()
    seconds = {}
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        build_tree(root / "library", options.lines)
        for name, question in _QUESTIONS.items():
            seconds[name] = median_seconds(programs_for(root, question), options.rounds)
    size = f"{options.lines / 1e6:g}M-lines"
    ratios = {f"detect-{name}/grep/{size}": one["detect"] / one["grep"] for name, one in seconds.items()}
    report(ratios, seconds, as_json=options.json)
    slow = [name for name, one in seconds.items() if one["detect"] > _MOST_SECONDS]
    if slow:
        sys.exit(f"slower than {_MOST_SECONDS:g} s: {', '.join(slow)}")


if __name__ == "__main__":
    main()
