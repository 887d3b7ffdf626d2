"""The lower rungs: where a name stands in code, and where only in comments and strings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import msgspec

from doctool.detect.definitions import FunctionNode, last_name
from doctool.detect.source import SourceFile, word_pattern
from doctool.terms.mechanism import Evidence

_NAMED_STORES = {"setattr", "register_buffer", "register_parameter", "add_module", "register_module"}
_READERS = {"get", "getenv", "pop", "getattr", "hasattr", "setdefault"}


class Mentions(msgspec.Struct, frozen=True, kw_only=True):
    """Places that hold a name, by what they are.

    Args:
        code: Definitions and uses by identifiers.
        words: Comments, docstrings and other strings.
        keys: Strings that are exactly a name, outside docstrings; they may be keys of something dynamic.
        tests: Places in tests, of any sort.
    """

    code: tuple[Evidence, ...]
    words: tuple[Evidence, ...]
    keys: tuple[Evidence, ...]
    tests: tuple[Evidence, ...]


def find_mentions(files: Iterable[SourceFile], names: Iterable[str]) -> Mentions:
    """Sort every place that holds one of the names as a whole identifier."""
    wanted = frozenset(names)
    code: list[Evidence] = []
    words: list[Evidence] = []
    keys: list[Evidence] = []
    tests: list[Evidence] = []
    for source in files:
        own_code = list(_in_code(source, wanted))
        lines = {one.line for one in own_code}
        own_words = [one for one in _in_lines(source, wanted) if one.line not in lines]
        own_keys = list(_keys(source, wanted))
        if source.is_test:
            tests.extend([*own_code, *own_words])
            continue
        code.extend(own_code)
        words.extend(own_words)
        keys.extend(own_keys)
    return Mentions(code=_sorted(code), words=_sorted(words), keys=_sorted(keys), tests=_sorted(tests))


def _sorted(found: list[Evidence]) -> tuple[Evidence, ...]:
    unique = {(one.file, one.line): one for one in reversed(found)}
    return tuple(unique[place] for place in sorted(unique))


def _in_lines(source: SourceFile, names: frozenset[str]) -> Iterator[Evidence]:
    pattern = word_pattern(names)
    data = source.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for number, line in enumerate(data.split(b"\n"), 1):
        found = pattern.search(line)
        if found is not None:
            where = "comment" if b"#" in line[: found.start()] else "string"
            yield Evidence(file=source.file, line=number, shows=f"`{found.group().decode()}` in a {where}")


def _in_code(source: SourceFile, names: frozenset[str]) -> Iterator[Evidence]:
    if source.tree is None:
        return
    for node in ast.walk(source.tree):
        for name, line, shows in _identifiers(node):
            if name in names:
                yield Evidence(file=source.file, line=line, shows=shows.format(name=f"`{name}`"))


def _identifiers(node: ast.AST) -> Iterator[tuple[str, int, str]]:  # noqa: C901  one branch for each kind of node
    if isinstance(node, ast.arg):
        yield node.arg, node.lineno, "parameter {name}"
    elif isinstance(node, ast.Name):
        yield node.id, node.lineno, "reads {name}" if isinstance(node.ctx, ast.Load) else "assigns {name}"
    elif isinstance(node, ast.Attribute):
        line = node.end_lineno or node.lineno
        yield node.attr, line, "reads {name}" if isinstance(node.ctx, ast.Load) else "assigns {name}"
    elif isinstance(node, ast.keyword) and node.arg is not None:
        yield node.arg, node.lineno, "hands on {name}"
    elif isinstance(node, FunctionNode | ast.ClassDef):
        yield node.name, node.lineno, "defines {name}"
    elif isinstance(node, ast.alias):
        for name in {*node.name.split("."), node.asname or ""}:
            yield name, node.lineno, "imports {name}"
    elif isinstance(node, ast.MatchClass):
        for name in node.kwd_attrs:
            yield name, node.lineno, "matches {name}"
    elif isinstance(node, ast.Subscript):
        yield from _key(node.slice)
    elif isinstance(node, ast.Call):
        yield from _declared_by_call(node)


def _key(node: ast.expr) -> Iterator[tuple[str, int, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, node.lineno, "the key {name}"


def _declared_by_call(node: ast.Call) -> Iterator[tuple[str, int, str]]:
    name = last_name(node.func)
    if name in _READERS:
        for one in node.args[:2]:
            yield from _key(one)
    elif name in _NAMED_STORES:
        for one in node.args[:2]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value, node.lineno, "assigns {name}"
    elif name in {"add_argument", "add_option", "option"}:
        for one in node.args:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value.lstrip("-").replace("-", "_"), one.lineno, "command-line option {name}"


def _keys(source: SourceFile, names: frozenset[str]) -> Iterator[Evidence]:
    if source.tree is None:
        return
    exported = {
        id(one)
        for statement in source.tree.body
        if isinstance(statement, ast.Assign) and last_name(statement.targets[0]) == "__all__"
        for one in ast.walk(statement.value)
    }
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in exported
            and node.value in names
        ):
            yield Evidence(file=source.file, line=node.lineno, shows=f"the string {node.value!r}")
