"""What changed between two releases: only what their samples and machines allow to be said."""

import json
import re

import msgspec
import pytest

from doctool import statistics
from doctool.compare.diff import differences, shown_in
from doctool.compare.sessions import session_of
from doctool.project import find_project
from doctool.records import Verdict
from tests.forged import GPU, MACHINE, forge, save
from tests.situations import git
from tests.situations import run_here as doctool


@pytest.fixture
def release(tiny, tmp_path):
    """Bring forged records into the page, commit, and tag."""

    def release(tag, *records):
        paths = [save(record, tmp_path / f"{record.id}.json") for record in records]
        done = doctool(tiny.root, "refresh", "--all", "--records", *paths)
        assert done.returncode == 0, done.stderr
        git(tiny.root, "tag", tag)

    return release


def cells(root, span="v1..v2"):
    done = doctool(root, "diff", span, "--json")
    assert done.returncode == 0, done.stdout
    return {(cell["metric"], cell["arm"]): cell for cell in json.loads(done.stdout)["cells"]}


def test_a_mechanism_that_became_faster_is_seen_through_a_slower_machine(tiny, release):
    """The machine is 20 % slower on the second day, which no ratio shows."""
    release("v1", forge(tiny.root, ratio=0.8))
    release("v2", forge(tiny.root, ratio=0.7, session=0.2, seed=2, peaks=(1000, 700)))
    found = cells(tiny.root)
    change = found["forward_latency", "change"]["difference"]
    assert change["verdict"] == "faster"
    assert change["low"] < 0.7 / 0.8 - 1 < change["high"]
    assert change["replicates"] == 8
    assert 0 < change["rank_sum_p"] < 0.01
    assert "sign_flip_p" not in change
    off = found["forward_latency", "off"]["difference"]
    assert off["verdict"] == "slower"
    assert off["margin"] > change["margin"] >= 0.014
    assert found["peak_memory", "on"]["difference"]["verdict"] == "less"
    assert found["peak_memory", "off"]["difference"]["verdict"] == "no measurable difference"
    assert found["forward_latency", "change"]["same_code"]


def test_a_machine_a_little_slower_today_changed_nothing(tiny, release):
    release("v1", forge(tiny.root))
    release("v2", forge(tiny.root, session=0.03, seed=2))
    found = cells(tiny.root)
    assert found["forward_latency", "change"]["difference"]["verdict"] == "no measurable difference"
    for arm in ("off", "on"):
        assert found["forward_latency", arm]["difference"]["low"] > 0
        assert found["forward_latency", arm]["difference"]["verdict"] == "inconclusive"
        assert found["forward_latency", arm]["difference"]["reason"] == "drift"


def test_a_layer_has_an_interval_and_no_claim_and_takes_nothing_from_the_others(tiny, release):
    old, new = forge(tiny.root), forge(tiny.root, ratio=0.4, session=0.5, seed=2)
    release("v1", old)
    release("v2", new)
    without = cells(tiny.root)
    page = tiny.page.read_text()
    tiny.page.write_text(page.replace("\nrows: {", "\nrows: {Per Layer: layer_latency, ", 1))
    assert tiny.page.read_text() != page
    for file in (tiny.root / "docs/measurements").iterdir():
        file.unlink()
    tiny.commit("a row for the layers")
    release("v3", old)
    release("v4", new)
    found = cells(tiny.root, "v3..v4")
    layers = {key: cell for key, cell in found.items() if key[0].startswith("layer_latency/")}
    assert {metric for metric, _ in layers} == {"layer_latency/blocks.0", "layer_latency/blocks.1"}
    halved = layers["layer_latency/blocks.0", "on"]["difference"]
    assert halved["high"] < -0.2
    assert (halved["verdict"], halved["reason"]) == ("inconclusive", "layer_latency")
    assert {key: cell["difference"] for key, cell in found.items() if key not in layers} == {
        key: cell["difference"] for key, cell in without.items()
    }
    assert "no claim about a single layer" in doctool(tiny.root, "diff", "v3..v4").stdout


def test_the_same_records_are_said_to_be_the_same(tiny, release):
    release("v1", forge(tiny.root))
    tiny.write("notes.txt", "later")
    tiny.commit("notes")
    done = doctool(tiny.root, "diff", "v1..")
    assert done.stdout == "6 cells show the same records in both\n"
    assert {cell["reason"] for cell in cells(tiny.root, "v1..HEAD").values()} == {"same-record"}


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({**MACHINE, "cpu": "Another CPU"}, "cpu: 'A Steady CPU' and 'Another CPU'"),
        ({**MACHINE, "torch": "2.14.0+cpu"}, "torch"),
        (GPU, "gpu: 'unknown' and 'NVIDIA H200'"),
    ],
)
def test_machines_that_are_not_comparable_are_refused(tiny, release, machine, words):
    release("v1", forge(tiny.root))
    release("v2", forge(tiny.root, machine=machine, ratio=0.2))
    done = doctool(tiny.root, "diff", "v1..v2")
    assert done.returncode == 2
    assert "not comparable" in done.stderr
    assert words in done.stderr
    assert done.stdout == ""


