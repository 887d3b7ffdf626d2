"""The report: one page with everything on it, and nothing that needs a network or says more than the verdicts."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.forged import forge, save
from tests.situations import git, make_tiny, run_here

ROOT = Path(__file__).parents[3]
BROWSER = ("--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--enable-logging=stderr")
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Collects what a page consists of, and that every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.tags, self.links, self.attributes = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def project(tmp_path):
    made = make_tiny(tmp_path / "repository")
    given = save(forge(made.root), tmp_path / "given.json")
    done = run_here(made.root, "refresh", "--all", "--records", given)
    assert done.returncode == 0, done.stderr
    return made


def report(project, *more):
    done = run_here(project.root, "report", "-o", project.root.parent / "out", *more)
    assert done.returncode == 0, done.stderr
    return Path(project.root / done.stdout.strip()).read_text("utf-8")


@pytest.mark.parametrize("language", ["tr", "en"])
def test_it_is_one_well_formed_page_that_loads_nothing_and_runs_nothing(project, language):
    page = Page(report(project, "--language", language))
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert not [one for one in page.attributes if one[1].startswith("on") or one[1] in {"src", "srcset", "xlink:href"}]
    assert not [link for link in page.links if "://" in link]
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert ("html", "lang", language) in page.attributes
    assert any(value.startswith("default-src 'none'") for _, name, value in page.attributes if name == "content")


def test_every_picture_says_what_it_shows_and_every_table_has_headers(project):
    text = report(project)
    assert text.count("<svg") == text.count('role="img"') == text.count("<desc>") >= 3
    assert text.count("<table") == text.count("<thead") >= 1
    assert 'scope="col"' in text
    assert 'scope="row"' in text


def test_it_holds_mechanism_evidence_cells_samples_and_machine(project):
    text = report(project)
    assert "tiny/model.py:" in text
    assert "if use_fast:" in text
    assert re.search(r'class="good">\+[\d.]+% \(faster\) \[\+[\d.]+% … \+[\d.]+%\]', text)
    assert "8 processes" in text or "8 fresh processes" in text
    assert "A Steady CPU" in text
    for status in ("declared", "effective", "absent"):
        assert status in text


def test_links_to_the_source_lead_to_the_files(project):
    page = Page(report(project))
    sources = [link.partition("#")[0] for link in page.links if link.partition("#")[0]]
    assert sources
    assert all((project.root.parent / "out" / link).is_file() for link in sources)


def test_what_others_wrote_is_text_and_never_markup(project):
    settings = project.root / "doctool.yaml"
    settings.write_text(
        settings.read_text("utf-8") + 'labels: {en: {fast: "<script>alert(1)</script>", step: "\\"><b>x"}}\n', "utf-8"
    )
    page = Page(report(project))
    assert "script" not in page.tags
    assert "b" not in page.tags


def test_the_same_records_give_the_same_page(project):
    assert report(project) == report(project)


def test_without_a_directory_it_stays_out_of_the_repository(project):
    assert run_here(project.root, "report").returncode == 0
    assert git(project.root, "status", "--porcelain") == ""


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser is installed")
def test_a_browser_shows_it_without_a_complaint_and_without_scrolling_sideways(project, tmp_path):
    (tmp_path / "page.html").write_text(report(project), "utf-8")
    frame = tmp_path / "phone.html"
    frame.write_text(
        '<iframe src="page.html" width="390" height="2000"></iframe><script>addEventListener("load",()=>{'
        'const d=document.querySelector("iframe").contentDocument.documentElement;'
        'document.title="WIDE:"+(d.scrollWidth-d.clientWidth)})</script>',
        "utf-8",
    )
    done = subprocess.run(
        ["chromium", *BROWSER, "--virtual-time-budget=2000", "--dump-dom", frame.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "<title>WIDE:0</title>" in done.stdout
    assert "CONSOLE" not in done.stderr


def test_a_summary_of_a_job_tells_what_changed_cell_by_cell_with_verdicts(project):
    git(project.root, "tag", "before")
    told = run_here(project.root, "report", "--format", "markdown", "--base", "before").stdout
    assert "cells show the same records as before" in told
    assert "1 document checked: all true." in told
    given = save(forge(project.root, off_s=0.012, ratio=0.8), project.root.parent / "slower.json")
    run_here(project.root, "refresh", "--all", "--records", given)
    told = run_here(project.root, "report", "--format", "markdown", "--base", "before").stdout
    assert told.startswith("<!-- doctool report -->\n")
    (row,) = re.findall(r"^\| `fast/step/forward_latency off` .*$", told, re.MULTILINE)
    assert re.search(r"\| \+2\d\.\d% \[\+\d+\.\d% … \+\d+\.\d%\] \| \*\*slower\*\* \\\* \|$", row)
    assert "the measured code is the same in both" in told


def test_a_change_that_makes_a_page_untrue_is_told_with_its_state(project):
    text = project.page.read_text("utf-8")
    git(project.root, "tag", "before")
    project.page.write_text(re.sub(r"(Forward Time \| )\d", r"\g<1>7", text), "utf-8")
    told = run_here(project.root, "report", "--format", "markdown", "--base", "before").stdout
    assert "1 document checked: 1 edited." in told


def test_a_base_that_cannot_be_compared_with_is_said_and_no_error(project):
    git(project.root, "tag", "--no-sign", "early", git(project.root, "rev-list", "--max-parents=0", "HEAD").strip())
    told = run_here(project.root, "report", "--format", "markdown", "--base", "early").stdout
    assert "only in the newer one" in told
    done = run_here(project.root, "report", "--format", "markdown", "--base", "no-such-commit")
    assert done.returncode == 7
    assert "no-such-commit" in done.stderr


def test_outside_of_a_pull_request_the_base_has_to_be_named(project, monkeypatch):
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    done = run_here(project.root, "report", "--format", "markdown")
    assert done.returncode == 2
    assert "--base COMMIT" in done.stderr
