"""Every number in a rendered text can be followed to its record."""

from __future__ import annotations

import re
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool.document import Region
from doctool.errors import ConfigError, RecordError
from doctool.records import Estimate, Record, Result, Verdict
from doctool.render import Facts, Figure, Rendered, render_region
from doctool.render.trace import Trace

REGION = Region(
    mechanism="hem",
    workload="decode",
    lines=("**Date**: {date}", "**GPU**: {gpu}"),
    rows={"Latency": "block_latency", "Tokens": "throughput", "Memory": "peak_memory", "Layer": "layer_latency"},
    columns={"off": "off", "on": "on", "change": "change"},
)
TRAINING = Region(
    template="training",
    mechanism="uboo",
    rows={"Steps": "convergence_steps", "Time": "convergence_time", "Memory": "memory_overhead"},
    columns={"off": "off", "on": "on", "change": "change"},
)
FACTS = Region(
    template="environment",
    rows={"RAM": "ram_bytes", "GPU": "gpu", "Driver": "driver", "Date": "date", "Commit": "commit"},
    columns={"value": ""},
)


def records(make: SimpleNamespace) -> tuple[Record, ...]:
    return make.comparison(environment=make.GPU), make.training()


def render(region: Region, *given_records: Record, language: Any = "en", **more: Any) -> Rendered:
    return render_region(region, Facts(records=given_records, **more), language, ())


def untraced_digits(rendered: Rendered) -> list[str]:
    """Return the lines of table cells that hold a digit outside every figure of that line."""
    left = []
    for number, line in enumerate(rendered.text.split("\n")):
        if not line.startswith("|"):
            continue
        rest = line.split(" | ", 1)[1]
        for text, count in Counter(figure.text for at, figure in rendered.figures if at == number).items():
            rest = rest.replace(text, "", count)
        if re.search(r"\d", rest):
            left.append(line)
    return left


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("region", [REGION, TRAINING, FACTS], ids=["comparison", "training", "environment"])
def test_every_digit_in_a_table_belongs_to_a_figure(region: Region, language: str, make: SimpleNamespace) -> None:
    rendered = render(region, *records(make), language=language)
    assert untraced_digits(rendered) == []
    assert re.search(r"\|.*\d", rendered.text)


def test_every_figure_stands_on_the_line_it_names(make: SimpleNamespace) -> None:
    rendered = render(REGION, *records(make))
    lines = rendered.text.split("\n")
    assert rendered.figures
    assert all(figure.text in lines[number] for number, figure in rendered.figures)


def test_a_figure_holds_the_records_value(make: SimpleNamespace) -> None:
    record = make.comparison()
    rendered = render(REGION, record)
    found = {(figure.metric, figure.arm): figure for _, figure in rendered.figures if figure.metric}
    result = record.metrics["throughput"]
    assert found["throughput", "on"].value == result.arms["on"].value
    assert found["throughput", "on"].unit == "tokens/s"
    assert found["throughput", "change"].value == result.comparison.change
    assert found["throughput", "change"].unit == "1"
    assert found["layer_latency/blocks.10", "off"].value == record.metrics["layer_latency/blocks.10"].arms["off"].value
    assert {figure.record for figure in found.values()} == set(rendered.records) == {record.id}


def test_a_fact_is_traced_by_its_key(make: SimpleNamespace) -> None:
    rendered = render(REGION, make.comparison(environment=make.GPU))
    number, figure = next((line, figure) for line, figure in rendered.figures if figure.key == "gpu")
    assert (number, figure.metric, figure.value, figure.text) == (1, None, "NVIDIA H200", "NVIDIA H200")


@pytest.mark.parametrize("reason", ["absent", "mentioned", "declared", "inert", "crashed", "out-of-memory"])
def test_a_refused_mechanism_leaves_no_measured_number(reason: str, make: SimpleNamespace) -> None:
    rendered = render(REGION, make.refused(reason))
    assert not [figure for _, figure in rendered.figures if figure.metric]
    assert "|" not in rendered.text
    assert "`hem` was not measured" in rendered.text
    assert "mmrec/block.py:42" in rendered.text


def test_the_documents_verdicts_replace_those_of_the_record(make: SimpleNamespace) -> None:
    record = make.comparison(Verdict.FASTER)
    corrected = make.compare(Verdict.INCONCLUSIVE, reason="corrected")
    text = render(REGION, record, verdicts={(record.id, "block_latency"): corrected}).text
    assert "(faster) [−14.4%" not in text
    assert "open (−14.4% … −10.2%)" in text
    assert "no claim is left after correcting" in text


def test_a_value_that_is_no_number_is_never_printed(make: SimpleNamespace) -> None:
    broken = Result(unit="s", arms={"off": Estimate(value=float("nan"), deterministic=True)})
    with pytest.raises(RecordError, match="block_latency"):
        render(
            Region(mechanism="hem", rows={"a": "block_latency"}, columns={"b": "off"}),
            make.record(metrics={"block_latency": broken}),
        )


def figure(text: str) -> Figure:
    return Figure(record="r", mechanism="m", workload="w", value=1.0, unit="s", text=text)


@given(st.lists(st.tuples(st.text("ab 0\n|"), st.text("xyz019 ", min_size=1)), max_size=30))
def test_marks_are_taken_out_and_lines_found_whatever_stands_around(parts: list[tuple[str, str]]) -> None:
    trace = Trace()
    marked = "".join(before + trace.print(figure(text)) for before, text in parts)
    traced = trace.finish(marked)
    assert traced.text == "".join(before + text for before, text in parts)
    assert traced.unvouched == "".join(f"{before}–" for before, _ in parts)
    assert [each.text for _, each in traced.figures] == [text for _, text in parts]
    assert [line for line, _ in traced.figures] == [
        "".join(before + text for before, text in [*parts[:index], (parts[index][0], "")]).count("\n")
        for index in range(len(parts))
    ]


def test_a_number_that_a_template_changed_is_refused() -> None:
    trace = Trace()
    marked = trace.vouch(f"within {trace.print(figure('3.4 ms'))}")
    assert trace.finish(marked).unvouched == "–"
    for changed in (marked.replace("3.4", "1.4"), marked.replace("within", "only")):
        with pytest.raises(ConfigError, match="a template made"):
            trace.finish(changed)


@pytest.mark.parametrize("keep", [slice(0, -1), slice(1, None)])
def test_a_number_cut_in_two_is_refused(keep: slice) -> None:
    trace = Trace()
    with pytest.raises(ConfigError, match="cut a number in two"):
        trace.finish(trace.print(figure("3.4 ms"))[keep])
