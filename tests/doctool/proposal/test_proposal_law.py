"""Laws of `init`: what it writes can be read, it ends in time, and it says what it left undone."""

from __future__ import annotations

import math
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from doctool import detect
from doctool.errors import UsageError
from doctool.project.config import BASELINE
from doctool.project.loading import load_config
from doctool.project.root import FILE_NAME
from doctool.proposal import budget, choosing, propose_config
from doctool.proposal.checking import check_questions
from doctool.proposal.naming import mechanism_names
from doctool.proposal.writing import long_form, scalar
from doctool.terms.mechanism import Question, Status
from doctool.vocabulary import normalise

# Words of YAML, of doctool and of Python, names that end up alike, and letters of other alphabets.
NAMES = st.sampled_from(
    ["weight", "use_weight", "with_weight", "on", "y", "null", "baseline", "use_baseline", "_x", "x_", "use_", "__", "No",
     "hız", "HIZ", "变", "use_变", "a", "A", "package", "off", "true_", "e5", "use_e5", "is_", "args", "Infinity", "nan_"]
)  # fmt: skip
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.floats() | st.text(max_size=3), max_size=3),
)
DOCUMENTS = st.sampled_from(["perf.md", "a b.md", "türkçe: #1.md", "docs/[x].md", "- y.md", "'q\".md"])


@st.composite
def repositories(draw: st.DrawFn) -> dict[str, str]:
    """A package with a model that takes switches and values of any kind, an example that calls it, and a document."""
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    sized = draw(st.dictionaries(st.sampled_from(["dim", "label", "layers", "odd"]), VALUES, max_size=3))
    required = draw(st.lists(st.sampled_from(["width", "encoder"]), unique=True))
    header = ", ".join(
        ["self", "*", *required, *(f"{name}=False" for name in names), *(f"{name}=None" for name in sized)]
    )
    uses = "".join(
        f"        self.l_{number} = nn.Linear(8, 8) if {name} else nn.GELU()\n" for number, name in enumerate(names)
    )
    model = draw(st.sampled_from(["Net", "Ağ", "null", "on"]))
    body = (
        f"from torch import nn\n\nclass {model if model.isidentifier() else 'Net'}(nn.Module):\n    def __init__({header}):\n"
        f"        super().__init__()\n{uses}\n    def forward(self, x):\n        for part in self.children():\n"
        "            x = part(x)\n        return x\n"
    )
    given_values = {**dict.fromkeys(required, 8), **sized}
    call = ", ".join(f"{name}={value!r}" for name, value in given_values.items())
    page = f"## {draw(NAMES)}\n\n| Metric | off | on |\n|---|---|---|\n| Latency | TBD ms | TBD ms |\n"
    module = draw(st.sampled_from(["net/model.py", "net.py", "src/net/a.py", "2net/m.py", "my-net/m.py"]))
    name = Path(module).with_suffix("").as_posix().removeprefix("src/").replace("/", ".")
    return {
        module: body,
        "README.md": f"```python\nfrom {name} import {model}\nmodel = {model}({call})\n```\n",
        draw(DOCUMENTS): page,
    }


@settings(max_examples=40)
@given(repositories())
def test_what_init_writes_can_be_read(files: dict[str, str]) -> None:
    with TemporaryDirectory() as directory:
        root = Path(directory)
        for name, body in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        text, _ = propose_config(root)
        (root / FILE_NAME).write_text(text, encoding="utf-8")
        config = load_config(root)
    assert set(config.documents) == {name for name, body in files.items() if "TBD" in body}
    toggles = [one.toggles[0] for name, one in config.mechanisms.items() if name != BASELINE]
    assert len(toggles) == len(set(toggles))


@given(st.lists(NAMES | st.from_regex(r"[a-zA-Z_]{1,6}", fullmatch=True), unique=True, max_size=12))
def test_no_two_names_are_alike_to_a_reader_of_headings(toggles: list[str]) -> None:
    names = [normalise(name) for name in mechanism_names(toggles)]
    assert len(names) == len(toggles)
    assert len({*names, BASELINE}) == len(names) + 1
    assert all(names)


@given(VALUES)
def test_a_plain_value_reads_as_what_it_is(value: object) -> None:
    if isinstance(value, list):
        return
    read = yaml.safe_load(f"key: {scalar(value)}")["key"]
    if isinstance(value, float) and math.isnan(value):
        assert math.isnan(read)
    else:
        assert (read, type(read)) == (value, type(value))


def test_a_long_form_is_one_word_for_each_of_a_name() -> None:
    assert long_form("conv_bias", "2.1 Convolution bias") == "convolution bias"
    assert long_form("attn", "Attention") == "attention"
    assert long_form("conv_bias", "conv_bias") == ""
    assert long_form("fast", "Forecast") == ""
    assert long_form("a_b", "about bees") == ""


MODEL = (
    "from torch import nn\nclass Net(nn.Module):\n    def __init__(self, use_a=False):\n        super().__init__()\n"
    "        self.a = nn.Linear(8, 8) if use_a else nn.GELU()\n    def forward(self, x):\n        return self.a(x)\n"
)


def test_when_the_time_is_up_the_proposal_can_be_read_and_says_so(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "net").mkdir()
    for number in range(4):
        (tmp_path / "net" / f"m{number}.py").write_text(MODEL)
    spent = iter(range(10_000))
    monkeypatch.setattr(budget.time, "process_time", lambda: next(spent))
    text, config = propose_config(tmp_path)
    assert "# The time was up: " in text
    assert config.package == "net"


def test_questions_that_were_not_answered_in_time_are_said_to_be_open(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "net.py").write_text(MODEL)
    monkeypatch.setattr(choosing, "check_questions", lambda *_: {})
    text, config = propose_config(tmp_path)
    assert "The time was up before 1 of these were followed through the code; `doctool detect` does it." in text
    assert "a" in config.mechanisms


def test_answers_are_those_of_detect_and_the_limit_is_kept(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(MODEL)
    questions = {"a": Question(toggles=("use_a",), owner="Net"), "b": Question(toggles=("never",), owner="Nowhere")}
    counts: list[tuple[int, int]] = []
    found = check_questions(tmp_path, "net", questions, lambda *count: counts.append(count), limit_s=60)
    assert found == detect.detect(tmp_path, "net", {"a": questions["a"]}).detections
    assert found["a"].status is Status.WIRED
    assert counts == [(1, 2)]
    before = time.monotonic()
    assert check_questions(tmp_path, "net", questions, lambda *_: None, limit_s=0.001) == {}
    assert time.monotonic() - before < 60  # and not for ever


def test_code_that_nests_too_deeply_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(MODEL + "x = " + "+".join(["1"] * 30_000) + "\n")
    assert set(propose_config(tmp_path)[1].mechanisms) <= {BASELINE, "a"}


def test_examples_in_documents_that_are_no_code_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(MODEL)
    (tmp_path / "README.md").write_text(
        "```python\n>>> Net(\n```\n\n~~~py\nfrom net import Net\nNet(use_a=True)(x)\n~~~\n"
    )
    assert propose_config(tmp_path)[1].workloads["main"].args == {"use_a": True}


def test_a_repository_without_python_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# nothing")
    with pytest.raises(UsageError, match="no Python package"):
        propose_config(tmp_path)
