"""What the hook's shell takes for prose can bring nothing that `check` would report."""

from __future__ import annotations

import difflib
import re
import subprocess
from collections import Counter

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from doctool import document
from doctool.errors import DoctoolError
from doctool.git import hook_script
from doctool.vocabulary import build_vocabulary

WORD = st.sampled_from(
    ["the", "words", "of", "a", "faster", "takes", "memory", "latency", "Throughput", "perplexity", "loss", "about", "in",
     "steps", "section", "persons", "GPU", "H100", "card", "train", "limit", "TBD", "x", "X", "pending", "times", "kat",
     "iyi", "daha az", "bellek", "adım", "saniye", "yüzde", "ms", "s", "MB", "it", "k", "M", "tokens", "bin", "fold",
     "(ms)", "(better)", "(ms):", "=", "%", "µs", "×", "of 3", "Ölçülecek", "coming soon", "to be measured", "?", "???",
     "**", "`", "&nbsp;", "±", "-", "–", "faster.", "words,", "Latency:", "not yet measured", "pending.", "nat",
     "`code`", "`--level`", "`pending`", "`2x`", "**bold**", "*so*", "**pending**", "*TBD*", "**Latency**:", "_x_", "*",
     "[a link](https://e.org/a_b)", "[pending](u)", "[12](u)", "[a]", "[", "](u)", "(u)", "“so”", "…", "and/or", "ms/step",
     "XX", "0.xx", "x.x", "docs/a", "it's", "<b>", "<!--", "-->", "§", "#1", "\\", "(latency:", "延迟：待测", "--", "soon)",
     "`12`", "(`ms`)", "**ms**", "*12*", "*s*"]
)  # fmt: skip
NUMBER = st.sampled_from(
    ["2", "12", "1.5", "2,5", "2024", "12.", "3,", "(4)", "5:", "12ms", "3x", "4th", "0.5!", "6'", "7)"]
)
WORDS = st.lists(st.one_of(WORD, WORD, NUMBER), min_size=1, max_size=6).map(" ".join)
MARKS = st.sampled_from(["", "", "", "", "- ", "> ", "1. ", "* ", "  ", "    ", "  - ", "> - ", "- - "])
LINE = st.builds(str.__add__, MARKS, WORDS)
MARKED_UP = st.sampled_from(
    ["the `code` of it", "a **bold** word", "see [the notes](https://e.org/n) of it", "one *or* two", "“so” and/or so"]
)
MARKED = re.compile(r"[ >]*(?:[-*] +|1\. +)*")
PLAIN = st.sampled_from(
    ["persons came in", "the words of a", "in section 2 of it.", "Version 12, of 2024.", "faster words"]
)
OTHER = st.sampled_from(
    [
        [""], [""], [""], ["# Latency"], ["---"], ["| Latency | Speed |", "|---|---|", "| 2x | 12 |"], ["- item 12"], ["<div>"],
        ["</div>"], ["> quote"], ["```"], ["<!-- c -->"], ["    code"], ["1. one"], ["==="], ["**Throughput**: [X] tokens/s"],
        ["It is 3x", "wide."], ["Twelve is 12"], ["<!-- doctool:allow because -->"], ["The share is 30 %", "of it."],
        ["| Speed | it |", "|---|---|", "| a | 2x |"], ["words \\"], ["It is *12* ms"], ["Perplexity of"], ["Latency (ms)"],
        ["- one", "- two"], ["- item", "", "  more of it"], ["- <div>", "  words"], ["<pre>", "It is 3x", "", "wide", "</pre>"],
        ["<!-- [[[cog", "", "It is 3x", "]]] -->"], ["You need:", "", "- 16 GB"], ["## Requirements"], ["1. a", "2. 3x"],
        ["<!-- doctool:allow because -->", "", "It is 3x"], ["[pending]: u"], ["[*a*", "b](u)"], ["> a", "> 3x"], ["~~~"],
        ["<!-- doctool:begin hem", "mechanism: hem", "-->", "| a | b |", "|---|---|", "| 1 ms | 2x |", "<!-- doctool:end hem -->"],
    ]
)  # fmt: skip
VOCABULARY = build_vocabulary({"hem": ("use_hem",)}, {"hem": ("decode",)}, {}, (), ("decode",))


