"""What is proposed for a repository that nobody has described yet: which models, and which of their switches."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctool import detect
from doctool.project.config import BASELINE, Config
from doctool.proposal import propose_config
from doctool.proposal.naming import mechanism_names
from doctool.terms.mechanism import Status

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


def write(root: Path, files: dict[str, str]) -> None:
    for name, body in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")


def propose(root: Path, files: dict[str, str]) -> tuple[str, Config]:
    write(root, files)
    return propose_config(root)


def toggles(config: Config) -> set[str]:
    return {one.toggles[0] for name, one in config.mechanisms.items() if name != BASELINE}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {
            "src/net/layers.py": LAYERS,
            "src/net/model.py": MODEL,
            "src/net/config.py": CONFIG,
            "src/net/broken.py": "class Broken(Module:\n",
            "setup.py": "raise SystemExit",
            "tests/test_model.py": MODEL,
        },
    )
    return tmp_path


def test_only_switches_that_the_model_takes_and_that_decide_about_something_are_proposed(repository: Path) -> None:
    _, config = propose_config(repository)
    assert toggles(config) == {"use_hem", "tie"}
    assert (config.mechanisms["hem"].owner, config.mechanisms["tie"].owner) == ("Config", "Config")


def test_the_proposed_package_and_model_are_where_the_model_is(repository: Path) -> None:
    _, config = propose_config(repository)
    (workload,) = config.workloads.values()
    assert (config.package, workload.build, workload.config) == ("net", "net.model:TinyLM", "net.config:Config")


def test_every_proposal_is_wired_when_asked_for(repository: Path) -> None:
    _, config = propose_config(repository)
    questions = {name: one.question for name, one in config.mechanisms.items() if name != BASELINE}
    found = detect.detect(repository, config.package, questions).detections
    assert {one.status for one in found.values()} == {Status.WIRED}


RENAMED = """
from torch import nn

class Attention(nn.Module):
    def __init__(self, width, normed=False, scale=None):
        super().__init__()
        self.norm = nn.LayerNorm(width) if normed else None
        self.scale = scale
    def forward(self, x):
        return x if self.norm is None else self.norm(x)

class Net(nn.Module):
    def __init__(self, width=8, attn_normed=False, dead=False):
        super().__init__()
        self.attention = Attention(width, normed=attn_normed, scale=dead)
        self.out = nn.Linear(width, width)
    def forward(self, x):
        return self.out(self.attention(x))
"""


def test_a_switch_that_goes_on_under_another_name_is_proposed_and_never_called_unused(tmp_path: Path) -> None:
    text, config = propose(tmp_path, {"net/__init__.py": "", "net/model.py": RENAMED})
    assert toggles(config) == {"attn_normed"}
    assert config.mechanisms["attn_normed"].owner == "Net"
    assert "Nothing that runs uses" not in text


SWITCH = """
import logging
import torch
import torch.nn.functional as F
from torch import nn

logger = logging.getLogger()

def check(x):
    assert x.isfinite().all(), "not finite"

class Net(nn.Module):
    def __init__(self, d=8, switch=False):
        super().__init__()
        self.proj = nn.Linear(d, d)
        {init}
    def load(self):
        self.load_state_dict(torch.load("weights"))
    def forward(self, x):
        {forward}
        return self.proj(x)
    def generate(self, x):
        {other}
        return x
