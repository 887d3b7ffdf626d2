"""The tables of the corpus: each becomes its golden page, nothing in it is hidden, nothing is false."""

import re

import pytest
import yaml

from doctool import document
from doctool.check.findings import State
from doctool.render.pages import fill_document
from doctool.terms.metrics import METRICS, metric_of
from doctool.terms.units import UNITS
from tests.corpus.filling import FILLED, NAMES, PAGES, Corpus

# An own, simple idea of what leaves a cell open: not doctool's, which is what is tested here.
OPEN = re.compile(
    r"TBD|\bX{2,}\b|X\.X|\[(?!\^)[^\]\d]*\](?!\()|_{2,}|\?|TODO|⏳|🔄|Ölçülecek|coming in|pending(?! review)",
    re.IGNORECASE,
)
# What a label must say for a metric to stand beside it, and what it must not say.
SAYS = {
    "forward_latency": "latency|forward|time|p50|median|gecikme|süresi|ms|speedup|faster",
    "block_latency": "block|blok",
    "layer_latency": "layer|katman",
    "throughput": "throughput|tok|it/s|img/s|samples|speed|verim|hacmi",
    "peak_memory": "memory|mem|bellek",
    "parameters": "param",
}
NEVER = re.compile(
    r"p9\d|mean|ortalama|train|step time|generat|first token|vram|gpu|eğitim|üretim|accuracy|perplex|doğruluk|energy",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return Corpus(tmp_path_factory.mktemp("corpus"))


def cells_of(text):
    """Return the tables of a page as lists of rows of cells; lines of regions' comments are no table."""
    text = re.sub(r"<!-- doctool:begin.*?-->", "", text, flags=re.DOTALL)
    tables, rows = [], []
    for line in [*text.split("\n"), ""]:
        bare = line.strip(" >")
        if bare.count("|") > 0 and not bare.startswith("<!--"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", bare.strip().strip("|"))]
            if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells)
        elif rows:
            tables.append(rows)
            rows = []
    return tables


def unlayered(rows):
    """Put the rows of single layers back into one, as the author has it."""
    found = []
    for row in rows:
        label = re.sub(r" \(blocks\.\d+\)$", "", row[0])
        if not (label != row[0] and found and found[-1][0] == label):
            found.append([label, *row[1:]])
    return found


def test_the_corpus_is_large_and_most_of_it_is_filled(corpus):
    assert len(NAMES) >= 60
    filled = [
        name for name in NAMES if document.parse(corpus.fill(name), f"{name}.md", corpus.project.vocabulary).regions
    ]
    assert len(filled) >= 55
    assert sum(name.startswith("tr-") for name in NAMES) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_no_label_that_adoption_left_is_called_mislabelled(name, corpus):
    found = corpus.checker.check(f"{name}.md", corpus.fill(name))
    assert [finding.message for finding in found if finding.state is State.MISLABELLED] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_page_becomes_its_golden_page(name, corpus):
    assert corpus.golden(name) == (FILLED / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_open_cell_is_filled_or_reported(name, corpus):
    data = corpus.fill(name)
    before, after = (cells_of(text) for text in ((PAGES / f"{name}.md").read_text("utf-8"), data.decode()))
    left = [finding.message for finding in corpus.findings(name, data) if finding.state is State.UNMEASURED]
    assert len(before) == len(after)
    for old, new in zip(before, map(unlayered, after), strict=True):
        assert len(old) == len(new)
        for was, now in zip(old[1:], new[1:], strict=True):
            for place in range(1, len(old[0])):
                if OPEN.search(was[place]) and now[place] == was[place]:
                    said = next((message for message in left if message.startswith(repr(was[place]))), None)
                    assert said, (was, was[place], left)
                    left.remove(said)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_reported_before_the_refresh_is_left_by_it(name, corpus):
    """`run doctool refresh` is only said of what a refresh fills."""
    before = (PAGES / f"{name}.md").read_bytes()
    promised = [one for one in corpus.findings(name, before) if "run `doctool refresh" in one.message]
    after = [one for one in corpus.findings(name, corpus.fill(name)) if one.state is State.UNMEASURED]
    kept = [one for one in corpus.findings(name, before) if one.state is State.UNMEASURED and one not in promised]
    assert len(after) == len(kept), (after, kept)
    assert not [one for one in after if "run `doctool refresh" in one.message]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_the_records_and_is_what_its_labels_ask(name, corpus):
    data = corpus.fill(name)
    parsed = document.parse(data, f"docs/{name}.md", corpus.project.vocabulary)
    records = {record.id: record for record in corpus.project.records}
    shown = {managed.id: tuple(records[one] for one in managed.records) for managed in parsed.regions}
    for managed in parsed.regions:
        rendered = fill_document(corpus.project, parsed, shown)[managed.id]
        lines = rendered.text.split("\n")
        header = next((line for line in lines if line.startswith("|")), "")
        for number, figure in rendered.figures:
            if figure.metric is None:
                continue
            record, metric = records[figure.record], metric_of(figure.metric)
            result = record.metrics[figure.metric]
            held = result.comparison.change if figure.arm == "change" else result.arms[figure.arm].value
            assert figure.value == held
            # The label is the row's first cells, and the header of the column the figure stands in.
            row, plain = lines[number], figure.text
            place = row[: row.index(plain)].count("|") if plain in row else 1
            headers = header.split("|")
            beside = [cell for cell in row.split("|")[1:3] if plain not in cell and " ± " not in cell]
            label = " ".join([*beside, headers[place] if place < len(headers) else "", headers[1] if header else ""])
            if row.startswith("|"):
                assert re.search(SAYS[metric.name], label, re.IGNORECASE), (label, figure.metric)
                assert not NEVER.search(re.sub(r"\[.*?\]|Measured", "", label)), (label, figure.metric)


@pytest.mark.parametrize("name", NAMES)
def test_the_unit_asked_for_is_the_unit_written(name, corpus):
    before, after = (cells_of(text) for text in ((PAGES / f"{name}.md").read_text("utf-8"), corpus.fill(name).decode()))
    spelt = {"token/sn": "tokens/s", "token/saniye": "tokens/s"}
    units = sorted({*UNITS, *spelt} - {"1", "M", "B", "s"}, key=len, reverse=True)
    asked = re.compile(r"(?:\]|TBD|X|\?) ?(" + "|".join(map(re.escape, units)) + r")(?![\w/])")
    for old, new in zip(before, map(unlayered, after), strict=True):
        for was, now in zip(old[1:], new[1:], strict=True):
            for cell, filled in zip(was, now, strict=False):
                unit = asked.search(cell)
                if unit and cell != filled and "ölçülmedi" not in filled and "not measured" not in filled:
                    assert spelt.get(unit[1], unit[1]) in filled, (cell, filled)


@pytest.mark.parametrize("name", NAMES)
def test_filling_twice_changes_nothing_more(name, corpus):
    page = corpus.project.root / "docs" / f"{name}.md"
    original, once = page.read_bytes(), corpus.fill(name)
    page.write_bytes(once)
    try:
        assert corpus.fill(name) == once
    finally:
        page.write_bytes(original)


@pytest.mark.parametrize("name", NAMES)
def test_a_kept_number_is_marked_and_the_mark_is_explained(name, corpus):
    data = corpus.fill(name)
    for managed in corpus.parse(name, data).regions:
        kept = [text for cells in managed.region.keep.values() for text in cells.values()]
        numbers = [text for text in kept if re.search(r"(?<![A-Za-z\d.])\d", re.sub(r"\]\(.*?\)|\[\^.*?\]", "", text))]
        marks = set(re.findall(r" ([†‡§¶]) \|", managed.text))
        assert len(marks) == bool(numbers), (numbers, managed.text)
        for mark in marks:
            assert managed.text.count(f" {mark} |") == len(numbers)
            assert len(re.findall(rf"^{mark} ", managed.text, re.MULTILINE)) == 1


def test_front_matter_stays_byte_for_byte_and_is_reported(corpus):
    before, after = (PAGES / "model-card.md").read_bytes(), corpus.fill("model-card")
    end = before.index(b"\n---\n", 4) + 5
    assert after[:end] == before[:end]
    assert yaml.safe_load(after[4 : end - 4]) == yaml.safe_load(before[4 : end - 4])
    said = [one for one in corpus.findings("model-card", after) if "front matter" in one.message]
    assert [one.line for one in said] == [3, 4, 10]


def test_every_metric_is_somewhere_in_the_corpus(corpus):
    words = "".join(corpus.fill(name).decode() for name in NAMES)
    assert {name for name in METRICS if name in words} >= set(SAYS)
