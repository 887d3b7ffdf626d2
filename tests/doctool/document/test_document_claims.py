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
        # Minutes, hours and days are how long something took.
        ("Training takes 45 minutes.", "45", "minutes"),
        ("It ran for 2.5 hours on 8xV100.", "2.5", "hours"),
        ("The run finished in 4 days.", "4", "days"),
        ("A build that took 3h.", "3", "h"),
        ("Loading took 12 sec in all.", "12", "sec"),
        ("About 7 min to compile.", "7", "min"),
        ("Eğitim 40 dakika sürdü.", "40", "dakika"),
        ("Under 80 seconds on one H200.", "80", "seconds"),
        # Rates, as people write them.
        ("It trains at 3.1 it/s.", "3.1", "it/s"),
        ("We see 4.2 s/it.", "4.2", "s/it"),
        ("145+ token/s on a laptop.", "145", "token/s"),
        ("Up to 1.36 queries/sec.", "1.36", "queries/sec"),
        ("It does 900 samples per second.", "900", "samples per second"),
        ("5.8k tok/s/GPU were seen.", "5.8", "k tok/s/GPU"),
        ("Steps take 180 ms / iter.", "180", "ms / iter"),
        ("It sustains 225 TFLOPs/sec.", "225", "TFLOPs/sec"),
        ("Copies run at 800 GB/s.", "800", "GB/s"),
        ("FPS: 61", "61", "FPS"),
        ("Decoding at 30 frames/s.", "30", "frames/s"),
        # Ratios, before and behind their unit.
        ("x3 faster than before.", "3", "x"),
        ("Decoding is ×2.5 faster.", "2.5", "x"),
        ("A speed-up of 4x on one card.", "4", "x"),
        ("It reduces memory by 40%.", "40", "%"),
        ("70% less VRAM is used.", "70", "%"),
        ("We get close to ideal (4x) speedups.", "4", "x"),
        ("The latency was cut 3.7 times.", "3.7", "times"),
        ("MFU is 41% at this size.", "41", "%"),
        ("yüzde 30 daha hızlı.", "30", "%"),
        # Memory that something takes.
        ("It needs ~24 GB of GPU memory.", "24", "GB"),
        ("Fine-tuning takes 9 GiB of VRAM on a T4.", "9", "GiB"),
        ("Peak usage: 11.5 GB of memory.", "11.5", "GB"),
        # Whatever stands between a number and its unit.
        ("It takes 1.2\u00a0ms now.", "1.2", "ms"),
        ("It takes 1.2\u2009ms now.", "1.2", "ms"),
        ("It takes 1.2\u202fmsec now.", "1.2", "msec"),
        ("It takes `1.2 ms` now.", "1.2", "ms"),
        ("It takes `1.2` ms now.", "1.2", "ms"),
        ("It takes 1.2 <b>ms</b> now.", "1.2", "ms"),
        ("It takes **1.2** _ms_ now.", "1.2", "ms"),
        ("It takes [1.2](run.log) ms now.", "1.2", "ms"),
        ("It takes 1.2 &micro;s now.", "1.2", "µs"),
        ("A 12-ms step.", "12", "ms"),
        ("The perplexity is 8.1.", "8.1", "perplexity"),
    ],
)
def test_a_number_with_a_performance_unit_is_a_claim(text, value, unit, vocabulary):
    page = f"# T\n\nOther words.\n{text}\n"
    (claim,) = claims(page, vocabulary)
    assert (claim.line, claim.value, claim.unit, claim.allowed) == (4, value, unit, None)
    assert document.may_matter(text.encode(), vocabulary)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Latency fell 6.5→0.18ms.", ["6.5", "0.18"]),
        ("Decoding: 12 -> 9 ms.", ["12", "9"]),
        ("From 6.5 to 0.18 ms per call.", ["6.5", "0.18"]),
        ("1.36 vs. 0.67 req/s.", ["1.36", "0.67"]),
        ("7 seconds vs. 14 seconds of latency.", ["7", "14"]),
        ("A 1.3x-3.3x speedup.", ["1.3", "3.3"]),
        ("1.54x and 1.27x speedup on two models.", ["1.27", "1.54"]),
        ("10X memory savings at 2K, and 20X at 4K.", ["10", "20"]),
        ("33% to 39% MFU.", ["33", "39"]),
    ],
)
def test_both_ends_of_a_pair_are_claims(text, values, vocabulary):
    assert sorted((claim.value for claim in claims(f"{text}\n", vocabulary)), key=float) == sorted(values, key=float)


