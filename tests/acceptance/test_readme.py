"""README's transcript is what happens: every command is run, and prints what stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.situations import git, run_here

ROOT = Path(__file__).parents[2]
ELLIPSIS = "…"


def steps_of(page: Path) -> list[tuple[str, str]]:
    """The commands of a transcript, each with what it prints."""
    (block,) = re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def matches(expected: str, found: str) -> bool:
    """Whether a text is what is expected, with anything in place of an ellipsis."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split(ELLIPSIS))
    return re.fullmatch(pattern, found.strip(), re.DOTALL) is not None


def run(root: Path, command: str, expected: str) -> tuple[str, str]:
    program, *arguments = shlex.split(command)
    if program == "doctool":
        # The machine may run other tests beside this one.
        more = ("--busy", "--budget", "300s") if arguments[0] == "refresh" else ()
        done = run_here(root, *arguments, *more)
    elif program == "git":
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    else:
        assert program == "cat"
        path = root / arguments[0]
        if not path.exists():  # the first time it is shown, the reader writes it
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(expected, encoding="utf-8")
        return path.read_text(encoding="utf-8"), ""
    return done.stdout, done.stderr


def test_the_readers_transcript_is_what_happens(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    steps = steps_of(ROOT / "README.md")
    for command, expected in steps:
        printed, said = run(tmp_path, command, expected)
        assert matches(expected, printed), f"$ {command}\n{printed}\n{said}"
    assert [command.partition(" ")[0] for command, _ in steps].count("doctool") >= 2


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [("a … c", "a b c", True), ("a … c", "a b d", False), ("a.c", "abc", False), ("a\n…\n", "a\nb\nc", True)],
)
def test_only_an_ellipsis_stands_for_anything(expected: str, found: str, *, same: bool) -> None:
    assert matches(expected, found) is same


def test_the_guides_builder_makes_a_model_of_several_inputs_one_that_takes_a_tensor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (ROOT / "docs/guides/own-repository.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(# gcn/measured.py.*?)^```", guide, re.MULTILINE | re.DOTALL)
    package = tmp_path / "gcn"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "measured.py").write_text(code, encoding="utf-8")
    (package / "models.py").write_text(
        "from torch import nn\n\n\nclass GCN(nn.Module):\n    def __init__(self, nfeat, use_bias=False):\n"
        "        super().__init__()\n        self.inner = nn.Linear(nfeat, 4, bias=use_bias)\n\n"
        "    def forward(self, x, adjacency):\n        return adjacency @ self.inner(x)\n"
    )
    (tmp_path / "doctool.yaml").write_text(
        'package: gcn\nworkloads: {main: {build: "gcn.measured:build", args: {nodes: 16, nfeat: 8}, features: [16, 8]}}\n'
        "mechanisms: {bias: {toggle: use_bias, compare: [main]}}\n"
    )
    done = run_here(tmp_path, "detect", "--probe", "--json")
    assert "effective" in done.stdout, done.stderr
