"""The workflow that users copy is what GitHub understands, and gives strangers nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from doctool.cli.parser import build_parser
from doctool.project.config import Release

WORKFLOW = Path(__file__).parents[2] / "docs" / "examples" / "doctool.yml"


def validate(path):
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_it_is_a_workflow_by_githubs_own_schema(tmp_path):
    done = validate(WORKFLOW)
    assert done.returncode == 0, done.stdout + done.stderr
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOW.read_text(encoding="utf-8").replace("runs-on:", "run-on:"), encoding="utf-8")
    assert validate(broken).returncode != 0


def test_nothing_from_outside_becomes_part_of_a_script(workflow):
    for step in steps(workflow):
        assert "${{" not in step.get("run", ""), step
        assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "actions/none@v1")), step


def test_every_job_may_do_as_little_as_it_can_and_ends(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 240 for job in workflow["jobs"].values())
    assert "permissions" not in workflow["jobs"]["check"]
    events = workflow[True]
    assert "pull_request_target" not in events
    own = workflow["jobs"]["refresh"]
    assert own["if"] == "github.event_name == 'workflow_dispatch'"
    assert "self-hosted" in own["runs-on"]


def test_its_scripts_are_shell_and_its_commands_exist(workflow, tmp_path):
    text = "\n".join(step["run"] for step in steps(workflow) if "run" in step)
    script = tmp_path / "script"
    script.write_text(text)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    calls = re.findall(r'(?:^|doctool/bin/)doctool"? ((?:[a-z-]+ ?)+(?:--[a-z]+ ?\w*)*)', text, re.MULTILINE)
    assert len(calls) == 4
    for call in calls:
        words = call.split()
        build_parser().parse_args([*words, "15m"] if words[-1] == "--budget" else words)


def test_the_release_tags_are_those_of_the_settings(workflow):
    assert workflow[True]["push"]["tags"] == [Release().tags]
