"""A toggle whose values are not True and False is a mistake of the settings, and never called inert or absent."""

import pytest

from tests.situations import make_tiny, run_here

MODEL = """
import torch
from dataclasses import dataclass


@dataclass
class Settings:
    norm: str = "layer"
    fuse: bool = False


class Net(torch.nn.Module):
    def __init__(self, width: int = 32, attn="math", heads: int = 4, use_fast=False, mode=None):
        super().__init__()
        self.first = torch.nn.Linear(width, width)
        self.is_flash = attn == "flash"
        self.use_fast, self.heads, self.mode = use_fast, heads, mode

    def forward(self, x):
        return self.first(x) * (2 if self.is_flash or self.use_fast else 1)
"""
SETTINGS = """
package: tiny
documents:
  docs/PERF.md: {language: en}
workloads:
  step: {build: "tiny.model:Net", features: [4, 32]}
mechanisms:
  fast: {toggle: TOGGLE, compare: [step]}
"""


def refresh(root, toggle):
    project = make_tiny(root)
    project.write("tiny/model.py", MODEL)
    project.write("doctool.yaml", SETTINGS.replace("TOGGLE", toggle))
    project.commit("settings")
    return run_here(project.root, "refresh", "--all", "--dry-run")


@pytest.mark.parametrize(("toggle", "default"), [("attn", "'math'"), ("heads", "4"), ("norm", "'layer'")])
def test_a_choice_among_values_is_refused_with_its_place(tmp_path, toggle, default):
    done = refresh(tmp_path / "repository", toggle)
    assert done.returncode == 3, done.stdout
    assert f"toggle '{toggle}' takes values" in done.stderr
    assert f"has the default {default}" in done.stderr
    assert "tiny/model.py:" in done.stderr


@pytest.mark.parametrize("toggle", ["n_kv_heads=2", "attn: flash", "use fast"])
def test_a_toggle_with_a_value_is_refused(tmp_path, toggle):
    done = refresh(tmp_path / "repository", f"'{toggle}'")
    assert done.returncode == 3
    assert "is not the name of a parameter" in done.stderr


@pytest.mark.parametrize("toggle", ["use_fast", "fuse", "mode", "unheard_of"])
def test_a_switch_is_no_choice(tmp_path, toggle):
    assert refresh(tmp_path / "repository", toggle).returncode == 0
