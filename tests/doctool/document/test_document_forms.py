"""Golden pages: what each form of placeholder becomes, and what only looks like one."""

from pathlib import Path

import pytest

from doctool import document
from doctool.document.sightings import find_placeholders

PAGES = Path(__file__).parents[2] / "golden" / "document" / "forms"
NAMES = sorted(path.stem for path in PAGES.glob("*.md") if "." not in path.stem)


def adopt(name, vocabulary, **options):
    return document.adopt(document.parse((PAGES / f"{name}.md").read_bytes(), f"{name}.md", vocabulary), **options)


@pytest.mark.parametrize("name", NAMES)
def test_each_form_becomes_the_region_on_its_golden_page(name, vocabulary):
    assert adopt(name, vocabulary).document.data.decode() == (PAGES / f"{name}.adopted.md").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_is_listed_with_line_reason_and_nearest_names(name, vocabulary):
    listed = "".join(
        f"{left.line}: {left.kind}: {left.text}: {left.reason}"
        + (f" [{', '.join(left.nearest)}]" if left.nearest else "")
        + "\n"
        for left in adopt(name, vocabulary).left
    )
    assert listed == (PAGES / f"{name}.left.txt").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_adopting_twice_changes_nothing_more(name, vocabulary):
    once = adopt(name, vocabulary)
    twice = document.adopt(once.document)
    assert twice.document.data == once.document.data
    assert twice.adopted == ()


@pytest.mark.parametrize("name", sorted({*NAMES} - {"left_alone", "estimates"}))
def test_the_scan_of_bytes_never_overlooks_a_placeholder(name, vocabulary):
    data = (PAGES / f"{name}.md").read_bytes()
    assert document.may_matter(data, vocabulary)
    page = document.parse(data, "page.md", vocabulary)
    for row in data.split(b"\n"):
        if b"|" in row and not row.strip(b" >|-:0123456789."):
            continue
        alone = document.parse(b"| Metric | HEM | Change | Off | On |\n|-|-|-|-|-|\n" + row, "row.md", vocabulary)
        if find_placeholders(alone.outline, vocabulary):
            assert alone.placeholders, row
    assert page.placeholders


def test_what_only_looks_like_a_placeholder_is_none(vocabulary):
    page = document.parse((PAGES / "left_alone.md").read_bytes(), "page.md", vocabulary)
    assert page.placeholders == ()


@pytest.mark.parametrize("name", ["estimates", "postponed"])
def test_marked_values_become_the_golden_page_when_they_are_to_be_replaced(name, vocabulary):
    replaced = adopt(name, vocabulary, replace_estimates=True)
    assert replaced.left == ()
    assert replaced.document.data.decode() == (PAGES / f"{name}.replaced.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["estimates", "postponed"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("prefix", ["", "> "])
def test_replacing_marked_values_later_comes_to_the_same(name, newline, prefix, vocabulary):
    text = (PAGES / f"{name}.md").read_text("utf-8")
    data = "".join(f"{prefix}{row}{newline}" for row in text.split("\n")).encode()
    page = document.parse(data, "page.md", vocabulary)
    at_once = document.adopt(page, replace_estimates=True).document
    later = document.adopt(document.adopt(page).document, replace_estimates=True).document
    assert later.data == at_once.data
    assert document.open_in_regions(at_once) == ()
    assert (document.open_in_regions(document.adopt(page).document) != ()) == (name == "postponed")


def test_marked_cells_that_stand_for_no_quantity_stay(vocabulary):
    table = b"## HEM\n\n| Metric | Off | On |\n|-|-|-|\n| Latency | TBD | TBD |\n| Accuracy | 0.9 (estimated) | 0.8 (est) |\n"
    adopted = document.adopt(document.parse(table, "page.md", vocabulary)).document
    assert document.adopt(adopted, replace_estimates=True).document.data == adopted.data
    assert adopted.regions[0].region.keep["Accuracy"] == {"Off": "0.9 (estimated)", "On": "0.8 (est)"}


def test_a_machine_a_feature_needs_is_no_open_number(vocabulary):
    page = document.parse(b"## HEM\n\n| Feature | Status |\n|-|-|\n| HEM | needs GPU |\n", "page.md", vocabulary)
    assert page.placeholders == ()


def test_percentiles_are_no_machines(vocabulary):
    page = document.parse(b"## HEM\n\n| Metric | Off |\n|-|-|\n| p99 latency | TBD |\n", "page.md", vocabulary)
    assert document.adopt(page).adopted == ()


def test_estimates_are_adopted_only_when_asked_for(vocabulary):
    page = document.parse((PAGES / "estimates.md").read_bytes(), "page.md", vocabulary)
    kept = document.adopt(page)
    replaced = document.adopt(page, replace_estimates=True)
    assert [left.kind for left in kept.left] == ["estimate", "estimate"]
    assert replaced.left == ()
    assert kept.document.regions[0].region.keep != {}
    assert replaced.document.regions[0].region.keep == {}


@pytest.mark.parametrize("cell", ["-", "—", "N/A", ""])
def test_a_bare_mark_is_a_placeholder_only_where_asked_for(cell, make_vocabulary):
    table = f"## HEM\n\n| Metric | Off | On |\n|-|-|-|\n| Latency | {cell} | {cell} |\n".encode()
    assert document.parse(table, "page.md", make_vocabulary()).placeholders == ()
    asked = document.parse(table, "page.md", make_vocabulary((cell,)))
    assert len(asked.placeholders) == 2
    assert document.adopt(asked).adopted == ("hem-decode",)


@pytest.mark.parametrize(
    "cell",
    ["X tokens/s", "#.## ms", "## ms", "XXms", "X.XXs", "[___]", "[…]", "[ ] ms", "⏳", "running…", "${value}", "___"],
)
def test_each_form_alone_is_seen_in_a_page_without_any_other(cell, vocabulary):
    table = f"# HEM\n\n| Metric | Off |\n|---|---|\n| Throughput | {cell} |\n".encode()
    assert len(document.parse(table, "page.md", vocabulary).placeholders) == 1
