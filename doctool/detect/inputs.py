"""What a model may be called with, guessed from the first layers that its constructor makes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import msgspec

from doctool.detect.definitions import Class

_ROWS = 8
_TOKENS = (2, 32)
_OF_IMAGES = "Conv2d"
_COLOURS = 3
# What follows the batch and the channels of a convolution's input.
_SIZES = {"Conv1d": (64,), "Conv2d": (32, 32), "Conv3d": (8, 16, 16)}


class ProposedInput(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of an input.

    Args:
        shape: Its sizes.
        vocabulary: Number of token ids, if it holds these; None for numbers.
    """

    shape: tuple[int, ...]
    vocabulary: int | None = None


def guess_input(model: Class, classes: Sequence[Class]) -> ProposedInput | None:
    """Return what the first layer of a model takes; None where that cannot be told.

    Args:
        model: What is built.
        classes: All classes of the package: the defaults of a configuration may be in any of them.
    """
    start = model.methods.get("__init__")
    for call in _calls(start.node) if start is not None else ():
        layer = ast.unparse(call.func).rpartition(".")[2]
        if not call.args:
            continue
        size = _number(call.args[0], (model, *classes))
        if layer == "Embedding" and size is not None:
            return ProposedInput(shape=_TOKENS, vocabulary=size)
        if layer == "Linear" and size is not None:
            return ProposedInput(shape=(_ROWS, size))
        if layer in _SIZES and (size is not None or layer == _OF_IMAGES):
            return ProposedInput(shape=(_ROWS, size or _COLOURS, *_SIZES[layer]))
    return None


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls in a constructor in the order in which they are written."""
    found = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    yield from sorted(found, key=lambda one: (one.lineno, one.col_offset))


def _number(expression: ast.expr, classes: Sequence[Class]) -> int | None:
    """Return a whole number that is written there, or is the default of the parameter or field that is named there."""
    if isinstance(expression, ast.Constant):
        return expression.value if type(expression.value) is int and expression.value > 0 else None
    if isinstance(expression, ast.Name | ast.Attribute):
        name = expression.id if isinstance(expression, ast.Name) else expression.attr
        defaults = (default for cls in classes for default in _defaults(cls, name))
        return next((size for one in defaults if (size := _number(one, ())) is not None), None)
    return None


def _defaults(cls: Class, name: str) -> Iterator[ast.expr]:
    field = cls.fields.get(name)
    if isinstance(field, ast.AnnAssign) and field.value is not None:
        yield field.value
    start = cls.methods.get("__init__")
    if start is not None and start.arguments is not None:
        arguments = start.arguments
        positional = [*arguments.posonlyargs, *arguments.args]
        given = zip(reversed(positional), reversed(arguments.defaults), strict=False)
        for parameter, default in (*given, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)):
            if parameter.arg == name and default is not None:
                yield default
