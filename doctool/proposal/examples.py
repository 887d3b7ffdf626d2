"""How a repository itself builds and calls its models: in its README, its tests and its scripts.

Only what is written as plain values is taken; nothing is run.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from doctool.detect.syntax import last_name
from doctool.proposal.code import (
    Definition,
    FunctionNode,
    Module,
    Repository,
    calls_in,
    is_definition,
    read_module,
)
from doctool.system.reading import SOURCE_BYTES, read_file

_FENCE = re.compile(
    r"^(?P<mark>```+|~~~+)[ \t]*(?:python|py|python3)\b[^\n]*\n(?P<code>.*?)^(?P=mark)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_MOST_BYTES = 400_000
_TENSORS = {"randn", "rand", "zeros", "ones", "empty", "full"}
_WRAPPERS = {"cuda", "to", "eval", "train", "cpu", "half", "float", "double", "bfloat16", "requires_grad_", "long"}
UNKNOWN = object()
"""Stands for what is not written as a plain value."""


class Given(msgspec.Struct, frozen=True, eq=False):
    """An input.

    Args:
        shape: Its sizes.
        vocabulary: Number of token ids, if it holds these; None for numbers.
    """

    shape: tuple[int, ...]
    vocabulary: int | None = None


class Usage(msgspec.Struct, eq=False):
    """A call that builds a model or a settings object.

    Args:
        place: File and line, for the reader.
        args: Arguments that are plain values; by position as `0`, `1`, …
        others: Names or positions of arguments that are not.
        settings: The settings object among its arguments.
        input: What the model was then called with.
    """

    place: str
    args: dict[str, Any]
    others: tuple[str, ...] = ()
    settings: Usage | None = None
    input: Given | None = None


class Examples:
    """All usages of a repository's definitions, in the order in which they were read."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._found: dict[ast.AST, list[Usage]] = {}

    def of(self, definition: Definition) -> Sequence[Usage]:
        """The usages of a class or a function."""
        return self._found.get(definition.node, ())

    def read_markdown(self, text: str, file: str) -> None:
        """Read the Python code blocks of a document."""
        for block in _FENCE.finditer(text):
            line = text.count("\n", 0, block.start("code"))
            self.read_python(textwrap.dedent(block["code"]), file, line)

    def read_python(self, text: str, file: str, line: int = 0) -> None:
        """Read a piece of code; what cannot be parsed is passed over."""
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        self.read_module(read_module(Module(name="", file=file, tree=tree)), line)

    def read_module(self, module: Module, line: int = 0) -> None:
        """Read a parsed file."""
        scopes = [module.tree.body, *(node.body for node in ast.walk(module.tree) if isinstance(node, FunctionNode))]
        for scope in scopes:
            with suppress(RecursionError):  # an expression that is nested too deeply is no example
                _Scope(self, module, line).read(scope)

    def add(self, definition: Definition, usage: Usage) -> None:
        """Remember a usage."""
        self._found.setdefault(definition.node, []).append(usage)


def read_examples(repository: Repository, root: Path, files: Sequence[str]) -> Examples:
    """Read the examples in some files: documents first, then what the packages hold, then tests and scripts.

    Args:
        repository: Where names are looked up.
        root: The project root.
        files: Markdown and Python files, relative to it.
    """
    examples = Examples(repository)
    known = {module.file for module in repository.modules.values()}
    left = _MOST_BYTES
    for name in sorted(files, key=lambda one: (not one.lower().endswith((".md", ".markdown")), one.count("/"), one)):
        if name in known or left <= 0:
            continue
        try:
            data = read_file(root / name, inside=root, limit=SOURCE_BYTES)
        except OSError:
            continue
        left -= len(data)
        text = data.decode("utf-8", "replace").replace("\r\n", "\n")
        if name.endswith(".py"):
            examples.read_python(text, name)
        else:
            examples.read_markdown(text, name)
    for module in repository.modules.values():
        if repository.budget.is_over:
            repository.budget.cut("not all of the code was searched for examples")
            break
        examples.read_module(module)
    return examples