@st.composite
def edits(draw):
    """Return a page before and after a change of one to three of its lines."""
    blocks = draw(st.lists(st.one_of(LINE.map(lambda line: [line]), OTHER), min_size=1, max_size=8))
    lines = [line for block in blocks for line in block]
    after = list(lines)
    prose = st.one_of(LINE, PLAIN, PLAIN, MARKED_UP)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(after)))
        how = draw(st.sampled_from(["lines", "paragraph above", "paragraph below", "words", "words", "items", "items"]))
        if how == "words":
            marks = MARKED.match(after[place])[0] if place < len(after) else ""
            after[place : place + 1] = [marks + draw(st.one_of(WORDS, PLAIN, MARKED_UP))]
        elif how == "items":
            marks = MARKED.match(after[place - 1])[0] if place else "- "
            new = [marks + words for words in draw(st.lists(st.one_of(WORDS, PLAIN, MARKED_UP), max_size=2))]
            after[place : place + draw(st.integers(0, 2))] = new
        elif how == "lines":
            new = draw(st.lists(st.one_of(prose, st.just("")), max_size=2))
            after[place : place + draw(st.integers(0, 2))] = new
        else:
            new = [*draw(st.lists(prose, min_size=1, max_size=2)), ""]
            after[place:place] = new if how == "paragraph above" else new[-1:] + new[:-1]
    return "\n".join([*lines, ""]), "\n".join([*after, ""])


def is_prose(before: str, after: str) -> bool:
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=10**6)
    text = "diff --git a/page.md b/page.md\n" + "".join(f"{line}\n" for line in diff)
    done = subprocess.run(
        ["awk", hook_script._IS_PROSE], input=text.encode(), env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, check=False
    )
    assert done.returncode in {0, 1}
    return done.returncode == 0


def findings(text: str) -> Counter[tuple[str, str]]:
    """Return what `check` may find on a page by itself, its regions among it: they have to be what they were."""
    try:
        parsed = document.parse(text.encode(), "page.md", VOCABULARY)
    except DoctoolError:
        return Counter([("malformed", "")])
    claims = Counter((claim.value, claim.unit) for claim in document.find_claims(parsed) if claim.allowed is None)
    placeholders = Counter((found.place, found.text) for found in parsed.placeholders)
    return claims + placeholders + Counter((region.id, region.text) for region in parsed.regions)


@given(edits())
def test_a_change_that_the_shell_lets_pass_brings_no_finding(edit):
    before, after = edit
    assume(before != after)
    passes = is_prose(before, after)
    event(f"passes: {passes}")
    if passes:
        assert findings(after) <= findings(before)