def test_a_span_of_code_over_two_lines_moves_no_line(vocabulary):
    (claim,) = claims("Run `a\nb` and\nsee: it takes\n12 ms.\n", vocabulary)
    assert claim.line == 4


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
        "We use lr 2x for the head.",
        "A 2x MLP width makes it faster to read.",
        "It is 100% RNN, and fast.",
        "Less than 1% of the requests failed.",
        "Wait 10 minutes, then try again.",
        "It polls every 5 seconds.",
        "The cache expires after 24 hours.",
        "A clip of 30 seconds of audio.",
        "It was trained on 960 hours of speech.",
        "The release of 3 days ago.",
        "It needs 40 GB of disk space.",
        "The dataset takes 12 GB on disk.",
        "If your GPU has less than 80 GB, use a smaller batch.",
        "Tested on an A100-80GB and an RTX 3090 (24 GB).",
        "A machine with 96GB HBM2e and 400 Gb/s of network.",
        "The SLA asks for 4 tokens/s.",
        "Dropout is 10%, weight decay 0.1, 2x upsampling.",
        "A 4x larger batch, 8x more layers.",
        "In the 1990s and the 80s.",
        "Set `timeout=30s`.",
        "Sparsity of 50% in 2:4 blocks.",
        "Train and test are split 90%/10%.",
        "16-bit floats, 4-bit weights, 3x3 kernels, 1.5B parameters.",
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


@pytest.mark.parametrize(
    ("header", "cell", "found"),
    [
        ("Token/sec", "196.8", "196.8 Token/sec"),
        ("ms/iter", "135", "135 ms/iter"),
        ("Throughput (img/s)", "1,024", "1,024 img/s"),
        ("Latency [ms]", "12.5", "12.5 ms"),
        ("Time, s", "3.2", "3.2 s"),
        ("Speedup", "40", "40 x"),
        ("Speedup", "2.69x", "2.69 x"),
        ("TPS/GPU", "5,762", "5,762 TPS/GPU"),
        ("Peak Memory(GiB)", "82.4", "82.4 GiB"),
        ("Record time", "31.4 minutes", "31.4 minutes"),
        ("FPS", "61", "61 FPS"),
        ("WikiText ppl", "5.47", "5.47"),
        ("Memory use", "70% less", "70 %"),
    ],
)
def test_the_header_of_a_column_says_what_its_numbers_are(header, cell, found, vocabulary):
    (claim,) = claims(f"| Model | {header} |\n|---|---|\n| small | {cell} |\n", vocabulary)
    assert claim.quantity == found


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Timeout (ms)", "500"),
        ("Batch size", "32"),
        ("Disk (GB)", "40"),
        ("Model size (GB)", "13.5"),
        ("Accuracy", "91.2%"),
        ("Top-1", "76.1"),
        ("Sequence length", "4096"),
        ("Learning rate", "2x"),
        ("Parameters (M)", "124"),
        ("Epochs", "90"),
        ("Date", "2024-05-01"),
        ("Notes", "2x MLP width"),
        ("Checkpoint", "13 GB"),
        ("Difference", "5"),
    ],
)
def test_settings_sizes_and_right_answers_in_a_column_are_none(header, cell, vocabulary):
    assert claims(f"| Model | {header} |\n|---|---|\n| small | {cell} |\n", vocabulary) == ()


def test_the_words_above_a_table_give_the_unit_of_its_numbers(vocabulary):
    text = (
        "Time to the first token (unit: seconds):\n\n| Length | 256 | 512 |\n|---|---|---|\n| Ours | 0.021 | 0.033 |\n"
    )
    assert [claim.quantity for claim in claims(text, vocabulary)] == ["0.021 seconds", "0.033 seconds"]


def test_shares_below_the_names_of_variants_compare_them(vocabulary):
    text = "| Metric | Original | HEM |\n|---|---|---|\n| Accuracy | 91.2% | 91.1% |\n"
    assert [claim.quantity for claim in claims(text, vocabulary)] == ["91.2 %", "91.1 %"]


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
