"""Surgery on generated Markdown. `HYPOTHESIS_PROFILE=long` runs 20,000 examples of each."""

import re

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from doctool import document
from doctool.document import markdown
from doctool.document.lines import Lines, decode, encode
from doctool.document.region import Region, decode_region, encode_region
from doctool.errors import DocumentError
from doctool.project import yamltext

ODD = st.sampled_from(["", "\x00", "\x0c", "\x85", "\u2028", "\udcff", "\t", "é", "مرحبا", "\u202ex", "\ufeff", " \t "])
WORD = st.sampled_from(
    ["word", "**bold**", "`code`", "[a](b)", "12 ms", "30% faster", "TBD", "[X] ms", "a \\| b", "<b>", "&lt;"]
)
CLAIM = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "takes ", "latency ", "x", "%", "(", "ppl ", "Latency (ms): ", "FPS: ", "6.5→"]),
        st.sampled_from(
            ["12", "**12**", "`12`", "[12](u)", "1\\.5", "12+", "1,200", "<b>12</b>", "&#49;2", "12<!-- c -->"]
        ),
        st.sampled_from(["", " ", "\u00a0", "&nbsp;", " *", "<br>", " <i>", "\n", " [", "-"]),
        st.sampled_from(
            [
                "ms",
                "m**s**",
                "tokens/s",
                "tok <b>/s</b>",
                "k tokens **/s**",
                "x faster",
                "% less memory",
                "GB of VRAM",
                "minutes",
                "µs",
                "&micro;s",
                "sec",
                "it/s",
                "`tok/s`",
                "perplexity",
                "t/s",
                "ms / iter",
                "FPS",
                "",
                "kat hızlı",
            ]
        ),
        st.sampled_from(["", ".", " to run", "*", "</i>", "](u) of memory", " faster"]),
    ),
)
CELL = st.one_of(WORD, st.sampled_from(["", "[GPU MODEL]", "?", "___", "`|`", "0.5", "x\\|y"]))
LABEL = st.sampled_from(
    ["Latency", "**Throughput**", "Block Latency", "Memory (GB)", "Nonsense", "", "CUDA", "HEM", "Latency"]
)
HEADER = st.sampled_from(
    [
        "Metric",
        "Baseline",
        "HEM",
        "Off",
        "On",
        "Change",
        "A100",
        "Decoding",
        "?",
        "DPG",
        "Value",
        "a\\|b",
        "Token/sec",
        "Lat*ency*",
        "Time, s",
        "`tok/s`",
        "Speed&shy;up",
        "ms<br>",
    ]
)


@st.composite
def tables(draw):
    columns = draw(st.integers(1, 4))
    outer = draw(st.booleans())
    rows = [
        [draw(HEADER) for _ in range(columns)],
        [draw(st.sampled_from(["---", ":-:", "-:", ":--"])) for _ in range(columns)],
    ]
    for _ in range(draw(st.integers(0, 4))):
        width = max(1, columns + draw(st.sampled_from([0, 0, 0, -1, 1])))
        rows.append([draw(LABEL), *(draw(CELL) for _ in range(width - 1))])
    return ["| " + " | ".join(row) + " |" if outer or columns == 1 else " | ".join(row) for row in rows]


