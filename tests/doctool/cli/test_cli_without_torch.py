"""The commands that only read work where PyTorch is not installed."""

import subprocess
import sys

import pytest

from tests.forged import forge, save
from tests.situations import git, make_tiny, run_here

# What cannot be imported might as well not be installed.
PROGRAM = """
import sys
for name in ("torch", "tiny"):
    sys.modules[name] = None
from doctool.cli import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory):

    project = make_tiny(tmp_path_factory.mktemp("filled") / "repository")
    record = save(forge(project.root), project.root / "given.json")
    assert run_here(project.root, "refresh", "--all", "--records", record).returncode == 0
    record.unlink()
    git(project.root, "tag", "v1")
    return project


@pytest.mark.parametrize(
    "arguments",
    [
        "init --force",
        "detect",
        "detect --package tiny --toggle use_fast",
        "check --all",
        "check --staged",
        "check --all --diff",
        "claims docs/PERF.md",
        "explain docs/PERF.md:36",
        "verify docs/measurements",
        "history fast forward_latency",
        "diff v1..HEAD",
        "hook status",
        "schema config",
    ],
)
def test_what_only_reads_needs_no_torch(filled, arguments):
    words = arguments.split()
    if words[0] == "verify":
        words[1:] = map(str, (filled.root / "docs/measurements").glob("*.json"))
    if words[0] == "explain":
        lines = filled.page.read_text().split("\n")
        words[1] = f"docs/PERF.md:{next(number for number, line in enumerate(lines, 1) if 'Forward Time |' in line)}"
    argv = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(argv, cwd=filled.root, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    git(filled.root, "checkout", "-q", "--", ".")
