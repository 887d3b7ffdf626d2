"""Ordinary prose, code and tables in which nothing is open and nothing is claimed, however much it looks like it."""

from pathlib import Path

import pytest

from doctool import document
from doctool.document.running_text import find_open_numbers

PAGES = sorted((Path(__file__).parents[2] / "corpus" / "look_alikes").glob("*.md"))


def test_there_are_hundreds_of_lines_of_them():
    assert sum(len(path.read_text("utf-8").splitlines()) for path in PAGES) > 300


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_nothing_is_found_in_an_ordinary_page(path, vocabulary):
    page = document.parse(path.read_bytes(), path.name, vocabulary)
    assert page.placeholders == ()
    assert document.find_claims(page) == ()


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_nor_with_other_line_endings(path, newline, vocabulary):
    page = document.parse(path.read_text("utf-8").replace("\n", newline).encode(), path.name, vocabulary)
    assert (page.placeholders, document.find_claims(page)) == ((), ())


@pytest.mark.parametrize(
    ("line", "found"),
    [
        # A unit behind, or a label before.
        ("The step takes [VALUE] ms.", ["[VALUE]"]),
        ("Latency: [VALUE]", ["[VALUE]"]),
        ("It ran on PyTorch [VERSION].", ["[VERSION]"]),
        ("Cost: [MEASURED VALUE]", ["[MEASURED VALUE]"]),
        ("Tests ran on [GPU MODEL].", ["[GPU MODEL]"]),
        ("Throughput: TBD", ["TBD"]),
        ("TBD ms", ["TBD"]),
        ("Latency: [X] ms on [GPU MODEL]", ["[X]", "[GPU MODEL]"]),
        # Neither.
        ("The [value] of it", []),
        ("More is TBD", []),
        ("Talk: TBD", []),
        ("Contact: [name]", []),
        ("Add [model] to it", []),
        ("[X] checked", []),
        # Glued to a word, or among others.
        ("seqused[n] ms", []),
        ("thing[cpu]", []),
        ("tensor[X]", []),
        ("[X][Y]", []),
        ("s[i] and [X, W]", []),
    ],
)
def test_a_word_in_brackets_is_open_behind_a_label_or_before_a_unit(line, found, vocabulary):
    assert [token.text for token in find_open_numbers(line, vocabulary)] == found


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("| Metric | Off |\n|---|---|\n| Latency | TBD |\n", 1),
        ("| Metric | Off |\n|---|---|\n| Latency | 5 ms |\n| Quality | TBD |\n", 1),
        ("| Name | Docs |\n|---|---|\n| TBD | Docs |\n", 0),
        ("| Name | State |\n|---|---|\n| Windows | Not tested |\n", 0),
        ("| Name | State |\n|---|---|\n| Windows | TBD ms |\n", 1),
        ("| CUDA | Extra |\n|---|---|\n| 12 | `[cuda]` |\n", 0),
    ],
)
def test_words_leave_a_cell_open_in_tables_of_measurements(table, count, vocabulary):
    assert len(document.parse(table.encode(), "page.md", vocabulary).placeholders) == count


def test_an_allow_comment_silences_open_numbers_too(vocabulary):
    text = (
        b"<!-- doctool:allow the form of a row -->\n\n| Metric | Off |\n|---|---|\n| Latency | TBD |\n\nLatency: TBD\n"
    )
    assert [found.line for found in document.parse(text, "page.md", vocabulary).placeholders] == [7]


def test_what_the_project_ignores_is_reported_nowhere(make_vocabulary):
    text = b"Latency: TBD, takes 5 ms\n\nLatency: [X] of those, takes 6 ms\n\nLatency: TBD\n"
    page = document.parse(text, "page.md", make_vocabulary(ignore=("TBD,*ms", "of those")))
    assert [found.line for found in page.placeholders] == [5]
    assert document.find_claims(page) == ()