def test_what_one_machine_shares_is_compared_and_the_other_is_refused_beside_it(tiny):
    old = shown_in_of(tiny, forge(tiny.root), forge(tiny.root, machine=GPU))
    new = shown_in_of(tiny, forge(tiny.root, machine={**GPU, "gpu": "NVIDIA B300"}), forge(tiny.root, seed=2))
    found = differences(old, new)
    assert {cell.reason for cell in found} == {None, "machine"}
    for cell in found:
        assert (cell.comparison is None) == (cell.reason == "machine")
        if cell.comparison is not None:
            assert cell.old.environment["cpu"] == cell.new.environment["cpu"]
            assert cell.old.environment["device"] == cell.new.environment["device"] == "cpu"


def shown_in_of(tiny, *records):
    cells = tuple(("fast", "step", "forward_latency", arm) for arm in ("off", "on", "change"))
    empty = shown_in(find_project(tiny.root))
    return type(empty)(records=records, cells=cells)


def test_other_settings_are_another_figure(tiny, release):
    release("v1", forge(tiny.root))
    text = (tiny.root / "doctool.yaml").read_text()
    (tiny.root / "doctool.yaml").write_text(text.replace("features: [4, 32]", "features: [8, 32]"))
    tiny.commit("more features")
    release("v2", forge(tiny.root, ratio=0.2))
    found = cells(tiny.root)
    assert {cell["reason"] for cell in found.values()} == {"settings"}
    assert found["forward_latency", "off"]["detail"] == "features: [4, 32] and [8, 32]"
    assert "not compared: features" in doctool(tiny.root, "diff", "v1..v2").stdout


def test_what_only_one_release_shows_is_named(tiny, release):
    git(tiny.root, "tag", "v1")
    release("v2", forge(tiny.root))
    assert {cell["reason"] for cell in cells(tiny.root).values()} == {"added"}
    assert {cell["reason"] for cell in cells(tiny.root, "v2..v1").values()} == {"removed"}


def test_claims_of_a_difference_are_corrected_together(tiny, monkeypatch):
    """Among many cells, a p-value that would do for one does not do."""
    cell = ("fast", "step", "forward_latency", "change")
    one = shown_in_of(tiny, forge(tiny.root, spread=0.006))
    two = shown_in_of(tiny, forge(tiny.root, ratio=0.775, spread=0.006, seed=5))
    alone = differences(type(one)(records=one.records, cells=(cell,)), type(one)(records=two.records, cells=(cell,)))
    assert alone[0].comparison.verdict is Verdict.FASTER
    assert alone[0].comparison.p_value > 0
    seen = []
    monkeypatch.setattr(statistics, "correct_together", lambda found: seen.append(found) or found)
    differences(one, two)
    assert [len(found) for found in seen] == [3]


def test_a_session_whose_null_arm_was_off_needs_more(tiny):
    record = forge(tiny.root)
    session = session_of(record, "forward_latency", "change")
    null = record.metrics["forward_latency"].null
    assert session.margin == max(0.01, abs(null.change))
    assert len(session.logs) == 8
    assert session_of(record, "throughput", "change") is None
    assert session_of(record, "peak_memory", "change").exact == pytest.approx(0.9)
    assert session_of(record, "parameters", "on").margin == 0.0


def test_the_margins_come_from_the_arms_that_ran_the_same_code(tiny):
    restless = session_of(forge(tiny.root, spread=0.08), "forward_latency", "off")
    assert restless.margin > 0.1
    record = forge(tiny.root)
    off_by = tuple(
        msgspec.structs.replace(
            replicate,
            blocks=tuple(
                msgspec.structs.replace(
                    block,
                    visits=tuple(
                        msgspec.structs.replace(visit, median_s=visit.median_s * (1.03 if visit.arm == "null" else 1.0))
                        for visit in block.visits
                    ),
                )
                for block in replicate.blocks
            ),
        )
        for replicate in record.replicates
    )
    session = session_of(msgspec.structs.replace(record, replicates=off_by), "forward_latency", "change")
    assert session.margin == pytest.approx(0.03, abs=0.003)
    assert session.spoilt == "null-arm"


def test_the_table_can_be_read(tiny, release):
    release("v1", forge(tiny.root))
    release("v2", forge(tiny.root, ratio=0.7, seed=2))
    lines = doctool(tiny.root, "diff", "v1..v2").stdout.splitlines()
    assert lines[0].split()[:4] == ["cell", "figure", "v1", "v2"]
    (row,) = (line for line in lines if re.match(r"fast/step/forward_latency +change", line))
    assert re.search(r"−12\.\d% \[−\d+\.\d%, −\d+\.\d%\] +faster \*$", row)
    assert lines[-1].startswith("* the measured code is the same in both")


@pytest.mark.parametrize(
    ("span", "code", "words"),
    [
        ("v1", 2, "write OLD..NEW"),
        ("v1...v2", 2, "write OLD..NEW"),
        ("no-such..HEAD", 7, "no-such"),
        ("v0..HEAD", 7, "has no doctool.yaml"),
    ],
)
def test_a_span_that_means_nothing_is_refused(tiny, span, code, words):
    (tiny.root / "doctool.yaml").rename(tiny.root / "kept")
    tiny.commit("before")
    git(tiny.root, "tag", "v0")
    (tiny.root / "kept").rename(tiny.root / "doctool.yaml")
    tiny.commit("after")
    done = doctool(tiny.root, "diff", span)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
