"""Adoption: what headings, labels and lines are taken to say."""

from pathlib import Path

import pytest

from doctool import document, environment
from doctool.document.address import SLOT
from doctool.errors import DocumentError
from doctool.project.loading import parse_config
from doctool.vocabulary import ENVIRONMENT_KEYS, build_vocabulary, normalise


def adopt(text, vocabulary, **options):
    return document.adopt(document.parse(text.encode(), "page.md", vocabulary), **options)


def table(*rows):
    return "\n".join([rows[0], "|-" * (rows[0].count("|") - 1) + "|", *rows[1:]]) + "\n"


def region(text, vocabulary):
    adoption = adopt(text, vocabulary)
    assert adoption.left == ()
    (managed,) = adoption.document.regions
    return managed.region


LATENCY = table("| Metric | Off | On |", "| Latency | TBD | TBD |")


@pytest.mark.parametrize(
    ("headings", "mechanism", "workload"),
    [
        ("# HEM\n", "hem", "decode"),
        ("# HEM vs Baseline\n", "hem", "decode"),
        ("# 1.4 UBÖO: yardımcı kayıp\n## Prefill small\n", "uboo", "prefill-small"),
        ("# HEM\n## DPG\n", "dpg", "decode"),
        ("# HEM\n## Details\n### Küçük Yapılandırma (B=2)\n", "hem", "prefill-small"),
        ("# HEM\n## A\n# DPG\n", "dpg", "decode"),
        ("# `use_hem`\n\nDecoding:\n", "hem", "decode"),
        ("# T\n\nWith HEM, prefill-small:\n\n", "hem", "prefill-small"),
    ],
)
def test_the_nearest_heading_names_mechanism_and_workload(headings, mechanism, workload, vocabulary):
    found = region(headings + "\n" + LATENCY, vocabulary)
    assert (found.mechanism, found.workload) == (mechanism, workload)


def test_a_table_under_no_mechanism_is_left_with_a_remedy(vocabulary):
    adoption = adopt("# Results\n\n" + LATENCY, vocabulary)
    assert adoption.document.data.decode() == "# Results\n\n" + LATENCY
    (left,) = adoption.left
    assert (left.line, left.text) == (3, "Results")
    assert "which mechanism" in left.reason


ONE = build_vocabulary({"baseline": (), "gate": ("use_gate",)}, {"baseline": ("main",), "gate": ("main",)})
PLAIN = table("| Metric | Value |", "| Latency | TBD |")


@pytest.mark.parametrize(
    ("headings", "stranger"),
    [
        ("# GateNet performance\n## Magic\n", "Magic"),
        ("# GateNet performance\n## Magic gains\n### Results\n", "Magic gains"),
        ("# GateNet performance\n## 1.3 Magic: hızlanma\n", "1.3 Magic: hızlanma"),
        ("# Gate\n## Llama-3 8B\n", "Llama-3 8B"),
        ("# Gate\n## Length 8192\n", "Length 8192"),
        ("# GateNet\n## Magic\n### Main\n", "Magic"),
        ("# Magic\n", "Magic"),
        ("# GateNet performance\n# Magic\n", "Magic"),
        ("## Magic\n", "Magic"),
    ],
)
@pytest.mark.parametrize("rows", [LATENCY, PLAIN, "**Latency**: TBD\n"])
def test_what_is_below_a_heading_about_something_else_is_not_taken_for_the_only_mechanism(headings, stranger, rows):
    text = headings + "\n" + rows
    adoption = adopt(text, ONE)
    assert adoption.document.data.decode() == text
    (left,) = adoption.left
    assert "no mechanism is known by the name in its heading" in left.reason
    assert left.text in {stranger, "**Latency**: TBD"}


@pytest.mark.parametrize(
    "headings",
    [
        "",
        "# GateNet performance\n",
        "# GateNet\n## Results\n",
        "# GateNet\n## 2. Performance Results\n### 2.1 Latency and throughput\n",
        "# GateNet: Performans ve Bağımlılıklar\n## 1. Performans Doğrulaması\n",
        "# GateNet\n## Karşılaştırmalı Sonuçların Özeti\n",
        "# GateNet\n## 性能对比\n",
        "# GateNet\n## Magic\n## Benchmarks\n",
        "# GateNet\n## Magic\n\nWith the gate:\n",
    ],
)
def test_a_heading_about_nothing_else_leaves_the_only_mechanism(headings):
    assert region(headings + "\n" + LATENCY, ONE).mechanism == "gate"