PAGE = """\
# Performance

Words of a person, who wrote *them* with `code` and [a link](https://example.org/a).

- first item
- second item with `code`

> A quote of somebody.

1. install it
2. run it

```sh
make test
```

<!-- doctool:begin hem
mechanism: hem
-->
| Metric | Off | On |
|---|---|---|
| Latency | 12 ms | 10 ms |
<!-- doctool:end hem record=1 sha256=2 -->

<p>
<b>It</b>
</p>

The step takes little time.

It took 3 s once.

The end.
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The end.\n", "The end.\n\nOne more paragraph.\n"),
        ("The end.\n", "The end.\nOne more line.\n"),
        ("- first item", "A new paragraph.\n\n- first item"),
        ("<!-- doctool:begin", "See below, please.\n\n<!-- doctool:begin"),
        ("The step takes little time.\n\n", ""),
        ("It took", "Words of before.\n\nIt took"),
        ("takes little", "needs little"),
        ("who wrote", "who has written"),
        ("first item", "first thing"),
        ("- second item", "- another\n- second item"),
        ("- second item with `code`\n", ""),
        ("1. install", "1. build and install"),
        ("somebody", "nobody"),
        ("The end.", "The `end` of **it** is *here*, see [the notes](https://example.org/x_y)."),
        ("The end.", "Since version 1.2.3 of 2024, see docs/guide and “that”."),
        ("The end.", "Note: the step takes a little longer, on most machines: so what?"),
        ("The end.", "Bu son ölçüm değildir, şimdi öğün."),
    ],
)
def test_everyday_edits_pass_in_the_shell(old, new):
    assert PAGE.count(old) == 1
    assert is_prose(PAGE, PAGE.replace(old, new))


REGION = "<!-- doctool:begin hem\nmechanism: hem\n-->\nsome words\n<!-- doctool:end hem -->\n"


@pytest.mark.parametrize(
    ("before", "after"),
    {
        "a caption above its table": ("\n\n| Speed |\n|---|\n| 2x |\n", "Faster.\n\n\n| Speed |\n|---|\n| 2x |\n"),
        "a caption that goes": ("Faster.\n\n| Speed |\n|---|\n| 2x |\n", "\n| Speed |\n|---|\n| 2x |\n"),
        "a line above a table's row": ("| Speed |\n|---|\n", "| Speed |\n|---|\nwords\n"),
        "a block behind an allowance": (
            "<!-- doctool:allow so -->\n\nIt is 3x\n", "<!-- doctool:allow so -->\n\nwords\n\nIt is 3x\n",
        ),
        "a list that is split behind an allowance": (
            "<!-- doctool:allow so -->\n- words\n\n- 3x\n", "<!-- doctool:allow so -->\n- words\n\nwords\n\n- 3x\n",
        ),
        "an item behind an allowance": (
            "<!-- doctool:allow so -->\nwords\n", "<!-- doctool:allow so -->\nwords\nmore\n",
        ),
        "an item of an allowed list": ("<!-- doctool:allow so -->\n- a\n", "<!-- doctool:allow so -->\n- a\n- b\n"),
        "a list that ends": ("- one\n- two\n\n  3x\n", "- one\ntwo\n\n  3x\n"),
        "an item of another level": ("- one\n", "- one\n  - two\n"),
        "an item that replaces a line": ("- one\nmore\n", "- one\n- two\n"),
        "a blank line in HTML": ("<div>\nwords\n</div>\n", "<div>\n\nwords\n</div>\n"),
        "a blank line in HTML of many parts": ("<pre>\n\na\nb\n</pre>\n", "<pre>\n\na\n\nb\n</pre>\n"),
        "a lost blank line": ("Latency\n\n12 ms\n", "Latency\n12 ms\n"),
        "a lost blank line between words": ("words\n\nmore\n", "words\nmore\n"),
        "a word beside a figure": ("It takes\n12 ms\n", "It needs\n12 ms\n"),
        "a word beside a figure, far below": ("words\n\nIt takes\n12 ms\n", "It\n\nwords\nIt takes\n12 ms\n"),
        "a paragraph with a figure": ("words\n", "words\n\nIt is 3x\n\n"),
        "a figure that goes": ("words\n\nIt is 3x\n", "words\n"),
        "a paragraph that parts with its figure": ("\n\na\nIt is 3x\n", "\n\nb\n\nIt is 3x\n"),
        "a line that parts a figure from its words": ("words\nIt is 3x\n", "words\nmore\n\nIt is 3x\n"),
        "a word in a region's layout": (REGION, REGION.replace("mechanism: hem", "mechanism: her")),
        "a word in a region's text": (REGION, REGION.replace("some words", "more words")),
        "a placeholder": ("words\n", "TBD\n"),
        "a mask": ("words\n", "X\n"),
        "a small mask": ("words\n", "0.xx\n"),
        "a bracket": ("words\n", "[words]\n"),
        "a word behind a label": ("words\n", "Latency: pending\n"),
        "a word behind a label in another language": ("words\n", "Gecikme: ölçülecek\n"),
        "a word behind a label, wide": ("words\n", "延迟：待测\n"),
        "a word behind the second label": ("words\n", "Layers: two (latency: soon, at last)\n"),
        "a question mark behind a label": ("words\n", "- Latency: ???\n"),
        "a question mark with a unit": ("words\n", "It takes ? ms\n"),
        "dashes behind a label": ("words\n", "Latency: -- ms\n"),
        "a heading": ("words\n", "# words\n"),
        "a numbered item that is new": ("words\n", "2. words\n"),
        "a rule": ("words\n", "---\n"),
        "a fence": ("words\n", "```\n"),
        "a comment": ("words\n", "<!-- words -->\n"),
        "a marker": ("<!-- doctool:end hem -->\n", "words\n"),
        "a line within a region": (PAGE, PAGE.replace("| Latency |", "words\n| Latency |")),
    }.values(),
)  # fmt: skip
def test_what_may_be_more_than_prose_is_looked_at(before, after):
    assert before != after
    assert not is_prose(before, after)
