"""Reading a tree: where packages are, what cannot be parsed, and that nothing of it ever runs."""

from __future__ import annotations

import ast
import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest

from doctool import errors
from doctool.detect import Package, detect, source_digest, trace
from doctool.detect.source import SourceTree
from doctool.terms.mechanism import Question, Status

HEM = Question(toggles=("use_hem",))
WIRED = "def block(x, use_hem=False):\n    return x * 2 if use_hem else x\n"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, body in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return root


def status(root: Path, package: str = "pkg", question: Question = HEM) -> Status:
    return detect(root, package, {"hem": question}).detections["hem"].status


def test_scripts_side_by_side_are_the_package_of_the_root(tmp_path: Path) -> None:
    files = {
        "model.py": "from parts import block\n\n\ndef net(x, use_hem=False):\n    return block(x, use_hem)\n",
        "parts.py": WIRED,
    }
    write(tmp_path, files)
    tree = SourceTree(tmp_path, ".")
    assert sorted(tree.by_module) == ["model", "parts"]
    assert status(tmp_path, ".", Question(toggles=("use_hem",), owner="net")) is Status.WIRED


def test_modules_are_named_from_the_root_even_if_that_is_a_package_itself(tmp_path: Path) -> None:
    """Python imports from the root, and from nothing above it."""
    write(tmp_path / "above", {"__init__.py": "", "pkg/__init__.py": "", "pkg/a.py": WIRED})
    assert sorted(SourceTree(tmp_path / "above", "pkg").by_module) == ["pkg", "pkg.a"]


@pytest.mark.parametrize(
    ("file", "package"),
    [
        ("pkg/model.py", "pkg"),
        ("src/pkg/model.py", "pkg"),
        ("src/pkg/model.py", "src/pkg"),
        ("space/pkg/model.py", "space.pkg"),
        ("space/pkg/model.py", "space/pkg"),
        ("tiny.py", "tiny"),
        ("tiny.py", "tiny.py"),
        ("src/tiny.py", "tiny"),
        ("model.py", "."),
    ],
)
def test_a_package_is_found_by_dotted_name_and_by_path(tmp_path: Path, file: str, package: str) -> None:
    write(tmp_path, {file: WIRED})
    found = detect(tmp_path, package, {"hem": HEM}).detections["hem"]
    assert found.status is Status.WIRED
    assert {one.file for one in found.evidence} == {file}


def test_a_missing_package_is_refused_with_the_nearest_names(tmp_path: Path) -> None:
    write(tmp_path, {"mypackage/model.py": WIRED})
    with pytest.raises(errors.UsageError, match=r"no package 'mypackge'.*'mypackage'"):
        detect(tmp_path, "mypackge", {"hem": HEM})


def test_an_unknown_owner_is_refused_with_the_nearest_names(tmp_path: Path) -> None:
    write(tmp_path, {"pkg/model.py": "class MyBlock:\n    use_hem = True\n"})
    with pytest.raises(errors.UsageError, match=r"no owner 'MyBlok'.*'MyBlock'"):
        status(tmp_path, question=Question(toggles=("use_hem",), owner="MyBlok"))


def test_an_owner_may_have_any_letters(tmp_path: Path) -> None:
    latin = "# -*- coding: latin-1 -*-\ndef caf\xe9(x):\n    return x\n".encode("latin-1")
    write(tmp_path, {"pkg/model.py": WIRED.replace("block", "bölüğ"), "pkg/old.py": latin})
    assert status(tmp_path, question=Question(toggles=("use_hem",), owner="bölüğ")) is Status.WIRED
    with pytest.raises(errors.UsageError, match="no owner 'böl'"):
        status(tmp_path, question=Question(toggles=("use_hem",), owner="böl"))
    source_digest(tmp_path, "pkg", [Question(toggles=("use_hem",))], [])


def test_an_unknown_owner_is_refused_even_where_no_file_holds_the_toggle(tmp_path: Path) -> None:
    write(tmp_path, {"pkg/model.py": "x = 1\n"})
    with pytest.raises(errors.UsageError, match="no owner 'Block'"):
        status(tmp_path, question=Question(toggles=("use_hem",), owner="Block"))


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"x = 1\nuse_hem = = 2\n", 2),
        (b"use_hem = 1\n\xff\xfe\n", 2),
        (b"use_hem = 1\n\0\n", 1),
        (b"print 'use_hem'\n", 1),
        (b"use_hem = " + b"(" * 5000 + b")" * 5000, 1),
        (b"use_hem = " + b"-" * 100_000 + b"1\n", 1),
    ],
    ids=["syntax", "bytes", "null", "python2", "parentheses", "minuses"],
)
def test_a_file_that_cannot_be_parsed_is_reported_and_the_rest_goes_on(tmp_path: Path, body: bytes, line: int) -> None:
    write(tmp_path, {"pkg/broken.py": body, "pkg/model.py": WIRED})
    survey = detect(tmp_path, "pkg", {"hem": HEM})
    assert survey.detections["hem"].status is Status.WIRED
    assert [(one.file, one.line) for one in survey.unreadable] == [("pkg/broken.py", line)]
    assert survey.unreadable[0].reason


def test_a_file_that_is_too_large_is_reported(tmp_path: Path) -> None:
    write(tmp_path, {"pkg/huge.py": b"use_hem = 1\n" + b"#" * 2**24, "pkg/model.py": WIRED})
    survey = detect(tmp_path, "pkg", {"hem": HEM})
    assert survey.detections["hem"].status is Status.WIRED
    assert "larger than" in survey.unreadable[0].reason


