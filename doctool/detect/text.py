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


def evaluate(node: ast.AST | None, names: Mapping[str, str]) -> object:  # noqa: C901, PLR0911  one answer for each kind
    """The value of an expression of strings; None where that is not known.

    Args:
        node: The expression.
        names: The strings that names stand for.
    """
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return names.get(node.id)
        case ast.Tuple() | ast.List() | ast.Set():
            return tuple(evaluate(one, names) for one in node.elts)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return -number
        case ast.UnaryOp(op=ast.Not()):
            inner = evaluate(node.operand, names)
            return None if inner is None else not inner
        case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper)):
            text = evaluate(node.value, names)
            ends = [evaluate(one, names) for one in (lower, upper) if one is not None]
            is_known = isinstance(text, str) and all(isinstance(one, int) for one in ends)
            return text[slice(*(evaluate(one, names) for one in (lower, upper)))] if is_known else None  # type: ignore[index]
        case ast.Call(func=ast.Name(id="len"), args=[one]):
            measured = evaluate(one, names)
            return len(measured) if isinstance(measured, str) else None
        case ast.Call(func=ast.Attribute()):
            return _called(node, names)
        case ast.BinOp(op=ast.Add()):
            left, right = evaluate(node.left, names), evaluate(node.right, names)
            return left + right if isinstance(left, str) and isinstance(right, str) else None
        case ast.JoinedStr():
            parts = [
                evaluate(getattr(one, "value", one) if isinstance(one, ast.FormattedValue) else one, names)
                for one in node.values
            ]
            return None if None in parts else "".join(str(one) for one in parts)
        case ast.Compare(ops=[operation], comparators=[other]):
            return _compared(operation, evaluate(node.left, names), evaluate(other, names))
        case ast.BoolOp():
            values, stop = [evaluate(one, names) for one in node.values], isinstance(node.op, ast.Or)
            return stop if stop in values else (None if None in values else not stop)
    return None


def _called(node: ast.Call, names: Mapping[str, str]) -> object:
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    text = evaluate(getattr(node.func, "value", None), names)
    given = [evaluate(one, names) for one in node.args]
    if method not in _METHODS or node.keywords or not isinstance(text, str):
        return None
    try:
        return getattr(text, method)(*given)
    except TypeError:
        return None


def _compared(operation: ast.cmpop, left: object, right: object) -> bool | None:
    if left is None or right is None or (isinstance(right, tuple) and None in right):
        return None
    if isinstance(operation, ast.Eq | ast.NotEq):
        return (left == right) is isinstance(operation, ast.Eq)
    if isinstance(operation, ast.In | ast.NotIn) and isinstance(right, str | tuple) and isinstance(left, str):
        return (left in right) is isinstance(operation, ast.In)
    return None


def may_be(node: ast.AST, name: str) -> bool:
    """Whether an expression may be a certain string, by its fixed parts."""
    match node:
        case ast.Constant():
            return node.value == name
        case ast.JoinedStr():
            parts = [re.escape(str(one.value)) if isinstance(one, ast.Constant) else ".*" for one in node.values]
            return re.fullmatch("".join(parts), name, re.DOTALL) is not None
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            starts = not isinstance(left, ast.Constant) or name.startswith(str(left.value))
            return starts and (not isinstance(right, ast.Constant) or name.endswith(str(right.value)))
    return True
