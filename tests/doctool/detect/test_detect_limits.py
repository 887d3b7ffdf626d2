"""Large packages: nothing is left out without a word, and no file of a large tree makes it stumble."""

from __future__ import annotations

import ast
import random
import sysconfig
import warnings
from pathlib import Path

import pytest

from doctool.detect import Package, detect, digest_of, source_digest
from doctool.detect.source import SourceTree, word_pattern
from doctool.detect.syntax import Index
from doctool.terms.facts import fact
from doctool.terms.mechanism import Detection, Question, Status


def ask(root: Path, files: dict[str, str], question: Question) -> Detection:
    for name, body in files.items():
        path = root / "pkg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)
    return detect(root, "pkg", {"it": question}).detections["it"]


@pytest.mark.parametrize(("count", "status"), [(40, Status.WIRED), (200, Status.WIRED), (400, Status.UNKNOWN)])
def test_a_class_among_many_is_found_or_said_to_be_out_of_reach(tmp_path: Path, count: int, status: Status) -> None:
    plain = "".join(f"class Block{number}(nn.Module):\n    pass\n" for number in range(count))
    registry = ", ".join(f"'k{number}': Block{number}" for number in range(count))
    body = (
        f"{plain}class Hem(nn.Module):\n    def __init__(self, use_hem):\n        self.on = use_hem\n"
        "    def forward(self, x):\n        return x * 2 if self.on else x\n"
        f"BLOCKS = {{{registry}, 'hem': Hem}}\n"
        "class Model(nn.Module):\n    def __init__(self, kind, use_hem=False):\n"
        "        self.block = BLOCKS[kind](use_hem)\n    def forward(self, x):\n        return self.block(x)\n"
    )
    found = ask(tmp_path, {"model.py": body}, Question(toggles=("use_hem",), owner="Model"))
    assert found.status is status
    line = body[: body.index("self.block =")].count("\n") + 1
    assert status is Status.WIRED or line in {one.line for one in found.evidence}


def test_a_keyword_among_hundreds_is_not_taken_for_one_from_outside(tmp_path: Path) -> None:
    options = ", ".join(f"'k{number}': {number}" for number in range(300))
    body = (
        f"class Block(nn.Module):\n    options = {{{options}, 'use_hem': False}}\n    def __init__(self, use_hem=False):\n"
        f"        chosen = {{{options}, 'use_hem': 0}}\n        self.on = chosen['use_hem']\n"
        "    def forward(self, x):\n        return x * 2 if self.on else x\n"
    )
    assert ask(tmp_path, {"model.py": body}, Question(toggles=("use_hem",), owner="Block")).status is Status.DECLARED


MODEL = (
    "class Model(nn.Module):\n    def __init__(self, use_uboo=False):\n        self.use_uboo = use_uboo\n"
    "    def forward(self, h):\n        return h\n    def aux(self, h):\n"
    "        return h.square().mean() if self.use_uboo else None\n"
)


@pytest.mark.parametrize("calls", [True, False])
def test_a_method_called_in_the_last_of_many_files_is_called(tmp_path: Path, *, calls: bool) -> None:
    files = {f"a{number:02}.py": "def run(self, model):\n    aux = 1\n    return self.aux\n" for number in range(60)}
    last = "def run(model, h):\n    return model.aux(h)\n" if calls else "def run(model, h):\n    return h\n"
    found = ask(tmp_path, {**files, "model.py": MODEL, "z.py": last}, Question(toggles=("use_uboo",), owner="Model"))
    assert found.status is (Status.WIRED if calls else Status.DECLARED)


@pytest.mark.parametrize("caller", ["a.py", "z.py"])
def test_methods_are_looked_for_in_every_file(tmp_path: Path, caller: str) -> None:
    files = dict.fromkeys(("a.py", "z.py"), "def run(model, h):\n    return h\n")
    files |= {"model.py": MODEL, caller: "def run(model, h):\n    return model.aux(h)\n"}
    found = ask(tmp_path, files, Question(toggles=("use_uboo",), owner="Model"))
    assert [one.line for one in found.evidence] == [2, 3, 7]


@pytest.mark.parametrize("calls", [True, False])
def test_a_function_used_by_the_last_of_many_importers_is_used(tmp_path: Path, *, calls: bool) -> None:
    kernel = "def fused(x, use_hem=False):\n    return x * 2 if use_hem else x\n"
    lines = "from pkg.kernel import (\n    fused,\n)\n# fused is imported\n"
    files = {f"a{number:02}.py": lines for number in range(60)}
    last = lines + ("y = fused(1)\n" if calls else "")
    found = ask(tmp_path, {**files, "kernel.py": kernel, "z.py": last}, Question(toggles=("use_hem",)))
    assert found.status is (Status.WIRED if calls else Status.DECLARED)


def test_a_function_that_nobody_imports_is_offered_to_users(tmp_path: Path) -> None:
    body = "def fused(x, use_hem=False):\n    return x * 2 if use_hem else x\n"
    assert ask(tmp_path, {"kernel.py": body}, Question(toggles=("use_hem",))).status is Status.WIRED


def test_more_source_than_is_opened_for_one_question_makes_the_answer_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "@dataclass\nclass Config:\n    use_hem: bool = False\n"
    files = {f"a{number:03}.py": f"use_hem_{number} = 1  # use_hem\n" for number in range(50)}
    question = Question(toggles=("use_hem",))
    assert ask(tmp_path / "all", {**files, "config.py": config}, question).status is Status.DECLARED
    monkeypatch.setattr("doctool.detect.program._MOST_BYTES", 1000)
    found = ask(tmp_path / "few", {**files, "config.py": config}, question)
    assert found.status is Status.UNKNOWN
    assert found.evidence[-1].shows == (fact("gave-up"),)


