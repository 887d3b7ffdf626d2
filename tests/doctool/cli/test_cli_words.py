"""The command line as documented: commands, help, schemas, errors."""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from doctool.cli.main import run
from doctool.cli.parser import build_parser, duration
from doctool.project.schemas import schema_text
from tests.situations import git

ROOT = Path(__file__).parents[3]


def commands():
    (action,) = (one for one in build_parser()._actions if isinstance(one, argparse._SubParsersAction))
    return action.choices


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented_and_has_help_and_json(name):
    parser = commands()[name]
    assert f"`doctool {name}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert parser.description
    assert "--json" in parser.format_help()


@pytest.mark.parametrize("kind", ["config", "record"])
def test_the_shipped_schema_is_that_of_the_types(kind):
    shipped = (ROOT / "doctool" / "project" / "schemas" / f"{kind}.json").read_text(encoding="utf-8")
    assert shipped == schema_text(kind), f"run `doctool schema {kind} > doctool/project/schemas/{kind}.json`"


def test_our_own_configuration_and_records_fit_their_schemas():
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("yaml")
    text = (ROOT / "doctool.yaml").read_text(encoding="utf-8")
    # YAML 1.1 reads a bare `off` as false; nothing in our file depends on it.
    jsonschema.validate(yaml.safe_load(text), json.loads(schema_text("config")))
    for path in (ROOT / "docs" / "measurements").glob("*.json"):
        jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), json.loads(schema_text("record")))


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("42", 42), ("1.5m", 90)])
def test_durations_are_read_as_people_write_them(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-3s", "0", "nan", "inf", "soon", "1e999s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a duration"):
        duration(text)


def test_an_error_can_be_read_by_a_machine(tmp_path, capsys):
    assert run(["-C", str(tmp_path), "check", "--all", "--json"]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert "doctool init" in error["message"]


def test_findings_become_annotations(tiny, capsys):
    assert run(["-C", str(tiny.root), "check", "--all", "--format", "github"]) == 15
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(re.match(r"::error file=docs/PERF\.md,line=\d+,title=unmeasured::", line) for line in lines)


def test_a_document_may_be_named_from_anywhere(tiny, capsys, monkeypatch):
    monkeypatch.chdir(tiny.root / "docs")
    assert run(["check", "PERF.md"]) == 15
    assert "docs/PERF.md:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check"], 2, "name a document"),
        (["check", "--all", "docs/PERF.md"], 2, "not both"),
        (["check", "docs/PREF.md"], 2, "did you mean 'docs/PERF.md'"),
        (["explain", "docs/PERF.md"], 2, "DOC:LINE"),
        (["explain", "docs/PERF.md:1"], 4, "in no region"),
        (["measure", "fsat"], 2, "did you mean 'fast'"),
        (["measure", "fast", "--workload", "stpe"], 2, "known: step"),
        (["measure", "-o", "x.json"], 2, "takes one record"),
        (["detect", "nothing"], 2, "no mechanism 'nothing'"),
        (["detect", "--package", "tiny"], 2, "--toggle"),
        (["init"], 2, "exists already"),
        (["verify", "missing.json"], 5, "cannot be read"),
    ],
)
def test_wrong_usage_is_told_what_to_do(tiny, capsys, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tiny.root)
    assert run(arguments) == code
    assert words in capsys.readouterr().err
    assert git(tiny.root, "status", "--porcelain") == ""


def test_detection_speaks_json(tiny, capsys):
    assert run(["-C", str(tiny.root), "detect", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["mechanisms"]
    assert {name: one["status"] for name, one in found.items()} == {
        "fast": "wired",
        "idle": "declared",
        "ghost": "declared",
        "never": "absent",
    }
    for one in found["fast"]["evidence"]:
        lines = (tiny.root / one["file"]).read_text().splitlines()
        assert "fast" in lines[one["line"] - 1] or "shortcut" in lines[one["line"] - 1]


def test_detection_needs_no_configuration(tiny, capsys):
    arguments = [
        "detect",
        "--package",
        str(tiny.root / "tiny"),
        "--toggle",
        "use_fast",
        "--symbol",
        "shortcut",
        "--json",
    ]
    assert run([*arguments, "--owner", "Net"]) == 0
    assert json.loads(capsys.readouterr().out)["mechanisms"]["use_fast"]["status"] == "wired"


def test_a_proposal_is_a_working_configuration(tiny, capsys):
    (tiny.root / "doctool.yaml").unlink()
    assert run(["-C", str(tiny.root), "init"]) == 0
    proposed = capsys.readouterr().out
    assert (tiny.root / "doctool.yaml").read_text() in proposed
    assert "toggle: use_fast" in proposed
    assert "docs/PERF.md: {language: en}" in proposed
    assert run(["-C", str(tiny.root), "detect", "fast", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mechanisms"]["fast"]["status"] == "wired"


def test_claims_are_listed_with_their_sentence(tiny, capsys):
    tiny.page.write_text("# Speed\n\nIt is 30 % faster and takes 12.5 ms, since version 3.11.\n")
    assert run(["-C", str(tiny.root), "claims", "--all", "--json"]) == 0
    claims = json.loads(capsys.readouterr().out)["claims"]
    assert {(claim["value"], claim["unit"], claim["line"]) for claim in claims} == {("30", "%", 3), ("12.5", "ms", 3)}
    assert run(["-C", str(tiny.root), "check", "--all"]) == 0
    capsys.readouterr()
    settings = tiny.root / "doctool.yaml"
    settings.write_text(settings.read_text() + "claims: error\n")
    assert run(["-C", str(tiny.root), "check", "--all"]) == 16


@pytest.mark.parametrize("arguments", [["check", "--all"], ["detect"], ["check", "--all", "--json"]])
def test_a_directory_that_is_gone_is_one_clear_error(tmp_path, arguments, capsys):
    (tmp_path / "gone").mkdir()
    with contextlib.chdir(tmp_path):
        os.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        assert run(arguments) == 1
    said = capsys.readouterr()
    assert "the current directory no longer exists" in (said.out if "--json" in arguments else said.err)
    assert not said.out or json.loads(said.out)["error"]


@pytest.mark.parametrize(
    "variables", [{"PYTHONIOENCODING": "ascii"}, {"GIT_ICASE_PATHSPECS": "1"}, {"GIT_GLOB_PATHSPECS": "1"}]
)
def test_no_setting_of_the_terminal_or_of_git_breaks_a_command(variables):
    command = [sys.executable, "-m", "doctool", "history", "hem", "forward_latency"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    usual = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True).stdout
    done = subprocess.run(command, cwd=ROOT, env=environment | variables, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == usual.count(b"\n")
    assert "PYTHONIOENCODING" in variables or done.stdout == usual
