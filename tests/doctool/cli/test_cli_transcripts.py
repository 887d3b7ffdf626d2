"""What the command line says, as golden transcripts: words are reviewed as code is.

`DOCTOOL_WRITE_GOLDEN=1 pytest tests/doctool/cli/test_cli_transcripts.py` writes them anew.
"""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.forged import forge, save
from tests.situations import git, make_tiny, run_here

GOLDEN = Path(__file__).parents[2] / "golden" / "cli"
# The first that fits names a thing; the same thing gets the same name on every machine and on every day.
PLAIN = (
    (r"/[^\s'\"]*/(?=repository)", ""),
    (r"\b[0-9a-f]{40}\b", "COMMIT"),
    (r"(?<=committed )[0-9a-f]{10}", "COMMIT"),
    (r"(?<![.\d])\b[0-9a-f]{7}\b", "COMMIT"),
    (r"(?<![.\d])\b[0-9a-f]{8}\b(?!\.)", "RECORD"),
    (r"(?<=-)[0-9a-f]{8}(?=\.json)", "RECORD"),
    (r"\d{4}-\d\d-\d\d(?:T[\d:]+(?:Z|[+-][\d:]+))?", "DATE"),
)


def edit_a_figure(root):
    page = root / "docs/PERF.md"
    page.write_text(re.sub(r"(Forward Time \| )\d", r"\g<1>7", page.read_text("utf-8")), "utf-8")


def change_the_code(root):
    model = root / "tiny/model.py"
    model.write_text(model.read_text("utf-8").replace("torch.relu(block(x))", "torch.tanh(block(x))"), "utf-8")


def write_a_claim(root):
    (root / "docs/PERF.md").write_text("# Performance\n\nOne call takes 1.5 ms, and that is 40x faster.\n", "utf-8")


def misspell(root):
    settings = root / "doctool.yaml"
    settings.write_text(settings.read_text("utf-8").replace("toggle: use_fast", "togle: use_fast"), "utf-8")


def take_the_settings_away(root):
    (root / "doctool.yaml").unlink()


def leave(_root):
    pass


def dirty_the_page(root):
    page = root / "docs/PERF.md"
    page.write_text(page.read_text("utf-8").replace("Written by a person", "Still being written"), "utf-8")


SESSIONS = {
    "help": (leave, ["--help"], ["check", "--help"], ["refresh", "--help"]),
    "check-all-true": (leave, ["check", "--all"]),
    "check-edited": (edit_a_figure, ["check", "--all"], ["check", "--all", "--format", "github"]),
    "check-stale": (change_the_code, ["check", "--all"]),
    "claims": (write_a_claim, ["claims", "docs/PERF.md"], ["check", "--all"]),
    "settings-misspelt": (misspell, ["check", "--all"], ["refresh", "--all"]),
    "no-settings": (take_the_settings_away, ["check", "--all"]),
    "detect": (leave, ["detect"], ["detect", "fast", "--explain"], ["detect", "fats"]),
    "explain": (leave, ["explain", "docs/PERF.md:25"], ["explain", "docs/PERF.md:1"]),
    "refresh-of-an-edited-region": (edit_a_figure, ["refresh", "--all"]),
    "refresh-refused": (leave, ["refresh"], ["refresh", "docs/PREF.md"], ["refresh", "--all", "docs/PERF.md"]),
    "history-and-diff": (leave, ["history", "fast", "forward_latency"], ["diff", "v1..HEAD"]),
    "verify": (leave, ["verify", "docs/measurements"], ["verify", "doctool.yaml"]),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    project = make_tiny(tmp_path_factory.mktemp("filled") / "repository")
    record = save(forge(project.root), project.root.parent / "given.json")
    run_here(project.root, "refresh", "--all", "--records", record)
    git(project.root, "tag", "v1")
    return project.root


def transcript(root, commands):
    lines = []
    for command in commands:
        done = run_here(root, *command)
        said = [*done.stdout.splitlines(), *(f"! {row}" for row in done.stderr.splitlines())]
        lines += [f"$ doctool {' '.join(command)}", *said, f"[{done.returncode}]", ""]
    text = "\n".join(lines)
    for pattern, name in PLAIN:
        text = re.sub(pattern, name, text)
    return text


@pytest.mark.parametrize("name", SESSIONS)
def test_the_command_line_says_what_its_transcript_says(name, filled, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    prepare, *commands = SESSIONS[name]
    root = tmp_path / "repository"
    shutil.copytree(filled, root, symlinks=True)
    prepare(root)
    said = transcript(root, commands)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("DOCTOOL_WRITE_GOLDEN"):
        path.write_text(said, "utf-8")
    assert said == path.read_text("utf-8")
