"""What a piece of source makes of known strings: trimmed keys, joined names, simple questions about them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

_METHODS = {
    "removeprefix",
    "removesuffix",
    "replace",
    "lower",
    "upper",
    "strip",
    "lstrip",
    "rstrip",
    "startswith",
    "endswith",
}


def evaluate(node: ast.AST | None, names: Mapping[str, str]) -> object:  # noqa: C901, PLR0911  one answer for each kind of node
    """The value of an expression of strings; None where that is not known.

    Args:
        node: The expression.
        names: The strings that names stand for.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return tuple(evaluate(one, names) for one in node.elts)
    if isinstance(node, ast.UnaryOp):
        inner = evaluate(node.operand, names)
        if isinstance(node.op, ast.USub) and isinstance(inner, int):
            return -inner
        return not inner if isinstance(node.op, ast.Not) and inner is not None else None
    if isinstance(node, ast.Subscript):
        return _sliced(node, names)
    if isinstance(node, ast.Call):
        return _called(node, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = evaluate(node.left, names), evaluate(node.right, names)
        return left + right if isinstance(left, str) and isinstance(right, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = [evaluate(one.value if isinstance(one, ast.FormattedValue) else one, names) for one in node.values]
        return None if None in parts else "".join(str(one) for one in parts)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compared(node, names)
    if isinstance(node, ast.BoolOp):
        values = [evaluate(one, names) for one in node.values]
        stop = isinstance(node.op, ast.Or)
        return stop if stop in values else (None if None in values else not stop)
    return None


def _sliced(node: ast.Subscript, names: Mapping[str, str]) -> str | None:
    text = evaluate(node.value, names)
    if not isinstance(text, str) or not isinstance(node.slice, ast.Slice):
        return None
    ends = []
    for one in (node.slice.lower, node.slice.upper):
        end = evaluate(one, names)
        if isinstance(one, ast.Call) and getattr(one.func, "id", "") == "len" and len(one.args) == 1:
            measured = evaluate(one.args[0], names)
            end = len(measured) if isinstance(measured, str) else None
        if one is not None and not isinstance(end, int):
            return None
        ends.append(end)
    return text[slice(*ends)]


def _called(node: ast.Call, names: Mapping[str, str]) -> object:
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in _METHODS or node.keywords:
        return None
    text, given = evaluate(node.func.value, names), [evaluate(one, names) for one in node.args]
    if not isinstance(text, str) or not all(isinstance(one, str | tuple) for one in given):
        return None
    try:
        return getattr(text, node.func.attr)(*given)  # type: ignore[no-any-return]
    except TypeError:
        return None


def _compared(node: ast.Compare, names: Mapping[str, str]) -> bool | None:
    left, right = evaluate(node.left, names), evaluate(node.comparators[0], names)
    if left is None or right is None or (isinstance(right, tuple) and None in right):
        return None
    operation = node.ops[0]
    if isinstance(operation, ast.Eq | ast.NotEq):
        return (left == right) is isinstance(operation, ast.Eq)
    if isinstance(operation, ast.In | ast.NotIn) and isinstance(right, str | tuple):
        return (left in right) is isinstance(operation, ast.In)  # type: ignore[operator]
    return None


def may_be(node: ast.AST, name: str) -> bool:
    """Whether an expression may be a certain string, by its fixed parts."""
    if isinstance(node, ast.Constant):
        return node.value == name
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(one.value) if isinstance(one, ast.Constant) else ".*" for one in node.values]
        return re.fullmatch("".join(parts), name, re.DOTALL) is not None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left = not isinstance(node.left, ast.Constant) or name.startswith(str(node.left.value))
        return left and (not isinstance(node.right, ast.Constant) or name.endswith(str(node.right.value)))
    return True
