"""Pages of earlier versions, and the pictures that pages show: what a refresh mends, draws and removes."""

import re
import shutil
from pathlib import Path

import pytest

from tests.forged import forge, save
from tests.situations import git, make_tiny, run_here

EARLIER = Path(__file__).parents[2] / "golden" / "templates-0.1"
SUMMARY = """
<!-- doctool:begin summary
template: summary
rows: {Fast path: fast}
-->
<!-- doctool:end summary -->

"""


@pytest.fixture
def project(tmp_path):
    made = make_tiny(tmp_path / "repository")
    save(forge(made.root), tmp_path / "given.json")
    return made


def refresh(project, *more):
    done = run_here(project.root, "refresh", "--all", "--records", project.root.parent / "given.json", *more)
    assert done.returncode == 0, done.stderr
    return done


def states(project):
    return set(re.findall(r"^\S+:\d+: (\S+): ", run_here(project.root, "check", "--all").stdout, re.MULTILINE))


def pictures(project):
    return sorted(path.name for path in (project.root / "docs" / "figures").glob("*.svg"))


def test_a_page_of_an_earlier_version_is_stale_and_nothing_else_and_a_refresh_mends_it_without_measuring(project):
    shutil.copytree(EARLIER, project.root / "templates")
    refresh(project)
    before = project.page.read_text("utf-8")
    assert "; CI: confidence interval." in before
    assert states(project) == set()
    shutil.rmtree(project.root / "templates")
    assert states(project) == {"stale-template"}
    done = refresh(project)
    assert "measured 0" in done.stdout
    assert states(project) == set()
    assert re.search(r"\(faster\) \[", project.page.read_text("utf-8"))


def with_summary(project):
    project.page.write_text(project.page.read_text("utf-8").replace("## Fast", f"{SUMMARY}## Fast", 1), "utf-8")
    project.commit("ask for a summary")
    refresh(project)


def test_a_summary_comes_with_its_picture_in_the_same_commit_and_leads_to_its_section(project):
    with_summary(project)
    text = project.page.read_text("utf-8")
    assert re.search(r"^- \*\*\[Fast path\]\(#fast\)\*\* – speed: [\d.]+% faster \[", text, re.MULTILINE)
    (name,) = pictures(project)
    assert f"](figures/{name})" in text
    assert f"docs/figures/{name}" in git(project.root, "show", "--name-only", "--format=", "HEAD")
    assert git(project.root, "status", "--porcelain") == ""
    assert states(project) == set()


def test_a_picture_that_was_changed_or_lost_is_found_and_drawn_again(project):
    with_summary(project)
    (name,) = pictures(project)
    path = project.root / "docs" / "figures" / name
    drawn = path.read_bytes()
    for spoil in (lambda: path.write_bytes(drawn.replace(b"<circle", b"<ellipse")), path.unlink):
        spoil()
        assert states(project) == {"stale-template"}
        refresh(project)
        assert path.read_bytes() == drawn
        assert states(project) == set()


def test_a_picture_that_no_page_shows_any_more_goes_with_the_commit_and_others_stay(project):
    with_summary(project)
    (old,) = pictures(project)
    figures = project.root / "docs" / "figures"
    for name in ("fast-training-0123abcd.en.svg", "fast-training-89abcdef.tr.svg", "by-hand.svg"):
        (figures / name).write_text("<svg/>", "utf-8")
    (project.root / "NOTES.md").write_text("![](docs/figures/fast-training-89abcdef.tr.svg)\n", "utf-8")
    project.commit("pictures of all kinds")
    save(forge(project.root, ratio=0.6), project.root.parent / "given.json")
    refresh(project)
    left = pictures(project)
    assert old not in left
    assert {"by-hand.svg", "fast-training-89abcdef.tr.svg"} < set(left)
    assert "fast-training-0123abcd.en.svg" not in left
    assert f"D\tdocs/figures/{old}" in git(project.root, "show", "--no-renames", "--name-status", "--format=", "HEAD")
    assert git(project.root, "status", "--porcelain") == ""


def test_without_a_commit_the_work_tree_alone_is_tidied(project):
    with_summary(project)
    (old,) = pictures(project)
    save(forge(project.root, ratio=0.6), project.root.parent / "given.json")
    refresh(project, "--no-commit")
    assert old not in pictures(project)
    assert f" D docs/figures/{old}" in git(project.root, "status", "--porcelain")


def test_a_summary_without_rows_tells_of_all_that_the_page_compares(project):
    project.page.write_text(
        project.page.read_text("utf-8").replace("## Fast", f"{SUMMARY.replace('rows: {Fast path: fast}', '')}## Fast"),
        "utf-8",
    )
    refresh(project, "--no-commit")
    assert re.search(r"^- \*\*\[fast\]\(#fast\)\*\* – speed: ", project.page.read_text("utf-8"), re.MULTILINE)
    assert states(project) == set()
