"""A figure is stale when anything changes that the measured code read, wherever it lies."""

import json

import pytest

from tests.situations import make_tiny, run_here

MODEL = """
import json
import os
from pathlib import Path

import torch

from helper import scale_of


class Net(torch.nn.Module):
    def __init__(self, width: int = 32, use_fast: bool = False):
        super().__init__()
        settings = json.loads((Path(__file__).parents[1] / "settings.json").read_text())
        self.scale = scale_of(settings) * float(os.environ.get("TINY_SCALE", "1"))
        self.first = torch.nn.Linear(width, width)
        self.use_fast = use_fast

    def forward(self, x):
        return self.first(x) * self.scale if self.use_fast else self.first(self.first(x))
"""
SETTINGS = """
package: tiny
documents:
  docs/PERF.md: {language: en}
workloads:
  step: {build: "tiny.model:Net", features: [4, 32]}
mechanisms:
  fast: {toggle: use_fast, compare: [step]}
inputs: [data/*.csv]
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    project = make_tiny(tmp_path_factory.mktemp("inputs") / "repository")
    project.write("tiny/model.py", MODEL)
    project.write("helper.py", "def scale_of(settings):\n    # one comment\n    return settings['scale']\n")
    project.write("settings.json", '{"scale": 2}')
    project.write("data/table.csv", "a,b\n")
    project.write("unread.json", "{}")
    project.write("doctool.yaml", SETTINGS)
    project.commit("a model that reads what lies around")
    done = run_here(project.root, "refresh", "--all", "--quick")
    assert run_here(project.root, "check", "--all").returncode == 0, done.stderr
    return project


def test_what_was_read_is_recorded_without_what_it_says(measured):
    (path,) = (measured.root / "docs/measurements").glob("*.json")
    inputs = json.loads(path.read_text("utf-8"))["source"]["inputs"]
    assert set(inputs) == {"$TINY_SCALE", "data/table.csv", "helper.py", "settings.json"}


@pytest.mark.parametrize(
    ("name", "text", "is_stale"),
    [
        ("settings.json", '{"scale": 3}', True),
        ("helper.py", "def scale_of(settings):\n    return 2 * settings['scale']\n", True),
        ("helper.py", "def scale_of(settings):\n    # another comment\n    return settings['scale']\n", False),
        ("data/table.csv", "a,b,c\n", True),
        ("data/new.csv", "a\n", True),
        ("unread.json", "[]", False),
    ],
)
def test_a_change_of_what_was_read_is_found_and_of_nothing_else(measured, name, text, is_stale):
    path = measured.root / name
    before = path.read_bytes() if path.exists() else None
    path.write_text(text, "utf-8")
    try:
        done = run_here(measured.root, "check", "--all")
        assert (done.returncode, name in done.stdout) == ((13, True) if is_stale else (0, False)), done.stdout
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def test_another_value_of_a_variable_is_found_and_its_absence_says_nothing(measured, monkeypatch):
    monkeypatch.setenv("TINY_SCALE", "5")
    done = run_here(measured.root, "check", "--all")
    assert (done.returncode, "$TINY_SCALE" in done.stdout) == (13, True)
    monkeypatch.delenv("TINY_SCALE")
    assert run_here(measured.root, "check", "--all").returncode == 0