REGION = st.sampled_from(["hem", "b-1", "x"]).map(
    lambda name: [
        f"<!-- doctool:begin {name}",
        "mechanism: hem",
        "rows: {L: throughput}",
        "columns: {A: off}",
        "-->",
        "",
        "| old |",
        f"<!-- doctool:end {name} -->",
    ]
)
LABELLED = st.builds(
    lambda *parts: ["".join(parts)],
    st.sampled_from(["", "", "- ", "Words, ", "("]),
    st.sampled_from(["Latency", "**Throughput**", "Gecikme (ms)", "GPU", "Speedup", "Words", "HEM *latency*"]),
    st.sampled_from([": ", ":", "： ", ":  **", "\\: "]),
    st.sampled_from(
        ["pending", "*pending*", "Ölçülecek", "to be measured", "???", "___ ms", "— ms", "XX", "X.X ± X ms", "X.Xx", "%XX",
         "{p95} ms", "⏳", "`pending`", "(not yet measured)", "[pending](u)", "待测", "\\_\\_ ms", "..", "~? MB", "X,X kat",
         "XX seconds", "**XX** MB", "#.## ms", "TBD", "[X] ± [X] ms", "12 ms", "ne demek?", "Latency", "running"]
    ),
    st.sampled_from(["", "", "**", ", Memory: pending", " (GPU: TBD)", "; so", " and more words", ".", ")", " · many " * 9]),
)  # fmt: skip
BLOCK = st.one_of(
    tables(),
    tables(),
    LABELLED,
    REGION,
    st.lists(WORD, min_size=1, max_size=4).map(lambda words: [" ".join(words)]),
    CLAIM.map(lambda text: text.split("\n")),
    CLAIM.map(lambda text: ["| Run | Latency |", "|---|---|", f"| a | {text.replace(chr(10), ' ')} |"]),
    st.tuples(WORD, ODD, WORD).map(lambda parts: ["".join(parts)]),
    st.sampled_from(
        [
            [""], ["# HEM"], ["## Baseline"], ["### DPG, Decoding"], ["---"], ["```", "x | y", "```"], ["~~~"], ["```"],
            ["    code"], ["<div>"], ["</div>", ""], ["<!-- c -->"], ["<!--", "x", "-->"], ["<!-- open"], ["- item"],
            ["1. one", "", "   two"], ["> quote"], ["**GPU**: [GPU MODEL]"], ["- **Date**: [DATE]"], ["[r]: http://x"],
            ["**Throughput**: [X] tokens/s {a}"], ["<!-- doctool:allow because -->"], ["- - - deep"], ["<pre>"], ["\\"],
            ["`<!-- doctool:begin q -->`"], ["    <!-- doctool:begin q -->"], ["Latency: TBD  "],
        ]
    ),
)  # fmt: skip


@st.composite
def pages(draw):
    """Return the bytes of a page of all kinds of blocks, in lists and quotes, with any line endings."""
    lines = []
    for block in draw(st.lists(BLOCK, max_size=12)):
        prefix = draw(st.sampled_from(["", "", "", "", "> ", ">", "  ", "- ", "> > ", "1. ", "   ", "-\t"]))
        inner = prefix if prefix.strip(" ") and ">" in prefix else re.sub(r"[^\t]", " ", prefix)
        lines += [(prefix if number == 0 else inner) + line for number, line in enumerate(block)]
        lines += draw(st.sampled_from([[], [""], [""], [inner.rstrip()]]))
    ending = draw(st.sampled_from(["\n", "\n", "\r\n", "\r", None]))
    text = "".join(line + (ending or draw(st.sampled_from(["\n", "\r\n", "\r"]))) for line in lines)
    text += draw(st.sampled_from(["", "", "tail", "| x"]))
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + encode(text)


def read(data, vocabulary):
    try:
        return document.parse(data, "page.md", vocabulary)
    except DocumentError as problem:
        if problem.line is not None and not 1 <= problem.line <= len(Lines(data)) + 1:
            raise
        return None


@given(data=st.one_of(pages(), st.binary(max_size=200)))
def test_any_bytes_are_read_or_refused_with_a_line(data, vocabulary):
    page = read(data, vocabulary)
    if page is not None:
        for found in (*page.placeholders, *document.find_claims(page)):
            assert 1 <= found.line <= len(page.lines)


@given(data=pages())
def test_lines_put_together_are_the_document(data):
    lines = Lines(data)
    bom = data[: lines.start(0)]
    assert bom + b"".join(lines.raw(line) + lines.ending(line) for line in range(len(lines))) == data


