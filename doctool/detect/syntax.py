"""What stands where in one parsed file: the parent of every node, and the nodes that bear a name. Syntax only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.Module
_LONGEST_NAME = 80
_PATH = re.compile(r"\w+(\.\w+)+")
_NO_NODES = {"ctx", "op"}


class Index:
    """One walk over a tree, for everything that is asked about its nodes.

    Args:
        tree: The parsed file.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.parents: dict[ast.AST, ast.AST] = {}
        self.named: dict[str, list[ast.AST]] = {}
        self.classes: list[ast.ClassDef] = []
        self._walk()

    def _walk(self) -> None:
        parents, named = self.parents, self.named
        stack: list[ast.AST] = [self.tree]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.ClassDef):
                self.classes.append(node)
            for name in _names_of(node):
                named.setdefault(name, []).append(node)
            start = len(stack)
            for field in node._fields:
                value = getattr(node, field, None)
                if isinstance(value, list):
                    stack.extend(one for one in value if isinstance(one, ast.AST))
                elif isinstance(value, ast.AST) and field not in _NO_NODES:
                    stack.append(value)
            for child in stack[start:]:
                parents[child] = node
            stack[start:] = stack[: start - 1 if start else None : -1]  # visited in the order in which they stand

    def parent(self, node: ast.AST) -> ast.AST:
        """The node around a node; the module around itself."""
        return self.parents.get(node, self.tree)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside out."""
        while (above := self.parents.get(node)) is not None:
            yield above
            node = above

    def scope_of(self, node: ast.AST) -> Scope:
        """The scope in which a node is evaluated; defaults, decorators and bases belong to the one around theirs."""
        inner = node
        for above in self.around(node):
            if isinstance(above, FunctionNode | ast.ClassDef) and (
                isinstance(inner, ast.stmt) or _is_given(above, inner)
            ):
                return above
            if isinstance(above, ast.Lambda) and (inner is above.body or isinstance(inner, ast.arguments)):
                return above
            if isinstance(above, ast.arguments) and not isinstance(inner, ast.arg):
                inner = self.parent(above)  # a default: as if it stood where the function stands
                return self.scope_of(inner)
            inner = above
        return self.tree

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        """The statement that a node is, or is part of."""
        while not isinstance(node, ast.stmt):
            above = self.parents.get(node)
            if above is None:
                return None
            node = above
        return node

    def is_inside(self, node: ast.AST, outer: ast.AST) -> bool:
        """Whether a node is another one or part of it."""
        return node is outer or any(one is outer for one in self.around(node))


def _is_given(function: ast.AST, node: ast.AST) -> bool:
    return isinstance(node, ast.arguments) and not isinstance(function, ast.ClassDef)


def _names_of(node: ast.AST) -> tuple[str, ...]:  # noqa: PLR0911  one answer for each kind of node
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (node.attr,)
    if isinstance(node, ast.Constant):
        text = node.value
        if not isinstance(text, str) or len(text) > _LONGEST_NAME:
            return ()
        return (text, text.rpartition(".")[2]) if _PATH.fullmatch(text) else (text,)
    if isinstance(node, ast.arg):
        return (node.arg,)
    if isinstance(node, ast.keyword):
        return (node.arg,) if node.arg else ()
    if isinstance(node, FunctionNode | ast.ClassDef):
        return (node.name,)
    if isinstance(node, ast.alias):
        return (*node.name.split("."), *([node.asname] if node.asname else []))
    if isinstance(node, ast.MatchClass):
        return tuple(node.kwd_attrs)
    return ()


def is_documentation(index: Index, node: ast.AST) -> bool:
    """Whether a string is a docstring, or a name in `__all__`."""
    if not isinstance(node, ast.Constant):
        return False
    around = index.statement_of(node)
    if isinstance(around, ast.Assign | ast.AugAssign):
        targets = around.targets if isinstance(around, ast.Assign) else [around.target]
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)
    return isinstance(index.parent(node), ast.Expr)


def top_statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Walk the statements that run when the body runs, through `if`, `try` and `with`."""
    for statement in body:
        yield statement
        if isinstance(statement, FunctionNode | ast.ClassDef):
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from top_statements(getattr(statement, name, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from top_statements(handler.body)
        for case in getattr(statement, "cases", ()):
            yield from top_statements(case.body)


def last_name(node: ast.expr) -> str:
    """The last identifier of a dotted name or call: `c` for `a.b.c(…)`; empty when there is none."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def key_of(node: ast.expr) -> str | None:
    """The string that a constant is; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_docstring(statement: ast.stmt) -> bool:
    """Whether the statement is nothing but a string."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def truth_of(node: ast.expr) -> bool | None:
    """Whether a test is always true or always false, by what stands there; None where it may be either."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if last_name(node) == "TYPE_CHECKING" and not isinstance(node, ast.Call):
        return False
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth_of(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        known, decisive = {truth_of(value) for value in node.values}, isinstance(node.op, ast.Or)
        return decisive if decisive in known else (None if None in known else not decisive)
    return None
