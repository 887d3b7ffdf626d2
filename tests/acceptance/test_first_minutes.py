"""From a repository that knows nothing of doctool to a filled, committed table: `init`, `refresh`, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doctool.project.loading import load_config
from tests.situations import git, run_here

TABLE = """# {title}

| Metric | Without | With | Change |
|--------|---------|------|--------|
| Forward time | TBD ms | TBD ms | TBD % |
| Peak memory | TBD MB | TBD MB | TBD % |
"""

# One file, a model that takes one settings object, and a training script beside it.
SINGLE_FILE = {
    "model.py": """
import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        assert config.width % config.n_head == 0
        self.project = nn.Linear(config.width, 3 * config.width, bias=config.bias)
        self.n_head = config.n_head
        self.flash = config.use_flash
        if not self.flash:
            print("slow attention")

    def forward(self, x):
        B, T, C = x.size()
        query, key, value = (
            one.view(B, T, self.n_head, C // self.n_head).transpose(1, 2) for one in self.project(x).split(C, dim=2)
        )
        if self.flash:
            y = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        else:
            scores = query @ key.transpose(-2, -1) / math.sqrt(key.size(-1))
            mask = torch.ones(T, T, dtype=torch.bool).tril()
            y = scores.masked_fill(~mask, float("-inf")).softmax(-1) @ value
        return y.transpose(1, 2).reshape(B, T, C)


@dataclass
class Config:
    block_size: int = 64
    vocab_size: int = 96
    n_layer: int = 2
    n_head: int = 4
    width: int = 32
    bias: bool = True  # of every projection
    use_flash: bool = False
    compile: bool = False  # read by train.py


class LM(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.parts = nn.ModuleDict(
            dict(
                embed=nn.Embedding(config.vocab_size, config.width),
                place=nn.Embedding(config.block_size, config.width),
                layers=nn.ModuleList([Attention(config) for _ in range(config.n_layer)]),
            )
        )
        self.head = nn.Linear(config.width, config.vocab_size, bias=False)

    def forward(self, idx, targets=None):
        b, t = idx.size()
        x = self.parts.embed(idx) + self.parts.place(torch.arange(t))
        for layer in self.parts.layers:
            x = x + layer(x)
        logits = self.head(x)
        loss = None if targets is None else F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        return logits, loss
""",
    "train.py": """
import torch

from model import LM, Config

log_model = False
verbose = True
model = LM(Config())
if verbose:
    print(model)
""",
    "PERF.md": TABLE.format(title="Fused attention (use_flash)"),
}

# A registry of functions that hand their keywords on.
FACTORY = {
    "zoo/__init__.py": "from .nets import *\nfrom .registry import create_model\n",
    "zoo/registry.py": """
ENTRIES = {}


def register_model(function):
    ENTRIES[function.__name__] = function
    return function


def create_model(name, pretrained=False, **kwargs):
    return ENTRIES[name](pretrained=pretrained, **kwargs)


def build_with_config(cls, variant, pretrained, **kwargs):
    model = cls(**kwargs)
    if pretrained:
        model.load_state_dict(download(variant))
    return model


def download(variant):
    raise FileNotFoundError(variant)
""",
    "zoo/nets.py": """
from torch import nn

from .registry import build_with_config, register_model


class Squeeze(nn.Module):
    def __init__(self, width, ratio=4):
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(width, width // ratio, 1), nn.ReLU(), nn.Conv2d(width // ratio, width, 1)
        )

    def forward(self, x):
        return x * self.gate(x).sigmoid()


class Stage(nn.Module):
    def __init__(self, width, use_se=False, act_layer=nn.ReLU, inplace=True):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.act = act_layer(inplace=inplace)
        self.se = Squeeze(width) if use_se else nn.Identity()

    def forward(self, x):
        return x + self.se(self.act(self.norm(self.conv(x))))


class ConvNet(nn.Module):
    def __init__(
        self, in_chans=3, num_classes=10, width=16, depths=(1, 1), global_pool="avg", verbose=False, **stage_kwargs
    ):
        super().__init__()
        if verbose:
            print("building", depths)
        self.stem = nn.Conv2d(in_chans, width, 4, stride=4)
        self.stages = nn.Sequential(*[Stage(width, **stage_kwargs) for _ in range(sum(depths))])
        self.global_pool = global_pool
        self.head = nn.Linear(width, num_classes)

    def forward(self, x):
        x = self.stages(self.stem(x))
        x = x.amax((2, 3)) if self.global_pool == "max" else x.mean((2, 3))
        return self.head(x)


def _create_convnet(variant, pretrained=False, **kwargs):
    return build_with_config(ConvNet, variant, pretrained, **kwargs)


@register_model
def convnet_tiny(pretrained=False, **kwargs):
    model_args = dict(width=8, depths=(1, 1))
    return _create_convnet("convnet_tiny", pretrained=pretrained, **dict(model_args, **kwargs))


@register_model
def convnet_base(pretrained=False, **kwargs):
    return _create_convnet("convnet_base", pretrained=pretrained, width=32, depths=(2, 2), **kwargs)
""",
    "docs/results.markdown": TABLE.format(title="Squeeze and excitation (`use_se`)"),
}

# A package below `src` with a settings class in a file of its own; the sizes are nowhere.
SOURCE_LAYOUT = {
    "pyproject.toml": "[project]\nname = 'ssm'\nversion = '1'\n",
    "README.md": "# ssm\n\n```python\nmodel = SSM.from_pretrained('ssm-130m')\n```\n",
    "src/ssm/__init__.py": "from ssm.model import SSM\n",
    "src/ssm/config.py": """
from dataclasses import dataclass, field


@dataclass
class ModelArgs:
    d_model: int
    n_layer: int
    vocab_size: int
    conv_bias: bool = True
    bias: bool = False
    norm: str = "rms"
    tags: list = field(default_factory=list)
    save_logs: bool = False
""",
    "src/ssm/model.py": """
import logging

from torch import nn

from ssm.config import ModelArgs

logger = logging.getLogger(__name__)


class Mixer(nn.Module):
    def __init__(self, args: ModelArgs):
        super().__init__()
        self.inner = nn.Linear(args.d_model, args.d_model, bias=args.bias)
        self.conv = nn.Conv1d(args.d_model, args.d_model, 3, padding=1, bias=args.conv_bias)
        self.norm = nn.RMSNorm(args.d_model) if args.norm == "rms" else nn.LayerNorm(args.d_model)

    def forward(self, x):
        (b, l, d) = x.shape
        return self.norm(self.inner(self.conv(x.transpose(1, 2)).transpose(1, 2)))


class SSM(nn.Module):
    def __init__(self, args: ModelArgs):
        super().__init__()
        self.args = args
        self.embedding = nn.Embedding(args.vocab_size, args.d_model)
        self.layers = nn.ModuleList([Mixer(args) for _ in range(args.n_layer)])
        self.head = nn.Linear(args.d_model, args.vocab_size, bias=False)
        if args.save_logs:
            logger.info("built %d layers", args.n_layer)

    def forward(self, input_ids):
        x = self.embedding(input_ids)
        for layer in self.layers:
            x = x + layer(x)
        return self.head(x)
""",
    "docs/notes/Kosten.md": TABLE.format(title="Convolution bias"),
}


@pytest.mark.parametrize(
    ("files", "page", "toggles"),
    [
        pytest.param(SINGLE_FILE, "PERF.md", {"bias", "use_flash"}, marks=pytest.mark.long),
        (FACTORY, "docs/results.markdown", {"use_se"}),
        (SOURCE_LAYOUT, "docs/notes/Kosten.md", {"conv_bias", "bias"}),
    ],
    ids=["single file", "factory", "source layout"],
)
def test_from_init_to_a_filled_committed_table(
    tmp_path: Path, files: dict[str, str], page: str, toggles: set[str]
) -> None:
    for name, body in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body.lstrip("\n"), encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "start")

    done = run_here(tmp_path, "init")
    assert done.returncode == 0, done.stderr
    config = load_config(tmp_path)
    assert list(config.documents) == [page]
    assert {one.toggles[0] for one in config.mechanisms.values() if one.toggles} == toggles
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "use doctool")

    # The machine may run other tests beside this one: what is measured here need not be claimed.
    done = run_here(tmp_path, "refresh", "--all", "--quick", "--busy", "--budget", "300s")
    text = (tmp_path / page).read_text(encoding="utf-8")
    assert (done.returncode, "TBD" in text) == (0, False), done.stderr
    assert git(tmp_path, "rev-list", "--count", "HEAD").strip() == "3"
    assert git(tmp_path, "status", "--porcelain") == ""
    (memory,) = re.findall(r"^\| Peak memory \|(.*)\|$", text, re.MULTILINE)
    assert all(re.search(r"\d", cell) for cell in memory.split("|")), memory
    (latency,) = re.findall(r"^\| Forward time \|(.*)\|$", text, re.MULTILINE)
    assert all(re.search(r"\d|not measured|inconclusive|no claim", cell) for cell in latency.split("|")), latency
