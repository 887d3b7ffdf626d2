"""Numbers without a record: which are claims, which are not, and what silences them."""

import pytest

from doctool import document
from doctool.errors import DocumentError


def claims(text, vocabulary):
    return document.find_claims(document.parse(text.encode(), "page.md", vocabulary))


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("It takes 12.5 ms per token.", "12.5", "ms"),
        ("Gecikme 3,4 ms olarak ölçüldü.", "3,4", "ms"),
        ("We see **30%** faster decoding.", "30", "%"),
        ("%30–40 daha hızlı.", "30–40", "%"),
        ("A [2.3x speedup](bench.md) over eager.", "2.3", "x"),
        ("1,200 tokens/s on one GPU.", "1,200", "tokens/s"),
        ("It needs 45 TFLOP/s.", "45", "TFLOP/s"),
        ("HEM uses 512 MB less memory.", "512", "MB"),
        ("En yüksek bellek 1.5 GiB.", "1.5", "GiB"),
        ("Final perplexity of 12.4 was reached.", "12.4", "perplexity"),
        ("A step takes 250 µs.", "250", "µs"),
        ("Training took 3.5 s.", "3.5", "s"),
        ("3 kat hızlı.", "3", "kat"),
        ("It takes 5&nbsp;ms.", "5", "ms"),
        ("Decoding reaches 1.2k tokens/s.", "1.2", "k tokens/s"),
        ("Saniyede değil: 1.5 milyon token/s işler.", "1.5", "milyon token/s"),
        ("PPL = 5.47 on WikiText.", "5.47", "perplexity"),
        ("An MFU of 52%.", "52", "%"),
        ("It serves 300 img/s.", "300", "img/s"),
        ("It runs at 60 FPS.", "60", "FPS"),
        ("Decoding is 1.8 times faster.", "1.8", "times"),
        ("It is 50 percent faster.", "50", "percent"),
        ("It is 1.3x faster.", "1.3", "x"),
        ("Gecikme 12,3 ms.", "12,3", "ms"),
        ("%12,3 daha hızlı.", "12,3", "%"),
        ("Kazanç ~30–40 % (teorik).", "30–40", "%"),
        ("Latency (ms): 12", "12", "ms"),
        ("- **Gecikme (ms)**: 12,5", "12,5", "ms"),
        ("`Latency` (ms) = ~12", "12", "ms"),
        ("Throughput (tokens/s): 1,200", "1,200", "tokens/s"),
        ("Peak memory (GiB): 3.5", "3.5", "GiB"),
        ("Time a step takes (s): 3", "3", "s"),
        ("Speedup (%): 30–40", "30–40", "%"),
        ("Latency (ms): 12 ms", "12", "ms"),
    ],
)
def test_a_number_with_a_performance_unit_is_a_claim(text, value, unit, vocabulary):
    (claim,) = claims(f"# T\n\nOther words.\n{text}\n", vocabulary)
    assert (claim.line, claim.value, claim.unit, claim.allowed) == (4, value, unit, None)


@pytest.mark.parametrize(
    "text",
    [
        "Version 1.2.3 of 2024-05-01, Python 3.11, CUDA 12.4.",
        "The 7B model has 350M parameters.",
        "It requires at least 16 GB of RAM.",
        "En az 8 GB bellek gerekir.",
        "An A100 80 GB card.",
        "A 99% confidence interval.",
        "Download the 13 GB checkpoint.",
        "Images of 1920x1080, a 3x3 kernel, 8 x A100.",
        "The timeout is 30 s.",
        "Timeout (ms): 500",
        "Warm-up (s): 5",
        "Dataset (GB): 13",
        "Dropout (%): 10",
        "En az bellek (GB): 8",
        "Note (ms): see section 3",
        "Latency (ms): TBD",
        "`latency = 10 ms`",
        "Coverage is 95%.",
        "Section 4, 2 × 512 tokens, D=1024, in the 1990s.",
        "https://example.org/12ms/30%25",
        "Issue #12, $5 s, v2.5x.",
        "16 GB RAM needed.",
        "It was tried 3 times more, on 8 times the data.",
        "Quantized to 4-bit; 3.5 GB file.",
        "80% of the data is used for training.",
        "Trained on 1T tokens with 8x H100 80GB.",
        "Accuracy of 87.3% on MMLU.",
    ],
)
def test_versions_dates_sizes_and_requirements_are_none(text, vocabulary):
    assert claims(f"# T\n\n{text}\n", vocabulary) == ()


