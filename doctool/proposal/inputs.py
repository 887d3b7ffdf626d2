"""What a model may be called with, from what its forward path does with its first input, and from its first layers."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from doctool.detect.syntax import last_name
from doctool.proposal.code import Definition, Repository, calls_in, is_definition
from doctool.proposal.examples import UNKNOWN, Given, calculate
from doctool.proposal.parameters import parameters_of
from doctool.proposal.sizes import WIDTH, guess_size

_BATCH, _ROWS, _LENGTH, _IMAGE, _COLOURS, _VOCABULARY = 2, 8, 32, 32, 3, 256
_TOKENS = re.compile(r"(input_?)?(idx|ids?|tokens?|token_ids|input_ids|src|tgt|seq|sequence|text|word_ids)")
_IMAGES = re.compile(r"(input_?)?(imgs?|images?|pixel_values|pixels|frames)")
_CONVOLUTIONS = {"Conv1d": 1, "Conv2d": 2, "Conv3d": 3}
_EINOPS = re.compile(r"^\s*([^()]*?)\s*->")


class Call(msgspec.Struct, frozen=True, eq=False):
    """How a model is called.

    Args:
        required: The inputs that its forward path needs.
        input: What may be given as the only one; None where that cannot be told.
        is_certain: Whether the code says so, rather than its names.
    """

    required: tuple[str, ...] = ()
    input: Given | None = None
    is_certain: bool = False


def read_call(repository: Repository, model: Definition, args: Mapping[str, Any]) -> Call:
    """Say how a model is called.

    Args:
        repository: Where names are looked up.
        model: The class.
        args: Sizes it is built with, by the names of arguments and settings.
    """
    forward = repository.method(model, "forward") or repository.method(model, "__call__")
    required: tuple[str, ...] = ()
    if forward is not None:
        arguments = forward.arguments
        positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        needed = positional[1 : len(positional) - len(arguments.defaults)]
        named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        required = (*(needed or positional[1:2]), *(one.arg for one, default in named if default is None))
    lookup = _Sizes(repository, args)
    first = required[0] if required else ""
    rank = _rank_of(forward, first) if forward is not None and first else None
    found = _from_layers(repository, model, lookup, rank, forward)
    if found is None or (found.vocabulary is None and _TOKENS.fullmatch(first) and rank in {None, 2}):
        found = _from_names(first, lookup, rank) or found
        return Call(required=required, input=found)
    return Call(required=required, input=found, is_certain=True)


class _Sizes:
    """Looks up whole numbers by what they are called."""

    def __init__(self, repository: Repository, args: Mapping[str, Any]) -> None:
        self.repository = repository
        self.args = args

    def named(self, names: str, default: int) -> int:
        """The first argument with a name of this form."""
        pattern = re.compile(names)
        fitting = (value for name, value in self.args.items() if pattern.fullmatch(name) and _is_size(value))
        return next(fitting, default)

    def of(self, node: ast.expr) -> Any:
        """The value of an expression in the constructor of the model."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name | ast.Attribute):
            return self.args.get(last_name(node), UNKNOWN)
        if isinstance(node, ast.UnaryOp | ast.BinOp):
            return calculate(node, self.of)
        return UNKNOWN

    def inside(self, definition: Definition, call: ast.Call, outer: Callable[[ast.expr], Any]) -> _Sizes:
        """The sizes within a layer that is built by a call."""
        parameters = parameters_of(self.repository, definition)
        values: dict[str, Any] = {}
        for one in parameters:
            if one.default is not None and (value := self.of(one.default)) is not UNKNOWN:
                values[one.name] = value
        given = {one.name: value for one, value in zip(parameters, call.args, strict=False)}
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        for name, expression in given.items():
            value = outer(expression)
            values.pop(name, None)
            if value is not UNKNOWN:
                values[name] = value
        return _Sizes(self.repository, {**self.args, **values})


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**24


