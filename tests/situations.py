"""Repositories and documents that tests start from."""

import contextlib
import io
import subprocess
import sys
import textwrap
from pathlib import Path
from unittest import mock

from doctool.cli.main import run


def git(root, *arguments):
    """Run git in a test repository and return what it printed."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def run_here(root, *arguments, stdin=""):
    """Run doctool within this process, as in `root`: ten times as fast as a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(root),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
    ):
        try:
            code = run([str(argument) for argument in arguments])
        except SystemExit as end:  # the parser's own way to end
            code = end.code
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


MODEL = '''
import torch


class Net(torch.nn.Module):
    """A model with one mechanism that acts, one that is wired and idle, and one that nothing reads."""

    def __init__(self, width: int = 32, use_fast: bool = False, use_idle: bool = False, use_ghost: bool = False):
        super().__init__()
        self.use_fast = use_fast
        self.use_idle = use_idle
        self.blocks = torch.nn.ModuleList(torch.nn.Linear(width, width) for _ in range(2))
        if use_fast:
            self.shortcut = torch.nn.Linear(width, width)
        if use_idle:
            self.idle = torch.nn.Linear(width, width)

    def forward(self, x):
        if self.use_fast:
            return self.shortcut(x)
        for block in self.blocks:
            x = torch.relu(block(x))
        return x
'''

SETTINGS = """
package: tiny
documents:
  docs/PERF.md: {language: en}
workloads:
  step: {build: "tiny.model:Net", features: [4, 32], blocks: "blocks.*", layers: ["blocks.*"]}
mechanisms:
  baseline: {measure: [step]}
  fast: {toggle: use_fast, symbols: [shortcut], owner: Net, compare: [step]}
  idle: {toggle: use_idle, symbols: [idle], owner: Net, compare: [step]}
  ghost: {toggle: use_ghost, symbols: [ghost], owner: Net, compare: [step]}
  never: {toggle: use_never, compare: [step]}
budget_s: 600
"""

PAGE = """
# Performance

Written by a person. ✓

## Fast

**Test Date**: [DATE]
**GPU**: [GPU MODEL]

| Metric | Original | Fast | Improvement |
|:-------|---------:|-----:|:-----------:|
| Model Forward Time | [ACTUAL VALUE] ms | [ACTUAL VALUE] ms | [ACTUAL VALUE]% |
| Peak Memory | [ACTUAL VALUE] MB | [ACTUAL VALUE] MB | [ACTUAL VALUE]% |

The end.
"""


class TinyProject:
    """A git repository with a small package, a doctool.yaml and one document."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.page = root / "docs" / "PERF.md"

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def commit(self, message: str = "change") -> None:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", message)


def make_tiny(root: Path) -> TinyProject:
    project = TinyProject(root)
    project.write("tiny/__init__.py", "")
    project.write("tiny/model.py", MODEL)
    project.write("doctool.yaml", SETTINGS)
    project.write("docs/PERF.md", PAGE)
    git(root, "init", "-q")
    project.commit("start")
    return project
