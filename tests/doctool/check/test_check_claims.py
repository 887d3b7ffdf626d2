"""Inside a region, what no record gave is a claim like outside."""

import json
import shutil

import pytest

from tests.forged import forge, save
from tests.situations import make_tiny, run_here


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    project = make_tiny(tmp_path_factory.mktemp("filled") / "repository")
    record = save(forge(project.root), project.root.parent / "given.json")
    assert run_here(project.root, "refresh", "--all", "--records", record).returncode == 0
    return project


@pytest.fixture
def copy(filled, tmp_path):
    shutil.copytree(filled.root, tmp_path / "repository")
    return tmp_path / "repository"


def refresh(root):
    return run_here(root, "refresh", "--all", "--no-commit", "--records", root.parent / "given.json", "--force")


def claims_of(root):
    return [claim["value"] for claim in json.loads(run_here(root, "claims", "--all", "--json").stdout)["claims"]]


def change_page(root, old, new):
    page = root / "docs/PERF.md"
    text = page.read_text("utf-8")
    assert old in text
    page.write_text(text.replace(old, new, 1), "utf-8")


def test_what_records_and_doctool_say_is_no_claim(copy):
    assert claims_of(copy) == []


@pytest.mark.parametrize(
    ("old", "new", "values"),
    [
        ("lines:\n", 'lines:\n  - "Fast is 40x faster, latency 1.2 ms"\n', ["40", "1.2"]),
        ("corner: Metric", 'corner: "Metric, 3.5 ms at best"', ["3.5"]),
        ("Model Forward Time: forward", '"Forward time, was 9.9 ms": forward', ["9.9"]),
        ("Improvement: improvement", '"Improvement (40x faster)": improvement', ["40"]),
        ("-->", "keep: {Peak Memory: {Original: '12.5 MB'}}\n-->", ["12.5"]),
    ],
)
def test_the_authors_words_in_a_begin_comment_are_claims(copy, filled, old, new, values):
    shutil.copy(filled.root.parent / "given.json", copy.parent)
    change_page(copy, old, new)
    refresh(copy)
    assert set(values) <= set(claims_of(copy))
    checked = run_here(copy, "check", "--all")
    assert "unbacked" in checked.stdout
    change_page(copy, "<!-- doctool:begin fast", "<!-- doctool:allow a vendor says so -->\n<!-- doctool:begin fast")
    assert "unbacked" not in run_here(copy, "check", "--all").stdout


def test_numbers_of_a_projects_own_template_are_claims(copy, filled):
    shutil.copy(filled.root.parent / "given.json", copy.parent)
    (copy / "templates").mkdir()
    (copy / "templates/comparison.md.j2").write_text(
        '{{ cell("forward_latency on") }}\n\nThat is 3.2 ms and 40x faster.\n', "utf-8"
    )
    refresh(copy)
    assert claims_of(copy) == ["3.2", "40"]


def test_a_template_cannot_make_another_number_of_one(copy, filled):
    shutil.copy(filled.root.parent / "given.json", copy.parent)
    (copy / "templates").mkdir()
    (copy / "templates/comparison.md.j2").write_text("{{ cell('forward_latency on') | replace('8', '1') }}\n", "utf-8")
    done = refresh(copy)
    assert done.returncode == 3
    assert "a template made" in done.stderr