class _Scope:
    """The names of one function or file, as far as plain values, inputs and models are assigned to them."""

    def __init__(self, examples: Examples, module: Module, line: int) -> None:
        self.examples = examples
        self.module = module
        self.line = line
        self.values: dict[str, Any] = {}
        self.inputs: dict[str, Given] = {}
        self.built: dict[str, Usage] = {}

    def read(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            if isinstance(statement, ast.ClassDef | FunctionNode):
                continue
            if isinstance(statement, ast.Assign):
                self._assign(statement)
            elif not hasattr(statement, "body"):
                self._usages(statement)
            self._run(statement)
            for name in ("body", "orelse", "finalbody"):
                self.read(getattr(statement, name, ()))

    def _assign(self, statement: ast.Assign) -> None:
        target = statement.targets[0]
        usage = self._usages(statement.value)
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id in self.built:
            self.built[target.value.id].args[target.attr] = self.evaluate(statement.value)
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            for one, value in zip(target.elts, statement.value.elts, strict=False):
                if isinstance(one, ast.Name):
                    self.values[one.id] = self.evaluate(value)
        if not isinstance(target, ast.Name):
            return
        for table in (self.values, self.inputs, self.built):
            table.pop(target.id, None)
        value, given = self.evaluate(statement.value), self._input(statement.value)
        if usage is not None:
            self.built[target.id] = usage
        if given is not None:
            self.inputs[target.id] = given
        if value is not UNKNOWN:
            self.values[target.id] = value

    def _usages(self, node: ast.AST) -> Usage | None:
        """Remember every call of a definition; return the outermost one."""
        outermost = None
        for call in calls_in([node]):
            found = self.examples.repository.resolve(self.module, call.func)
            if is_definition(found):
                usage = self._usage(call)
                self.examples.add(found, usage)
                outermost = outermost or usage
        return outermost

    def _usage(self, call: ast.Call) -> Usage:
        given = {str(number): one for number, one in enumerate(call.args)}
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
        values = {name: self.evaluate(one) for name, one in given.items()}
        settings = [self.built[one.id] for one in given.values() if isinstance(one, ast.Name) and one.id in self.built]
        return Usage(
            place=f"{self.module.file}:{self.line + call.lineno}",
            args={name: value for name, value in values.items() if value is not UNKNOWN},
            others=tuple(name for name, value in values.items() if value is UNKNOWN)
            + (("**",) if any(keyword.arg is None for keyword in call.keywords) else ()),
            settings=settings[0] if settings else None,
        )

    def _run(self, statement: ast.stmt) -> None:
        """See which model is called with which input."""
        for call in calls_in([statement] if not hasattr(statement, "body") else []):
            usage = self.built.get(call.func.id) if isinstance(call.func, ast.Name) else None
            if usage is None or usage.input is not None or not call.args:
                continue
            first = call.args[0]
            usage.input = self.inputs.get(first.id) if isinstance(first, ast.Name) else self._input(first)

    def _input(self, node: ast.expr) -> Given | None:
        """Read `torch.randn(2, 3)`, `torch.randint(0, 256, (2, 3))` and their like."""
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WRAPPERS:
            node = node.func.value
        if isinstance(node, ast.Name):
            return self.inputs.get(node.id)
        if not isinstance(node, ast.Call):
            return None
        name = last_name(node.func)
        named = {keyword.arg: self.evaluate(keyword.value) for keyword in node.keywords if keyword.arg}
        values = [self.evaluate(arg) for arg in node.args]
        if name in _TENSORS and "long" not in ast.unparse(node):
            sizes = values[0] if values and isinstance(values[0], tuple | list) else values
            return _given(named.get("size", sizes), None)
        if name == "randint":
            bounds = [value for value in values if isinstance(value, int)]
            high = named.get("high", bounds[-1] if bounds else None)
            shapes = [value for value in values if isinstance(value, tuple | list)]
            return _given(named.get("size", shapes[0] if shapes else None), high if isinstance(high, int) else None)
        return None

    def evaluate(self, node: ast.expr) -> Any:
        """The plain value of an expression, or `UNKNOWN`."""
        if isinstance(node, ast.Constant):
            is_plain = node.value is None or isinstance(node.value, bool | int | float | str)
            return node.value if is_plain else UNKNOWN
        if isinstance(node, ast.Name):
            return self.values.get(node.id, UNKNOWN)
        if isinstance(node, ast.Tuple | ast.List):
            values = [self.evaluate(element) for element in node.elts]
            return UNKNOWN if any(value is UNKNOWN for value in values) else values
        if isinstance(node, ast.UnaryOp | ast.BinOp):
            return calculate(node, self.evaluate)
        return UNKNOWN


def _given(sizes: Any, vocabulary: int | None) -> Given | None:
    is_shape = isinstance(sizes, tuple | list) and sizes and all(type(size) is int and size > 0 for size in sizes)
    return Given(tuple(sizes), vocabulary) if is_shape else None


def calculate(node: ast.UnaryOp | ast.BinOp, evaluate: Any) -> Any:
    """The value of a sum, product or quotient of small numbers, or `UNKNOWN`."""
    operands = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
    values = [evaluate(operand) for operand in operands]
    if not all(type(value) in {int, float} and abs(value) < 2**31 for value in values):
        return UNKNOWN
    if isinstance(node, ast.UnaryOp):
        return -values[0] if isinstance(node.op, ast.USub) else UNKNOWN
    left, right = values
    if isinstance(node.op, ast.Add | ast.Sub):
        return left + right if isinstance(node.op, ast.Add) else left - right
    if isinstance(node.op, ast.Mult):
        return left * right
    if isinstance(node.op, ast.FloorDiv | ast.Div) and right:
        return left // right if isinstance(node.op, ast.FloorDiv) else left / right
    return left**right if isinstance(node.op, ast.Pow) and 0 <= right < 8 and abs(left) < 64 else UNKNOWN
