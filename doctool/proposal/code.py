"""The classes and functions of a repository, and what a name in one of its files refers to.

Syntax trees only; nothing is imported or run. It follows names, not values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeGuard

import msgspec

from doctool import detect
from doctool.detect.syntax import last_name
from doctool.proposal.budget import Budget

_NO_PACKAGES = {"setup", "conftest", "docs", "tests", "test", "benchmarks", "examples", "scripts", "noxfile", "tasks"}
_MODULE_BASES = {"Module", "LightningModule", "Sequential", "ModuleList", "ModuleDict"}
_DEEPEST = 8
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Definition(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A class or a function; a method has a class as its owner."""

    name: str
    module: Module
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    owner: Definition | None = None

    @property
    def target(self) -> str:
        """The place as `doctool.yaml` names it."""
        return f"{self.module.name}:{self.name}"

    @property
    def place(self) -> str:
        """The place as a reader names it."""
        return f"{self.module.file}:{self.node.lineno}"

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return isinstance(self.node, ast.ClassDef)

    @property
    def arguments(self) -> ast.arguments:
        """The parameters of a function; none of a class."""
        if isinstance(self.node, ast.ClassDef):
            return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        return self.node.args


class Module(msgspec.Struct, frozen=True, eq=False):
    """A parsed file, or a piece of example code.

    Args:
        name: Dotted name; empty for a piece of example code.
        file: Where it is, for the reader.
        tree: Its syntax tree.
        package: The package it belongs to, as `doctool.yaml` names it.
        is_test: Whether a test runner runs it.
        definitions: Top-level classes and functions by name.
        imports: By local name, the dotted name it stands for.
        stars: Modules of which all names are imported.
    """

    name: str
    file: str
    tree: ast.Module
    package: str = ""
    is_test: bool = False
    definitions: dict[str, Definition] = msgspec.field(default_factory=dict)
    imports: dict[str, str] = msgspec.field(default_factory=dict)
    stars: list[str] = msgspec.field(default_factory=list)


class Repository:
    """Everything that could be imported below one project root.

    Args:
        root: The project root.
        budget: The time it may take; files for which there is none are left unread.
    """

    def __init__(self, root: Path, budget: Budget) -> None:
        self.budget = budget
        self.modules: dict[str, Module] = {}
        self.packages: list[str] = []
        self.unreadable: list[detect.Unreadable] = []
        for package in detect.packages_below(root):
            if package not in _NO_PACKAGES and not package.startswith("test_"):
                self._read(root, package)
        self._models: dict[Definition, bool] = {}

    def _read(self, root: Path, package: str) -> None:
        self.packages.append(package)
        tree = detect.SourceTree(root, package)
        for number, source in enumerate(tree.files):
            if self.budget.is_over:
                self.budget.cut(f"{len(tree.files) - number} files of {package} were not read")
                break
            if source.tree is not None and source.module not in self.modules:
                is_package = source.path.name == "__init__.py"
                self.modules[source.module] = read_module(
                    Module(
                        name=source.module, file=source.file, tree=source.tree, package=package, is_test=source.is_test
                    ),
                    is_package=is_package,
                )
        self.unreadable.extend(tree.unreadable())

    def definitions(self) -> Iterator[Definition]:
        """The top-level classes and functions of the repository's packages, tests aside."""
        for module in self.modules.values():
            if not module.is_test:
                yield from module.definitions.values()

    def resolve(self, module: Module, expression: ast.expr) -> Definition | str | None:
        """What a dotted expression refers to: a definition, the dotted name of something outside, or None."""
        dotted = dotted_name(expression)
        if dotted is None:
            return None
        first, _, rest = dotted.partition(".")
        if first in module.definitions and not rest:
            return module.definitions[first]
        if first in module.imports:
            return self._find(".".join(filter(None, (module.imports[first], rest))))
        for star in module.stars:
            found = self._find(f"{star}.{dotted}")
            if isinstance(found, Definition):
                return found
        return None

    def _find(self, dotted: str, depth: int = 0) -> Definition | str:
        parent, _, name = dotted.rpartition(".")
        module = self.modules.get(parent)
        if module is None or depth > _DEEPEST:
            return dotted
        if name in module.definitions:
            return module.definitions[name]
        if name in module.imports:
            return self._find(module.imports[name], depth + 1)
        for star in module.stars:
            found = self._find(f"{star}.{name}", depth + 1)
            if isinstance(found, Definition):
                return found
        return dotted

    def lineage(self, definition: Definition) -> list[Definition]:
        """A class and its ancestors within the repository, nearest first."""
        found = [definition]
        for one in found:
            for base in one.node.bases if isinstance(one.node, ast.ClassDef) else ():
                above = self.resolve(one.module, base)
                if isinstance(above, Definition) and above.is_class and above not in found and len(found) < 32:
                    found.append(above)
        return found

    def method(self, definition: Definition, name: str, *, above: bool = False) -> Definition | None:
        """A method of a class or of its nearest ancestor that has it."""
        for one in self.lineage(definition)[int(above) :]:
            for node in one.node.body:
                if isinstance(node, FunctionNode) and node.name == name:
                    return Definition(name=name, module=one.module, node=node, owner=one)
        return None

    def is_model(self, definition: Definition) -> bool:
        """Whether a class is an `nn.Module`, as far as its bases tell."""
        if definition not in self._models:
            lineage = self.lineage(definition) if definition.is_class else []
            bases = {
                last_name(base) for one in lineage if isinstance(one.node, ast.ClassDef) for base in one.node.bases
            }
            self._models[definition] = bool(bases & _MODULE_BASES) or any(
                base.endswith("Module") or (base.startswith("PreTrained") and base.endswith("Model")) for base in bases
            )
        return self._models[definition]


def read_module(module: Module, *, is_package: bool = False) -> Module:
    """Fill in what a module defines and imports."""
    for statement in _statements(module.tree.body):
        if isinstance(statement, ast.ClassDef | FunctionNode):
            module.definitions[statement.name] = Definition(name=statement.name, module=module, node=statement)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                module.imports[one.asname or one.name.partition(".")[0]] = (
                    one.name if one.asname else one.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            start = _absolute(module.name, node, is_package=is_package)
            for one in node.names:
                if one.name == "*":
                    module.stars.append(start)
                else:
                    module.imports.setdefault(one.asname or one.name, f"{start}.{one.name}")
    return module


def _absolute(name: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    keep = len(parts) - node.level + int(is_package)
    return ".".join([*parts[: max(keep, 0)], *([node.module] if node.module else [])])


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a file is imported, through `if`, `try` and `with`."""
    for statement in body:
        yield statement
        if not isinstance(statement, ast.ClassDef | FunctionNode):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, name, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from _statements(handler.body)


def dotted_name(node: ast.expr) -> str | None:
    """Write a chain of attributes as text; None for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def is_self(node: ast.AST) -> bool:
    """Whether an expression is the receiver of a method."""
    return isinstance(node, ast.Name) and node.id == "self"


def calls_in(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    """The calls in some statements or expressions."""
    for node in nodes:
        for one in ast.walk(node):
            if isinstance(one, ast.Call):
                yield one


def is_definition(found: Definition | str | None) -> TypeGuard[Definition]:
    """Whether a name was found within the repository."""
    return isinstance(found, Definition)
