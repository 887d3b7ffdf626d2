"""Parameters that choose among more than off and on: words, and numbers that switch something on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from doctool.detect.syntax import last_name
from doctool.proposal.code import is_self
from doctool.proposal.effects import Deed
from doctool.proposal.parameters import Parameter

_MOST_VALUES = 8


class Option(msgspec.Struct, frozen=True, eq=False):
    """A parameter with a few values that decides about something.

    Args:
        parameter: The parameter or field.
        deed: Where it decides.
        values: What it is compared with, and its default.
    """

    parameter: Parameter
    deed: Deed
    values: tuple[str | int, ...]


def options_in(parameter: Parameter, deed: Deed) -> Iterator[Option]:
    """Yield what a parameter chooses among, where that is more than one thing."""
    values: dict[str | int, None] = {}
    default = parameter.default.value if isinstance(parameter.default, ast.Constant) else None
    if isinstance(default, str) or (isinstance(default, int) and not isinstance(default, bool)):
        values[default] = None
    for word in _literals(parameter.annotation):
        values[word] = None
    for node in ast.walk(deed.owner.node):
        for value in _compared(node, parameter.name):
            values[value] = None
    if any(isinstance(one, str) for one in values):
        values = {one: None for one in values if isinstance(one, str)}
    # Numbers are sizes, unless one of them means that there is none.
    is_choice = any(isinstance(one, str) for one in values) or 0 in values
    if 2 <= len(values) <= _MOST_VALUES and is_choice:
        yield Option(parameter, deed, tuple(values))


def _literals(annotation: ast.expr | None) -> Iterator[str | int]:
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Subscript) and last_name(node.value) == "Literal":
            for one in ast.walk(node.slice):
                if isinstance(one, ast.Constant) and isinstance(one.value, str | int):
                    yield one.value


def _compared(node: ast.AST, name: str) -> Iterator[str | int]:
    """The constants that a value of this name is compared with, or that it chooses from a table."""
    compared: list[ast.expr | None] = []
    if isinstance(node, ast.Compare) and _is_called(node.left, name):
        for comparator in node.comparators:
            compared += comparator.elts if isinstance(comparator, ast.Tuple | ast.List | ast.Set) else [comparator]
    elif isinstance(node, ast.Subscript) and _is_called(node.slice, name) and isinstance(node.value, ast.Dict):
        compared += node.value.keys
    elif isinstance(node, ast.Match) and _is_called(node.subject, name):
        compared += [case.pattern.value for case in node.cases if isinstance(case.pattern, ast.MatchValue)]
    for constant in compared:
        value = constant.value if isinstance(constant, ast.Constant) else None
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield value


def _is_called(node: ast.expr, name: str) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == name or (is_self(node.value) and node.attr.strip("_") == name)
    return isinstance(node, ast.Name) and node.id == name
