"""The benchmarks run, and print the object that their users read; their figures are not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SMALL = {
    "check_speed": (["--rounds", "1", "--most", "10", "--pages", "3"], "check/cog/1-page"),
    "detect_speed": (["--rounds", "1", "--lines", "1000"], "detect-configuration/grep/0.001M-lines"),
    "hem_speed": (["--rounds", "1", "--widths", "32", "--lengths", "4"], "fused-training/six/D32-T4"),
    "hostile_speed": (
        ["--size", "20000", "claims-in-a-paragraph"],
        "check/claims-in-a-paragraph/20000-over-2000-bytes",
    ),
    "hook_cost": (["--rounds", "1"], "hook/cog/one-document"),
    "model_speed": (["--rounds", "1", "--presets", "tiny", "--lengths", "4"], "model/gemms/tiny-T4"),
    "recurrence_speed": (["--rounds", "1", "--widths", "32", "--tokens", "2", "8"], "scan-forward/lstm/D32"),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_prints_ratios_by_what_against_and_size(name):
    options, expected = SMALL[name]
    argv = [sys.executable, str(BENCHMARKS / f"{name}.py"), "--json", *options]

    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=BENCHMARKS.parent)

    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert expected in printed["ratios"]
    for label, ratio in printed["ratios"].items():
        assert label.count("/") == 2, label
        assert ratio > 0, label
    assert "ours" in printed["meaning"]
