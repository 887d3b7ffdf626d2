"""Where a toggle comes in: parameters, fields, attributes, keys, environment variables and strings of its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.definitions import Class, Function, Module
from doctool.detect.evidence import Note, note_at
from doctool.detect.flow import Binding
from doctool.detect.inference import bindings_of, is_property, refs_of
from doctool.detect.libraries import KEYED, NAMED_STORES, TOLD, is_setting
from doctool.detect.owner import Owner
from doctool.detect.program import receiver_of
from doctool.detect.reach import Reach
from doctool.detect.search import Place, Search
from doctool.detect.syntax import FunctionNode, documentation, last_name

_NAMED_READS = {"getattr", "hasattr", "select"}
_QUIET_CALLS = {"add_argument", "add_option", "option", "warn", "print"}


class Origins:
    """Starts a search from everywhere a toggle comes in.

    Args:
        search: The search to start.
        toggle: The name.
    """

    def __init__(self, search: Search, toggle: str) -> None:
        self.search = search
        self.owner: Owner = search.owner
        self.program = search.program
        self.toggle = toggle
        self.count = 0
        self.statements: list[tuple[Module, ast.AST]] = []

    def start(self) -> Iterator[None]:
        """Start from every place, those of the owner first; file by file, as nobody may want the rest."""
        if self.owner.classes:
            for cls in self.owner.classes:
                self._from_class(cls)
        for function in self.owner.functions:
            self._from_parameters(function, seeded=True)
        yield
        if not (self.owner.is_settings and self.owner.name):
            yield from self._from_names(has_own=self.count > 0)

    def _go(self, place: Place, note: Note | None) -> None:
        self.count += 1
        self.search.go(None, place, note)

    # What an owner declares itself.

    def _from_class(self, cls: Class) -> None:
        lineage = self.program.lineage(cls)
        start = self.program.method(cls, "__init__")
        taken = any(self.toggle in {one.arg for one in method.parameters()} for method in self._methods(cls))
        for method in self._methods(cls):
            self._from_parameters(method, seeded=False)
            if method.name == self.toggle:
                self._from_function(method)
        for method in self._methods(cls) if not self.count else ():
            self._from_parameters(method, seeded=method is start or method.name in {"forward", "__call__"})
        holder = next((one for one in lineage if self.toggle in one.fields), None)
        if holder is not None:
            node = holder.fields[self.toggle]
            self._go(
                Place("member", cls.module, cls, self.toggle),
                note_at(holder.module, node, "field", self.toggle, holder.name),
            )
        stores = [one for module, one in self._own_attributes(lineage, ast.Store)]
        if holder is None and not taken and (stores or self._is_read_of_self(cls, lineage)):
            for module, node in self._own_attributes(lineage, ast.Store):
                statement = module.index.statement_of(node)
                if statement is not None:
                    self.statements.append((module, statement))
            module, node = next(iter(self._own_attributes(lineage, ast.Store)), (cls.module, cls.node))
            note = note_at(module, node, "kept", f"self.{self.toggle}") if stores else None
            self._go(Place("member", cls.module, cls, self.toggle), note)

    def _methods(self, cls: Class) -> list[Function]:
        found: dict[str, Function] = {}
        for one in self.program.lineage(cls):
            for name, method in one.methods.items():
                found.setdefault(name, method)
        return [one for one in found.values() if one.name not in TOLD]

    def _own_attributes(
        self, lineage: list[Class], kind: type[ast.expr_context]
    ) -> Iterator[tuple[Module, ast.Attribute]]:
        for cls in lineage:
            for node in cls.module.index.named.get(self.toggle, ()):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, kind) and self._is_of(cls, node):
                    yield cls.module, node

    def _is_of(self, cls: Class, node: ast.Attribute) -> bool:
        scope = cls.module.index.scope_of(node)
        if not isinstance(scope, FunctionNode) or not isinstance(node.value, ast.Name):
            return False
        function = cls.module.function(scope)
        return function.owner is cls and node.value.id == receiver_of(function)

    def _is_read_of_self(self, cls: Class, lineage: list[Class]) -> bool:
        if self.program.method(cls, self.toggle) is not None:
            return False
        return next(self._own_attributes(lineage, ast.Load), None) is not None

    def _from_parameters(self, function: Function, *, seeded: bool) -> None:
        flow = None
        arguments = function.arguments
        for one in function.parameters():
            if one.arg == self.toggle and self.owner.runs(function):
                flow = self.program.flow(function.module, function.node)
                note = note_at(function.module, one, "parameter", one.arg, function.title)
                self._go(Place("bound", function.module, flow.by_node[one]), note)
        if flow is None and seeded and arguments.kwarg is not None:
            binding = self.program.flow(function.module, function.node).by_node[arguments.kwarg]
            note = note_at(function.module, arguments.kwarg, "parameter", f"**{arguments.kwarg.arg}", function.title)
            # Nobody is seen to give it, so only a read of this very key proves anything.
            self.search.go(None, Place("bound", function.module, binding, path=(f"?{self.toggle}",)), note)

    def _from_function(self, function: Function) -> None:
        note = note_at(function.module, function.node, "defined", function.name)
        if function.owner is not None and not is_property(function) and function.name != self.toggle:
            return
        self.count += 1
        self.search.came.setdefault(Place("gate", function.module, function.node), (None, note))
        from doctool.detect.reads import follow_binding, follow_method  # noqa: PLC0415

        source = Place("gate", function.module, function.node)
        if function.owner is not None:
            follow_method(self.search, source, function)
        else:
            binding = self.program.flow(function.module, function.module.tree).by_node.get(function.node)
            if binding is not None:
                place = Place("bound", function.module, binding, path=("()",))
                self.search.came.setdefault(place, (source, None))
                follow_binding(self.search, place)

    # Everything else that bears the name.

    def _from_names(self, *, has_own: bool) -> Iterator[None]:
        reach = Reach(self.owner)
        modules = self.owner.modules if self.owner.files is not None and self.owner.name is None else None
        for module in modules if modules is not None else self.owner.modules_with(self.toggle):
            skipped = documentation(module.tree)
            for node in module.index.named.get(self.toggle, ()):
                if node in skipped or not self._is_wanted(module, node, reach, has_own=has_own):
                    continue
                for kinds, start in _STARTS:
                    if isinstance(node, kinds):
                        start(self, module, node)
            yield

    def _is_wanted(self, module: Module, node: ast.AST, reach: Reach, *, has_own: bool) -> bool:
        if not self.owner.is_open:
            if isinstance(node, ast.arg | ast.alias) or (
                isinstance(node, FunctionNode) and not self._is_helper(module, node)
            ):
                return False
            if has_own:
                self._note_settings(module, node)
                return False
            if not reach.holds(module, node):
                return False
        return self.owner.is_live(module, node)

    @staticmethod
    def _is_helper(module: Module, node: ast.AST) -> bool:
        """Whether a function of a module bears the name: `use_fused_attn()`."""
        return isinstance(node, FunctionNode) and module.functions.get(node.name) is module.function(node)

    def _note_settings(self, module: Module, node: ast.AST) -> None:
        """An owner that takes the name itself may still read a configuration's; that is another value."""
        own = any(one.module is module and module.index.is_inside(node, one.node) for one in self.owner.lineage)
        if own and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and is_setting(node.value):
            self.search.puzzle(module, node, "other-object")

    def _from_argument(self, module: Module, node: ast.arg) -> None:
        scope = module.index.scope_of(node)
        if isinstance(scope, FunctionNode):
            function = module.function(scope)
            if self.owner.runs(function):
                self._from_parameters(function, seeded=False)

    def _from_definition(self, module: Module, node: ast.FunctionDef) -> None:
        self._from_function(module.function(node))

    def _from_attribute(self, module: Module, node: ast.Attribute) -> None:
        refs = refs_of(self.program, module, node.value)
        classes = [one.cls for one in refs if one.cls is not None]
        if isinstance(node.ctx, ast.Store):
            for cls in classes:
                if not any(self.toggle in {one.arg for one in method.parameters()} for method in self._methods(cls)):
                    self.statements.append((module, module.index.statement_of(node) or node))
                    if self.owner.is_open:
                        note = note_at(module, node, "kept", ast.unparse(node))
                        self._go(Place("member", cls.module, cls, self.toggle), note)
            return
        if isinstance(node.ctx, ast.Del) or self._is_covered(classes, node, module):
            return
        if refs and not classes and not any("()" in one.name for one in refs):
            return
        if not classes and not is_setting(node.value):
            if not _is_tested_for_kind(module, node):
                self.search.puzzle(module, node, "other-object")
            return
        self._go(Place("at", module, node), note_at(module, node, "read", ast.unparse(node)))

    def _is_covered(self, classes: list[Class], node: ast.Attribute, module: Module) -> bool:
        """Whether another start leads to this read: the attribute is of an instance whose class is known."""
        if not classes:
            return False
        if self.owner.is_open:
            return any(self._declares(one) for one in classes)
        if any(one in self.owner.lineage for one in classes):
            return True
        return self._is_built_here(module, node.value)

    def _declares(self, cls: Class) -> bool:
        lineage = self.program.lineage(cls)
        if any(self.toggle in one.fields or self.toggle in one.methods for one in lineage):
            return True
        return next(self._own_attributes(lineage, ast.Store), None) is not None

    def _is_built_here(self, module: Module, receiver: ast.expr) -> bool:
        """Whether an object was made on the spot, with what its class has by default."""
        values: list[ast.expr] = []
        if isinstance(receiver, ast.Name):
            for binding in bindings_of(self.program, module, receiver):
                values += _assigned(module, binding)
        elif isinstance(receiver, ast.Attribute):
            for node in module.index.named.get(receiver.attr, ()):
                statement = module.index.parent(node)
                if isinstance(node, ast.Attribute) and isinstance(statement, ast.Assign) and node in statement.targets:
                    values.append(statement.value)
        elif isinstance(receiver, ast.Call):
            values.append(receiver)
        calls = [one for one in values if isinstance(one, ast.Call)]
        return bool(calls) and len(calls) == len(values) and not any(one.args or one.keywords for one in calls)

    def _from_name(self, module: Module, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Store):
            return
        scope = module.index.scope_of(node)
        if isinstance(scope, FunctionNode) and self.toggle in {one.arg for one in module.function(scope).parameters()}:
            return
        binding = self.program.flow(module, scope).by_node.get(node)
        if isinstance(scope, ast.ClassDef):
            if self.owner.is_open:
                cls = module.cls(scope)
                self._go(
                    Place("member", module, cls, self.toggle), note_at(module, node, "field", self.toggle, cls.name)
                )
        elif binding is not None:
            self.statements.append((module, module.index.statement_of(node) or node))
            self._go(Place("bound", module, binding), note_at(module, node, "local", self.toggle))

    def _from_alias(self, module: Module, node: ast.alias) -> None:
        statement = module.index.parent(node)
        dotted = self.program.imports(module).get(node.asname or node.name)
        if isinstance(statement, ast.ImportFrom) and dotted and dotted.partition(".")[0] not in self.program.packages:
            binding = self.program.flow(module, module.index.scope_of(node)).by_node.get(node)
            if binding is not None:
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
        is_path = node.value != self.toggle and not (
            isinstance(parent, ast.Call) and last_name(parent.func) == "select"
        )
        if isinstance(parent, ast.JoinedStr | ast.FormattedValue | ast.Expr) or is_path:
            return
        key = note_at(module, node, "key", str(node.value))
        if isinstance(parent, ast.Subscript) and node is parent.slice:
            if isinstance(parent.ctx, ast.Load) and self._is_given(module, parent.value):
                self._go(Place("at", module, parent), note_at(module, parent, "read"))
        elif isinstance(parent, ast.Call):
            self._from_argument_string(module, node, parent)
        elif isinstance(parent, ast.Dict) and node in parent.keys:
            value = parent.values[parent.keys.index(node)]
            if not isinstance(value, ast.Constant):
                self._go(Place("at", module, node, direct=False), key)
        elif not isinstance(parent, ast.keyword) or parent.arg not in {"help", "dest", "name"}:
            self._go(Place("at", module, node, direct=False), key)

    def _from_argument_string(self, module: Module, node: ast.Constant, call: ast.Call) -> None:
        name = last_name(call.func)
        if name in NAMED_STORES or name in _QUIET_CALLS:
            return
        holder = call.args[0] if name in _NAMED_READS else getattr(call.func, "value", None)
        is_lookup = name in _NAMED_READS or (name in KEYED and call.args[:1] == [node])
        if not is_lookup:
            place = Place("at", module, node, direct=False)
            self._go(place, note_at(module, node, "key", str(node.value)))
            defined = module.index.parent(call)
            if isinstance(defined, FunctionNode | ast.ClassDef) and call in defined.decorator_list:
                self.search.control(place, defined)
        elif holder is not None and self._is_given(module, holder) and name != "hasattr":
            self._go(Place("at", module, call), note_at(module, call, "read"))

    def _is_given(self, module: Module, receiver: ast.expr) -> bool:
        """Whether what is looked into comes from outside, rather than being an instance or a container made here."""
        refs = refs_of(self.program, module, receiver)
        if any(one.cls is not None or one.function is not None for one in refs):
            classes = [one.cls for one in refs if one.cls is not None]
            return bool(classes) and not any(self._declares(one) or one in self.owner.lineage for one in classes)
        made_here = bool(refs) and all(one.name == "builtins.object()" for one in refs)
        return not made_here or (self.owner.is_open and isinstance(receiver, ast.Name) and receiver.id.isupper())


def _is_tested_for_kind(module: Module, node: ast.Attribute) -> bool:
    """Whether the code asks what kind of layer an object is before it reads an attribute of it."""
    tests = [one.test for one in module.index.around(node) if isinstance(one, ast.If)]
    receiver = ast.unparse(node.value)
    return any(f"isinstance({receiver}," in ast.unparse(one) for one in tests)


def _assigned(module: Module, binding: Binding) -> list[ast.expr]:
    statement = module.index.parent(binding.node)
    return [statement.value] if isinstance(statement, ast.Assign) else []


_STARTS = (
    (ast.arg, Origins._from_argument),  # noqa: SLF001  the table of the class above
    (FunctionNode, Origins._from_definition),  # noqa: SLF001
    (ast.Attribute, Origins._from_attribute),  # noqa: SLF001
    (ast.Name, Origins._from_name),  # noqa: SLF001
    (ast.alias, Origins._from_alias),  # noqa: SLF001
    (ast.keyword, Origins._from_keyword),  # noqa: SLF001
    (ast.Constant, Origins._from_string),  # noqa: SLF001
)