def test_numbers_in_tables_take_their_unit_from_row_and_column(vocabulary):
    found = claims(
        "## HEM\n\n| Metric | Baseline (ms) | HEM | Change |\n|---|---|---|---|\n| Latency | 12.4 | 9.1 | 27 % |\n"
        "| Block size | 16 | 32 | |\n| Throughput | 5 | | ~30–40 % (teorik) |\n",
        vocabulary,
    )
    assert [(claim.line, claim.value, claim.unit, claim.is_estimate) for claim in found if claim.value != "16"] == [
        (5, "12.4", "ms", False),
        (5, "9.1", "ms", False),
        (5, "27", "%", False),
        (7, "5", "tokens/s", False),
        (7, "30–40", "%", True),
    ]


def test_an_allow_comment_with_a_reason_covers_the_next_block_only(vocabulary):
    text = (
        "<!-- doctool:allow vendor data sheet -->\n\n| GPU | Speed |\n|---|---|\n| H100 | 989 TFLOPS |\n\n"
        "It takes 5 ms.\n\nIt takes 6 ms. <!-- doctool:allow an example -->\n"
    )
    assert [(claim.line, claim.allowed) for claim in claims(text, vocabulary)] == [
        (5, "vendor data sheet"),
        (7, None),
        (9, "an example"),
    ]


def test_an_allow_comment_covers_a_whole_list(vocabulary):
    text = "<!-- doctool:allow from the paper -->\n- takes 5 ms\n- takes 6 ms\n\nIt takes 7 ms.\n"
    assert [claim.allowed for claim in claims(text, vocabulary)] == ["from the paper", "from the paper", None]


def test_an_allow_comment_without_a_reason_is_refused(vocabulary):
    with pytest.raises(DocumentError) as caught:
        claims("# T\n\n<!-- doctool:allow -->\nIt takes 5 ms.\n", vocabulary)
    assert caught.value.line == 3
    assert "reason" in caught.value.message


def test_what_stands_in_a_region_or_in_code_is_no_claim(vocabulary):
    text = (
        "<!-- doctool:begin hem\nmechanism: hem\n-->\n\nIt takes 5 ms.\n\n<!-- doctool:end hem -->\n\n"
        "```\ntakes 6 ms\n```\n\n    takes 7 ms\n"
    )
    assert claims(text, vocabulary) == ()


def test_numbers_in_html_are_claims_too(vocabulary):
    (claim,) = claims("<table>\n<tr><td>Latency</td><td>5 ms</td></tr>\n</table>\n", vocabulary)
    assert (claim.line, claim.value, claim.unit) == (2, "5", "ms")


def test_the_sentence_around_a_claim_is_given(vocabulary):
    (claim,) = claims("One. Two takes\n5 ms here. Three.\n", vocabulary)
    assert (claim.line, claim.text) == (2, "Two takes 5 ms here.")


def test_numbers_an_author_keeps_inside_a_region_are_still_claims(vocabulary):
    text = (
        "# T\n\n<!-- doctool:begin hem\nmechanism: hem\nrows: {Latency: forward_latency}\n"
        "columns: {A: off, Change: change, Note: ''}\n"
        "keep: {Latency: {A: '12.4', Change: '~30 % (teorik)', Note: 'v2'}}\n-->\n\n<!-- doctool:end hem -->\n"
    )
    assert [(claim.line, claim.value, claim.unit, claim.is_estimate) for claim in claims(text, vocabulary)] == [
        (3, "12.4", "ms", False),
        (3, "30", "%", True),
    ]


def test_a_kept_number_is_found_on_the_line_where_it_stands(vocabulary):
    text = (
        "<!-- doctool:begin hem\nmechanism: hem\nrows: {Latency: forward_latency}\ncolumns: {A: off, B: change}\n"
        "keep: {Latency: {B: '~30 % (teorik)'}}\n-->\n\n| M | A | B |\n|-|-|-|\n| Latency | 5 ms | ~30 % (teorik) |\n\n"
        "<!-- doctool:end hem -->\n"
    )
    assert [claim.line for claim in claims(text, vocabulary)] == [10]
