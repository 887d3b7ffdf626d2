"""Where a value goes within one function, and what is decided where it is tested."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from doctool.detect.syntax import last_name
from doctool.proposal.code import is_self

TESTS = {"bool", "any", "all", "exists", "default", "getattr", "int", "float", "not_"}
"""What gives out the value that it is given, or whether it is true."""


class Values:
    """The names and attributes that carry a value within a class."""

    def __init__(self, names: set[str], attributes: set[str], field: str | None) -> None:
        self.names = names
        self.attributes = attributes
        self.field = field

    def follow(self, nodes: Iterable[ast.AST]) -> None:
        """Add what the value is assigned to, as it is or as part of a condition."""
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and self.are_in(node.value):
                for one in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(one, ast.Name):
                        self.names.add(one.id)
                    elif isinstance(one, ast.Attribute) and is_self(one.value):
                        self.attributes.add(one.attr)

    def are_in(self, node: ast.AST) -> bool:
        """Whether an expression is the value, or a condition on it."""
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute):
            if is_self(node.value):
                return node.attr in self.attributes
            return node.attr == self.field
        if isinstance(node, ast.BoolOp | ast.UnaryOp | ast.Compare):
            return any(map(self.are_in, ast.iter_child_nodes(node)))
        if isinstance(node, ast.Call) and last_name(node.func) in TESTS:
            return any(map(self.are_in, node.args)) or _reads_field(node, self.field)
        return False


def _reads_field(node: ast.Call, field: str | None) -> bool:
    return (
        field is not None
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
        and node.args[1].value == field
    )


def decided_by(node: ast.AST, values: Values, rest: Sequence[ast.stmt]) -> list[ast.AST]:
    """What a value decides about at a node; nothing where it does not."""
    if isinstance(node, ast.If) and values.are_in(node.test):
        leaves = any(isinstance(one, ast.Return | ast.Continue) for one in node.body)
        return [*node.body, *node.orelse, *(rest if leaves and not node.orelse else ())]
    if isinstance(node, ast.IfExp) and values.are_in(node.test):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp) and values.are_in(node.values[0]):
        return list(node.values[1:])
    if isinstance(node, ast.Match) and values.are_in(node.subject):
        return [statement for case in node.cases for statement in case.body]
    if (
        isinstance(node, ast.Subscript)
        and values.are_in(node.slice)
        and isinstance(node.value, ast.Dict | ast.Tuple | ast.List)
    ):
        return [node.value]
    return []


Step = tuple[ast.AST, Sequence[ast.stmt]]
_STEPS = (ast.If, ast.IfExp, ast.BoolOp, ast.Match, ast.Subscript, ast.Call, ast.Assign, ast.AnnAssign)


def steps_of(function: ast.AST) -> Iterator[Step]:
    """The nodes of a function at which something may be decided, in order, with the statements after each."""
    for one in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            found = getattr(one, name, None)
            block: list[ast.stmt] = found if isinstance(found, list) else []
            for number, statement in enumerate(block):
                for node in _own_nodes(statement):
                    if isinstance(node, _STEPS):
                        yield node, block[number + 1 :] if node is statement else ()


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement and its expressions, without the statements within it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.stmt)]


def acting_nodes(region: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of a region that do something: no assertions, no errors, no arguments of what only reports."""
    waiting = list(region)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Assert | ast.Raise) or (
            isinstance(node, ast.Call) and last_name(node.func) in {"print", "warn"}
        ):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def is_text(node: ast.BinOp) -> bool:
    """Whether an operation puts words together, or types."""
    return isinstance(node.op, ast.BitOr) or any(
        isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str))
        for one in (node.left, node.right)
    )
