"""From a cell's address to its words."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool.document import Region
from doctool.errors import DocumentError
from doctool.records import Comparison, Estimate, Record, Result, Source, Verdict
from doctool.render import Facts, is_on, render_region
from doctool.render.changes import write_change
from doctool.render.numbers import write_estimate
from doctool.terms.metrics import METRICS
from doctool.terms.units import Language


def cell(row: str, column: str, *records: Record, language: Language = "en", **region: Any) -> str:
    """Return the one cell of a one-cell table."""
    asked = Region(**{"mechanism": "hem", "rows": {"r": row}, "columns": {"c": column}} | region)
    text = render_region(asked, Facts(records=records), language, ()).text
    return next(line for line in text.split("\n") if line.startswith("| r")).split(" | ", 1)[1].removesuffix(" |")


def comparison(verdict: Verdict, change: float, half: float, **more: Any) -> Comparison:
    return Comparison(
        **{
            "change": change, "low": change - half, "high": change + half, "low90": change - half, "high90": change + half,
            "margin": 0.01, "p_value": 0.5, "sign_flip_p": 0.5, "replicates": 8, "verdict": verdict,
        }
        | more
    )  # fmt: skip


@pytest.mark.parametrize("language", ["tr", "en"])
@given(change=st.floats(0.1, 0.4), half=st.floats(0.5, 0.9), reason=st.sampled_from(["wide", "null-arm", "busy", None]))
def test_an_inconclusive_change_shows_its_interval_and_never_the_change(
    language: Language, change: float, half: float, reason: str | None
) -> None:
    found = comparison(Verdict.INCONCLUSIVE, change, half, reason=reason)
    short = write_change(found, METRICS["block_latency"], language, style="short")
    text = write_change(found, METRICS["block_latency"], language)
    assert re.findall(r"\d+[.,]\d+", short) == re.findall(r"\d+[.,]\d+", text)
    assert not re.search("faster|slower|hızlı|yavaş", short)
    interval = [f"{abs(end) * 100:.1f}" for end in (found.low, found.high)]
    assert re.findall(r"\d+[.,]\d+", text.replace(",", ".")) == interval
    assert not re.search("faster|slower|hızlı|yavaş", text)


@given(st.sampled_from([Verdict.FASTER, Verdict.SLOWER]), st.floats(-0.9, 0.9), st.floats(0.001, 0.2))
def test_a_claimed_ratio_never_stands_without_its_interval(verdict: Verdict, change: float, half: float) -> None:
    short = write_change(comparison(verdict, change, half), METRICS["block_latency"], "en", style="short")
    assert re.fullmatch(rf"[−+]?[\d.]+% \({verdict.value}\) \[[−+]?[\d.]+% … [−+]?[\d.]+%\]", short)
    text = write_change(comparison(verdict, change, half), METRICS["block_latency"], "en")
    assert re.fullmatch(rf"[−+]?[\d.]+% \({verdict.value}; 99% CI [−+]?[\d.]+% … [−+]?[\d.]+%\)", text)


@given(st.floats(0.01, 0.2))
def test_a_printed_bound_is_never_tighter_than_the_margin(margin: float) -> None:
    text = write_change(comparison(Verdict.NO_DIFFERENCE, 0, 0.001, margin=margin), METRICS["block_latency"], "en")
    printed = float(re.search(r"±([\d.]+)%", text)[1]) / 100
    assert margin - 1e-9 <= printed < margin + 0.001 + 1e-9


@pytest.mark.parametrize(
    ("metric", "verdict", "word"),
    [
        ("block_latency", Verdict.FASTER, "faster"),
        ("throughput", Verdict.SLOWER, "slower"),
        ("peak_memory", Verdict.MORE, "more"),
        ("convergence_steps", Verdict.LESS, "fewer"),
        ("convergence_time", Verdict.LESS, "shorter"),
        ("final_perplexity", Verdict.MORE, "higher"),
        ("loss_variance", Verdict.LESS, "lower"),
    ],
)
def test_each_metric_has_its_own_word_for_better_and_worse(metric: str, verdict: Verdict, word: str) -> None:
    assert f"({word};" in write_change(comparison(verdict, 0.1, 0.01), METRICS[metric], "en")


def test_the_change_of_a_row_about_the_changed_arm_is_that_arms_change(make) -> None:
    assert cell("on", "block_latency change", make.comparison()) == cell("block_latency", "change", make.comparison())


def test_a_workload_without_any_record_is_said_in_words(make) -> None:
    region = Region(mechanism="hem", rows={"r": "block_latency prefill"}, columns={"c": "off"})
    assert "no record" in render_region(region, Facts(records=(make.comparison(),)), "en", ()).text
    assert cell("change", "block_latency on", make.comparison()) == cell("block_latency", "change", make.comparison())


def test_a_pin_may_hold_blanks_in_quotes(make) -> None:
    record = make.comparison()
    elsewhere = Region(mechanism="hem", rows={"r": 'gpu="RTX 4090" block_latency'}, columns={"c": "off"})
    assert "no record" in render_region(elsewhere, Facts(records=(record,)), "en", ()).text
    cpu = " ".join(str(record.environment["cpu"]).split()[:2])
    assert " ms" in cell(f'cpu="{cpu}" block_latency', "off", record)


def test_a_per_layer_change_carries_no_claim() -> None:
    found = comparison(Verdict.FASTER, -0.1, 0.01)
    assert write_change(found, METRICS["layer_latency"], "en") == "−11.0% … −9.0% (99% CI)"


def test_a_deterministic_value_has_no_plus_minus() -> None:
    assert write_estimate(Estimate(value=52e6, low=52e6, high=52e6, deterministic=True), "MB", "en") == "52 MB"


def test_a_value_without_interval_says_so() -> None:
    assert write_estimate(Estimate(value=0.00342), "ms", "tr") == "3,420 ms (aralık yok)"


@pytest.mark.parametrize(("low", "high"), [(0.9, 1.5), (0.5, 1.1)])
def test_an_uneven_interval_is_not_made_to_look_narrower(low: float, high: float) -> None:
    assert write_estimate(Estimate(value=1.0, low=low, high=high), "s", "en") == "1.00 ± 0.50 s"


def test_layers_get_a_row_each_in_natural_order(make: SimpleNamespace) -> None:
    region = Region(mechanism="hem", rows={"L": "layer_latency"}, columns={"on": "on"})
    text = render_region(region, Facts(records=(make.comparison(),)), "en", ()).text
    assert re.findall(r"^\| (L.*?) \|", text, re.MULTILINE) == ["L (blocks.0)", "L (blocks.2)", "L (blocks.10)"]


def test_a_column_may_name_the_metric_and_a_row_the_arm(make: SimpleNamespace) -> None:
    assert cell("on", "block_latency in µs", make.comparison()) == "3000 ± 30 µs"


def test_the_baseline_is_off_and_is_compared_with_nothing(make: SimpleNamespace) -> None:
    record = make.record("baseline", metrics={"block_latency": make.speed(0.00342)})
    assert cell("block_latency", "", record, mechanism="baseline") == "3.420 ± 0.034 ms"
    assert cell("block_latency", "change", record, mechanism="baseline") == "not measured"


def test_training_metrics_come_from_the_training_record(make: SimpleNamespace) -> None:
    other = make.comparison(mechanism="uboo")
    records = (other, make.training())
    assert cell("convergence_steps", "off", *records, mechanism="uboo", workload="decode") == "140.0 ± 1.4 steps"
    assert cell("block_latency", "off", *records, mechanism="uboo") == "3.420 ± 0.034 ms"


def test_pins_choose_the_machine_and_without_one_the_first_counts(make: SimpleNamespace) -> None:
    records = (make.comparison(), make.comparison(environment=make.GPU))
    assert cell("gpu", "", *records) == "no GPU (measured on the CPU)"
    assert cell("gpu", "gpu=h200", *records) == "NVIDIA H200"
    assert cell("gpu", "", *records, where={"gpu": "H200"}) == "NVIDIA H200"
    rows = {"r": "block_latency on gpu=A100", "other": "block_latency on gpu=H200"}
    assert cell("", "", *records, rows=rows) == "not measured"


def test_a_cpu_measurement_on_a_machine_with_a_gpu_is_none_of_the_gpu(make: SimpleNamespace) -> None:
    record = make.comparison(environment=make.GPU | {"device": "cpu"})
    assert not is_on(record, {"gpu": "H200"})
    assert is_on(record, {"cpu": "epyc"})
    assert cell("gpu", "", record) == "NVIDIA H200 (not used, measured on the CPU)"


def test_the_lines_speak_of_the_records_that_the_table_was_made_of(make: SimpleNamespace) -> None:
    region = Region(mechanism="hem", lines=("{gpu}",), rows={"r": "block_latency"}, columns={"c": "gpu=H200 on"})
    facts = Facts(records=(make.comparison(), make.comparison(environment=make.GPU)))
    assert render_region(region, facts, "en", ()).text.split("\n")[0] == "NVIDIA H200"


def test_a_fact_that_differs_between_the_records_is_given_for_each(make: SimpleNamespace) -> None:
    other = make.comparison(workload="prefill", started="2026-11-25T00:00:00Z")
    assert cell("date", "", make.comparison(), other) == "2026-11-23, 2026-11-25"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (Source(digest="d", commit="0123456789"), "`0123456`"),
        (Source(digest="d", commit="0123456789", dirty=True), "`0123456` (commit edilmemiş değişikliklerle)"),
        (Source(digest="d"), "commit yok"),
    ],
)
def test_a_commit_is_shown_short_and_says_when_the_tree_was_dirty(
    source: Source, shown: str, make: SimpleNamespace
) -> None:
    assert cell("commit", "", make.comparison(source=source), language="tr") == shown


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("block_latency", "peak_memory", "the row asks for 'block_latency' and the column for 'peak_memory'"),
        ("block_latency off", "change", "the row asks for 'off' and the column for 'change'"),
        ("on", "", "asks for no metric"),
        ("block_latency", "on in MB", "cannot be shown in 'MB'; units that fit: s, ms, µs, ns"),
        ("block_latency on", "", "answered by several records (hem decode, hem prefill)"),
    ],
)
def test_a_cell_that_cannot_be_answered_is_an_error_that_names_it(
    row: str, column: str, words: str, make: SimpleNamespace
) -> None:
    with pytest.raises(DocumentError) as caught:
        cell(row, column, make.comparison(), make.comparison(workload="prefill"))
    assert caught.value.message.startswith("row 'r', column 'c': ")
    assert words in caught.value.message


def test_a_slot_that_means_nothing_is_an_error_and_doubled_braces_are_braces(make: SimpleNamespace) -> None:
    facts = Facts(records=(make.comparison(),))
    region = Region(mechanism="hem", lines=("a {{p95}} b {block_latency on}",))
    assert render_region(region, facts, "en", ()).text.startswith("a {p95} b 3.000 ± 0.030 ms")
    with pytest.raises(DocumentError, match=re.escape("write {{p95}} for the braces")):
        render_region(Region(lines=("a {p95}",)), facts, "en", ())


def test_cells_the_author_filled_stay_as_they_are(make: SimpleNamespace) -> None:
    assert cell("block_latency", "on", make.comparison(), keep={"r": {"c": "*ours*, ~3 ms"}}) == "*ours*, ~3 ms †"


def test_a_reason_without_words_of_its_own_is_repeated_literally(make: SimpleNamespace) -> None:
    record = make.record(metrics={"block_latency": Result(unit="s", arms={}, reason="odd|reason")})
    region = Region(mechanism="hem", workload="decode", rows={"r": "block_latency"}, columns={"c": "on"})
    assert r"Not measured: odd\|reason." in render_region(region, Facts(records=(record,)), "en", ()).text


def test_fewer_steps_are_no_gain_unless_the_time_is_shorter_too(make: SimpleNamespace) -> None:
    def sentence(time: Comparison) -> str:
        metrics = {
            "convergence_steps": make.speed(140.0, 120.0, "steps", make.compare(Verdict.LESS, -0.143, 0.03)),
            "convergence_time": make.speed(12.0, 13.0, "s", time),
        }
        region = Region(template="training", mechanism="uboo")
        return render_region(region, Facts(records=(make.training(metrics),)), "en", ()).text.split("\n")[0]

    assert sentence(make.compare(Verdict.MORE, 0.08, 0.01)).endswith("so the target is reached later.")
    assert sentence(make.compare(Verdict.INCONCLUSIVE, 0.0, 0.1)).endswith("but a shorter time was not shown.")
    assert "There are fewer steps" not in sentence(make.compare(Verdict.LESS, -0.08, 0.01))
    assert all(
        words in sentence(make.compare(Verdict.MORE, 0.08, 0.01))
        for words in (
            "toy scale",
            "at the baseline's hyperparameters",
            "1234567",
            "204800 tokens",
            "stdlib",
            "steps",
            "time",
        )
    )


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("verdict", [Verdict.FASTER, Verdict.INCONCLUSIVE, Verdict.NO_DIFFERENCE])
def test_the_interval_may_have_a_column_of_its_own_in_the_form_of_the_change(verdict, language, make) -> None:
    columns = {"off": "off", "better": "improvement", "range": "interval"}
    region = Region(mechanism="hem", workload="decode", rows={"L": "block_latency"}, columns=columns)
    record = make.comparison(verdict, change=-0.12, half=0.02)
    text = render_region(region, Facts(records=(record,)), language, ()).text
    row = next(line for line in text.split("\n") if line.startswith("| L |"))
    *_, change, ends, _ = (cell.strip() for cell in row.split("|"))
    assert ends == ("+%10,0 … +%14,0" if language == "tr" else "+10.0% … +14.0%")
    assert "[" not in row
    assert (
        change
        == {
            Verdict.FASTER: {"tr": "+%12,0 (daha hızlı)", "en": "+12.0% (faster)"},
            Verdict.INCONCLUSIVE: {"tr": "belirsiz", "en": "open"},
            Verdict.NO_DIFFERENCE: {
                "tr": "ölçülebilir fark yok (±%1,0 içinde)",
                "en": "no measurable difference (within ±1.0%)",
            },
        }[verdict][language]
    )


def test_where_the_author_keeps_a_cell_of_the_intervals_column_the_changes_keep_theirs(make) -> None:
    region = Region(
        mechanism="hem",
        workload="decode",
        rows={"L": "block_latency", "M": "throughput"},
        columns={"change": "change", "range": "change interval"},
        keep={"M": {"range": "wide"}},
    )
    text = render_region(region, Facts(records=(make.comparison(),)), "en", ()).text
    assert "| M | +13.4% (faster) [+11.4% … +15.4%] | wide |" in text


@pytest.mark.parametrize("address", ["off interval", "block_latency on interval"])
def test_an_arms_own_value_has_no_column_of_intervals(address: str, make) -> None:
    with pytest.raises(DocumentError, match="no change"):
        cell(address, "", make.comparison())
