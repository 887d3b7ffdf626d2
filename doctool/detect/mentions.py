"""The lower rungs: where a name stands in code, and where only in comments and strings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import msgspec

from doctool.detect.definitions import Module
from doctool.detect.evidence import Note, note_at
from doctool.detect.libraries import KEYED, NAMED_STORES
from doctool.detect.program import Program
from doctool.detect.source import SourceFile, word_pattern
from doctool.detect.syntax import FunctionNode, is_documentation, last_name

_LOOKUPS = {*KEYED, "getattr", "hasattr"}
_OPTIONS = {"add_argument", "add_option", "option"}
_MOST_WORDS = 20
_GIVEN = {"hands-on", "imports"}


class Mentions(msgspec.Struct, frozen=True, kw_only=True):
    """Places that hold a name, by what they are.

    Args:
        code: Definitions and uses by identifiers.
        words: Comments, docstrings and other strings.
        tests: Places in tests, of any sort.
    """

    code: tuple[Note, ...]
    words: tuple[Note, ...]
    tests: tuple[Note, ...]

    @property
    def declares(self) -> bool:
        """Whether the code does more with the name than to hand something on under it."""
        return any(one.kind not in _GIVEN for one in self.code)

    @property
    def given(self) -> bool:
        """Whether the code hands something on under the name."""
        return any(one.kind == "hands-on" for one in self.code)


def find_mentions(program: Program, files: Iterable[SourceFile], names: Iterable[str]) -> Mentions:
    """Sort every place that holds one of the names as a whole identifier."""
    wanted = frozenset(names)
    code: list[Note] = []
    words: list[Note] = []
    tests: list[Note] = []
    for source in files:
        module = program.module(source.module)
        own_code = list(_in_code(module, wanted)) if module is not None else []
        lines = {one.line for one in own_code}
        enough = len(tests if source.is_test else words) > _MOST_WORDS
        own_words = [] if enough else [one for one in _in_lines(source, wanted) if one.line not in lines]
        if source.is_test:
            tests.extend([*own_code, *own_words])
        else:
            code.extend(own_code)
            words.extend(own_words)
    return Mentions(code=_sorted(code), words=_sorted(words), tests=_sorted(tests))


def _sorted(found: list[Note]) -> tuple[Note, ...]:
    unique = {one.place: one for one in reversed(found)}
    return tuple(unique[place] for place in sorted(unique))


def _in_lines(source: SourceFile, names: frozenset[str]) -> Iterator[Note]:
    pattern = word_pattern(names)
    data = source.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for number, line in enumerate(data.split(b"\n"), 1):
        found = pattern.search(line)
        if found is not None:
            where = "comment" if b"#" in line[: found.start()] else "string"
            yield Note(kind=where, names=(found.group().decode(),), file=source.file, line=number)


def _in_code(module: Module, names: frozenset[str]) -> Iterator[Note]:
    options = {one.replace("_", "-"): one for one in names}
    for word in (*names, *(f"--{one}" for one in (*names, *options))):
        name = word.removeprefix("--")
        for node in module.index.named.get(word, ()):
            kind = None if is_documentation(module.index, node) else _kind_of(module, node)
            if kind is not None:
                yield note_at(module, node, kind, options.get(name, name))


def _kind_of(module: Module, node: ast.AST) -> str | None:  # noqa: PLR0911  one answer for each kind of node
    if isinstance(node, ast.Constant):
        return _kind_of_string(module.index.parent(node), node)
    if isinstance(node, ast.arg):
        return "parameter-alone"
    if isinstance(node, ast.Name | ast.Attribute):
        return "read" if isinstance(node.ctx, ast.Load) else "assigns"
    if isinstance(node, ast.keyword):
        return "hands-on"
    if isinstance(node, FunctionNode | ast.ClassDef):
        return "defined"
    if isinstance(node, ast.alias):
        return "imports"
    return "read"


def _kind_of_string(parent: ast.AST, node: ast.Constant) -> str | None:
    if isinstance(parent, ast.Subscript) and node is parent.slice:
        return "key"
    if not isinstance(parent, ast.Call):
        return None
    name = last_name(parent.func)
    if name in _OPTIONS:
        return "option"
    if name in NAMED_STORES:
        return "assigns"
    return "key" if name in _LOOKUPS and node in parent.args[:2] else None
