"""Write a syntax tree so that only a change of meaning changes the text.

Positions, comments, formatting and docstrings are left out, and so is what only some versions of Python have.
"""

from __future__ import annotations

import ast

from doctool.detect.syntax import FunctionNode, is_docstring

_LEFT_OUT = {"type_params", "type_comment", "kind", "ctx", "type_ignores"}


def canonical(node: ast.AST) -> str:
    """The tree as one line of text."""
    pieces: list[str] = []
    _write(node, pieces)
    return "".join(pieces)


def _write(value: object, pieces: list[str]) -> None:
    if isinstance(value, ast.AST):
        pieces.append(f"{type(value).__name__}(")
        for name in value._fields:
            part = getattr(value, name, None)
            if name in _LEFT_OUT or (part is None and not isinstance(value, ast.Constant)) or part == []:
                continue
            if name == "body" and isinstance(value, FunctionNode | ast.ClassDef | ast.Module):
                part = [one for index, one in enumerate(value.body) if index or not is_docstring(one)]
            pieces.append(f"{name}=")
            _write(part, pieces)
            pieces.append(";")
        pieces.append(")")
    elif isinstance(value, list):
        pieces.append("[")
        for one in value:
            _write(one, pieces)
            pieces.append(",")
        pieces.append("]")
    else:
        pieces.append(f"{type(value).__name__}:{value!r}")