"""


@pytest.mark.parametrize(
    "code",
    [
        {"init": "self.part = nn.Linear(d, d) if switch else nn.Identity()", "forward": "x = self.part(x)"},
        {
            "init": "if switch: self.part = nn.Linear(d, d)",
            "forward": "x = self.part(x) if hasattr(self, 'part') else x",
        },
        {"init": "self.part = nn.LayerNorm(d, bias=switch)", "forward": "x = self.part(x)"},
        {"init": "self.part = (nn.GELU if switch else nn.ReLU)()", "forward": "x = self.part(x)"},
        {
            "init": "self.part = nn.ModuleList(nn.GELU() for _ in range(1 if switch else 4))",
            "forward": "x = self.part[0](x)",
        },
        {"init": "self.part = switch and nn.Linear(d, d)", "forward": "x = self.part(x) if self.part else x"},
        {"init": "self.switch = switch", "forward": "x = F.relu(x) if self.switch else x"},
        {"init": "self.flag = not switch", "forward": "if self.flag: return x"},
        {"init": "self.switch = switch", "forward": "x = x * 2 if self.switch else x"},
        {"init": "self.switch = switch", "forward": "x = F.dropout(x, training=self.switch)"},
    ],
    ids=range(10),
)
def test_what_builds_or_computes_is_a_mechanism(tmp_path: Path, code: dict[str, str]) -> None:
    body = SWITCH.format(**{"init": "pass", "forward": "pass", "other": "pass", **code})
    assert toggles(propose(tmp_path, {"net/model.py": body})[1]) == {"switch"}


@pytest.mark.parametrize(
    "code",
    [
        {"init": "if switch: print('verbose')"},
        {"init": "if switch: logger.info('building %d', d)"},
        {"init": "if switch: self.load()"},
        {"init": "if switch: self.load_state_dict(torch.load('weights'))"},
        {"init": "self.switch = switch", "forward": "if self.switch: check(x)"},
        {"init": "self.switch = switch", "forward": "if self.switch: logger.debug('%s', x.mean() + 1)"},
        {"init": "self.switch = switch", "forward": "if self.switch: raise ValueError(x + 1)"},
        {"init": "self.switch = switch", "other": "x = F.relu(x) if self.switch else x"},
        {"init": "self.act = nn.ReLU(inplace=switch)"},
        {"init": "self.switch = switch"},
    ],
    ids=range(10),
)
def test_what_reports_checks_or_loads_is_no_mechanism_whatever_it_is_called(
    tmp_path: Path, code: dict[str, str]
) -> None:
    body = SWITCH.format(**{"init": "pass", "forward": "pass", "other": "pass", **code})
    assert toggles(propose(tmp_path, {"net/model.py": body})[1]) == set()


FACTORY = """
from torch import nn
ENTRIES = {}
def register(function):
    ENTRIES[function.__name__] = function
    return function
class Net(nn.Module):
    def __init__(self, in_chans=3, width=16, depths=(2, 2), use_se=False, norm="batch"):
        super().__init__()
        self.stem = nn.Conv2d(in_chans, width, 3)
        self.se = nn.Conv2d(width, width, 1) if use_se else nn.Identity()
        self.norm = nn.BatchNorm2d(width) if norm == "batch" else nn.GroupNorm(1, width)
    def forward(self, x):
        return self.norm(self.se(self.stem(x)))
def _create(variant, pretrained=False, **kwargs):
    model = build_with(Net, variant, pretrained, **kwargs)
    return model
def build_with(cls, variant, pretrained, **kwargs):
    model = cls(**kwargs)
    if pretrained:
        model.load_state_dict({})
    return model
@register
def net_tiny(pretrained=False, **kwargs):
    return _create("net_tiny", pretrained=pretrained, **dict(dict(width=8), **kwargs))
@register
def net_big(pretrained=False, **kwargs):
    return _create("net_big", pretrained=pretrained, width=64, **kwargs)
