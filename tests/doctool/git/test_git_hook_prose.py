"""What the hook's shell takes for prose can bring nothing that `check` would report."""

from __future__ import annotations

import difflib
import subprocess
from collections import Counter

from hypothesis import assume, event, given
from hypothesis import strategies as st

from doctool import document
from doctool.git import hook_script
from doctool.vocabulary import build_vocabulary

WORD = st.sampled_from(
    ["the", "words", "of", "a", "faster", "takes", "memory", "latency", "Throughput", "perplexity", "loss", "about", "in",
     "steps", "section", "persons", "GPU", "H100", "card", "train", "limit", "TBD", "x", "X", "pending", "times", "kat",
     "iyi", "daha az", "bellek", "adım", "saniye", "yüzde", "ms", "s", "MB", "it", "k", "M", "tokens", "bin", "fold",
     "(ms)", "(better)", "(ms):", "=", "%", "µs", "×", "of 3", "Ölçülecek", "coming soon", "to be measured", "?", "???",
     "**", "`", "&nbsp;", "±", "-", "–", "faster.", "words,", "Latency:", "not yet measured", "pending.", "nat"]
)  # fmt: skip
NUMBER = st.sampled_from(
    ["2", "12", "1.5", "2,5", "2024", "12.", "3,", "(4)", "5:", "12ms", "3x", "4th", "0.5!", "6'", "7)"]
)
LINE = st.lists(st.one_of(WORD, WORD, NUMBER), min_size=1, max_size=6).map(" ".join)
PLAIN = st.sampled_from(
    ["persons came in", "the words of a", "in section 2 of it.", "Version 12, of 2024.", "faster words"]
)
OTHER = st.sampled_from(
    [
        [""], [""], [""], ["# Latency"], ["---"], ["| Latency | Speed |", "|---|---|", "| 2x | 12 |"], ["- item 12"], ["<div>"],
        ["</div>"], ["> quote"], ["```"], ["<!-- c -->"], ["    code"], ["1. one"], ["==="], ["**Throughput**: [X] tokens/s"],
        ["It is 3x", "wide."], ["Twelve is 12"], ["<!-- doctool:allow because -->"], ["The share is 30 %", "of it."],
        ["| Speed | it |", "|---|---|", "| a | 2x |"], ["words \\"], ["It is *12* ms"], ["Perplexity of"], ["Latency (ms)"],
    ]
)  # fmt: skip
VOCABULARY = build_vocabulary({"hem": ("use_hem",)}, {"hem": ("decode",)}, {}, (), ("decode",))


@st.composite
def edits(draw):
    """Return a page before and after a change of one to three of its lines."""
    blocks = draw(st.lists(st.one_of(LINE.map(lambda line: [line]), OTHER), min_size=1, max_size=8))
    lines = [line for block in blocks for line in block]
    after = list(lines)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(after)))
        new = draw(st.lists(st.one_of(LINE, PLAIN, PLAIN, st.just("")), max_size=2))
        after[place : place + draw(st.integers(0, 1))] = new
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
    parsed = document.parse(text.encode(), "page.md", VOCABULARY)
    claims = Counter((claim.value, claim.unit) for claim in document.find_claims(parsed) if claim.allowed is None)
    return claims + Counter((found.place, found.text) for found in parsed.placeholders)


@given(edits())
def test_a_change_that_the_shell_lets_pass_brings_no_finding(edit):
    before, after = edit
    assume(before != after)
    passes = is_prose(before, after)
    event(f"passes: {passes}")
    if passes:
        assert findings(after) <= findings(before)
