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


def evaluate(node: ast.AST | None, names: Mapping[str, str]) -> object:
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
        case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper)):
            text = evaluate(node.value, names)
            ends = [evaluate(one, names) for one in (lower, upper) if one is not None]
            is_known = isinstance(text, str) and all(isinstance(end, int) for end in ends)
            return text[slice(*(evaluate(one, names) for one in (lower, upper)))] if is_known else None  # type: ignore[index]
        case ast.Call(func=ast.Name(id="len"), args=[one]):
            measured = evaluate(one, names)
            return len(measured) if isinstance(measured, str) else None
        case ast.Call(func=ast.Attribute()):
            return _called(node, names)
    return None


def _called(node: ast.Call, names: Mapping[str, str]) -> object:
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    text = evaluate(getattr(node.func, "value", None), names)
    given = [evaluate(arg, names) for arg in node.args]
    if method not in _METHODS or node.keywords or not isinstance(text, str):
        return None
    try:
        return getattr(text, method)(*given)
    except TypeError:
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
