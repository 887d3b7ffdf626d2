"""What standard streams can do to a command, and what is printed on them."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool.cli import output
from tests.hostile.running import UNFORESEEN, doctool, make_project, problems_of
from tests.situations import run_here

COMMANDS = (
    ["check", "--all"],
    ["claims", "--all"],
    ["detect"],
    ["--help"],
    ["schema", "config"],
    ["check", "--all", "--json"],
)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk_is_one_line(tmp_path, command):
    make_project(tmp_path)
    with Path("/dev/full").open("w") as full:
        outcome = doctool(tmp_path, *command, stdout=full)
    assert list(problems_of(outcome)) == []
    assert outcome.code == 1
    assert outcome.err.decode().splitlines() == ["doctool: standard output cannot be written: No space left on device"]


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_closed_streams_are_no_surprise(tmp_path, command, closed):
    make_project(tmp_path)
    outcome = doctool(tmp_path, *command, before=lambda: [os.close(number) for number in closed])
    assert list(problems_of(outcome)) == []
    if 1 in closed:
        assert outcome.code == 1
        assert outcome.err.decode() == (
            "" if 2 in closed else "doctool: standard output is closed; send it to a file, or to /dev/null\n"
        )
    else:
        assert outcome.code in {0, 13}


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    make_project(tmp_path, page="Latency: 1 ms\n\n" * 20_000)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "doctool", "claims", "--all"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0


@pytest.mark.parametrize("json_too", [False, True])
def test_a_terminal_that_knows_only_ascii_is_spoken_to(tmp_path, json_too):
    make_project(tmp_path, page="Gecikme şu: 5 ms, ölçüldü 🚀\n")
    command = ("claims", "--all", *(["--json"] if json_too else []))
    outcome = doctool(tmp_path, *command, environment={"PYTHONIOENCODING": "ascii"})
    assert outcome.code == 0
    assert outcome.out.isascii()
    if json_too:
        assert json.loads(outcome.out)["claims"][0]["text"] == "Gecikme şu: 5 ms, ölçüldü 🚀"


def test_what_nobody_foresaw_is_one_line_with_an_exit_code_of_its_own(tmp_path):
    make_project(tmp_path)
    with mock.patch("doctool.cli.claims.run", side_effect=RecursionError("too deep\nfor us")):
        done = run_here(tmp_path, "claims", "--all")
        assert done.returncode == UNFORESEEN
        assert re.fullmatch(
            r"doctool: internal error in doctool \S+: RecursionError: too deep for us; please report .* --debug\n",
            done.stderr,
        )
        assert "Traceback" in run_here(tmp_path, "claims", "--all", "--debug").stderr
        assert "Traceback" in run_here(tmp_path, "--debug", "claims", "--all").stderr
        assert json.loads(run_here(tmp_path, "claims", "--all", "--json").stdout)["error"]["message"]


anything = st.text(st.characters(exclude_categories=[]) | st.sampled_from("\n\r\x1b\u202e\u2066:%,#["))


@given(anything)
def test_a_line_stays_one_line_that_only_shows_itself(text):
    shown = output.visible(text)
    assert len(shown.splitlines() or [""]) == 1
    assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert not re.match(r"\s*::.*::", shown)
    assert "##[" not in shown


@given(anything)
def test_a_text_without_anything_hidden_stays_as_it_is(text):
    plain = "".join(char for char in text if char.isprintable() and char not in "#:")
    assert output.visible(plain) == plain


@given(st.dictionaries(anything, anything))
def test_json_says_the_same_and_shows_nothing_hidden(value):
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        output.say_json(value)
    assert json.loads(stream.getvalue()) == json.loads(json.dumps(value))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", stream.getvalue())
    assert "##[" not in stream.getvalue()


@given(anything, anything, anything)
def test_an_annotation_is_one_command_and_keeps_its_words(message, file, title):
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        output.say_annotation("error", message, file=file, title=title)
    assert stream.getvalue().count("\n") == 1
    assert len(stream.getvalue().splitlines()) == 1
    head, properties, data = re.fullmatch(r"(::error )(.*?)::(.*)\n", stream.getvalue(), re.DOTALL).groups()
    assert head
    assert [one.partition("=")[0] for one in properties.split(",")] == ["file", "title"]
    if message.isprintable() and "#" not in message:
        assert data.replace("%25", "%") == message
