"""The source digest: what it sees, and what it must not see."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool import errors
from doctool.detect import source_digest
from doctool.detect.canonical import canonical
from doctool.terms.mechanism import Question

HEM = Question(toggles=("use_hem",), symbols=("W_fused",), owner="Block")
FILES = {
    "pkg/__init__.py": "from .model import Model\n",
    "pkg/model.py": '''
from .block import Block
from . import sizes
from .registry import make
class Model:
    """A model."""
    def __init__(self, config, use_hem=False):
        self.block = Block(config, use_hem)
        self.width = sizes.WIDTH
        self.loss = make("plain")
    def forward(self, x):
        return self.block(x)
''',
    "pkg/block.py": '''
from .base import Base
from .math import *
SCALE = 2
LIMITS = {}
LIMITS["low"] = 1
class Block(Base):
    """A block."""
    def __init__(self, config, use_hem=False):
        super().__init__()
        config.check()
        self.use_hem = use_hem
        self.W_fused = SCALE if use_hem else LIMITS["low"]  # a comment
    def forward(self, x):
        if self.use_hem:
            return fuse(x, self.W_fused)
        return x
''',
    "pkg/base.py": "class Base:\n    def __init__(self):\n        self.ready = True\n",
    "pkg/math.py": "def fuse(x, w):\n    return inner(x) * w\ndef inner(x):\n    return x + 1\ndef lonely(x):\n    return x\n",
    "pkg/config.py": "class Config:\n    def check(self):\n        return True\n    def other(self):\n        return 1\n",
    "pkg/sizes.py": "WIDTH = 8\nHEIGHT = 9\n",
    "pkg/registry.py": (
        "LOSSES = {}\ndef register(name):\n    def keep(f):\n        LOSSES[name] = f\n        return f\n    return keep\n"
        "def make(name):\n    return LOSSES[name]\n"
    ),
    "pkg/losses.py": "from .registry import register\n@register('plain')\ndef plain(x):\n    return x * 3\n",
    "pkg/unrelated.py": "class Other:\n    def run(self):\n        return 5\n",
    "pkg/tests/test_it.py": "def check():\n    return 7\n",
}


def digest(root: Path, changes: dict[str, tuple[str, str]] | None = None) -> str:
    for name, body in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        old, new = (changes or {}).get(name, ("", ""))
        assert old in body
        path.write_text(body.replace(old, new) if old else body, encoding="utf-8")
    return source_digest(root, "pkg", [HEM], ["pkg:Model"])


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pkg/block.py", "return x\n", "return x + 0\n"),
        ("pkg/math.py", "x + 1", "x + 2"),
        ("pkg/math.py", "inner(x) * w", "inner(x) / w"),
        ("pkg/base.py", "True", "False"),
        ("pkg/block.py", "SCALE = 2", "SCALE = 3"),
        ("pkg/block.py", 'LIMITS["low"] = 1', 'LIMITS["low"] = 2'),
        ("pkg/sizes.py", "WIDTH = 8", "WIDTH = 16"),
        ("pkg/config.py", "return True", "return False"),
        ("pkg/model.py", "return self.block(x)", "return self.block(x) + 1"),
        ("pkg/losses.py", "x * 3", "x * 4"),
    ],
)
def test_editing_what_the_mechanism_reaches_changes_it(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert digest(tmp_path) != digest(tmp_path, {file: (old, new)})


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pkg/unrelated.py", "return 5", "return 6"),
        ("pkg/math.py", "def lonely(x):\n    return x", "def lonely(x):\n    return -x"),
        ("pkg/config.py", "return 1", "return 2"),
        ("pkg/sizes.py", "HEIGHT = 9", "HEIGHT = 10"),
        ("pkg/tests/test_it.py", "7", "8"),
        ("pkg/block.py", "  # a comment", ""),
        ("pkg/block.py", '    """A block."""\n', '    """Another\n    text."""\n'),
        ("pkg/block.py", "super().__init__()\n", "super().__init__(\n        )\n\n"),
        ("pkg/model.py", "from . import sizes\n", "\n\n# moved down\nfrom . import sizes\nimport os\n"),
    ],
)
def test_editing_anything_else_does_not_change_it(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert digest(tmp_path) == digest(tmp_path, {file: (old, new)})


def test_the_order_of_questions_and_entries_does_not_matter(tmp_path: Path) -> None:
    digest(tmp_path)
    dpg = Question(toggles=("use_dpg",), symbols=("fuse",))
    one = source_digest(tmp_path, "pkg", [HEM, dpg], ["pkg:Model", "pkg.block:Block"])
    two = source_digest(tmp_path, "pkg", [dpg, HEM], ["pkg.block:Block", "pkg:Model"])
    assert one == two


def test_an_entry_of_another_package_adds_nothing(tmp_path: Path) -> None:
    digest(tmp_path)
    assert source_digest(tmp_path, "pkg", [HEM], []) == source_digest(tmp_path, "pkg", [HEM], ["torch.nn:Linear"])


def test_an_unknown_entry_is_refused_with_the_nearest_names(tmp_path: Path) -> None:
    digest(tmp_path)
    with pytest.raises(errors.UsageError, match=r"no 'pkg:Modl'.*there is 'Model'"):
        source_digest(tmp_path, "pkg", [HEM], ["pkg:Modl"])


def test_a_reached_file_that_cannot_be_parsed_counts_with_its_bytes(tmp_path: Path) -> None:
    before = digest(tmp_path, {"pkg/math.py": ("def inner", "def def inner")})
    after = digest(tmp_path, {"pkg/math.py": ("def inner", "def def  inner")})
    assert before != after


names = st.sampled_from(["a", "b", "c", "use_hem"])
terms = st.recursive(
    names | st.integers(0, 99).map(str) | st.sampled_from(["'s'", "b'x'", "None", "1.5", "f'{a}!'"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "*", "and", "<"]), inner).map(lambda one: f"({' '.join(one)})"),
        st.lists(inner, max_size=3).map(lambda one: f"[{', '.join(one)}]"),
        st.tuples(names, inner).map(lambda one: f"{one[0]}(k={one[1]})"),
    ),
    max_leaves=12,
)


@given(st.lists(st.tuples(names, terms), min_size=1, max_size=5))
def test_writing_a_tree_out_again_does_not_change_its_canonical_text(statements: list[tuple[str, str]]) -> None:
    source = "def f():\n" + "".join(f"    {name} = {term}\n" for name, term in statements)
    tree = ast.parse(source)
    again = ast.parse('def f():\n    """Says what it does."""\n' + ast.unparse(tree).removeprefix("def f():\n"))
    assert canonical(tree) == canonical(again)


@given(terms, terms)
def test_different_trees_have_different_canonical_texts(one: str, two: str) -> None:
    trees = [ast.parse(one), ast.parse(two)]
    assert (ast.dump(trees[0]) == ast.dump(trees[1])) is (canonical(trees[0]) == canonical(trees[1]))