def test_a_file_without_the_names_is_never_parsed(tmp_path: Path) -> None:
    write(tmp_path, {"pkg/other.py": "this is = not python, unused_hem\n", "pkg/model.py": WIRED})
    survey = detect(tmp_path, "pkg", {"hem": HEM})
    assert survey.detections["hem"].status is Status.WIRED
    assert survey.unreadable == ()


def test_a_link_in_a_circle_is_not_followed_for_ever(tmp_path: Path) -> None:
    write(tmp_path, {"pkg/model.py": WIRED})
    (tmp_path / "pkg" / "again").symlink_to(tmp_path / "pkg", target_is_directory=True)
    (tmp_path / "pkg" / "lost.py").symlink_to(tmp_path / "nowhere.py")
    survey = detect(tmp_path, "pkg", {"hem": HEM})
    assert survey.detections["hem"].status is Status.WIRED
    assert [one.file for one in survey.unreadable] == ["pkg/lost.py"]


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pkg/a.py": "from pkg.b import block as first\nclass A(B): use_hem = 1\nclass B(A): pass\n",
            "pkg/b.py": "from pkg.a import first as block\nuse_hem = block\ndef f(): return block(use_hem)\n",
        },
    )
    assert status(tmp_path) in set(Status)


@pytest.mark.parametrize(
    "body",
    [
        "def block(x, use_hem=False):\n    return " + "1 + " * 2000 + "(x if use_hem else 0)\n",
        "def block(x, use_hem=False):\n    return x" + ".a" * 2000 + " if use_hem else x\n",
        "def block(x, use_hem=False):\n    if x == 0:\n        return 0\n"
        + "".join(f"    elif x == {number}:\n        return {number}\n" for number in range(900))
        + "    return x * 2 if use_hem else x\n",
    ],
    ids=["sum", "attributes", "elif"],
)
def test_code_as_deep_as_python_can_parse_is_followed(tmp_path: Path, body: str) -> None:
    ast.parse(body)
    write(tmp_path, {"pkg/model.py": body})
    survey = detect(tmp_path, "pkg", {"hem": HEM})
    assert survey.unreadable == ()
    assert survey.detections["hem"].status is Status.WIRED


def test_the_recursion_limit_is_given_back(tmp_path: Path) -> None:
    write(tmp_path, {"pkg/model.py": WIRED})
    before = sys.getrecursionlimit()
    status(tmp_path)
    assert sys.getrecursionlimit() == before


def test_nothing_of_the_package_ever_runs(tmp_path: Path) -> None:
    trap = "import pathlib\nprint('ran')\npathlib.Path(__file__).with_name('kept.txt').unlink()\nraise SystemExit(9)\n"
    write(tmp_path, {"pkg/__init__.py": trap, "pkg/model.py": WIRED + trap, "pkg/kept.txt": "here"})
    program = (
        "import sys; from pathlib import Path; from doctool.detect import detect, source_digest, trace; from doctool.proposal import propose_config;"
        "from doctool.terms.mechanism import Question; root = Path(sys.argv[1]); q = Question(toggles=('use_hem',));"
        "print(detect(root, 'pkg', {'m': q}).detections['m'].status.value); propose_config(root);"
        "source_digest(root, 'pkg', [q], ['pkg.model:block']); trace(root, 'pkg', q);"
        "print(sorted({'torch', 'pkg', 'pkg.model'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert done.stdout == "wired\n[]\n"
    assert (tmp_path / "pkg" / "kept.txt").read_text() == "here"
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_trace_reads_from_the_parameter_to_the_symbol(tmp_path: Path) -> None:
    body = (
        "class Block:\n"
        "    def __init__(self, use_hem=False):\n"
        "        self.hem = use_hem\n"
        "        self.W_fused = Linear(8)\n"
        "    def forward(self, x):\n"
        "        if self.hem:\n"
        "            return self.W_fused(x)\n"
        "        return x\n"
    )
    write(tmp_path, {"pkg/model.py": body})
    question = Question(toggles=("use_hem",), symbols=("W_fused",), owner="Block")
    path = trace(tmp_path, "pkg", question)
    assert [one.line for one in path] == [2, 3, 6, 7]
    assert [one.shows[-1].names[0] for one in path] == [
        "use_hem",
        "self.hem",
        "if self.hem",
        "W_fused",
    ]


def test_line_endings_and_a_byte_order_mark_do_not_move_evidence(tmp_path: Path) -> None:
    body = "# first\n# use_hem\nx = 1\n"
    for name, data in {
        "lf": body.encode(),
        "crlf": body.replace("\n", "\r\n").encode(),
        "bom": b"\xef\xbb\xbf" + body.encode(),
    }.items():
        write(tmp_path, {f"{name}/model.py": data})
        found = detect(tmp_path, name, {"hem": HEM}).detections["hem"]
        assert (found.status, [one.line for one in found.evidence]) == (Status.MENTIONED, [2])


@pytest.mark.parametrize("package", ["torch", "numpy", "hypothesis"])
def test_no_installed_file_makes_it_stumble(package: str) -> None:
    root = Path(str(importlib.util.find_spec(package).origin)).parents[1]
    tree = SourceTree(root, package)
    small = [one for one in tree.files if len(one.data) < 40_000]
    facts = Package(root, package)
    for source in random.Random(7).sample(small, 8):
        found = facts.answer(Question(toggles=("training",), symbols=("weight",), owner=source.file))
        assert found.status in set(Status)
    assert facts.tree.unreadable() == ()
