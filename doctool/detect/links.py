"""What each definition of a package leads to: found once, whatever number of digests ask for it.

Where a name is dynamic, everything it may mean is taken in: a digest that changes too often costs a measurement, one
that changes too rarely makes a document lie.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from doctool.detect.bindings import names_bound, names_changed
from doctool.detect.definitions import Module, absolute_import
from doctool.detect.program import Kind, imported_names
from doctool.detect.syntax import FunctionNode, last_name, top_statements

if TYPE_CHECKING:
    from doctool.detect.facts import Package

CHANGING = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.For, ast.With, ast.Delete)
_DEEPEST = 12


class Definition(msgspec.Struct, frozen=True):
    """A statement that is part of the digest: a definition, an assignment, or one method of a class."""

    module: Module
    node: ast.stmt
    title: str
    cls: ast.ClassDef | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """Where it belongs in the digest: by names, and only where these are equal by position."""
        return (self.module.name, self.title, self.node.lineno)


class Found(msgspec.Struct):
    """What something leads to.

    Args:
        definitions: By the identity of their nodes.
        whole: Modules that cannot be parsed; they count with all their bytes.
        is_here: Whether the package defines it at all.
    """

    definitions: dict[int, Definition] = msgspec.field(default_factory=dict)
    whole: set[str] = msgspec.field(default_factory=set)
    is_here: bool = False

    def add(self, definition: Definition) -> None:
        """Take a definition in."""
        self.definitions.setdefault(id(definition.node), definition)

    def take(self, other: Found) -> bool:
        """Take in what something else leads to; return whether the package defines that."""
        for key, one in other.definitions.items():
            self.definitions.setdefault(key, one)
        self.whole |= other.whole
        return other.is_here


class _Statements:
    """The top statements of a module, by the names that they bind, change and import."""

    def __init__(self, module: Module) -> None:
        self.every = list(top_statements(module.tree.body))
        self.bound: dict[str, list[int]] = {}
        self.changed: dict[str, list[int]] = {}
        self.imports: list[tuple[ast.stmt, dict[str, str]]] = []
        for number, statement in enumerate(self.every):
            for name in names_bound(statement):
                self.bound.setdefault(name, []).append(number)
            if isinstance(statement, CHANGING):
                for name in names_changed(statement):
                    self.changed.setdefault(name, []).append(number)
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.imports.append((statement, imported_names(module.source, statement)))


class Links:
    """Everything that definitions lead to.

    Args:
        package: The package.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.program = package.program
        self._statements: dict[str, _Statements] = {}
        self._names: dict[tuple[str, str], Found] = {}
        self._everywhere: dict[str, Found] = {}
        self._of: dict[int, Found] = {}

    @cached_property
    def defined_in(self) -> dict[str, list[str]]:
        """By the name of a class or function, the modules that define one."""
        return self.package.defined_in

    def statements(self, module: Module) -> _Statements:
        """The top statements of a module."""
        if module.name not in self._statements:
            self._statements[module.name] = _Statements(module)
        return self._statements[module.name]

    def enter(self, name: str, found: Found) -> Module | None:
        """Parse a module; one that cannot be parsed counts whole."""
        module = self.program.module(name)
        if module is None and name in self.package.tree.by_module:
            found.whole.add(name)
        return module

    def of_name(self, module: Module, name: str, depth: int = 0) -> Found:
        """What a global name of a module means."""
        key = (module.name, name)
        if depth or key not in self._names:
            found = self._look_up(module, name, depth)
            if depth:
                return found
            self._names[key] = found
        return self._names[key]

    def _look_up(self, module: Module, name: str, depth: int) -> Found:
        found, statements = Found(), self.statements(module)
        bound = statements.bound.get(name, [])
        found.is_here = bool(bound)
        for number in bound:
            statement = statements.every[number]
            found.add(Definition(module, statement, name))
            if not isinstance(statement, FunctionNode | ast.ClassDef):
                self._add_writers(module, name, found)
        for number in statements.changed.get(name, ()) if bound else ():
            if number > bound[0] and number not in bound:
                found.add(Definition(module, statements.every[number], name))
        for statement, imported in statements.imports if depth < _DEEPEST else ():
            if name in imported:
                found.is_here = found.take(self.of_dotted(imported[name], depth + 1)) or found.is_here
            if not found.is_here and isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
                star = self.enter(absolute_import(module.source, statement), found)
                found.is_here = star is not None and found.take(self.of_name(star, name, depth + 1))
        return found

    def of_dotted(self, dotted: str, depth: int = 0) -> Found:
        """What an absolute dotted name means; here when it is inside the package."""
        found = Found(is_here=dotted in self.package.tree.by_module)
        if not found.is_here:
            parent, _, name = dotted.rpartition(".")
            module = self.enter(parent, found)
            if module is not None:
                found.take(self.of_name(module, name, depth))
                found.is_here = True
        return found

    def _add_writers(self, module: Module, name: str, found: Found) -> None:
        """Functions that fill a global container, and what they are used on as decorators."""
        for function in module.functions.values():
            nodes = self.package.nodes(function.node)
            if any(name in names_changed(node) for node in nodes if isinstance(node, ast.stmt)):
                found.add(Definition(module, function.node, function.name))  # type: ignore[arg-type]
                self._add_decorated(function.name, found)

    def _add_decorated(self, decorator: str, found: Found) -> None:
        for source in self.package.tree.with_any([decorator]):
            module = None if source.is_test else self.enter(source.module, found)
            for statement in self.statements(module).every if module is not None else ():
                if not isinstance(statement, FunctionNode | ast.ClassDef) or module is None:
                    continue
                if any(last_name(one) == decorator for one in statement.decorator_list):
                    found.add(Definition(module, statement, statement.name))

    def everywhere(self, name: str) -> Found:
        """Every function, method and class of the package with a name."""
        if name not in self._everywhere:
            found = self._everywhere[name] = Found()
            is_special = name.startswith("__") and name.endswith("__")
            for where in self.defined_in.get(name, ()) if not is_special else ():
                module = self.enter(where, found)
                if module is None:
                    continue
                for statement in self.statements(module).every:
                    if isinstance(statement, FunctionNode | ast.ClassDef) and statement.name == name:
                        found.add(Definition(module, statement, name))
                for cls in module.every_class():
                    for statement in top_statements(cls.node.body):
                        if isinstance(statement, FunctionNode) and statement.name == name:
                            found.add(Definition(module, statement, f"{cls.name}.{name}", cls.node))
        return self._everywhere[name]

    def of(self, definition: Definition) -> Found:
        """What a definition names."""
        key = id(definition.node)
        if key not in self._of:
            self._of[key] = self._follow(definition)
        return self._of[key]

    def _follow(self, definition: Definition) -> Found:
        found, module, nodes = Found(), definition.module, self.package.nodes(definition.node)
        local: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                local.update(imported_names(module.source, node))
        asks = any(isinstance(one, ast.Call) and last_name(one.func) == "getattr" for one in nodes)
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.take(self.of_dotted(local[node.id]) if node.id in local else self.of_name(module, node.id))
            elif isinstance(node, ast.Attribute):
                self._follow_attribute(definition.module, node, local, found)
            elif asks and isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                found.take(self.everywhere(node.value))  # a string may name a method, as for `getattr`
        return found

    def _follow_attribute(self, module: Module, node: ast.Attribute, local: dict[str, str], found: Found) -> None:
        root: ast.expr = node
        names: list[str] = []
        while isinstance(root, ast.Attribute):
            names.append(root.attr)
            root = root.value
        if not isinstance(root, ast.Name):
            if not self._comes_from_outside(module, root, local):
                found.take(self.everywhere(node.attr))
            return
        dotted = local.get(root.id) or self.program.imports(module).get(root.id)
        if dotted is None:
            found.take(self.everywhere(node.attr))
            return
        ref = self.program.dotted(dotted)
        if ref.kind is Kind.EXTERNAL and dotted.partition(".")[0] not in self.program.packages:
            return
        is_module = ref.kind is Kind.MODULE and found.take(self.of_dotted(".".join([dotted, *reversed(names)])))
        if not is_module:
            found.take(self.everywhere(node.attr))

    def _comes_from_outside(self, module: Module, node: ast.expr, local: dict[str, str]) -> bool:
        """Whether an expression is the result of something outside the package: `hashlib.sha256(…)`."""
        while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name):
            return isinstance(node, ast.Constant)
        dotted = local.get(node.id) or self.program.imports(module).get(node.id)
        return dotted is not None and dotted.partition(".")[0] not in self.program.packages
