"""A label must not say one thing and ask for another."""

import shutil

import pytest

from tests.forged import forge, save
from tests.situations import make_tiny, run_here


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    project = make_tiny(tmp_path_factory.mktemp("filled") / "repository")
    record = save(forge(project.root), project.root.parent / "given.json")
    assert run_here(project.root, "refresh", "--all", "--no-commit", "--records", record).returncode == 0
    return project


def check_after(filled, tmp_path, old, new):
    root = tmp_path / "repository"
    shutil.copytree(filled.root, root)
    page = root / "docs/PERF.md"
    text = page.read_text("utf-8")
    assert old in text, text
    page.write_text(text.replace(old, new, 1), "utf-8")
    run_here(root, "refresh", "--all", "--no-commit", "--force", "--records", filled.root.parent / "given.json")
    return root, run_here(root, "check", "--all")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('{Original: "off", Fast: "on"', '{Original: "on", Fast: "off"', "the label means off"),
        ("Model Forward Time: forward_latency", "Training step time: forward_latency", "training"),
        ("Model Forward Time: forward_latency", "Throughput: forward_latency", "the label means throughput"),
        ("Peak Memory: peak_memory", "P99 latency: forward_latency", "percentile"),
        ("**GPU**: {gpu}", "**GPU**: NVIDIA H200", "NVIDIA H200"),
    ],
)
def test_a_label_over_something_else_is_found(filled, tmp_path, old, new, words):
    settled = filled.page.read_text("utf-8")
    old = old if old in settled else old.replace('"off"', "off").replace('"on"', "on")
    root, done = check_after(filled, tmp_path, old, new)
    assert done.returncode == 17, done.stdout
    assert words in done.stdout
    page = root / "docs/PERF.md"
    allowed = "<!-- doctool:allow so it is called here -->\n<!-- doctool:begin"
    page.write_text(page.read_text("utf-8").replace("<!-- doctool:begin", allowed), "utf-8")
    assert "mislabelled" not in run_here(root, "check", "--all").stdout


def test_an_authors_own_word_may_stand_over_anything(filled, tmp_path):
    _, done = check_after(filled, tmp_path, "Model Forward Time: forward_latency", "Zoom: forward_latency")
    assert "mislabelled" not in done.stdout
