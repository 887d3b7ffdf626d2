"""Which names a statement binds, and which objects it changes. Syntax only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.syntax import FunctionNode


def names_bound(statement: ast.stmt) -> set[str]:
    """Names that a statement at module level defines or assigns."""
    if isinstance(statement, FunctionNode | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.For):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name) and _stores(one)}
    if isinstance(statement, ast.Expr):
        return {one.target.id for one in ast.walk(statement) if isinstance(one, ast.NamedExpr)}
    return set()


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def names_changed(statement: ast.stmt) -> set[str]:
    """Names whose objects a statement changes: `x[k] = v`, `x.a = v`, `x.append(v)`, `del x[k]`, `configure(x)`."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign | ast.Delete):
        targets = [*statement.targets]
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        targets = [statement.target]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        targets = [statement.value.func, *statement.value.args]
    return {name for target in targets for name in _roots(target)}


def _roots(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
