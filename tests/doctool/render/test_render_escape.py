"""Nothing that a machine or an author may write breaks a table, a region or a page."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from doctool.document import Region
from doctool.render import Facts, render_region
from doctool.render.escape import code, escape, keep_in_cell

NASTY = st.text(
    st.one_of(
        st.sampled_from(list("|\\`*_[]<>!-~$&#=+:@/.) \t\n\r\x00\x0b\u2028\ufdd0\ufde3\ufeff1a")),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=24,
)
NASTY_NAMES = st.one_of(
    NASTY,
    st.sampled_from(
        [
            "A|B",
            "<!-- doctool:end x -->",
            "-->",
            "a\\|b",
            "a\\\\|",
            "**b",
            "`",
            "``|`",
            "1. x",
            "# h",
            "--- | ---",
            "www.x.y/z",
        ]
    ),
)
QUICK = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def parse(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)


def shown(token: Token) -> str:
    return "".join(
        "\n" if child.type in {"softbreak", "hardbreak"} else child.content for child in token.children or ()
    )


def rows_of(text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for before, token in zip([None, *parse(text)], parse(text), strict=False):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and before is not None and before.type in {"th_open", "td_open"}:
            rows[-1].append(shown(token))
    return rows


def readable(text: str) -> str:
    """What may be expected of a text on one line without control characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef]+", " ", text).split())


@QUICK
@given(NASTY_NAMES)
def test_an_escaped_text_is_shown_literally_in_a_cell_and_in_a_line(text: str) -> None:
    assert rows_of(f"| a | b |\n| - | - |\n| {escape(text)} | end |")[1:] == [[readable(text), "end"]]
    if readable(text):
        tokens = parse(escape(text))
        assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
        assert shown(tokens[1]) == readable(text)


@QUICK
@given(NASTY_NAMES)
def test_a_code_span_shows_its_text_and_ends_no_comment(text: str) -> None:
    span = code(text)
    assert "-->" not in span
    assert "<!--" not in span
    if readable(text):
        tokens = parse(f"x {span} y")
        assert [child.type for child in tokens[1].children or ()] == ["text", "code_inline", "text"]


@QUICK
@given(gpu=NASTY_NAMES, label=NASTY_NAMES, header=NASTY_NAMES, kept=NASTY_NAMES)
def test_no_name_or_label_breaks_a_table(make: SimpleNamespace, gpu: str, label: str, header: str, kept: str) -> None:
    record = make.comparison(environment=make.GPU | {"gpu": gpu, "cpu": gpu})
    region = Region(
        template="environment",
        corner=label,
        rows={f"r{label}": "gpu", "kept": "block_latency hem decode"},
        columns={f"c{header}": "", "last": ""},
        keep={"kept": {"last": kept}},
        lines=("**GPU**: {gpu}",),
    )
    text = render_region(region, Facts(records=(record,)), "en", ()).text
    tables = [token for token in parse(text) if token.type == "table_open"]
    assert len(tables) == 1
    rows = rows_of(text)
    assert [len(row) for row in rows] == [3, 3, 3]
    assert rows[1][1] == rows[1][2] == (readable(gpu) or "unknown")
    assert "<!--" not in text
    assert "-->" not in text
    assert not re.search("[\ufdd0-\ufdef]", text)


@QUICK
@given(NASTY)
def test_keeping_an_authors_cell_twice_changes_nothing_more(text: str) -> None:
    assert keep_in_cell(keep_in_cell(text)) == keep_in_cell(text)


@pytest.mark.parametrize("cell", ["**3.4** ms", "[a](b.md)", r"a \| b", "`x`", "_café_ — ½"])
def test_an_authors_harmless_markdown_stays_as_it_is(cell: str) -> None:
    assert keep_in_cell(cell) == cell


def test_a_pipe_in_a_command_does_not_end_its_cell(make: SimpleNamespace) -> None:
    region = Region(template="environment", rows={"r": "command"}, columns={"c": ""})
    text = render_region(region, Facts(records=(make.comparison(command="a | b"),)), "en", ()).text
    assert rows_of(text)[1] == ["r", "a | b"]
