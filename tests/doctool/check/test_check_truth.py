"""What stands in a region must be what its records and its template give, whatever the page says of itself."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool import document
from doctool.check import Checker
from doctool.project import find_project
from tests.forged import forge, save
from tests.situations import git, make_tiny, run_here

ROOT = Path(__file__).parents[3]
OWN = find_project(ROOT)
OWN_CHECKER = Checker(OWN)
OWN_PAGE = "docs/en/PERFORMANCE_AND_DEPENDENCIES.md"
MEANT = re.compile(r"[\w%−+±./]")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    project = make_tiny(tmp_path_factory.mktemp("filled") / "repository")
    record = save(forge(project.root), project.root / "given.json")
    run_here(project.root, "refresh", "--all", "--no-commit", "--records", record)
    record.unlink()
    return project


def reseal(text: str, checker: Checker) -> str:
    """Give every region the digest of what now stands in it, as a forger would."""
    for managed in document.parse(text.encode(), "page.md", checker.project.vocabulary).regions:
        text = text.replace(f"digest={managed.digest}", f"digest={document.digest_of(managed.text)}")
        text = text.replace(f"words={managed.digest}", f"words={document.digest_of(managed.text)}")
    return text


def findings_of(text: str, checker: Checker, name: str):
    return [finding for finding in checker.check(name, text.encode()) if not finding.is_warning]


@given(data=st.data(), is_resealed=st.booleans())
def test_any_changed_character_of_a_region_is_found_whatever_digest_stands_there(data, is_resealed):
    text = (ROOT / OWN_PAGE).read_text("utf-8")
    regions = document.parse(text.encode(), OWN_PAGE, OWN_CHECKER.project.vocabulary).regions
    managed = data.draw(st.sampled_from(regions))
    start = text.index(managed.text)
    place = start + data.draw(st.sampled_from([found.start() for found in MEANT.finditer(managed.text)]))
    other = data.draw(st.sampled_from([c for c in "0123456789−+xyz%" if c != text[place]]))
    changed = text[:place] + other + text[place + 1 :]
    if is_resealed:
        changed = reseal(changed, OWN_CHECKER)
    assert findings_of(changed, OWN_CHECKER, OWN_PAGE)


def test_our_own_pages_are_true():
    for name in OWN.config.documents:
        assert not findings_of((ROOT / name).read_text("utf-8"), OWN_CHECKER, name)


def test_a_region_that_shows_figures_of_no_record_is_found(filled):
    text = filled.page.read_text("utf-8")
    forged = re.sub(r"doctool:end (\S+) record=\S+", r"doctool:end \1", text)
    assert forged != text
    assert findings_of(forged, Checker(find_project(filled.root)), "docs/PERF.md")


def test_a_template_that_prints_words_of_its_own_makes_the_page_stale(filled):
    copy = filled.root.parent / "with-template"
    shutil.copytree(filled.root, copy)
    (copy / "templates").mkdir()
    shipped = (ROOT / "templates/comparison.md.j2").read_text("utf-8")
    (copy / "templates/comparison.md.j2").write_text(shipped + "\n40x faster\n", "utf-8")
    done = run_here(copy, "check", "--all")
    assert done.returncode == 14, done.stdout
    assert "'40x faster' is missing" in done.stdout


def test_the_diff_of_a_forged_row_fails_as_the_check_does(filled):
    text = filled.page.read_text("utf-8")
    copy = filled.root.parent / "with-diff"
    shutil.copytree(filled.root, copy)
    forged = reseal(re.sub(r"(Forward Time \| )\d", r"\g<1>7", text), Checker(find_project(filled.root)))
    (copy / "docs/PERF.md").write_text(forged, "utf-8")
    done = run_here(copy, "check", "--all", "--diff")
    assert (done.returncode, "\n-| " in done.stdout) == (14, True), done.stdout


def test_a_forged_figure_is_not_explained_but_named(filled):
    text = filled.page.read_text("utf-8")
    copy = filled.root.parent / "with-forgery"
    shutil.copytree(filled.root, copy)
    forged = reseal(re.sub(r"(Forward Time \| )\d", r"\g<1>7", text), Checker(find_project(filled.root)))
    (copy / "docs/PERF.md").write_text(forged, "utf-8")
    line = next(number for number, row in enumerate(forged.split("\n"), 1) if "Forward Time |" in row)
    done = run_here(copy, "explain", f"docs/PERF.md:{line}")
    assert done.returncode == 4
    assert "the records say" in done.stderr


def test_a_tracked_copy_of_a_page_under_another_name_is_looked_at(filled):
    copy = filled.root.parent / "with-copy"
    shutil.copytree(filled.root, copy)
    text = filled.page.read_text("utf-8")
    (copy / "README.md").write_text(re.sub(r"(Forward Time \| )\d", r"\g<1>7", text), "utf-8")
    assert run_here(copy, "check", "--all").returncode == 0
    git(copy, "add", "README.md")
    done = run_here(copy, "check", "--all")
    assert (done.returncode, "README.md" in done.stdout) == (11, True), done.stdout


def test_a_region_that_is_only_shown_in_a_code_block_makes_no_document(filled):
    copy = filled.root.parent / "with-example"
    shutil.copytree(filled.root, copy)
    text = filled.page.read_text("utf-8")
    (copy / "README.md").write_text("```markdown\n" + text.replace("3", "7") + "```\n", "utf-8")
    git(copy, "add", "README.md")
    assert run_here(copy, "check", "--all").returncode == 0


def test_a_flattering_record_beside_a_later_one_is_found(filled):
    copy = filled.root.parent / "with-later"
    shutil.copytree(filled.root, copy)
    later = forge(copy, ratio=1.2, seed=7, started=datetime.now(UTC) + timedelta(hours=1))
    find_project(copy).records.save(later)
    done = run_here(copy, "check", "--all")
    assert (done.returncode, later.id in done.stdout) == (13, True), done.stdout
