"""What holds for every table of a page is told once, and a table says what is about it alone."""

import re
from types import SimpleNamespace

import pytest
from markdown_it import MarkdownIt

from doctool.document import Region
from doctool.records import Source, Verdict
from doctool.render import Facts, render_region
from doctool.render.escape import break_lines
from doctool.render.whole import choose_teller, look_over
from doctool.terms.sentences import WORDS

REGION = Region(
    mechanism="hem",
    workload="decode",
    rows={"Latency": "block_latency", "Memory": "peak_memory"},
    columns={"off": "off", "on": "on", "change": "improvement"},
)


def test_a_region_that_does_not_tell_leaves_out_machine_protocol_and_legend(make):
    facts = Facts(records=(make.comparison(),), tells=False)
    text = render_region(REGION, facts, "en", ()).text
    assert text.endswith(f"Record `{facts.records[0].id}`.")
    assert "AMD EPYC" not in text
    assert "doctool-ab/1" not in text


def test_the_one_that_tells_names_every_record_of_the_page_and_rests_on_its_own_alone(make):
    own = make.comparison()
    other = make.comparison(Verdict.SLOWER, mechanism="dpg", source=Source(digest="d", commit="a" * 40))
    whole = look_over([(REGION, (own,)), (Region(mechanism="dpg", workload="decode"), (other,))], ("hem", "dpg"))
    rendered = render_region(REGION, Facts(records=(own,), whole=whole), "en", ())
    assert f"`{own.id}`" in rendered.text
    assert f"commit `aaaaaaa`, protocol `doctool-ab/1`, 8 fresh processes: record `{other.id}`" in rendered.text
    assert rendered.records == (own.id,)
    for key in ("how-values", "how-changes", "how-paired", "form-improvement"):
        assert rendered.text.count(WORDS[key]["en"]) == 1
    assert not re.search(r"\d", rendered.unvouched)


def test_a_page_that_compares_nothing_says_nothing_of_comparisons(make):
    region = Region(mechanism="hem", workload="decode", rows={"L": "block_latency"}, columns={"off": "off"})
    text = render_region(region, Facts(records=(make.comparison(),)), "en", ()).text
    assert WORDS["how-values"]["en"] in text
    assert WORDS["how-paired"]["en"] not in text


def test_where_records_were_not_made_alike_it_is_said_which_column_is_which(make):
    small = make.comparison(workload="small")
    large = make.comparison(workload="large", replicates=small.replicates[:5])
    region = Region(mechanism="hem", rows={"L": "block_latency on"}, columns={"Small": "small", "Large": "large"})
    text = render_region(region, Facts(records=(small, large), tells=False), "en", ()).text
    assert f"Small `{small.id}` (8 fresh processes); Large `{large.id}` (5 fresh processes)" in text


@pytest.mark.parametrize("language", ["tr", "en"])
def test_what_would_settle_the_open_cells_is_said_once(language, make):
    record = make.comparison(Verdict.INCONCLUSIVE, change=0.0, half=0.05, needed=31)
    text = render_region(REGION, Facts(records=(record,)), language, ()).text
    assert text.count("31") == 1
    assert WORDS["aside-open"][language].partition(":")[0] in text


def managed(region_id, template):
    return SimpleNamespace(id=region_id, region=Region(template=template))


def test_a_provenance_region_tells_or_else_the_last_table_that_was_measured(make):
    record, refused = make.comparison(), make.refused("absent")
    regions = [managed("a", "comparison"), managed("p", "provenance"), managed("b", "training"), managed("c", "matrix")]
    records = {"a": (record,), "p": (), "b": (record,), "c": (refused,)}
    assert choose_teller(regions, records, lambda _: True) == "p"
    assert choose_teller(regions, records, lambda template: template != "provenance") == "b"
    assert choose_teller(regions, records, lambda _: False) is None
    without = {key: found for key, found in records.items() if key not in {"p", "b"}}
    assert choose_teller(regions, without, lambda _: True) == "a"
    assert choose_teller(regions, {"c": (refused,)}, lambda _: True) is None


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (("**Date**: 1", "**GPU**: 2", "", "**CUDA**: 3"), [["Date: 1", "GPU: 2"], ["CUDA: 3"]]),
        (("one  ", "two\\", "three<br>", "four"), [["one", "two", "three", "four"]]),
        (("alone",), [["alone"]]),
        ((), []),
    ],
)
def test_lines_break_where_their_author_broke_them(lines, shown):
    html = MarkdownIt("commonmark").render("\n".join(break_lines(lines)))
    paragraphs = re.findall(r"<p>(.*?)</p>", html, re.DOTALL)
    found = [[re.sub(r"<[^>]+>", "", row).strip() for row in re.split(r"<br\s*/?>", text)] for text in paragraphs]
    assert found == shown


@pytest.mark.parametrize("lines", [("- a", "- b"), ("# a", "b"), ("a", "| b |"), ("1. a", "2. b"), ("> a", "> b")])
def test_lines_of_lists_headings_and_tables_stay_as_they_are(lines):
    assert break_lines(lines) == lines
