"""What the hook's shell takes for prose can bring nothing that `check` would report."""

from __future__ import annotations

import difflib
import re
import subprocess
from collections import Counter

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
     "docs/a", "it's", "<b>", "<!--", "-->", "§", "#1", "\\", "`12`", "(`ms`)", "**ms**", "*12*", "*s*"]
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
        how = draw(st.sampled_from(["lines", "paragraph above", "paragraph below", "words", "words"]))
        if how == "words":
            marks = MARKED.match(after[place])[0] if place < len(after) else ""
            after[place : place + 1] = [marks + draw(st.one_of(WORDS, PLAIN, MARKED_UP))]
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
