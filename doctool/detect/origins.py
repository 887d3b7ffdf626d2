"""Where a toggle comes in: parameters, fields, attributes, keys, environment variables and strings of its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from doctool.detect.definitions import Class, Function, Module
from doctool.detect.evidence import Note, note_at
from doctool.detect.inference import is_property, refs_of
from doctool.detect.libraries import KEYED, NAMED_STORES, QUIET, TELLS_ALWAYS, TOLD, is_setting
from doctool.detect.program import receiver_of
from doctool.detect.reach import Reach
from doctool.detect.reads import follow_method
from doctool.detect.scopes import bindings_of
from doctool.detect.search import Place, Search
from doctool.detect.syntax import FunctionNode, is_documentation, last_name

_NAMED_READS = {"getattr", "hasattr", "select"}
_SILENT = NAMED_STORES | QUIET | TELLS_ALWAYS | {"add_option", "option"}


class Origins:
    """Starts a search from everywhere a toggle comes in.

    Args:
        search: The search to start.
        toggle: The name.
    """

    def __init__(self, search: Search, toggle: str) -> None:
        self.search = search
        self.owner = search.owner
        self.program = search.program
        self.toggle = toggle
        self.count = 0
        self.statements: list[tuple[Module, ast.AST]] = []
        """Where the toggle is computed; a symbol in there is part of it."""

    def start(self) -> Iterator[None]:
        """Start from every place, those of the owner first; file by file, as nobody may want the rest."""
        for cls in self.owner.classes:
            self._from_class(cls)
        for function in self.owner.functions:
            self._from_parameters(function)
            if not self.count:
                self._from_bag(function)
        yield
        if self.owner.is_settings and self.owner.name:
            return
        reach, has_own = Reach(self.owner), self.count > 0
        is_whole_file = self.owner.files is not None and self.owner.name is None
        for module in self.owner.modules if is_whole_file else self.owner.modules_with(self.toggle):
            for node in module.index.named.get(self.toggle, ()):
                if not is_documentation(module.index, node) and self._is_wanted(module, node, reach, has_own=has_own):
                    self._start(module, node)
            yield

    def _start(self, module: Module, node: ast.AST) -> None:
        """Start from a place that bears the name, by what it is."""
        match node:
            case ast.arg():
                self._from_argument(module, node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._from_function(module, node)
            case ast.Attribute():
                self._from_attribute(module, node)
            case ast.Name():
                self._from_name(module, node)
            case ast.alias():
                self._from_alias(module, node)
            case ast.keyword():
                self._from_keyword(module, node)
            case ast.Constant():
                self._from_string(module, node)

    def _go(self, place: Place, note: Note | None) -> None:
        self.count += 1
        self.search.go(None, place, note)

    def _is_wanted(self, module: Module, node: ast.AST, reach: Reach, *, has_own: bool) -> bool:
        """Whether the place belongs to the owner; one that takes the name itself is asked about no other's."""
        if self.owner.is_open:
            return self.owner.is_live(module, node)
        if isinstance(node, ast.arg | ast.alias):
            return False
        if isinstance(node, FunctionNode) and module.functions.get(node.name) is not module.function(node):
            return False
        if has_own:
            own = any(one.module is module and module.index.is_inside(node, one.node) for one in self.owner.lineage)
            if own and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and is_setting(node.value):
                self.search.puzzle(module, node, "other-object")
            return False
        return reach.holds(module, node) and self.owner.is_live(module, node)

    # What an owner declares itself.

    def _from_class(self, cls: Class) -> None:
        lineage = self.program.lineage(cls)
        methods = self._methods(cls)
        for method in methods:
            self._from_parameters(method)
            if method.name == self.toggle:
                self._from_function(method.module, method.node)
        for method in methods if not self.count else ():
            if method.name in {"__init__", "forward", "__call__"}:
                self._from_bag(method)
        holder = next((one for one in lineage if self.toggle in one.fields), None)
        if holder is not None:
            note = note_at(holder.module, holder.fields[self.toggle], "field", self.toggle, holder.name)
            self._go(Place("member", cls.module, cls, self.toggle), note)
            return
        stores = list(self._own_attributes(lineage, ast.Store))
        is_read = self.program.method(cls, self.toggle) is None and any(self._own_attributes(lineage, ast.Load))
        if not self._is_taken(methods) and (stores or is_read):
            for module, node in stores:
                self.statements.append((module, module.index.statement_of(node) or node))
            place = Place("member", cls.module, cls, self.toggle)
            self._go(place, note_at(*stores[0], "kept", f"self.{self.toggle}") if stores else None)

    def _is_taken(self, methods: list[Function]) -> bool:
        return any(self.toggle == parameter.arg for method in methods for parameter in method.parameters())

    def _methods(self, cls: Class) -> list[Function]:
        found: dict[str, Function] = {}
        for one in self.program.lineage(cls):
            for name, method in one.methods.items():
                found.setdefault(name, method)
        return [one for one in found.values() if one.name not in TOLD]

    def _own_attributes(self, lineage: list[Class], kind: type[ast.expr_context]) -> Iterator[tuple[Module, ast.AST]]:
        for cls in lineage:
            for node in cls.module.index.named.get(self.toggle, ()):
                function = cls.module.method_around(node)
                is_own = function is not None and function.owner is cls
                if is_own and function is not None and _is_on(node, receiver_of(function), kind):
                    yield cls.module, node

    def _from_parameters(self, function: Function) -> None:
        for parameter in function.parameters():
            if parameter.arg == self.toggle and self.owner.runs(function):
                self._go(
                    self._bound(function, parameter),
                    note_at(function.module, parameter, "parameter", parameter.arg, function.title),
                )

    def _from_bag(self, function: Function) -> None:
        """Nobody is seen to give it in `**kwargs`, so only a read of this very key proves anything."""
        bag = function.arguments.kwarg
        if bag is not None:
            note = note_at(function.module, bag, "parameter", f"**{bag.arg}", function.title)
            self.search.go(None, self._bound(function, bag, f"?{self.toggle}"), note)

    def _bound(self, function: Function, node: ast.AST, *path: str) -> Place:
        binding = self.program.flow(function.module, function.node).by_node[node]
        return Place("bound", function.module, binding, path=path)

    # Everything else that bears the name.

    def _from_argument(self, module: Module, node: ast.arg) -> None:
        function = module.method_around(node)
        if function is not None:
            self._from_parameters(function)

    def _from_function(self, module: Module, node: Any) -> None:
        function = module.function(node)
        note = note_at(module, node, "defined", function.name)
        source = Place("gate", module, node)
        self._go(source, note)
        if function.owner is not None and (is_property(function) or function.name == self.toggle):
            follow_method(self.search, source, function)
        elif function.owner is None:
            binding = self.program.flow(module, module.tree).by_node.get(node)
            if binding is not None:
                self.search.go(source, Place("bound", module, binding, path=("()",)))

    def _from_attribute(self, module: Module, node: ast.Attribute) -> None:
        refs = refs_of(self.program, module, node.value)
        classes = [ref.cls for ref in refs if ref.cls is not None]
        if isinstance(node.ctx, ast.Store):
            for cls in classes if not any(self._is_taken(self._methods(one)) for one in classes) else ():
                self.statements.append((module, module.index.statement_of(node) or node))
                if self.owner.is_open:
                    note = note_at(module, node, "kept", ast.unparse(node))
                    self._go(Place("member", cls.module, cls, self.toggle), note)
            return
        if isinstance(node.ctx, ast.Del) or self._is_covered(classes, node, module):
            return
        if not classes and (not refs or any("()" in ref.name for ref in refs)) and not is_setting(node.value):
            self.search.puzzle(module, node, "other-object")
        elif classes or not refs or any("()" in ref.name for ref in refs):
            self._go(Place("at", module, node), note_at(module, node, "read", ast.unparse(node)))

    def _is_covered(self, classes: list[Class], node: ast.Attribute, module: Module) -> bool:
        """Whether another start leads to this read: the attribute is of an instance whose class is known."""
        if self.owner.is_open:
            return any(self._declares(one) for one in classes)
        return bool(classes) and (
            any(one in self.owner.lineage for one in classes)
            or any(self.program.is_torch_like(one) for one in classes)
            or self._is_built_here(module, node.value)
        )

    def _declares(self, cls: Class) -> bool:
        lineage = self.program.lineage(cls)
        is_named = any(self.toggle in one.fields or self.toggle in one.methods for one in lineage)
        return is_named or any(self._own_attributes(lineage, ast.Store))

    def _is_built_here(self, module: Module, receiver: ast.expr) -> bool:
        """Whether an object was made on the spot, with what its class has by default."""
        nodes: list[ast.AST] = []
        if isinstance(receiver, ast.Name):
            nodes = [binding.node for binding in bindings_of(self.program, module, receiver)]
        elif isinstance(receiver, ast.Attribute):
            nodes = module.index.named.get(receiver.attr, [])
        values = [one.value for one in map(module.index.parent, nodes) if isinstance(one, ast.Assign)]
        values += [receiver] if isinstance(receiver, ast.Call) else []
        return bool(values) and all(isinstance(value, ast.Call) and not value.args + value.keywords for value in values)

    def _from_name(self, module: Module, node: ast.Name) -> None:
        scope = module.index.scope_of(node)
        is_taken = isinstance(scope, FunctionNode) and self._is_taken([module.function(scope)])
        binding = self.program.flow(module, scope).by_node.get(node)
        if not isinstance(node.ctx, ast.Store) or is_taken or binding is None:
            return
        if not isinstance(scope, ast.ClassDef):
            self.statements.append((module, module.index.statement_of(node) or node))
            self._go(Place("bound", module, binding), note_at(module, node, "local", self.toggle))
        elif self.owner.is_open:
            cls = module.cls(scope)
            self._go(Place("member", module, cls, self.toggle), note_at(module, node, "field", self.toggle, cls.name))

    def _from_alias(self, module: Module, node: ast.alias) -> None:
        statement = module.index.parent(node)
        dotted = self.program.imports(module).get(node.asname or node.name, "")
        binding = self.program.flow(module, module.index.scope_of(node)).by_node.get(node)
        is_outside = bool(dotted) and dotted.partition(".")[0] not in self.program.packages
        if isinstance(statement, ast.ImportFrom) and is_outside and binding is not None:
            self._go(Place("bound", module, binding), note_at(module, node, "imports", self.toggle))

    def _from_keyword(self, module: Module, node: ast.keyword) -> None:
        """`dict(hem=HemBlock)` is a table with the toggle as a key."""
        call = module.index.parent(node)
        if isinstance(call, ast.Call) and last_name(call.func) == "dict" and not isinstance(node.value, ast.Constant):
            place = Place("at", module, call, path=(f"={self.toggle}",))
            self.search.control(place, node.value)
            self._go(place, note_at(module, node, "key", self.toggle))

    def _from_string(self, module: Module, node: ast.Constant) -> None:
        parent = module.index.parent(node)
        is_select = isinstance(parent, ast.Call) and last_name(parent.func) == "select"
        is_lone = isinstance(parent, ast.JoinedStr | ast.FormattedValue | ast.Expr)
        if is_lone or (node.value != self.toggle and not is_select):
            return
        place, key = Place("at", module, node, direct=False), note_at(module, node, "key", str(node.value))
        if isinstance(parent, ast.Subscript) and node is parent.slice:
            if isinstance(parent.ctx, ast.Load) and self._is_given(module, parent.value):
                self._go(Place("at", module, parent), note_at(module, parent, "read"))
        elif isinstance(parent, ast.Call):
            self._from_argument_string(module, place, parent, key)
        elif isinstance(parent, ast.Dict) and node in parent.keys:
            if not isinstance(parent.values[parent.keys.index(node)], ast.Constant):
                self._go(place, key)
        elif not isinstance(parent, ast.keyword) or parent.arg not in {"help", "dest", "name"}:
            self._go(place, key)

    def _from_argument_string(self, module: Module, place: Place, call: ast.Call, key: Note) -> None:
        name = last_name(call.func)
        is_named = name in _NAMED_READS
        holder = call.args[0] if is_named else getattr(call.func, "value", None)
        if name in _SILENT:
            return
        if not is_named and not (name in KEYED and call.args[:1] == [place.item]):
            self._go(place, key)
            defined = module.index.parent(call)
            if isinstance(defined, FunctionNode | ast.ClassDef) and call in defined.decorator_list:
                self.search.control(place, defined)
        elif holder is not None and self._is_given(module, holder) and name != "hasattr":
            self._go(Place("at", module, call), note_at(module, call, "read"))

    def _is_given(self, module: Module, receiver: ast.expr) -> bool:
        """Whether what is looked into comes from outside, rather than being an instance or a container made here."""
        refs = refs_of(self.program, module, receiver)
        classes = [ref.cls for ref in refs if ref.cls is not None]
        if classes or any(ref.function is not None for ref in refs):
            return bool(classes) and not any(self._declares(one) or one in self.owner.lineage for one in classes)
        made_here = bool(refs) and all(ref.name == "builtins.object()" for ref in refs)
        return not made_here or (self.owner.is_open and isinstance(receiver, ast.Name) and receiver.id.isupper())


def _is_on(node: ast.AST, receiver: str, kind: type[ast.expr_context]) -> bool:
    """Whether a node reads or stores an attribute of the receiver of a method."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, kind):
        return False
    return isinstance(node.value, ast.Name) and node.value.id == receiver
