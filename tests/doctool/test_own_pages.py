"""Our own pages: what came out stands on top, little machinery is in sight, and nothing is said over and over."""

import re
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["docs/PERFORMANCE_AND_DEPENDENCIES.md", "docs/en/PERFORMANCE_AND_DEPENDENCIES.md"]
PAGES = [*DOCUMENTS, "README.md", "README.tr.md"]
COMMENT = re.compile(r"<!-- doctool:(?:begin|end)\b.*?-->", re.DOTALL)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_the_summary_with_a_picture_that_is_there(name):
    text = (ROOT / name).read_text("utf-8")
    assert len(re.findall(r"^- \*\*\[(?:HEM|DPG|UBÖO)\]\([^)]+\)\*\* – ", text, re.MULTILINE)) == 3
    (picture,) = re.findall(r"\]\(([^)]*/summary-[^)]*\.svg)\)", text)
    assert ((ROOT / name).parent / picture).is_file()


@pytest.mark.parametrize("name", PAGES)
def test_comments_are_at_most_fifteen_percent_of_the_lines(name):
    text = (ROOT / name).read_text("utf-8")
    lines = sum(comment[0].count("\n") + 1 for comment in COMMENT.finditer(text))
    assert lines <= 0.15 * text.count("\n")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_line_of_the_rendered_page_stands_there_more_than_twice(name):
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render((ROOT / name).read_text("utf-8"))
    rows = re.sub(r"</t[hd]>\s*<t[hd][^>]*>", " | ", COMMENT.sub("", html))
    lines = Counter(line for each in rows.split("\n") if (line := re.sub(r"<[^>]+>", "", each).strip()))
    assert {line: count for line, count in lines.items() if count > 2} == {}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_summary_leads_to_a_heading(name):
    text = (ROOT / name).read_text("utf-8")
    for link in re.findall(r"^- \*\*\[[^]]+\]\(([^)]+)\)\*\* – ", text, re.MULTILINE):
        page, _, anchor = link.partition("#")
        target = ((ROOT / name).parent / page if page else ROOT / name).read_text("utf-8")
        headings = re.findall(r"^#+ (.*)$", target, re.MULTILINE)
        assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
