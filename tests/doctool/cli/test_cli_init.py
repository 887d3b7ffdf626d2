"""`doctool init` in strange repositories: what it writes is always a valid configuration that the tool accepts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doctool import detect
from doctool.project.config import BASELINE
from doctool.project.loading import load_config
from doctool.terms.mechanism import Status
from tests.situations import git, run_here

MODEL = (
    "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self, d=8, use_hem: bool = False):\n"
    "        super().__init__()\n        self.proj = nn.Linear(d, d) if use_hem else nn.Identity()\n\n"
    "    def forward(self, x):\n        return self.proj(x)\n"
)
CONFIG = (
    "from dataclasses import dataclass\nfrom torch import nn\n\n\n@dataclass\nclass Config:\n    use_hem: bool = False\n"
    "    unused: bool = False\n\n\nclass Net(nn.Module):\n    def __init__(self, config: Config):\n"
    "        super().__init__()\n        self.proj = nn.Linear(8, 8) if config.use_hem else nn.Identity()\n\n"
    "    def forward(self, x):\n        return self.proj(x)\n"
)
ENGLISH = "# Speed\n\n| Method | Time |\n|---|---|\n| HEM | [ACTUAL VALUE] |\n"
TURKISH = "# Başarım\n\n| Yöntem | Süre |\n|---|---|\n| HEM | [GERÇEK DEĞER] |\n"


@pytest.mark.parametrize(
    ("files", "package", "documents", "toggles"),
    [
        ({"src/pkg/__init__.py": "", "src/pkg/m.py": MODEL}, "pkg", {}, {"use_hem"}),
        ({"one/m.py": MODEL, "two/m.py": CONFIG, "README.md": TURKISH}, "one", {"README.md": "tr"}, {"use_hem"}),
        ({"pkg/m.py": "def f(use_x=False):\n    return 1\n", "a.md": ENGLISH}, "pkg", {"a.md": "en"}, set()),
        ({"pkg/m.py": CONFIG, "docs/a b.md": ENGLISH}, "pkg", {"docs/a b.md": "en"}, {"use_hem"}),
        ({"m.py": MODEL, "türkçe: #1.md": TURKISH}, "m", {"türkçe: #1.md": "tr"}, {"use_hem"}),
        ({"my-model/m.py": MODEL}, "my-model", {}, {"use_hem"}),
        ({"pkg/m.py": MODEL.replace("Net", "Ağ")}, "pkg", {}, {"use_hem"}),
        ({"pkg/m.py": MODEL.replace("use_hem", "on")}, "pkg", {}, {"on"}),
        ({"pkg/m.py": MODEL, "pkg/bad.py": "class X(nn.Module: dataclass\n"}, "pkg", {}, {"use_hem"}),
        ({"pkg/m.py": MODEL, "bad.md": b"\xff [ACTUAL VALUE]\n"}, "pkg", {"bad.md": "en"}, {"use_hem"}),
    ],
    ids=["src", "several", "no torch", "config", "odd name", "hyphen", "letters", "yaml word", "broken", "bytes"],
)
def test_the_proposal_is_a_valid_configuration(
    tmp_path: Path, files: dict[str, str | bytes], package: str, documents: dict[str, str], toggles: set[str]
) -> None:
    for name, body in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
    done = run_here(tmp_path, "init")
    assert (done.returncode, done.stdout.count("#") >= 4) == (0, True)
    config = load_config(tmp_path)
    assert config.package == package
    assert {name: one.language for name, one in config.documents.items()} == documents
    mechanisms = {name: one for name, one in config.mechanisms.items() if name != BASELINE}
    assert {one.toggles[0] for one in mechanisms.values()} == toggles
    questions = {name: one.question for name, one in mechanisms.items()}
    found = detect.detect(tmp_path, config.package, questions).detections
    assert {one.status for one in found.values()} <= {Status.WIRED}


GPT = """
from dataclasses import dataclass
import torch
from torch import nn
from torch.nn import functional


@dataclass
class Settings:
    vocab_size: int = 50
    width: int = 16
    use_fused: bool = False


class Attention(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.project = nn.Linear(settings.width, 3 * settings.width)
        self.fused = settings.use_fused

    def forward(self, x):
        query, key, value = self.project(x).chunk(3, -1)
        if self.fused:
            return functional.scaled_dot_product_attention(query, key, value)
        return (query @ key.transpose(-1, -2) * key.shape[-1] ** -0.5).softmax(-1) @ value


class GPT(nn.Module):
    def __init__(self, settings: Settings):
        super().__init__()
        self.embed = nn.Embedding(settings.vocab_size, settings.width)
        self.attention = Attention(settings)

    def forward(self, tokens):
        return self.attention(self.embed(tokens))
"""


def test_a_model_built_from_settings_in_a_source_layout_runs_as_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The most common way to write a model; a copy of the package that is installed is not what is measured."""
    (tmp_path / "src/tinygpt").mkdir(parents=True)
    (tmp_path / "src/tinygpt/__init__.py").write_text("")
    (tmp_path / "src/tinygpt/model.py").write_text(GPT)
    (tmp_path / "installed/tinygpt").mkdir(parents=True)
    (tmp_path / "installed/tinygpt/__init__.py").write_text("raise SystemExit('not this one')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "installed"))
    assert run_here(tmp_path, "init").returncode == 0
    workload = load_config(tmp_path).workloads["main"]
    assert (workload.config, workload.tokens, workload.vocabulary) == ("tinygpt.model:Settings", (2, 32), 50)
    done = run_here(tmp_path, "detect", "--probe", "--json")
    assert json.loads(done.stdout)["mechanisms"]["fused"]["status"] == "effective", done.stderr


def test_init_says_what_it_is_doing_and_what_comes_next(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODEL, encoding="utf-8")
    done = run_here(tmp_path, "init")
    for words in (
        "reading the code",
        "looking for models",
        "following the switches",
        "`doctool refresh --all --quick`",
    ):
        assert words in done.stderr
    assert "TBD" in done.stderr  # no document holds an open table: it says how one is written
    (tmp_path / "perf.md").write_text(ENGLISH, encoding="utf-8")
    assert "look at the sizes under 'args'" in run_here(tmp_path, "init", "--force").stderr


def test_only_files_that_git_would_commit_are_taken_for_documents(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name, body in {"m.py": MODEL, "perf.md": ENGLISH, "private.md": ENGLISH, ".gitignore": "private.md\n"}.items():
        (tmp_path / name).write_text(body, encoding="utf-8")
    assert run_here(tmp_path, "init").returncode == 0
    assert list(load_config(tmp_path).documents) == ["perf.md"]


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODEL, encoding="utf-8")
    (tmp_path / "doctool.yaml").write_text("mine", encoding="utf-8")
    assert run_here(tmp_path, "init").returncode == 2
    assert (tmp_path / "doctool.yaml").read_text() == "mine"