def test_the_workload_is_not_guessed_below_a_heading_about_something_else(vocabulary):
    rows = table("| Metric | Baseline | HEM |", "| Latency | TBD | TBD |")
    adoption = adopt("# T\n## Length 8192\n\n" + rows, vocabulary)
    assert adoption.adopted == ()
    assert ("which workload" in adoption.left[0].reason, adoption.left[0].text) == (True, "Length 8192")


def test_a_column_names_the_mechanism_where_no_heading_does(vocabulary):
    found = region("# Results\n\n" + table("| Metric | Baseline | HEM |", "| Latency | TBD | TBD |"), vocabulary)
    assert (found.mechanism, found.columns) == ("hem", {"Baseline": "off", "HEM": "on"})


def test_several_mechanisms_side_by_side_keep_their_names(vocabulary):
    rows = table("| Metric | Baseline | HEM | DPG |", "| Latency | TBD | TBD | TBD |")
    found = region("# Results\n\n" + rows, vocabulary)
    assert (found.mechanism, found.columns) == (None, {"Baseline": "baseline off", "HEM": "hem on", "DPG": "dpg on"})


def test_labels_of_several_parts_are_read_whole_or_not_at_all(vocabulary):
    rows = table("| | Latency | Throughput |", "| HEM, decoding | TBD | TBD |", "| DPG prefill small | TBD | TBD |")
    found = region("# R\n\n" + rows, vocabulary)
    assert found.rows == {"HEM, decoding": "decode hem on", "DPG prefill small": "prefill-small dpg on"}
    partly = adopt("# R\n\n" + rows.replace("prefill small", "on Mars"), vocabulary)
    (managed,) = partly.document.regions
    assert managed.region.rows == {"HEM, decoding": "decode on", "DPG on Mars": ""}
    assert managed.region.keep == {"DPG on Mars": {"Latency": "TBD", "Throughput": "TBD"}}
    assert [left.cells for left in partly.left] == [((6, 1), (6, 2))]


def test_training_metrics_choose_the_training_template(vocabulary):
    found = region("# UBÖO\n\n" + table("| M | Baseline | UBÖO |", "| Son Perplexity | TBD | TBD |"), vocabulary)
    assert (found.template, found.workload) == ("training", None)


def test_new_ids_are_unique_and_avoid_those_that_are_taken(vocabulary):
    text = "<!-- doctool:begin hem-decode\n-->\n<!-- doctool:end hem-decode -->\n\n# HEM\n\n" + LATENCY + "\n" + LATENCY
    assert adopt(text, vocabulary).adopted == ("hem-decode-2", "hem-decode-3")


def test_metadata_lines_above_an_untouched_table_are_left_too(vocabulary):
    text = "# HEM\n\n**GPU**: [GPU MODEL]\n\n" + table("| Metric | Off |", "| Latency | 5 ms |")
    adoption = adopt(text, vocabulary)
    assert adoption.document.data.decode() == text
    assert [left.line for left in adoption.left] == [3]


def test_blank_lines_between_metadata_lines_and_their_spaces_stay(vocabulary):
    found = region(
        "# HEM\n\n**GPU**: [GPU MODEL]  \n**Date**: [DATE]\n\n**CUDA**: **[CUDA VERSION]**\n\n" + LATENCY, vocabulary
    )
    assert found.lines == ("**GPU**: {gpu}  ", "**Date**: {date}", "", "**CUDA**: **{cuda}**")


def test_a_metric_in_a_line_takes_its_unit_into_the_slot(vocabulary):
    found = region("# HEM\n\nLatency: **[X] µs**, Throughput: [VALUE] tokens/s {x}\n", vocabulary)
    assert found.lines == ("Latency: **{forward_latency in µs}**, Throughput: {throughput} {{x}}",)
    assert [match[1] for match in SLOT.finditer(found.lines[0])] == ["forward_latency in µs", "throughput", None, None]


@pytest.mark.parametrize(
    ("line", "filled"),
    [
        ("- **Latency**: *pending*", "- **Latency**: *{forward_latency}*"),
        ("Gecikme: Ölçülecek.", "Gecikme: {forward_latency}."),
        ("Latency (ms): ~X.X ± X.X", "Latency (ms): ~{forward_latency}"),
        ("Latency: XX ± X µs", "Latency: {forward_latency in µs}"),
        ("Latency: ___ ms (GPU: TBD, memory: ??? GB)",
         "Latency: {forward_latency} (GPU: {gpu}, memory: {peak_memory in GB})"),
        ("延迟：待测", "延迟：{forward_latency}"),
        ("Date: to be determined", "Date: {date}"),
    ],
)  # fmt: skip
def test_what_leaves_a_cell_open_leaves_a_labelled_line_open(line, filled, vocabulary):
    assert region(f"# HEM\n\n{line}\n", vocabulary).lines == (filled,)


