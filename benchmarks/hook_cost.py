"""What does the pre-commit hook cost beside `python -c pass`, and beside `cog --check` of the same document?

A fresh repository with one document, its records and a small package gets the hook. For each kind of commit the change
is staged and the installed hook is run as git runs it, in turns with the peers, in one run.

A commit that touches nothing doctool looks after starts no Python: git and the shell decide. Any other is checked.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from interleaved import Program, median_seconds, report

ROOT = Path(__file__).resolve().parents[1]
_PASS = (sys.executable, "-c", "pass")
_HIDDEN = "GIT_"
_NOTHING = "nothing-of-ours"

_SETTINGS = """package: tiny
documents: {PERF.md: {language: en}}
workloads: {step: {build: "tiny:Net", features: [4, 32]}}
mechanisms: {ghost: {toggle: use_ghost, symbols: [ghost], owner: Net, compare: [step]}}
"""
_MODEL = """import torch


class Net(torch.nn.Module):
    def __init__(self, width: int = 32):
        super().__init__()
        self.layer = torch.nn.Linear(width, width)

    def forward(self, x):
        return self.layer(x)
"""
_PAGE = """# Performance

Words of a person.

<!-- [[[cog
cog.outl("generated")
]]] -->
generated
<!-- [[[end]]] -->

## Ghost

| Metric | Original | Ghost | Improvement |
|:-------|---------:|------:|:-----------:|
| Model Forward Time | [ACTUAL VALUE] ms | [ACTUAL VALUE] ms | [ACTUAL VALUE]% |
"""


def call(root: Path, *argv: str, expected: int = 0) -> str:
    """Run a program in the repository, without anybody's own git settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
    environment |= {"GIT_CONFIG_GLOBAL": str(root.parent / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == expected, (argv, done.stdout, done.stderr)
    return done.stdout


def build(root: Path) -> Path:
    """Make the repository, fill its document, and return the installed hook."""
    (root.parent / "gitconfig").write_text("[user]\n name = A\n email = a@example.org\n", encoding="utf-8")
    (root / "tiny.py").write_text(_MODEL, encoding="utf-8")
    (root / "doctool.yaml").write_text(_SETTINGS, encoding="utf-8")
    (root / "PERF.md").write_text(_PAGE, encoding="utf-8")
    (root / "notes.txt").write_text("one\n", encoding="utf-8")
    call(root, "git", "init", "--quiet")
    call(root, "git", "add", "--all")
    call(root, "git", "commit", "--quiet", "-m", "start")
    doctool = (sys.executable, "-m", "doctool", "-C", str(root))
    call(root, *doctool, "refresh", "PERF.md")
    call(root, *doctool, "hook", "install")
    return root / ".git" / "hooks" / "pre-commit"


def stage(root: Path, name: str, old: str, new: str) -> None:
    """Stage one change, and nothing else."""
    call(root, "git", "reset", "--quiet", "--hard")
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    call(root, "git", "add", name)


def main() -> None:
    """Print the ratios, with the seconds behind them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=15, help="timed rounds of each")
    options = parser.parse_args()
    kinds = {
        _NOTHING: ("notes.txt", "one", "two"),
        "one-document": ("PERF.md", "Words of a person.", "Other words of a person."),
    }
    seconds: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "repository")
        root.mkdir()
        hook = build(root)
        for kind, change in kinds.items():
            stage(root, *change)
            programs: dict[str, Program] = {
                "hook": lambda: call(root, str(hook)),
                "pass": lambda: call(root, *_PASS),
                "cog": lambda: call(root, sys.executable, "-m", "cogapp", "--check", "PERF.md"),
            }
            seconds[kind] = median_seconds(programs, options.rounds)
    ratios = {
        f"hook/pass/{_NOTHING}": seconds[_NOTHING]["hook"] / seconds[_NOTHING]["pass"],
        "hook/cog/one-document": seconds["one-document"]["hook"] / seconds["one-document"]["cog"],
    }
    report(ratios, seconds, as_json=options.json)


if __name__ == "__main__":
    main()
