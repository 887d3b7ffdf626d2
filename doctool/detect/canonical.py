"""Write a syntax tree so that only a change of meaning changes the text.

Positions, comments, formatting and docstrings are left out, and so is what only some versions of Python have.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.syntax import FunctionNode, is_docstring

_LEFT_OUT = {"type_params", "type_comment", "kind", "ctx", "type_ignores"}


def canonical(node: ast.AST) -> str:
    """The tree as one line of text."""
    return "".join(_pieces(node))


def _pieces(value: object) -> Iterator[str]:
    if isinstance(value, ast.AST):
        yield type(value).__name__
        yield "("
        for name in value._fields:
            part = getattr(value, name, None)
            if name in _LEFT_OUT or (part is None and not isinstance(value, ast.Constant)) or part == []:
                continue
            if name == "body" and isinstance(value, FunctionNode | ast.ClassDef | ast.Module):
                part = [one for index, one in enumerate(value.body) if index or not is_docstring(one)]
            yield f"{name}="
            yield from _pieces(part)
            yield ";"
        yield ")"
    elif isinstance(value, list):
        yield "["
        for one in value:
            yield from _pieces(one)
            yield ","
        yield "]"
    else:
        yield f"{type(value).__name__}:{value!r}"