@pytest.mark.parametrize(
    "line",
    [
        "Latency: the pending one",
        "We think: pending",
        "GPU: unknown",
        "Memory: available",
        "Change: soon",
        "Latency: —",
    ],
)
def test_words_behind_a_label_are_words_elsewhere(line, vocabulary):
    page = document.parse(f"# HEM\n\n{line}\n".encode(), "page.md", vocabulary)
    assert page.placeholders == ()


def test_a_word_that_stands_twice_is_never_replaced_where_the_reader_does_not_see_it(vocabulary):
    adoption = adopt("# HEM\n\nSee [TBD](u), latency: TBD\n", vocabulary)
    assert (adoption.adopted, len(adoption.left)) == ((), 1)


@pytest.mark.parametrize("marks", ["- words\n  ", "- words\n\t", "-\twords\n\t", "> - words\n>   ", "1. words\n\n   "])
def test_a_later_line_of_an_item_keeps_its_place(marks, vocabulary):
    text = f"# HEM\n\n{marks}Latency: TBD\n"
    adopted = adopt(text, vocabulary).document.data.decode()
    assert adopted.startswith(f"# HEM\n\n{marks}<!-- doctool:begin ")


@pytest.mark.parametrize("text", ["> Latency: TBD\na | b\n", "- - deep\n  Latency: TBD\n", "- Latency: TBD\nmore\n"])
def test_a_line_is_left_where_others_would_change_their_meaning(text, vocabulary):
    adoption = adopt(f"# HEM\n\n{text}", vocabulary)
    assert adoption.adopted == ()
    assert "without the blanks or the '>'" in adoption.left[0].reason


def test_labels_keep_their_markup_and_escapes(vocabulary):
    found = region("# HEM\n\n" + "| M\\|m | **Off** | [On](u) |\n|-|-|-|\n| *Latency* | TBD | TBD |\n", vocabulary)
    assert (found.corner, list(found.rows), list(found.columns)) == ("M\\|m", ["*Latency*"], ["**Off**", "[On](u)"])


def test_rows_may_be_ragged_and_without_outer_pipes(vocabulary):
    found = region("# HEM\n\nMetric | Off | On\n--|:-:|--\nLatency | TBD\nThroughput | TBD | TBD |\n\n", vocabulary)
    assert (found.align, found.keep) == ("-c-", {"Latency": {"On": ""}})


def test_a_document_without_anything_open_is_returned_as_it_is(vocabulary):
    page = document.parse(b"# T\n\n| a | b |\n|-|-|\n| 1 | 2 |\n", "page.md", vocabulary)
    assert document.adopt(page).document.data == page.data


def test_the_vocabulary_knows_every_fact_of_a_record():
    assert set(environment.KEYS) <= set(ENVIRONMENT_KEYS)
    assert set(ENVIRONMENT_KEYS) - set(environment.KEYS) == {
        "date",
        "commit",
        "protocol",
        "record",
        "command",
    }


def test_case_diacritics_and_markup_do_not_matter():
    assert normalise("**BLOK GECİKMESİ**:") == normalise("blok_gecikmesi") == "blok gecikmesi"
    assert normalise("HIZ") == normalise("hız") == normalise("Hiz")
    assert normalise("[UBÖO](u)") == "uboo"


@pytest.mark.parametrize(
    "text", ["", "throughput", "off hem decode block_latency in us", "layer_latency/blocks.0 on", 'gpu="RTX 4090"']
)
def test_addresses_are_read_in_any_order(text):
    address = document.parse_address(text, ("hem",), ("decode",))
    if "in us" in text:
        assert (address.metric, address.arm, address.mechanism, address.workload, address.unit) == (
            "block_latency", "off", "hem", "decode", "µs",
        )  # fmt: skip
    if "4090" in text:
        assert address.where == {"gpu": "RTX 4090"}
    if "layer" in text:
        assert address.metric == "layer_latency/blocks.0"


def test_without_lists_an_unknown_word_is_a_name():
    assert document.parse_address("dpg on").name == "dpg"
    with pytest.raises(DocumentError, match="means nothing"):
        document.parse_address("dpg on", ("hem",), ())