def test_a_proof_within_the_limit_needs_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doctool.detect.program._MOST_BYTES", 1000)
    files = {f"z{number:03}.py": "# use_hem\n" * 20 for number in range(50)}
    files["model.py"] = "def block(x, use_hem=False):\n    return x * 2 if use_hem else x\n"
    assert ask(tmp_path, files, Question(toggles=("use_hem",), owner="block")).status is Status.WIRED


def test_many_names_find_the_same_files_as_few(tmp_path: Path) -> None:
    bodies = [
        "use_hem = 1\n",
        "x = reuse_hem\n",
        "# use_hem-x\n",
        "use_hemö = 1\n",
        "f(use_hem)\n",
        "a.use_hem.b\n",
        "'use_hem'",
    ]
    ask(tmp_path, {f"a{number}.py": body for number, body in enumerate(bodies)}, Question(toggles=("q",)))
    tree = SourceTree(tmp_path, "pkg")
    many = tree.with_any(["use_hem", *(f"other{number}" for number in range(40))])
    assert [one.file for one in many] == [one.file for one in tree.with_any(["use_hem"])]
    assert len(many) == sum(bool(word_pattern(["use_hem"]).search(body.encode())) for body in bodies) == 5


def test_digests_that_share_a_package_are_those_of_their_own(tmp_path: Path) -> None:
    question = Question(toggles=("use_uboo",), owner="Model")
    ask(
        tmp_path,
        {"model.py": MODEL, "train.py": "from pkg.model import Model\ndef run():\n    return Model()\n"},
        question,
    )
    package = Package(tmp_path, "pkg")
    asked = [([question], []), ([], ["pkg.train:run"]), ([question], ["pkg.model:Model"]), ([question], [])]
    shared = [digest_of(package, *one) for one in asked]
    assert shared == [source_digest(tmp_path, "pkg", *one) for one in asked]
    assert len(set(shared)) > 1
    assert package.survey({"it": question}) == detect(tmp_path, "pkg", {"it": question})


def test_every_sampled_file_of_the_standard_library_is_answered_or_reported(tmp_path: Path) -> None:
    paths = [one for one in Path(sysconfig.get_paths()["stdlib"]).rglob("*.py") if "site-packages" not in one.parts]
    chosen = random.Random(11).sample(sorted(paths), 40)
    (tmp_path / "pkg").mkdir()
    broken = set()
    for number, path in enumerate(chosen):
        data = path.read_bytes()
        (tmp_path / "pkg" / f"m{number}.py").write_bytes(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(data)
        except (SyntaxError, ValueError):
            broken.add(f"pkg/m{number}.py")
    questions = {name: Question(toggles=(name,)) for name in ("encoding", "strict", "inplace")}
    survey = detect(tmp_path, "pkg", questions)
    assert set(survey.detections) == set(questions)
    assert {one.file for one in survey.unreadable} <= broken


def test_thousands_of_functions_that_hand_it_on_get_one_answer(tmp_path: Path) -> None:
    body = "".join(
        f"def f{one}(x, use_hem=False):\n    return f{(one + 1) % 3000}(x, use_hem)\n" for one in range(3000)
    )
    found = ask(tmp_path, {"model.py": body}, Question(toggles=("use_hem",)))
    assert found.status is Status.UNKNOWN
    assert fact("gave-up") in [shown for one in found.evidence for shown in one.shows]


def test_a_file_with_the_name_that_cannot_be_parsed_leaves_the_answer_open(tmp_path: Path) -> None:
    question = Question(toggles=("use_hem",))
    body = "def block(x, use_hem=False):\n    return x\n"
    assert ask(tmp_path / "whole", {"model.py": body}, question).status is Status.DECLARED
    assert ask(tmp_path / "part", {"model.py": body, "new.py": "if use_hem: x y\n"}, question).status is Status.UNKNOWN


def test_a_way_through_more_places_than_are_visited_is_given_up_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doctool.detect.search._MOST_PLACES", 20)
    body = "".join(f"def f{n}(use_hem=False):\n    return f{n + 1}(use_hem)\n" for n in range(20))
    found = ask(tmp_path, {"model.py": body}, Question(toggles=("use_hem",)))
    assert found.status is Status.UNKNOWN
    assert fact("gave-up") in {shown for one in found.evidence for shown in one.shows}


def test_a_value_within_more_containers_than_are_followed_is_said(tmp_path: Path) -> None:
    body = "def f(x, use_hem=False):\n    a = {'a': [{'b': [{'c': [use_hem]}]}]}\n    return x\n"
    found = ask(tmp_path, {"model.py": body}, Question(toggles=("use_hem",)))
    assert fact("too-nested") in {shown for one in found.evidence for shown in one.shows}


def test_a_name_that_every_function_of_a_file_has_is_looked_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ast.AST] = []
    scope_of = Index.scope_of

    def counted(self: Index, node: ast.AST) -> object:
        asked.append(node)
        return scope_of(self, node)

    monkeypatch.setattr(Index, "scope_of", counted)
    for few in (50, 100):
        body = "".join(f"def f{n}(use_hem=False):\n    return f{(n + 1) % few}(use_hem)\n" for n in range(few))
        asked.clear()
        ask(tmp_path / str(few), {"model.py": body}, Question(toggles=("use_hem",)))
        assert len(asked) <= 20 * few
