"""The digest that decides whether a record is stale: over the definitions a mechanism and its workloads reach.

Where a name is dynamic, everything it may mean is taken in: a digest that changes too often costs a measurement, one
that changes too rarely makes a document lie.
"""

from __future__ import annotations

import ast
import hashlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import msgspec

from doctool import errors
from doctool.detect.bindings import names_bound, names_changed
from doctool.detect.definitions import Module, absolute_import
from doctool.detect.facts import Package
from doctool.detect.owner import find_owner
from doctool.detect.program import Kind, imported_names
from doctool.detect.recursion import deep_recursion
from doctool.detect.source import nearest_names
from doctool.detect.syntax import FunctionNode, last_name, top_statements
from doctool.terms.mechanism import Question

_CHANGING = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.For, ast.With, ast.Delete)


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


class Reach:
    """Collects everything that starting definitions lead to."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.tree = package.tree
        self.program = package.program
        self.found: dict[int, Definition] = {}
        self.queue: deque[Definition] = deque()
        self.whole: set[str] = set()
        self.names_done: set[str] = set()
        self._known: dict[tuple[str, str], bool] = {}

    def add(self, definition: Definition) -> None:
        """Take a definition in, once."""
        if id(definition.node) not in self.found:
            self.found[id(definition.node)] = definition
            self.queue.append(definition)

    def run(self) -> None:
        """Follow every name until nothing new turns up."""
        while self.queue:
            definition = self.queue.popleft()
            self.follow(definition)

    def add_name(self, module: Module, name: str, depth: int = 0) -> bool:
        """Take in what a global name of a module means; false when the package does not define it."""
        if depth:
            return self._look_up(module, name, depth)
        key = (module.name, name)
        if key not in self._known:
            self._known[key] = self._look_up(module, name, depth)
        return self._known[key]

    def _look_up(self, module: Module, name: str, depth: int) -> bool:
        found = False
        for statement, bound in self.package.statements(module):
            if name in bound:
                found = True
                self.add(Definition(module, statement, name))
                if not isinstance(statement, FunctionNode | ast.ClassDef):
                    self._add_writers(module, name)
            elif found and isinstance(statement, _CHANGING) and name in names_changed(statement):
                self.add(Definition(module, statement, name))
        for statement, _ in self.package.statements(module):
            imported = imported_names(module.source, statement).get(name) if depth < 12 else None
            if imported is not None:
                found = self.add_dotted(imported, depth + 1) or found
            if not found and isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*" and depth < 12:
                star = self.open(absolute_import(module.source, statement))
                found = star is not None and self.add_name(star, name, depth + 1)
        return found

    def add_dotted(self, dotted: str, depth: int = 0) -> bool:
        """Take in what an absolute dotted name means; true when it is inside the package."""
        if dotted in self.tree.by_module:
            return True
        parent, _, name = dotted.rpartition(".")
        module = self.open(parent)
        return module is not None and (self.add_name(module, name, depth) or True)

    def open(self, name: str) -> Module | None:
        """Parse a module; one that cannot be parsed counts with all its bytes."""
        module = self.program.module(name)
        if module is None and name in self.tree.by_module:
            self.whole.add(name)
        return module

    def _add_writers(self, module: Module, name: str) -> None:
        """Functions that fill a global container, and what they are used on as decorators."""
        for function in module.functions.values():
            if any(
                name in names_changed(one) for one in self.package.nodes(function.node) if isinstance(one, ast.stmt)
            ):
                self.add(Definition(module, function.node, function.name))  # type: ignore[arg-type]
                self._add_decorated(function.name)

    def _add_decorated(self, decorator: str) -> None:
        for source in self.tree.with_any([decorator]):
            module = None if source.is_test else self.open(source.module)
            for statement in top_statements(module.tree.body) if module is not None else ():
                if isinstance(statement, FunctionNode | ast.ClassDef) and any(
                    last_name(one) == decorator for one in statement.decorator_list
                ):
                    self.add(Definition(module, statement, statement.name))  # type: ignore[arg-type]

    def add_everywhere(self, name: str) -> None:
        """Take in every function, method and class of the package with a name."""
        if name in self.names_done or (name.startswith("__") and name.endswith("__")):
            return
        self.names_done.add(name)
        for where in self.package.defined_in.get(name, ()):
            module = self.open(where)
            if module is None:
                continue
            for statement in top_statements(module.tree.body):
                if isinstance(statement, FunctionNode | ast.ClassDef) and statement.name == name:
                    self.add(Definition(module, statement, name))
            for cls in module.every_class():
                self._add_method(module, cls.node, name)

    def _add_method(self, module: Module, cls: ast.ClassDef, name: str) -> bool:
        added = False
        for statement in top_statements(cls.body):
            if isinstance(statement, FunctionNode) and statement.name == name:
                self.add(Definition(module, statement, f"{cls.name}.{name}", cls))
                added = True
        return added

    def follow(self, definition: Definition) -> None:
        """Take in what a definition names."""
        module = definition.module
        local = {}
        for node in self.package.nodes(definition.node):
            if isinstance(node, ast.Import | ast.ImportFrom):
                local.update(imported_names(module.source, node))
        for node in self.package.nodes(definition.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                if node.id in local:
                    self.add_dotted(local[node.id])
                else:
                    self.add_name(module, node.id)
            elif isinstance(node, ast.Attribute):
                self._follow_attribute(definition, node, local)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                self._follow_string(node.value, definition)

    def _follow_string(self, name: str, definition: Definition) -> None:
        """A string may name a method, as for `getattr`; only where the definition asks for names at run time."""
        if any(
            isinstance(one, ast.Call) and last_name(one.func) == "getattr"
            for one in self.package.nodes(definition.node)
        ):
            self.add_everywhere(name)

    def _follow_attribute(self, definition: Definition, node: ast.Attribute, local: dict[str, str]) -> None:
        root = node.value
        names = [node.attr]
        while isinstance(root, ast.Attribute):
            names.append(root.attr)
            root = root.value
        if not isinstance(root, ast.Name) and self._comes_from_outside(definition.module, root, local):
            return
        if not isinstance(root, ast.Name):
            self.add_everywhere(node.attr)
            return
        dotted = local.get(root.id) or self.program.imports(definition.module).get(root.id)
        if dotted is None:
            self.add_everywhere(node.attr)
            return
        full = ".".join([dotted, *reversed(names)])
        ref = self.program.dotted(dotted)
        if ref.kind is Kind.EXTERNAL and dotted.partition(".")[0] not in self.program.packages:
            return
        if not (ref.kind is Kind.MODULE and self.add_dotted(full)):
            self.add_everywhere(node.attr)

    def _comes_from_outside(self, module: Module, node: ast.expr, local: dict[str, str]) -> bool:
        """Whether an expression is the result of something outside the package: `hashlib.sha256(…)`."""
        while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name):
            return isinstance(node, ast.Constant)
        dotted = local.get(node.id) or self.program.imports(module).get(node.id)
        return dotted is not None and dotted.partition(".")[0] not in self.program.packages

    def add_owner(self, question: Question) -> None:
        """Start from what a question is asked of, and from everything that has the name of a symbol."""
        owner = find_owner(self.program, question.owner)
        for source in owner.files or ():
            module = self.open(source.module)
            for statement in top_statements(module.tree.body) if module is not None else ():
                for name in names_bound(statement):
                    if module is not None and owner.name in {None, name}:
                        self.add(Definition(module, statement, name))
        for name in question.symbols:
            self.add_everywhere(name)
        for evidence in self.package.answer(question).evidence:
            self.add_line(evidence.file, evidence.line)

    def add_line(self, file: str, line: int) -> None:
        """Start from the definition around a line."""
        source = self.tree.by_file.get(file)
        module = None if source is None or source.is_test else self.open(source.module)
        for statement in top_statements(module.tree.body) if module is not None else ():
            inside = statement.lineno <= line <= (statement.end_lineno or line)
            if module is not None and inside and isinstance(statement, (FunctionNode, ast.ClassDef, *_CHANGING)):
                self.add(Definition(module, statement, next(iter(sorted(names_bound(statement))), "")))

    def add_entry(self, entry: str) -> None:
        """Start from the callable that a workload builds.

        Raises:
            errors.UsageError: The package has no such name.
        """
        where, _, attribute = entry.partition(":")
        if where.partition(".")[0] not in self.program.packages:
            return  # it comes from another package, whose version the environment records
        module = self.open(where)
        name, _, method = attribute.partition(".")
        if where in self.whole:
            return
        if module is None or not self.add_name(module, name):
            in_module = self._names(module) if module else ()
            near = nearest_names(name, in_module) if in_module else nearest_names(where, self.tree.by_module)
            raise errors.UsageError(f"there is no {entry!r} in the package; {near}")
        if method:
            self.add_everywhere(method)

    def _names(self, module: Module) -> set[str]:
        return {name for one in top_statements(module.tree.body) for name in names_bound(one)} | set(
            self.program.imports(module)
        )


def digest_of(package: Package, questions: Sequence[Question], entries: Sequence[str]) -> str:
    """Digest the code that a mechanism and its workloads reach.

    Args:
        package: The package, which several digests may share.
        questions: The mechanism, or several.
        entries: What the workloads build, as `pkg.mod:name`; one of another package adds nothing.

    Returns:
        SHA-256 in hexadecimal. Comments, formatting, docstrings and code that is not reached do not change it.

    Raises:
        errors.UsageError: There is no such owner or entry.
    """
    with deep_recursion():
        reach = Reach(package)
        for question in questions:
            reach.add_owner(question)
        for entry in entries:
            reach.add_entry(entry)
        reach.run()
        result = hashlib.sha256()
        inside = {id(one) for found in reach.found.values() if found.cls is None for one in package.nodes(found.node)}
        for definition in sorted(reach.found.values(), key=lambda one: one.key):
            if definition.cls is None or id(definition.cls) not in inside:
                title = f"{definition.module.name}:{definition.title}=".encode()
                result.update(title + package.text(definition.node) + b"\n")
        for name in sorted(reach.whole):
            result.update(name.encode() + package.tree.by_module[name].data)
        return result.hexdigest()


def source_digest(root: Path, package: str, questions: Sequence[Question], entries: Sequence[str]) -> str:
    """Digest as `digest_of` does, reading the package for this one digest.

    Raises:
        errors.UsageError: There is no such package, owner or entry.
    """
    return digest_of(Package(root, package), questions, entries)
