"""Which definitions of a package an owner leads to, by the names in them."""

from __future__ import annotations

import ast
from collections import deque

from doctool.detect.definitions import Class, Function, Module
from doctool.detect.inference import refs_of
from doctool.detect.owner import Owner
from doctool.detect.program import Kind, Ref
from doctool.detect.syntax import FunctionNode, last_name

_MOST_DEFINITIONS = 400


class Reach:
    """The definitions that an owner names, and those that they name; read only as far as somebody asks.

    Args:
        owner: Where to start.
    """

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.program = owner.program
        self._nodes: set[ast.AST] = set()
        self._modules: set[str] = set()
        self._queue: deque[Class | Function] = deque()
        starts: list[Class | Function] = [*owner.lineage, *owner.functions]
        for start in starts:
            self._add(start)

    def holds(self, module: Module, node: ast.AST) -> bool:
        """Whether a node is part of such a definition, or at the top level of a module with one."""
        outermost = _outermost(module, node)
        while not (outermost in self._nodes if outermost is not None else module.name in self._modules):
            if not self._queue or len(self._nodes) > _MOST_DEFINITIONS:
                return self._reads_method_around(module, node)
            self._open(self._queue.popleft())
        return True

    def _reads_method_around(self, module: Module, node: ast.AST) -> bool:
        """Whether code of the owner reads, of an object that nobody knows, a method or property around the node."""
        scope = module.index.scope_of(node)
        function = module.function(scope) if isinstance(scope, FunctionNode) else None
        if function is None or function.owner is None or function.name.startswith("__"):
            return False
        for name in self._modules:
            other = self.program.module(name)
            for one in other.index.named.get(function.name, ()) if other is not None else ():
                if isinstance(one, ast.Attribute) and other is not None and not refs_of(self.program, other, one.value):
                    return True
        return False

    def _add(self, one: Class | Function) -> None:
        if one.node not in self._nodes:
            outermost = _outermost(one.module, one.node) or one.node
            self._nodes.update({one.node, outermost})
            self._modules.add(one.module.name)
            self._queue.append(one)

    def _open(self, one: Class | Function) -> None:
        for node in ast.walk(one.node):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                ref = self.program.base(one.module, node)
                if ref is not None:
                    self._add_ref(ref, 0)

    def _add_ref(self, ref: Ref, depth: int) -> None:
        if ref.cls is not None:
            for one in self.program.lineage(ref.cls):
                self._add(one)
        elif ref.function is not None:
            self._add(ref.function)
        elif ref.kind is Kind.GLOBAL and ref.module is not None and depth < 3:
            self._modules.add(ref.module.name)
            self._add_registered(ref.module, ref.name)
            for binding in self.program.flow(ref.module, ref.module.tree).bindings.get(ref.name, ()):
                statement = ref.module.index.statement_of(binding.node)
                for node in ast.walk(statement) if statement is not None else ():
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                        inner = self.program.base(ref.module, node)
                        if inner is not None:
                            self._add_ref(inner, depth + 1)

    def _add_registered(self, module: Module, name: str) -> None:
        """What functions that write into a global are used on, wherever that is."""
        for writer in module.functions.values():
            writes = (
                one
                for one in ast.walk(writer.node)
                if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store)
            )
            if any(last_name(write.value) == name for write in writes):
                for other in self.owner.modules_with(writer.name):
                    for node in other.index.named.get(writer.name, ()):
                        outermost = _outermost(other, node)
                        if outermost is not None and other is not module:
                            self._nodes.add(outermost)


def _outermost(module: Module, node: ast.AST) -> ast.AST | None:
    """The definition at the top level of a module that a node is in."""
    found = node if isinstance(node, FunctionNode | ast.ClassDef) else None
    for above in module.index.around(node):
        if isinstance(above, FunctionNode | ast.ClassDef):
            found = above
    return found
