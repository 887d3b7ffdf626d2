"""Golden pages for each state a region or a number can be in, beside the findings they give.

`{current}` and the like in a page stand for what the end marker says of the record and the template; everything a
person reads is written out.
"""

from pathlib import Path

import pytest

from doctool import document
from doctool.check import Checker
from doctool.check.findings import EXIT_CODES, State, exit_code_of
from doctool.plan import Need
from doctool.plan.targets import Targets
from doctool.project import find_project
from doctool.records import Comparison, Estimate, Record, Result, Source, Verdict
from doctool.render.pages import fill_document
from doctool.statistics import PROTOCOL
from doctool.terms.mechanism import Status

PAGES = Path(__file__).parents[2] / "golden" / "states"
NAMES = sorted(path.stem for path in PAGES.glob("*.md"))
EVERYDAY = {state.value for state, code in EXIT_CODES.items() if code < 20}
SETTINGS = """package: tiny
workloads:
  step: {build: "tiny:Net", features: [4, 32]}
mechanisms:
  fast: {toggle: use_fast, compare: [step]}
"""
MODEL = "class Net:\n    def __init__(self, use_fast=False):\n        self.step = 2 if use_fast else 1\n"


def make_record(digest, settings):
    change = Comparison(
        change=-0.123, low=-0.144, high=-0.102, low90=-0.13, high90=-0.11, margin=0.01, p_value=0.001,
        sign_flip_p=0.008, replicates=8, verdict=Verdict.FASTER,
    )  # fmt: skip
    arms = {
        "off": Estimate(value=0.00342, low=0.00339, high=0.00345),
        "on": Estimate(value=0.003, low=0.0029, high=0.0031),
    }
    return Record(
        schema=1, mechanism="fast", workload="step", arms={"off": {}, "on": {}}, settings=dict(settings), protocol=PROTOCOL,
        protocol_digest="00", environment={"cpu": "AMD EPYC 7B13", "cores": 2, "threads": 1, "device": "cpu"},
        source=Source(digest=digest, commit="3f2a9c1d0b7e4a55"), status=Status.EFFECTIVE, started="2026-11-23T06:19:24Z",
        duration_s=50.0, command="doctool measure fast",
        metrics={"forward_latency": Result(unit="s", arms=arms, comparison=change)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "doctool.yaml").write_text(SETTINGS, "utf-8")
    (root / "tiny.py").write_text(MODEL, "utf-8")
    return find_project(root)


@pytest.fixture(scope="module")
def markers(project):
    """What end markers say, by the name that the golden pages give it."""
    target = Targets(project, {}).of(Need(mechanism="fast", workload="step"))
    current, stale = (make_record(digest, target.settings) for digest in (target.digest, "of other code"))
    for record in (current, stale):
        project.records.save(record)
    checker = Checker(project)
    page = document.parse((PAGES / "unmeasured.md").read_bytes(), "page.md", checker.project.vocabulary)
    found = {"record": current.id, "stale-record": stale.id}
    texts = {}
    for name, record in (("current", current), ("stale-code", stale)):
        rendered = fill_document(project, page, {"fast": (record,)})["fast"]
        new = document.Replacement(text=rendered.text, records=rendered.records)
        whole = document.splice(page, {"fast": new}).decode()
        found[name] = whole.split("doctool:end fast ")[1].split(" -->")[0]
        texts[name] = rendered.text
    earlier = texts["current"].replace("CPU measurement:", "Measured on a processor:")
    found["stale-template"] = f"record={current.id} digest={document.digest_of(earlier)}"
    renamed = texts["current"].replace("| Latency |", "| Training step time |")
    found["mislabelled"] = f"record={current.id} digest={document.digest_of(renamed)}"
    forged = texts["current"].replace("3.420", "1.420")
    found["forged"] = f"record={current.id} digest={document.digest_of(forged)}"
    found["orphaned"] = found["current"].replace(current.id, "0badcafe")
    return found


def fill_in(name, markers):
    text = (PAGES / f"{name}.md").read_text("utf-8")
    for key, said in markers.items():
        text = text.replace("{" + key + "}", said)
    return text.encode()


@pytest.mark.parametrize("name", NAMES)
def test_each_state_gives_the_findings_beside_its_page(name, project, markers):
    data = fill_in(name, markers)
    listed = "".join(f"{finding}\n" for finding in Checker(project).check("page.md", data))
    for key in ("record", "stale-record"):
        listed = listed.replace(markers[key], "{" + key + "}")
    assert listed == (PAGES / f"{name}.txt").read_text("utf-8")


def test_every_state_has_a_page():
    shown = {path.stem.partition("-of-")[0] for path in PAGES.glob("*.md")}
    assert shown >= EVERYDAY | {"current"}


@pytest.mark.parametrize("name", NAMES)
def test_the_exit_code_is_that_of_the_state(name, project, markers):
    found = Checker(project).check("page.md", fill_in(name, markers))
    state = name.partition("-of-")[0]
    assert {finding.state.value for finding in found} <= {state}
    expected = EXIT_CODES[State(state)] if any(not finding.is_warning for finding in found) else 0
    assert exit_code_of(found) == expected


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("edited")])
def test_the_diff_of_an_edited_page_is_the_way_back(name, project, markers):
    data = fill_in(name, markers)
    diff = Checker(project).diff("page.md", data)
    body = document.parse(data, "page.md", Checker(project).project.vocabulary).regions[0].text
    removed = [line[1:] for line in diff.split("\n") if line.startswith("-") and not line.startswith("---")]
    assert diff
    assert all(line in body or line.startswith("<!-- doctool:end") for line in removed)
