"""What `doctool detect` prints: statuses, places that can be opened, and what a probe has shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctool.cli.main import run
from tests.situations import run_here

MODEL = """
from torch import nn
class Mixer(nn.Module):
    def __init__(self, width, gated: bool = False, lost: bool = False):
        super().__init__()
        self.W_mix = nn.Linear(width, width)
        self.act = nn.GLU() if gated else nn.Identity()
    def forward(self, x):
        return self.act(self.W_mix(x))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    directory = tmp_path / "work" / "pkg"
    directory.mkdir(parents=True)
    (directory / "model.py").write_text(MODEL)
    return directory


def answers(capsys, *arguments: str) -> dict:
    assert run(["detect", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["mechanisms"]


def test_every_switch_of_a_package_is_listed_with_its_status(package, capsys):
    found = answers(capsys, "--package", str(package), "--all")
    assert {name: one["status"] for name, one in found.items()} == {"gated": "wired", "lost": "declared"}


def test_a_symbol_alone_asks_whether_it_is_there_and_used(package, capsys):
    found = answers(capsys, "--package", str(package), "--symbol", "W_mix", "--owner", "Mixer")
    assert found["W_mix"]["status"] == "wired"
    assert [one["line"] for one in found["W_mix"]["evidence"]] == [6, 9]


def test_every_place_can_be_opened_from_where_one_stands(package, capsys, monkeypatch):
    (package.parent / "elsewhere").mkdir()
    monkeypatch.chdir(package.parent / "elsewhere")
    found = answers(capsys, "--package", "../pkg", "--toggle", "gated")
    files = {one["file"] for one in found["gated"]["evidence"]}
    assert files == {"../pkg/model.py"}
    assert all(Path(one).is_file() for one in files)


def test_an_explanation_shows_the_lines_of_source(package, capsys):
    assert run(["detect", "--package", str(package), "--toggle", "gated", "--explain"]) == 0
    printed = capsys.readouterr().out
    assert "self.act = nn.GLU() if gated else nn.Identity()" in printed
    assert "2." in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--package", "pkg"], "--all lists every switch"),
        (["--package", "pkg", "--toggle", "gated", "--probe"], "--probe runs the mechanisms of doctool.yaml"),
    ],
)
def test_what_cannot_be_asked_is_told_what_to_do(package, capsys, monkeypatch, arguments, words):
    monkeypatch.chdir(package.parent)
    assert run(["detect", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_after_a_probe_the_status_is_what_the_probe_has_shown(tiny):
    done = run_here(tiny.root, "detect", "fast", "idle", "--probe", "--json")
    found = json.loads(done.stdout)["mechanisms"]
    assert (found["fast"]["status"], found["idle"]["status"]) == ("effective", "declared")
    assert found["fast"]["probe"]
    printed = run_here(tiny.root, "detect", "fast", "--probe").stdout
    assert "fast  effective  it changes what runs" in printed
    assert "will show" not in printed


def test_asking_loads_no_torch(package):
    code = "import sys; from doctool.cli.main import run; run(sys.argv[1:]); print('torch' in sys.modules)"
    argv = [sys.executable, "-c", code, "detect", "--package", str(package), "--all"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, env=dict(os.environ), cwd=Path.cwd())
    assert done.stdout.splitlines()[-1] == "False"
