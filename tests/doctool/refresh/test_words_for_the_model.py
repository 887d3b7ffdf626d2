"""The real model with a mechanism taken out, or made idle: the real pages must say so, without a number."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.situations import git

ROOT = Path(__file__).parents[3]
PAGES = {"tr": "docs/PERFORMANCE_AND_DEPENDENCIES.md", "en": "docs/en/PERFORMANCE_AND_DEPENDENCIES.md"}


def section(page, heading):
    """Return the part of a placeholder page under one `###` heading, with the heading."""
    start = page.index(f"### {heading}")
    return page[
        start : page.index("\n### ", start + 1) if "\n### " in page[start + 1 :] else page.index("\n## ", start)
    ]


@pytest.fixture
def copy_of_ours(tmp_path):
    """A repository with our model and configuration, and pages that hold nothing but one section."""

    def make(headings):
        root = tmp_path / "copy"
        shutil.copytree(ROOT / "mmrec", root / "mmrec", ignore=shutil.ignore_patterns("__pycache__"))
        settings = (ROOT / "doctool.yaml").read_text(encoding="utf-8")
        (root / "doctool.yaml").write_text(
            re.sub(r"^  README\S+: .*\n", "", settings, flags=re.MULTILINE), encoding="utf-8"
        )
        shutil.copytree(ROOT / "docs/guides", root / "docs/guides")
        for language, heading in headings.items():
            golden = ROOT / "tests" / "golden" / "documents" / f"PERFORMANCE_AND_DEPENDENCIES.{language}.md"
            page = root / PAGES[language]
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(section(golden.read_text(encoding="utf-8"), heading) + "\n", encoding="utf-8")
        git(tmp_path, "init", "-q", str(root))
        return root

    return make


def replace_in(path, *pairs):
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def refresh(root):
    return subprocess.run(
        [sys.executable, "-m", "doctool", "refresh", "--all", "--no-commit", "--exit-zero"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def assert_worded(root, language, *words):
    """The page has no placeholder, no number with a unit, and says what is wrong."""
    page = (root / PAGES[language]).read_text(encoding="utf-8")
    assert not re.search(r"\[[A-ZÇĞİÖŞÜ ]{4,}\]", page)
    bodies = re.findall(r"-->\n(.*?)<!-- doctool:end", page, re.DOTALL)
    assert bodies
    for body in bodies:
        assert not re.search(r"\d\s?(ms|MB|tokens/s|adım|steps|%)|%\d", body)
        if "|" in body:
            pytest.fail(f"a table was left: {body}")
    assert all(word in page for word in words), page


def test_without_the_toggle_the_section_says_not_implemented(copy_of_ours):
    root = copy_of_ours({"tr": "1.2 HEM", "en": "1.2 HEM"})
    replace_in(root / "mmrec" / "config.py", ('"use_hem", ', ""), ("    use_hem: bool = False\n", ""))
    replace_in(root / "mmrec" / "block.py", ("if config.use_hem:", "if False:"))
    for path in (root / "mmrec").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("use_hem", "use_nothing").replace("W_fused", "W_all"), encoding="utf-8")
    shutil.rmtree(root / "mmrec" / "scripts")
    done = refresh(root)
    assert done.returncode == 0, done.stderr
    assert "checking that the toggle changes anything" not in done.stderr
    assert_worded(root, "tr", "`hem`")
    assert_worded(root, "en", "`hem`", "not implemented")


def test_with_a_loss_that_is_always_none_the_section_says_inert(copy_of_ours):
    """Only running it shows this: the value is thrown away at run time, in a way that no reader of the source sees."""
    root = copy_of_ours({"tr": "1.4 UBÖO", "en": "1.4 UBÖO"})
    replace_in(
        root / "mmrec" / "model.py",
        ("self._aux_loss(losses))", "self._aux_loss(losses) if len(losses) > 99 else None)"),
    )
    replace_in(
        root / "mmrec" / "block.py",
        ("self._planning_loss(state.hidden, h))", "self._planning_loss(state.hidden, h) if h.dim() > 99 else None)"),
    )
    done = refresh(root)
    assert done.returncode == 0, done.stderr
    assert "checking that the toggle changes anything" in done.stderr
    assert_worded(root, "tr", "`uboo`")
    assert_worded(root, "en", "`uboo`", "inert")
