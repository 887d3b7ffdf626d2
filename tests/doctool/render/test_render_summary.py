"""A summary says what the corrected verdicts say, and nothing more; its picture is drawn from the same."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool.document import Region
from doctool.records import Comparison, Estimate, Record, Result, Source, Verdict
from doctool.render import Facts, render_region
from doctool.terms.mechanism import Status

REGION = Region(template="summary", rows={"HEM": "hem"}, columns={"One token": "decode", "Long": "prefill"})
CLAIMS = re.compile(r"faster|slower|\bless\b|\bmore\b|daha (?:hızlı|yavaş|az|çok)")
CPU = {"cpu": "A CPU", "cores": 2, "threads": 1, "device": "cpu"}


def compared(change, half, verdict, *, exact=False):
    return Comparison(
        change=change,
        low=change - half,
        high=change + half,
        low90=change - half / 2,
        high90=change + half / 2,
        margin=0.01,
        p_value=0.5,
        sign_flip_p=0.5,
        replicates=8,
        verdict=verdict,
        deterministic=exact,
    )


def recorded(comparison, workload="decode", metric="forward_latency", unit="s"):
    arms = {"off": Estimate(value=1.0, low=0.99, high=1.01), "on": Estimate(value=1.0, low=0.99, high=1.01)}
    return Record(
        schema=2,
        mechanism="hem",
        workload=workload,
        arms={"off": {}, "on": {}},
        settings={},
        protocol="doctool-ab/1",
        protocol_digest="0",
        environment=CPU,
        source=Source(digest="d", commit="c" * 40),
        status=Status.EFFECTIVE,
        started="2026-11-23T06:19:24Z",
        duration_s=1.0,
        command="doctool measure hem",
        metrics={metric: Result(unit=unit, arms=arms, comparison=comparison)},
    )


def told(*records, language="en", verdicts=None, region=REGION, **more):
    return render_region(region, Facts(records=records, verdicts=verdicts or {}, **more), language, ())


def line_of(rendered):
    return next(line for line in rendered.text.split("\n") if line.startswith("- **"))


@pytest.mark.parametrize("language", ["tr", "en"])
@given(
    change=st.floats(-0.6, 0.6),
    half=st.floats(0.0001, 0.3),
    verdict=st.sampled_from(list(Verdict)),
    corrected=st.sampled_from([None, *Verdict]),
)
def test_a_word_of_claim_stands_only_where_a_corrected_claim_does(language, change, half, verdict, corrected):
    record = recorded(compared(change, half, verdict))
    counts = compared(change, half, corrected or verdict)
    verdicts = {(record.id, "forward_latency"): counts} if corrected else {}
    rendered = told(record, language=language, verdicts=verdicts)
    is_claim = counts.verdict in {Verdict.FASTER, Verdict.SLOWER, Verdict.LESS, Verdict.MORE}
    assert bool(CLAIMS.search(line_of(rendered))) is is_claim
    picture = rendered.drawings[0].data.decode() if rendered.drawings else ""
    rows = picture.partition("<desc>")[2].partition("</desc>")[0].rpartition(". HEM")[2]
    assert bool(CLAIMS.search(rows)) is is_claim
    assert picture.count('fill="none" stroke=') == (0 if is_claim or not picture else 1)


@given(change=st.floats(-0.6, 0.6), half=st.floats(0.001, 0.3))
def test_what_is_open_shows_its_interval_and_never_the_middle_of_it(change, half):
    rendered = told(recorded(compared(change, half, Verdict.INCONCLUSIVE)))
    assert len(re.findall(r"\d+(?:\.\d+)?%", line_of(rendered))) == 2
    assert re.search(r"open \([−+]?[\d.]+% … [−+]?[\d.]+%\)", line_of(rendered))
    assert len(re.findall(r"\d+(?:\.\d+)?%", rendered.drawings[0].text.rpartition(". HEM")[2])) == 2


def test_a_claim_reads_in_its_direction_with_its_interval():
    faster = recorded(compared(-0.09, 0.008, Verdict.FASTER))
    slower = recorded(compared(0.05, 0.02, Verdict.SLOWER), "prefill")
    assert line_of(told(faster, slower)) == (
        "- **HEM** – speed: One token 9.00% faster [8.20% … 9.80%], Long 5.0% slower [3.0% … 7.0%]."
    )


def test_what_was_not_measured_is_said_and_a_mechanism_without_any_record_too():
    assert line_of(told(mechanisms=("hem",))) == "- **HEM** – not measured yet."
    none = recorded(None)
    assert "not measured" in line_of(told(none))


def test_a_name_leads_to_the_section_about_it():
    record = recorded(compared(-0.09, 0.008, Verdict.FASTER))
    assert line_of(told(record, section_of={"hem": "page.md#12-hem"}.get)).startswith("- **[HEM](page.md#12-hem)** –")


def test_every_number_of_a_line_is_traced_to_its_record():
    records = (
        recorded(compared(-0.09, 0.008, Verdict.FASTER)),
        recorded(compared(0.0, 0.05, Verdict.INCONCLUSIVE), "prefill"),
    )
    rendered = told(*records)
    assert {figure.record for _, figure in rendered.figures if figure.metric} == {record.id for record in records}
    assert rendered.records == tuple(record.id for record in records)
    assert not re.search(r"\d", rendered.unvouched)


def test_the_picture_is_well_formed_says_what_it_shows_and_is_named_by_what_is_in_it():
    first = told(recorded(compared(-0.09, 0.008, Verdict.FASTER))).drawings[0]
    again = told(recorded(compared(-0.09, 0.008, Verdict.FASTER))).drawings[0]
    other = told(recorded(compared(-0.08, 0.008, Verdict.FASTER))).drawings[0]
    assert first == again
    assert first.name != other.name
    root = ET.fromstring(first.data)
    assert root.attrib["role"] == "img"
    assert root.find("{http://www.w3.org/2000/svg}desc").text == first.text
    assert b"http" not in first.data.replace(b"http://www.w3.org/2000/svg", b"")


def test_a_label_cannot_break_the_picture_or_the_line():
    region = Region(template="summary", rows={'<b> & "x" |': "hem"}, columns={"]]>--": "decode"})
    rendered = told(recorded(compared(-0.09, 0.008, Verdict.FASTER)), region=region)
    ET.fromstring(rendered.drawings[0].data)


def test_a_page_without_tables_learns_from_its_summary_where_and_when_it_was_measured():
    record = recorded(compared(-0.09, 0.008, Verdict.FASTER))
    alone = told(record).text
    assert "- CPU measurement: A CPU, 2 cores, 1 thread." in alone
    assert "commit `ccccccc`" in alone
    assert "CPU measurement" not in told(record, tells=False).text


def test_a_summary_rests_on_every_record_it_was_given():
    other = recorded(compared(-0.09, 0.008, Verdict.LESS), metric="parameters", unit="1")
    assert told(other).records == (other.id,)
