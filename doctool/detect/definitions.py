"""The definitions of a parsed module: classes, functions, fields and imports, by name.

Facts only: nothing here follows a value or decides a status.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from doctool.detect.source import SourceFile

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Function(msgspec.Struct, eq=False):
    """A function, a method, a lambda, or the body of a module or class (as if it were a function)."""

    name: str
    module: Module
    node: ast.AST
    body: Sequence[ast.stmt]
    arguments: ast.arguments | None = None
    owner: Class | None = None
    outer: Function | None = None

    @property
    def line(self) -> int:
        """Line of the definition."""
        return getattr(self.node, "lineno", 1)

    @property
    def last_line(self) -> int:
        """Last line of the definition."""
        return getattr(self.node, "end_lineno", None) or self.line

    @property
    def title(self) -> str:
        """The name as a reader would write it."""
        return f"{self.owner.name}.{self.name}" if self.owner else self.name

    @property
    def decorators(self) -> tuple[str, ...]:
        """The last names of its decorators."""
        return tuple(last_name(one) for one in getattr(self.node, "decorator_list", ()))

    def parameters(self) -> list[ast.arg]:
        """All named parameters, in order: positional ones, then keyword-only ones."""
        if self.arguments is None:
            return []
        return [*self.arguments.posonlyargs, *self.arguments.args, *self.arguments.kwonlyargs]


class Class(msgspec.Struct, eq=False):
    """A class: its methods, and the fields assigned or annotated in its body."""

    name: str
    module: Module
    node: ast.ClassDef
    methods: dict[str, Function] = msgspec.field(default_factory=dict)
    fields: dict[str, ast.stmt] = msgspec.field(default_factory=dict)

    @property
    def line(self) -> int:
        """Line of the definition."""
        return self.node.lineno


class Module(msgspec.Struct, eq=False, dict=True):
    """A parsed module."""

    source: SourceFile
    tree: ast.Module
    classes: dict[str, Class] = msgspec.field(default_factory=dict)
    functions: dict[str, Function] = msgspec.field(default_factory=dict)

    @cached_property
    def body(self) -> Function:
        """The statements at its top level, as a function without a name."""
        return Function(name="<module>", module=self, node=self.tree, body=self.tree.body)

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.source.module

    def every_class(self) -> Iterator[Class]:
        """Classes at any depth."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                known = self.classes.get(node.name)
                yield known if known is not None and known.node is node else read_class(self, node)


def read_module(source: SourceFile) -> Module | None:
    """Read the definitions of a file; None when it cannot be parsed."""
    if source.tree is None:
        return None
    module = Module(source=source, tree=source.tree)
    for statement in top_statements(source.tree.body):
        if isinstance(statement, ast.ClassDef):
            module.classes[statement.name] = read_class(module, statement)
        elif isinstance(statement, FunctionNode):
            module.functions[statement.name] = read_function(module, statement)
    return module


def read_function(
    module: Module, node: FunctionNode, owner: Class | None = None, outer: Function | None = None
) -> Function:
    """Describe a function definition."""
    return Function(
        name=node.name, module=module, node=node, body=node.body, arguments=node.args, owner=owner, outer=outer
    )


def read_class(module: Module, node: ast.ClassDef) -> Class:
    """Describe a class definition."""
    found = Class(name=node.name, module=module, node=node)
    for statement in top_statements(node.body):
        if isinstance(statement, FunctionNode):
            found.methods[statement.name] = read_function(module, statement, owner=found)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found.fields[statement.target.id] = statement
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    found.fields[target.id] = statement
    return found


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


def absolute_import(source: SourceFile, node: ast.ImportFrom) -> str:
    """The dotted module that `from … import` names, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    parts = source.module.split(".")
    keep = len(parts) - node.level + (1 if source.is_package else 0)
    return ".".join([*parts[: max(keep, 0)], *([node.module] if node.module else [])])


def is_docstring(statement: ast.stmt) -> bool:
    """Whether the statement is nothing but a string."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
