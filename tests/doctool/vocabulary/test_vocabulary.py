"""What labels are taken to mean, and the guide that lists it."""

from pathlib import Path

import pytest

from doctool.document.readings import read_label
from doctool.document.written_units import strip_unit
from doctool.terms.metrics import METRICS
from doctool.vocabulary import ENVIRONMENT_KEYS, build_vocabulary
from doctool.vocabulary.guide import write_guide
from doctool.vocabulary.terms import METRIC_TERMS, VARIANT_TERMS
from doctool.vocabulary.unmeasured import describe_unmeasured

GUIDE = Path(__file__).parents[3] / "docs/guides/labels.md"
WORDS = build_vocabulary({"baseline": (), "fast": ("use_fast",), "bias": ("bias",)}, {"fast": ("step",)})


def said(label):
    reading = next(iter(read_label(label, WORDS)), None)
    if reading is None:
        return None
    meaning = reading.meaning
    parts = (
        meaning.metric or meaning.key,
        meaning.mechanism,
        meaning.form or meaning.arm,
        meaning.device,
        reading.unit,
    )
    return " ".join(part for part in parts if part and part != "value")


def test_the_guide_lists_what_the_vocabulary_knows():
    assert GUIDE.read_text("utf-8") == write_guide(), "run `python -m doctool.vocabulary.guide > docs/guides/labels.md`"
    text = GUIDE.read_text("utf-8")
    assert all(f"`{name}`" in text for name in (*METRICS, *VARIANT_TERMS, *ENVIRONMENT_KEYS))


@pytest.mark.parametrize("metric", METRICS)
def test_every_label_in_the_guide_means_its_metric(metric):
    for label in METRIC_TERMS[metric]:
        assert metric in {reading.meaning.metric for reading in read_label(label, WORDS)}, label


@pytest.mark.parametrize(
    ("label", "means"),
    [
        ("Throughput (samples/s)", "throughput samples/s"),
        ("Latency, ms", "forward_latency ms"),
        ("Peak memory [MB]", "peak_memory MB"),
        ("Latency (ms, lower is better)", "forward_latency ms"),
        ("Latency ↓ [ms]", "forward_latency ms"),
        ("tok/s", "throughput tok/s"),
        ("img/s", "throughput img/s"),
        ("it/s", "throughput it/s"),
        ("Tokens/sec", "throughput tokens/s"),
        ("p50 latency (ms)", "forward_latency ms"),
        ("Ortanca gecikme", "forward_latency"),
        ("Time (ms)", "forward_latency ms"),
        ("Hız (token/sn)", "throughput tokens/s"),
        ("Average throughput", "throughput"),
        ("Peak VRAM (GB)", "peak_memory cuda GB"),
        ("GPU latency", "forward_latency cuda"),
        ("Latency on GPU", "forward_latency cuda"),
        ("Speedup (×)", "speedup x"),
        ("x faster", "speedup"),
        ("Speedup vs. baseline", "speedup"),
        ("Fark (%)", "change %"),
        ("İyileşme", "improvement"),
        ("Azalma", "reduction"),
        ("fast vs baseline", "fast change"),
        ("bias=True", "bias on"),
        ("bias=False", "bias off"),
        ("w/o fast", "fast off"),
        ("No fast", "fast off"),
    ],
)
def test_labels_as_people_write_them(label, means):
    assert said(label) == means


@pytest.mark.parametrize(
    "label",
    [
        "P95 latency", "p99", "Mean latency", "Average memory", "p50 throughput", "Training step", "Step time", "Backward pass",
        "Generation speed", "Time to first token", "End-to-end latency", "Response time", "Time", "Test Accuracy", "Loss",
        "Compile time", "Theoretical", "Training time", "Latency per token", "Eğitim süresi", "Ortalama gecikme", "Energy (J)",
        "Python latency",
    ],
)  # fmt: skip
def test_what_is_not_measured_means_nothing(label):
    assert said(label) is None


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("P95 Latency", "no percentiles"),
        ("Ortalama gecikme", "no mean"),
        ("Training step", "no training step"),
        ("Üretim hızı", "no generation"),
        ("Test Accuracy", "doctool does not measure 'Test Accuracy'"),
    ],
)
def test_the_reason_names_the_kind_of_quantity(label, words):
    assert words in describe_unmeasured(label)


@pytest.mark.parametrize(
    "label", ["Accuracy", "P95 Latency", "Mean latency", "Engineer", "Notes", "Compiler", "Latency", "MacBook"]
)
def test_no_hint_suggests_another_quantity(label):
    assert WORDS.nearest(label) == ()


def test_a_slip_of_the_pen_is_hinted_at():
    assert WORDS.nearest("Block Latncy") == ("block latency",)
    assert WORDS.nearest("Througput") == ("throughput",)


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("Latency (ms) / Throughput (tok/s)", ("Latency (ms) / Throughput (tok/s)", None)),
        ("GPU(s)", ("GPU", None)),
        ("Kayıp (varyans)", ("Kayıp (varyans)", None)),
        ("Convergence steps", ("Convergence steps", None)),
    ],
)
def test_a_label_without_one_unit_keeps_its_words(label, parts):
    assert strip_unit(label) == parts
