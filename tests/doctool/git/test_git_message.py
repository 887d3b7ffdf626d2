"""The message says what changed, and its trailers lead back to the measurements."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doctool.git import Headline, Provenance, build_message

WHAT = Headline(what="hem, decode, block latency", old="1,25 ms", new="1,10 ms", verdict="faster")
NEW = Headline(what="baseline, decode, throughput", old=None, new="802 tokens/s")
FROM = Provenance(records=("0a1b2c3d", "0a1b2c3d", "4e5f6071"), hardware=("NVIDIA H200",), measured_commits=("abc",))


def test_a_whole_message():
    assert build_message([WHAT, NEW], FROM, documents=["docs/SPEED.md"]) == (
        "docs(perf): update the figures in SPEED.md\n\n"
        "- hem, decode, block latency: 1,25 ms → 1,10 ms (faster)\n"
        "- baseline, decode, throughput: 802 tokens/s\n\n"
        "Doctool-Record: 0a1b2c3d\nDoctool-Record: 4e5f6071\n"
        "Doctool-Hardware: NVIDIA H200\nDoctool-Measured-Commit: abc\n"
    )


def test_the_users_words_come_first_and_the_rest_stays():
    message = build_message([WHAT], FROM, subject="Faster!\n\nAt last.\n")
    assert message.startswith("Faster!\n\nAt last.\n\n- hem, decode")
    assert "Doctool-Record: 4e5f6071\n" in message


def test_the_subject_stays_short():
    assert (
        build_message([], Provenance(), documents=["a.md", "b.md"]) == "docs(perf): update the figures in 2 documents\n"
    )
    assert build_message([], Provenance(), documents=["x" * 80]) == "docs(perf): update the measured figures\n"
    assert build_message([], Provenance(), subject=" \n") == "docs(perf): update the measured figures\n"


@given(st.lists(st.text(min_size=1), max_size=3), st.text(), st.text())
def test_no_value_can_forge_a_line(records, old, name):
    headline = Headline(what="x", old=old, new="1 ms")
    message = build_message([headline], Provenance(records=tuple(records)), documents=[name])
    lines = message.split("\n")
    assert sum(line.startswith("Doctool-Record:") for line in lines) == len(set(records))
    assert len(message.splitlines()) == 3 + (1 + len(set(records)) if records else 0)