@pytest.mark.parametrize("start", ["> word\n", "- word\n", "> - word\n"])
def test_a_line_that_only_lazily_belongs_to_a_quote_or_list_is_left(start, vocabulary):
    adoption = adopt(f"# HEM\n\n{start}GPU: [GPU MODEL]\n", vocabulary)
    assert adoption.adopted == ()
    assert [left.line for left in adoption.left] == [4]


def test_a_paragraph_with_a_lazy_line_is_left_whole(vocabulary):
    text = "- **Date**: [DATE]\n**Throughput**: [X] tokens/s {a}\n"
    adoption = adopt(text, vocabulary)
    assert adoption.document.data.decode() == text
    assert [left.line for left in adoption.left] == [1, 2]


def test_a_metric_line_under_no_mechanism_is_left(make_vocabulary):
    adoption = adopt("Throughput: [VALUE]\n", make_vocabulary(baseline=False))
    assert adoption.adopted == ()
    assert "which mechanism" in adoption.left[0].reason


def test_a_mechanism_in_a_column_wins_over_a_heading_that_only_says_baseline(vocabulary):
    found = region("# Baseline\n\n" + table("| Metric | Baseline | HEM |", "| Latency | TBD | TBD |"), vocabulary)
    assert (found.mechanism, found.template) == ("hem", "comparison")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("end", ["", "\n", "\n\nafter"])
def test_new_regions_take_the_line_endings_of_their_place(newline, end, vocabulary):
    text = ("# HEM\n\n" + LATENCY.rstrip("\n") + end).replace("\n", newline)
    data = adopt(text, vocabulary).document.data.decode()
    assert data.startswith(
        f"# HEM{newline}{newline}<!-- doctool:begin hem-decode{newline}template: comparison{newline}"
    )
    assert data.endswith(f"-->{newline}{newline}<!-- doctool:end hem-decode -->" + end.replace("\n", newline))


def test_mixed_line_endings_stay_where_they_are(vocabulary):
    text = "# HEM\r\n\n" + LATENCY.replace("\n", "\r\n") + "\nafter\r"
    data = adopt(text, vocabulary).document.data.decode()
    assert data.startswith("# HEM\r\n\n<!-- doctool:begin hem-decode\r\n")
    assert data.endswith("<!-- doctool:end hem-decode -->\r\n\nafter\r")


@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_performance_document_is_understood_whole(language):
    root = Path(__file__).parents[3]
    config = parse_config((root / "doctool.yaml").read_text("utf-8"))
    words = build_vocabulary(
        {name: mechanism.toggles for name, mechanism in config.mechanisms.items()},
        {name: (*mechanism.measure, *mechanism.compare) for name, mechanism in config.mechanisms.items()},
        config.aliases,
        config.placeholders,
    )
    data = (root / f"tests/golden/documents/PERFORMANCE_AND_DEPENDENCIES.{language}.md").read_bytes()
    page = document.parse(data, "page.md", words)
    adoption = document.adopt(page)
    assert adoption.left == ()
    assert adoption.document.placeholders == ()
    assert document.find_claims(page) == ()
    found = {managed.id: managed.region for managed in adoption.document.regions}
    regimes = ("decode", "prefill-small", "prefill-medium")
    assert set(found) == {
        *("environment", "environment-2", "baseline", "uboo"),
        *(f"{mechanism}-{regime}" for mechanism in ("hem", "dpg") for regime in regimes),
    }
    assert [found[name].template for name in ("environment", "baseline", "hem-decode", "uboo")] == [
        *("environment", "baseline", "comparison", "training")
    ]
    assert list(found["baseline"].columns.values()) == ["prefill-small", "prefill-medium"]
    assert list(found["uboo"].rows.values()) == [
        *("convergence_steps", "final_perplexity", "loss_variance", "memory_overhead")
    ]


def test_a_change_beside_two_metrics_does_not_say_of_which(vocabulary):
    text = "# HEM\n\n" + table("| GPU | Latency | Throughput | Speedup |", "| A100 | TBD | TBD | TBD |")
    adoption = adopt(text, vocabulary)
    (managed,) = adoption.document.regions
    assert managed.region.keep == {"A100": {"Speedup": "TBD"}}
    assert "what 'Speedup' is the change of" in adoption.left[0].reason


def test_a_row_and_a_column_that_contradict_each_other_are_left(vocabulary):
    text = "# HEM\n\n" + table("| Variant | Latency on |", "| Off | TBD |")
    adoption = adopt(text, vocabulary)
    assert adoption.adopted == ()
    assert "its row asks for 'off' and its column for 'on'" in adoption.left[0].reason