def _from_layers(
    repository: Repository,
    model: Definition,
    sizes: _Sizes,
    rank: int | None,
    forward: Definition | None,
    depth: int = 0,
) -> Given | None:
    """Read the first layer that a constructor makes, within layers of the repository where it is one of these."""
    start = repository.method(model, "__init__")
    if start is None or depth > 4:
        return None
    for call in _in_order(start, forward):
        name = last_name(call.func)
        size = sizes.of(call.args[0]) if call.args else _named(call, sizes)
        if name in {"Embedding", "EmbeddingBag"}:
            return Given(
                (_BATCH, _LENGTH), size if _is_size(size) else sizes.named(r"\w*vocab\w*|num_tokens", _VOCABULARY)
            )
        if name in _CONVOLUTIONS and (_is_size(size) or name == "Conv2d"):
            channels = size if _is_size(size) else _COLOURS
            return Given((_BATCH, channels, *_space(_CONVOLUTIONS[name], sizes)))
        if name == "Linear" and _is_size(size):
            return Given((_ROWS, size) if rank in {None, 2} else (_BATCH, *((_LENGTH,) * (rank - 2)), size))
        found = repository.resolve(start.module, call.func)
        if is_definition(found) and found.is_class and repository.is_model(found):
            inner = _from_layers(
                repository,
                found,
                sizes.inside(found, call, sizes.of),
                rank,
                repository.method(found, "forward"),
                depth + 1,
            )
            if inner is not None:
                return inner
    return None


def _named(call: ast.Call, sizes: _Sizes) -> Any:
    names = {"in_features", "in_channels", "num_embeddings"}
    return next((sizes.of(keyword.value) for keyword in call.keywords if keyword.arg in names), UNKNOWN)


def _space(dimensions: int, sizes: _Sizes) -> tuple[int, ...]:
    if dimensions == 1:
        return (64,)
    side = sizes.named(r"(img|image|input)_?(size|resolution)|resolution", _IMAGE)
    return (side, side) if dimensions == 2 else (8, side, side)


def _in_order(start: Definition, forward: Definition | None) -> Iterator[ast.Call]:
    """The calls of a constructor: those for the attribute that the forward path uses first come first."""
    calls = sorted(calls_in(start.node.body), key=lambda one: (one.lineno, one.col_offset))
    first = _first_used(forward)
    if first is not None:
        for node in ast.walk(start.node):
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Attribute) and target.attr == first for target in node.targets
            ):
                yield from sorted(calls_in([node.value]), key=lambda one: (one.lineno, one.col_offset))
    yield from calls


def _first_used(forward: Definition | None) -> str | None:
    """The attribute that a forward path gives its first input to, before it gives it to any other."""
    if forward is None:
        return None
    names = {one.arg for one in forward.arguments.args[1:2]}
    calls = sorted(calls_in(forward.node.body), key=lambda one: (one.lineno, one.col_offset))
    for call in calls:
        if (
            isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "self"
            and any(isinstance(arg, ast.Name) and arg.id in names for arg in call.args[:1])
        ):
            return call.func.attr
    return None


def _rank_of(forward: Definition, name: str) -> int | None:
    """How many dimensions a forward path takes its input to have."""
    for node in ast.walk(forward.node):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            text = ast.unparse(node.value)
            if text in {f"{name}.shape", f"{name}.size()"} and not any(
                isinstance(element, ast.Starred) for element in node.targets[0].elts
            ):
                return len(node.targets[0].elts)
        if (
            isinstance(node, ast.Call)
            and last_name(node.func) in {"rearrange", "reduce", "repeat"}
            and len(node.args) > 1
        ):
            pattern = node.args[1]
            if isinstance(node.args[0], ast.Name) and node.args[0].id == name and isinstance(pattern, ast.Constant):
                axes = _EINOPS.match(str(pattern.value))
                return len(axes[1].split()) if axes and "..." not in axes[1] else None
    return None


def _from_names(first: str, sizes: _Sizes, rank: int | None) -> Given | None:
    """Fall back on what such an input is usually called."""
    if _TOKENS.fullmatch(first) and rank in {None, 2}:
        return Given((_BATCH, _LENGTH), sizes.named(r"\w*vocab\w*|num_tokens", _VOCABULARY))
    if rank == 4 or (_IMAGES.fullmatch(first) and rank is None):
        return Given((_BATCH, sizes.named(r"\w*(channels|chans)", _COLOURS), *_space(2, sizes)))
    width = next(
        (
            value
            for name, value in sizes.args.items()
            if _is_size(value) and guess_size(name) == WIDTH and "out" not in name
        ),
        None,
    )
    if width is None or rank not in {None, 2, 3}:
        return None
    return Given((_ROWS, width) if rank == 2 else (_BATCH, _LENGTH, width))
