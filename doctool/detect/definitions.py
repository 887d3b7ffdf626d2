"""The definitions of a parsed module: classes, functions, fields and imports, by name.

Facts only: nothing here follows a value or decides a status.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

import msgspec

from doctool.detect.source import SourceFile
from doctool.detect.syntax import FunctionNode, Index, last_name, top_statements


class Function(msgspec.Struct, eq=False):
    """A function, a method or a lambda."""

    name: str
    module: Module
    node: FunctionNode | ast.Lambda
    arguments: ast.arguments
    owner: Class | None = None

    @property
    def line(self) -> int:
        """Line of the definition."""
        return getattr(self.node, "lineno", 1)

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
        return [*self.arguments.posonlyargs, *self.arguments.args, *self.arguments.kwonlyargs]

    def takes(self, slot: int | str | None) -> bool:
        """Whether a method has a parameter for an argument by position or by name."""
        given = self.arguments
        if isinstance(slot, int):
            return given.vararg is not None or slot + 1 < len(given.posonlyargs) + len(given.args)
        return given.kwarg is not None or slot in {parameter.arg for parameter in self.parameters()}

    def defaults(self) -> dict[ast.arg, ast.expr]:
        """By parameter, what it is unless it is given."""
        given = self.arguments
        positional = zip(reversed([*given.posonlyargs, *given.args]), reversed(given.defaults), strict=False)
        named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
        return {one: value for one, value in (*positional, *named) if value is not None}


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
    known: dict[ast.AST, Function | Class] = msgspec.field(default_factory=dict)

    @cached_property
    def index(self) -> Index:
        """What stands where."""
        return Index(self.tree)

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.source.module

    def every_class(self) -> Iterator[Class]:
        """Classes at any depth."""
        for node in self.index.classes:
            yield self.cls(node)

    def class_around(self, node: ast.AST) -> Class | None:
        """The class that a node is in."""
        around = next((one for one in self.index.around(node) if isinstance(one, ast.ClassDef)), None)
        return None if around is None else self.cls(around)

    def method_around(self, node: ast.AST) -> Function | None:
        """The function or method that a node is in."""
        scope = self.index.scope_of(node)
        return self.function(scope) if isinstance(scope, FunctionNode) else None

    def cls(self, node: ast.ClassDef) -> Class:
        """The class that a node defines."""
        if node not in self.known:
            self.known[node] = read_class(self, node)
        return self.known[node]  # type: ignore[return-value]

    def function(self, node: FunctionNode | ast.Lambda) -> Function:
        """The function that a node defines."""
        if node not in self.known:
            above = self.index.parent(node)
            while isinstance(above, ast.If | ast.Try | ast.With):
                above = self.index.parent(above)
            if isinstance(above, ast.ClassDef):
                self.cls(above)
            if node not in self.known:
                self.known[node] = read_function(self, node)
        return self.known[node]  # type: ignore[return-value]


def read_module(source: SourceFile) -> Module | None:
    """Read the definitions of a file; None when it cannot be parsed."""
    if source.tree is None:
        return None
    module = Module(source=source, tree=source.tree)
    for statement in top_statements(source.tree.body):
        if isinstance(statement, ast.ClassDef):
            module.classes[statement.name] = module.cls(statement)
        elif isinstance(statement, FunctionNode):
            module.functions[statement.name] = read_function(module, statement)
    return module


def read_function(module: Module, node: FunctionNode | ast.Lambda, owner: Class | None = None) -> Function:
    """Describe a function definition."""
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    found = Function(name=name, module=module, node=node, arguments=node.args, owner=owner)
    module.known[node] = found
    return found


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


def absolute_import(source: SourceFile, node: ast.ImportFrom) -> str:
    """The dotted module that `from … import` names, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    parts = source.module.split(".")
    keep = len(parts) - node.level + (1 if source.is_package else 0)
    return ".".join([*parts[: max(keep, 0)], *([node.module] if node.module else [])])