@pytest.mark.parametrize(
    ("line", "filled"),
    [
        ("GPU memory: XX GB", "GPU memory: {peak_memory device=cuda in GB}"),
        ("Latency on GPU: XX ms", "Latency on GPU: {forward_latency device=cuda}"),
        ("Throughput: XX img/s", "Throughput: {throughput in img/s}"),
        ("CPU: {cpu}, GPU: {foo}", "CPU: {cpu}, GPU: {{foo}}"),
        ("**PyTorch**: [VERSION]", "**PyTorch**: {torch}"),
    ],
)
def test_a_line_is_filled_with_what_its_label_and_its_unit_ask(line, filled, vocabulary):
    assert region(f"# HEM\n\n{line}\n", vocabulary).lines == (filled,)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Training step: XX ms", "no training step"),
        ("P99 latency: XX ms", "no percentiles"),
        ("Mean latency: TBD ms", "no mean"),
        ("Latency: XX MB", "cannot be written in MB"),
        ("Throughput: XX %", "cannot be written in %"),
        ("Speedup: X.Xx", "only beside its two sides"),
    ],
)
def test_a_line_that_asks_for_something_else_is_left_with_the_reason(line, words, vocabulary):
    adoption = adopt(f"# HEM\n\n{line}\n", vocabulary)
    assert adoption.adopted == ()
    assert words in adoption.left[0].reason
    (found,) = document.find_unfilled(document.parse(f"# HEM\n\n{line}\n".encode(), "page.md", vocabulary))
    assert words in found.reason


def test_what_stays_open_beside_a_filled_slot_is_reported(vocabulary):
    page = adopt("# HEM\n\nGPU: [GPU MODEL], Cloud: [PROVIDER], engineer: TBD\n", vocabulary).document
    assert [found.text for found in document.find_unfilled(page)] == ["[PROVIDER]", "TBD"]


MDX = """---
gpu: TBD
---

# HEM

| Metric {/* here */} | Off | On |
|---|---|---|
| Latency */ one | 1 ms | 2 ms |
| Latency | TBD | TBD {/* run 3 */} |
"""


def test_mdx_has_comments_of_its_own_and_stays_as_it_is_around_them(vocabulary):
    page = document.parse(MDX.encode(), "page.mdx", vocabulary)
    adopted = document.adopt(page).document
    assert b"<!--" not in adopted.data
    assert adopted.data.startswith(MDX.split("| Metric", maxsplit=1)[0].encode() + b"{/* doctool:begin hem-decode\n")
    filled = document.splice(adopted, {"hem-decode": document.Replacement(text="| a |\n| --- |\n| b |")})
    again = document.parse(filled, "page.mdx", vocabulary)
    assert (b"<!--" in filled, again.regions[0].text) == (False, "| a |\n| --- |\n| b |")
    assert again.regions[0].region == adopted.regions[0].region
    assert again.regions[0].region.cells == {"Latency": {"On": "{}{{/* run 3 */}}"}}
    # Until its end no JavaScript comment ends.
    assert filled[filled.index(b"{/* doctool:begin") :].split(b"*/")[0].endswith(b"\n")


@pytest.mark.parametrize("name", ["page.rst", "paper.tex", "notes.ipynb", "page.adoc"])
def test_other_formats_are_refused_with_the_reason(name, vocabulary):
    with pytest.raises(DocumentError, match="is not Markdown"):
        document.parse(b"x", name, vocabulary)


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_front_matter_is_never_touched_and_always_reported(start, newline, vocabulary):
    text = f"{start}---\nlatency: XX ms\nname: TBD # soon\nother: text\n---\n\n# HEM\n\n{LATENCY}".replace(
        "\n", newline
    )
    page = document.parse(text.encode(), "page.md", vocabulary)
    adoption = document.adopt(page)
    head = text[: text.index("# HEM")].encode()
    assert adoption.document.data.startswith(head)
    assert [(left.line, left.kind) for left in adoption.left] == [(2, "front"), (3, "front")]


def test_a_rule_at_the_top_is_no_front_matter(vocabulary):
    page = document.parse(f"---\n\n# HEM\n\nGPU: [GPU MODEL]\n\n---\n\n{LATENCY}".encode(), "page.md", vocabulary)
    assert document.adopt(page).adopted == ("hem-environment", "hem-decode")
