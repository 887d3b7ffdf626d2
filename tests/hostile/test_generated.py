"""Generated hostile repositories: whatever is in them, every command that only looks ends with a message or a result.

Within one process for many small ones; in the long run also in a process of its own each, with its memory bounded and, where
strace is installed, every file that it opens looked at.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.rows import ID, NASTY, REFUSED, SHOWN, YAML
from tests.hostile.running import MOST_BYTES, UNFORESEEN, doctool, git, limit_memory, make_project, problems_of
from tests.situations import run_here

COMMANDS = (
    ("check", "--all"),
    ("check", "--all", "--diff"),
    ("check", "--all", "--release"),
    ("check", "--all", "--format", "github"),
    ("claims", "--all"),
    ("claims", "--all", "--json"),
    ("detect",),
    ("explain", "docs/PERF.md:5"),
    ("verify", "docs/measurements/fast-step-00000000.json"),
    ("history", "fast", "block_latency"),
    ("diff", "HEAD..HEAD"),
    ("check", "--staged"),
    ("init", "--force"),
)
SECRET = "hunter2-should-never-be-seen"

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40) | st.sampled_from(NASTY)
names = text.map(lambda word: word.replace("/", "_").encode()[:100].decode("utf-8", "ignore")).filter(
    lambda word: word not in {"", ".", ".."}
)
addresses = (
    st.sampled_from(
        ["block_latency", "on", "off", "change", "peak_memory change", "gpu", "date", "layer", "", "x y", "date on"]
    )
    | text
)


@st.composite
def begin_comments(draw):
    lines = {
        "template": st.sampled_from(["comparison", "baseline", "training", "matrix", "trials", "own", "no", "../x"]),
        "mechanism": st.sampled_from(["fast", "baseline", "other"]) | text,
        "workload": st.sampled_from(["step", "training"]) | text,
        "rows": st.dictionaries(text, addresses, max_size=3),
        "columns": st.dictionaries(text, addresses, max_size=3),
        "where": st.dictionaries(st.sampled_from(["gpu", "cpu"]) | text, text, max_size=1),
        "lines": st.lists(text.map(lambda word: f"{{{word}}}") | text, max_size=2),
        "align": text,
    }
    chosen = draw(st.lists(st.sampled_from(sorted(lines)), unique=True, max_size=5))
    yaml = "\n".join(f"{key}: {_flow(draw(lines[key]))}" for key in chosen)
    return draw(
        st.sampled_from([yaml] * 9 + ["mechanism: fast\nworkload: step"] * 9 + sorted(YAML.values(), key=len)[:8])
    )


def _flow(value):
    return json.dumps(value, ensure_ascii=False)


@st.composite
def regions(draw):
    name = draw(st.sampled_from(["a", "b", "a.b", "c", "d", "e", "f"] * 3 + list(NASTY)))
    good = f" record={ID} template=00000000 sha256=00000000 words=00000000"
    records = draw(st.sampled_from(["", good, good, good, SHOWN, " x=y", f" record={'f' * 8},{'0' * 8}"]))
    prefix = draw(st.sampled_from(["", "", "", "> ", "- ", "    "]))
    body = f"<!-- doctool:begin {name}\n{draw(begin_comments())}\n-->\n\n{draw(text)}\n\n<!-- doctool:end {name}{records} -->\n"
    return "".join(prefix + line for line in body.splitlines(keepends=True))


@st.composite
def tables(draw):
    labels = st.sampled_from(["Latency", "Throughput", "Peak Memory", "GPU", "Model Forward Time (ms)"]) | text
    cells = st.sampled_from(["[ACTUAL VALUE] ms", "TBD", "12.5 ms", "1,5 ms", "−%12", "x"]) | text
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=3))
    head = "| " + " | ".join(draw(st.lists(labels, min_size=width, max_size=width))) + " |"
    return "\n".join((head, "|" + "---|" * width, *("| " + " | ".join(row) + " |" for row in rows))) + "\n"


pages = st.lists(
    regions()
    | tables()
    | text
    | st.sampled_from(
        ["# Fast\n", "```\n", "<!--", "-->", "latency 5 ms\n", "**GPU**: [GPU MODEL]\n", "\r", "\ufeff", "<pre>"]
    )
    | st.binary(max_size=20).map(lambda data: data.decode("utf-8", "surrogateescape")),
    max_size=8,
).map("\n\n".join)

special = st.sampled_from(["zeros", "environment", "outside", "loop", "pipe", "directory", "git", "empty", "absent"])


@st.composite
def settings_files(draw):
    lines = ["package: tiny", "documents: {docs/PERF.md: {}}"]
    lines += ["workloads: {step: {build: 'tiny.model:Net', features: [1, 1]}}"]
    # Most files must be read to their end, or the rest of the repository is looked at by nothing.
    other = draw(st.sampled_from(["other"] * 19 + ["m\x1b[31m"]))
    lines += [
        f"mechanisms: {{fast: {{toggle: use_fast, compare: [step]}}, {_flow(other)}: {{toggle: t, compare: [step]}}}}"
    ]
    extra = draw(
        st.sampled_from(
            [
                "",
                "claims: error",
                "release: {signers: signers, hardware: [H200]}",
                "templates: docs",
                "measurements: .",
                "placeholders: ['(', '[', '.*']",
                "package: ''",
                "budget_s: .inf",
                "package: 'tiny/model.py'",
                "aliases: {metrics: {no: [x]}, mechanisms: {fast: ['', '(']}}",
            ]
        )
    )
    if draw(st.integers(0, 9)) == 0:
        extra = draw(st.sampled_from(sorted(YAML.values())))
    key = extra.partition(":")[0]
    return "\n".join([line for line in lines if not line.startswith(f"{key}:")] + [extra]) + "\n"


records = (
    st.just(REFUSED.replace(b'"%s"', b'"fast"'))
    | st.binary(max_size=30)
    | st.sampled_from([b"null", b"{}", b'{"schema": 2}', b"[" * 5000])
    | st.tuples(
        st.sampled_from([b'"fast"', b'"step"', b"0.0", b'"p"', b'"declared"', b"{}", b'"2026-01-01T00:00:00+00:00"']),
        st.sampled_from([b'"\\n\\u001b"', b"1e308", b"-1", b'{"a": [1]}', b'""', b'{"gpu": "\\u202e"}']),
    ).map(lambda pair: REFUSED.replace(b'"%s"', b'"fast"').replace(*pair, 1))
)
sources = (
    st.sampled_from(
        [
            "def broken(:",
            "use_fast = 1\0",
            "class Net(Net): pass",
            "x = " + "(" * 300,
            "# -*- coding: no -*-",
            "\ufeffuse_fast",
            "from . import *\nfrom .model import *",
        ]
    )
    | text
)


@st.composite
def repositories(draw):
    """Contents by path: text, bytes, or what kind of thing is there instead of a file."""
    files = {
        "doctool.yaml": draw(settings_files()),
        "docs/PERF.md": draw(pages),
        "docs/measurements/fast-step-00000000.json": draw(records),
        f"docs/measurements/fast-step-{ID}.json": REFUSED % b"fast",
        "templates/own.md.j2": draw(
            st.sampled_from(
                [
                    "{{ cell('block_latency on') }}",
                    "{% for i in range(9**9) %}{% endfor %}",
                    "{{ x",
                    "{% include 'own.md.j2' %}",
                ]
            )
            | text
        ),
        "tiny/model.py": draw(sources),
        f"docs/{draw(names)}.md": draw(pages),
        f"tiny/{draw(names)}.py": draw(sources),
        f"docs/measurements/{draw(names)}-{draw(names)}.json": draw(records),
    }
    places = st.sampled_from([*files, "tiny", "templates", "docs/measurements", "signers"])
    for place in draw(st.lists(places, max_size=2)):
        files = {name: content for name, content in files.items() if not name.startswith(f"{place}/")}
        files[place] = (draw(special),)
    return files


def lay_out(root, files):
    """Write a generated repository and commit what git takes of it."""
    make_project(root)
    for name, content in files.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
            if isinstance(content, tuple):
                _put(content[0], path, root)
            else:
                path.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
        except OSError:
            continue  # a name that this file system does not take
    git(root, "init", "-q")
    subprocess.run(["git", "add", "-A"], cwd=root, check=False, capture_output=True)
    git(root, "commit", "-qm", "start", "--allow-empty")


def _put(kind, path, root):
    outside = root.parent / "outside.txt"
    outside.write_text(f"latency 5 ms {SECRET}\n")
    targets = {
        "zeros": "/dev/zero",
        "environment": "/proc/self/environ",
        "outside": outside,
        "loop": path.name,
        "git": root / ".git/config",
    }
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind in targets:
        path.symlink_to(targets[kind])


def _hidden(said):
    return re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", said.replace("\r\n", "\n")
    )


@given(repositories())
@settings(suppress_health_check=list(HealthCheck), max_examples=25)
def test_every_command_ends_with_a_message_or_a_result(files):
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "project")
        lay_out(root, files)
        for command in COMMANDS:
            done = run_here(root, *command)
            said = done.stdout + done.stderr
            assert done.returncode != UNFORESEEN, (command, said)
            assert "Traceback" not in said, (command, said)
            assert SECRET not in said, command
            assert not _hidden(said), (command, said)
        assert (root.parent / "outside.txt").exists() is False or SECRET in (root.parent / "outside.txt").read_text()


@pytest.mark.long
@given(repositories())
@settings(suppress_health_check=list(HealthCheck), max_examples=20)
def test_in_a_process_of_its_own_every_command_is_bounded(files):
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "project")
        lay_out(root, files)
        for command in COMMANDS:
            assert list(problems_of(doctool(root, *command, before=limit_memory(4 * MOST_BYTES)))) == [], command


_OPENED = re.compile(r'open(?:at)?\((?:AT_FDCWD|\d+), "((?:[^"\\]|\\.)*)", ([A-Z_|]+).*\) = \d+')


@pytest.mark.long
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@given(repositories())
@settings(suppress_health_check=list(HealthCheck), max_examples=10)
def test_nothing_is_opened_outside_the_project(files):
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "project")
        lay_out(root, files)
        for command in COMMANDS:
            log = Path(directory, "log")
            subprocess.run(
                [
                    "strace",
                    "-f",
                    "-qq",
                    "-e",
                    "trace=open,openat",
                    "-o",
                    log,
                    sys.executable,
                    "-m",
                    "doctool",
                    *command,
                ],
                cwd=root,
                env={"PATH": os.environ["PATH"], "HOME": directory, "PYTHONPATH": str(Path(__file__).parents[2])},
                capture_output=True,
                check=False,
                timeout=600,
            )
            opened = [
                match[1] for line in log.read_text(errors="replace").splitlines() if (match := _OPENED.search(line))
            ]
            assert not [
                name for name in opened if name.endswith(("/outside.txt", "/proc/self/environ", "/dev/zero"))
            ], command