@given(data=pages())
def test_whatever_the_parsed_page_reports_its_bytes_may_matter(data, vocabulary):
    page = read(data, vocabulary)
    assume(page is not None)
    # As if every page were worth parsing.
    vars(page)["may_matter"] = True
    try:
        reported = page.placeholders or document.find_claims(page)
    except DocumentError:
        return
    if reported or page.regions:
        assert document.may_matter(data, vocabulary)


TEXTS = st.lists(
    st.sampled_from(["", "| a | b |\n|---|---|\n| 1 | 2,5 ms |", "text", "**GPU**: H200", "- x", "a  \nb", "```\nx\n```"]), max_size=4
).map("\n\n".join)  # fmt: skip


@given(data=pages(), text=TEXTS)
def test_outside_the_regions_every_byte_stays(data, text, vocabulary):
    page = read(data, vocabulary)
    assume(page is not None and page.regions)
    new = {region.id: document.Replacement(text=text, records=("r",)) for region in page.regions}
    try:
        once = document.splice(page, new)
    except DocumentError:
        return
    after = document.parse(once, "page.md", vocabulary)
    assert after.outside == page.outside
    assert document.splice(after, new) == once
    assert not any(document.is_edited(region) for region in after.regions)


@given(data=pages())
def test_adopting_and_rendering_twice_is_doing_it_once(data, vocabulary):
    page = read(data, vocabulary)
    assume(page is not None)
    adoption = document.adopt(page)
    new = {name: document.Replacement(text="| a |\n|---|\n| 1 |") for name in adoption.adopted}
    once = document.splice(adoption.document, new)
    again = document.adopt(document.parse(once, "page.md", vocabulary))
    assert again.document.data == once
    assert again.adopted == ()
    assert document.splice(again.document, new) == once


@given(data=pages())
def test_adopting_takes_away_only_lines_of_tables_and_metadata(data, vocabulary):
    page = read(data, vocabulary)
    assume(page is not None)
    adoption = document.adopt(page)
    position = 0
    new = {region.id for region in adoption.document.regions} & set(adoption.adopted)
    pieces, start = [], 0
    for region in adoption.document.regions:
        if region.id in new:
            pieces.append(adoption.document.data[start : region.span[0]])
            start = region.span[1]
    pieces.append(adoption.document.data[start:])
    for piece in pieces:
        found = data.find(piece, position)
        assert found >= position
        gap = data[position:found]
        assert found == 0 or not gap or any(sign in gap for sign in (b"|", b"[", b"TBD", b":", "：".encode()))
        position = found + len(piece)
    assert data.endswith(pieces[-1])


NAMES = st.text(st.characters(codec="utf-8"), max_size=12)
LABELS = st.one_of(
    NAMES, st.sampled_from(["on", "off", "null", "true", "-->", "<!--", "a: b", "{x}", "#", "2024", "~", "1.5", "- a"])
)


@given(
    region=st.builds(
        Region,
        template=LABELS,
        mechanism=st.none() | LABELS,
        lines=st.lists(LABELS, max_size=3).map(tuple),
        corner=LABELS,
        rows=st.dictionaries(LABELS, LABELS, max_size=4),
        columns=st.dictionaries(LABELS, LABELS, max_size=3),
        keep=st.dictionaries(LABELS, st.dictionaries(LABELS, LABELS, max_size=2), max_size=3),
    )
)
def test_what_a_region_asks_for_survives_being_written(region):
    text = encode_region(region)
    assert "-->" not in text
    assert decode_region(text) == region
    assert "\n\n" not in text
    assert msgspec.convert(yamltext.parse(text, lambda message, line: ValueError(message)).value, Region) == region


@given(data=st.binary())
def test_any_bytes_survive_as_text(data):
    assert encode(decode(data)) == data


@given(content=st.text("ab \t\n1.|#-+~:x%()é", max_size=30).map(lambda text: text.strip()))
def test_text_without_a_sign_of_markdown_is_shown_as_it_is(content):
    parsed = markdown._read_lines(markdown.parse_inline(content, {}), markdown.Shown.WORDS, None)
    assert [line.strip(" \t") for line in parsed] == markdown.visible_lines(content, {})