"""


def test_a_factory_takes_the_switches_of_the_model_that_it_hands_its_keywords_to(tmp_path: Path) -> None:
    text, config = propose(tmp_path, {"zoo/nets.py": FACTORY})
    (workload,) = config.workloads.values()
    assert (workload.build, workload.features) == ("zoo.nets:net_tiny", (2, 3, 32, 32))
    assert toggles(config) == {"use_se"}
    assert "# norm (zoo/nets.py:8) chooses among 'batch'" not in text  # one value and its absence are no choice
    assert "pretrained" not in text


def test_what_documents_name_comes_first(tmp_path: Path) -> None:
    page = "## Speed\n\n| Model | Latency |\n|---|---|\n| net_big | TBD ms |\n| net_tiny | TBD ms |\n"
    _, config = propose(tmp_path, {"zoo/nets.py": FACTORY, "speed.md": page})
    assert {name: one.build for name, one in config.workloads.items()} == {
        "net_tiny": "zoo.nets:net_tiny",
        "net_big": "zoo.nets:net_big",
    }


def test_what_has_other_values_than_on_and_off_is_said_at_the_place(tmp_path: Path) -> None:
    body = SWITCH.format(init="self.act = {'relu': nn.ReLU, 'gelu': nn.GELU}[kind]()", forward="pass", other="pass")
    body = body.replace("switch=False", "kind='relu', experts=0").replace(
        "        pass\n        return self.proj(x)", "        return self.proj(x)"
    )
    body = body.replace(
        "self.act =", "self.experts = nn.ModuleList() if experts > 0 else nn.Linear(d, d)\n        self.act ="
    )
    text, config = propose(tmp_path, {"net/model.py": body})
    assert toggles(config) == set()
    assert "kind (net/model.py:13) chooses among 'relu', 'gelu'" in text


PROGRAM = """
import argparse
from torch import nn
class Net(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.inner = nn.Linear(args.width, args.width)
        self.skip = nn.Linear(args.width, args.width) if args.use_skip else None
    def forward(self, x):
        return self.inner(x) if self.skip is None else self.skip(x)
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--use-skip", action="store_true")
    parser.add_argument("--log-model", action="store_true")
    args = parser.parse_args()
    print(Net(args))
"""


def test_a_model_built_from_the_command_line_is_given_what_its_programs_have_as_defaults(tmp_path: Path) -> None:
    _, config = propose(tmp_path, {"net.py": PROGRAM})
    (workload,) = config.workloads.values()
    assert (workload.build, workload.config) == ("net:Net", "argparse:Namespace")
    assert (workload.args, workload.features) == ({"width": 24, "use_skip": False}, (8, 24))
    assert toggles(config) == {"use_skip"}


EXAMPLE = """
# Net

```python
import torch
from net import Net
B, D = 4, 48
model = Net(width = D, extra = True).cuda()
x = torch.randn(B, D)
y = model(x)
```
"""
SIZED = """
from torch import nn
class Net(nn.Module):
    def __init__(self, *, width, extra=False):
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.extra = nn.Linear(width, width) if extra else None
    def forward(self, x):
        return self.inner(x)
"""


def test_sizes_and_input_are_those_of_the_documents_example(tmp_path: Path) -> None:
    text, config = propose(
        tmp_path, {"net/__init__.py": "from net.a import Net\n", "net/a.py": SIZED, "README.md": EXAMPLE}
    )
    (workload,) = config.workloads.values()
    assert (workload.args, workload.features) == ({"width": 48, "extra": True}, (4, 48))
    assert "sizes as in README.md:8" in text


def test_sizes_that_nothing_tells_are_marked_as_guesses(tmp_path: Path) -> None:
    text, config = propose(tmp_path, {"net/a.py": SIZED})
    (workload,) = config.workloads.values()
    assert (workload.args, workload.features) == ({"width": 64}, (8, 64))
    assert "nothing tells width: small sizes are written here" in text


@pytest.mark.parametrize(
    ("header", "forward", "said"),
    [
        ("self, encoder", "self, x", "needs encoder"),
        ("self, width=8", "self, x, adjacency", "is called with x, adjacency"),
    ],
)
def test_a_model_that_cannot_be_run_as_it_is_is_left_to_a_builder_and_says_why(
    tmp_path: Path, header: str, forward: str, said: str
) -> None:
    body = f"from torch import nn\nclass Net(nn.Module):\n    def __init__({header}):\n        super().__init__()\n"
    text, config = propose(tmp_path, {"net.py": f"{body}    def forward({forward}):\n        return x"})
    assert config.workloads == {}
    assert said in text
    assert "own-repository.md" in text


def test_scripts_side_by_side_are_one_package(tmp_path: Path) -> None:
    parts = {"layers.py": LAYERS, "models.py": MODEL.replace("net.layers", "layers"), "config.py": CONFIG}
    _, config = propose(tmp_path, parts)
    assert (config.package, config.workloads["main"].build) == (".", "models:TinyLM")
    assert toggles(config) == {"use_hem", "tie"}


def test_a_repository_without_models_gets_no_proposal(tmp_path: Path) -> None:
    _, config = propose(tmp_path, {"tool.py": "def run(fast=False):\n    return 1 if fast else 2\n"})
    assert (config.mechanisms, config.workloads) == ({}, {})


def test_a_heading_that_is_the_long_form_of_a_name_becomes_an_alias(tmp_path: Path) -> None:
    page = "## Convolution bias\n\n| Metric | off | on |\n|---|---|---|\n| Latency | TBD ms | TBD ms |\n"
    body = SWITCH.format(init="self.c = nn.Conv1d(d, d, 1, bias=conv_bias)", forward="x = self.c(x)", other="pass")
    _, config = propose(tmp_path, {"net.py": body.replace("switch=False", "conv_bias=True"), "speed.md": page})
    assert config.aliases.mechanisms == {"conv_bias": ("convolution bias",)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["use_hem"], ["hem"]),
        (["weight", "use_weight"], ["weight", "use_weight"]),
        (["use_x", "with_x"], ["use_x", "with_x"]),
        (["use_A", "a"], ["use_A", "a"]),
        (["baseline", "use_baseline"], ["baseline_2", "use_baseline"]),
    ],
)
def test_no_two_mechanisms_can_be_mistaken_for_each_other(given: list[str], expected: list[str]) -> None:
    assert mechanism_names(given) == expected
