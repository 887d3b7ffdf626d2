"""Evaluate calls: hand the toggle on to what is called, and see where it leaves the package."""

from __future__ import annotations

import ast
from typing import Final

from doctool.detect.definitions import Class, Function, last_name
from doctool.detect.dynamic import NAMED_STORES, SPECIAL, Dynamic, is_outside
from doctool.detect.events import Edge, Task, evidence_at, short_text
from doctool.detect.sinks import NOWHERE, USED, Sink
from doctool.detect.values import ANYTHING, Kind, Level, Ref, Value, join, packed

_PLAIN: Final = {
    "bool",
    "int",
    "float",
    "str",
    "any",
    "all",
    "deepcopy",
    "copy",
    "list",
    "tuple",
    "set",
    "sorted",
    "field",
}
_SILENT: Final = {
    "print",
    "isinstance",
    "repr",
    "len",
    "warn",
    "warning",
    "debug",
    "info",
    "log",
    "error",
    "hash",
    "type",
}
_ENTRIES: Final = ("__call__", "forward", "setup")
_CHANGES_RECEIVER: Final = {"append", "add", "extend", "insert", "appendleft"}
_READERS: Final = {"get", "getenv", "pop", "__getitem__", "get_bool", "getboolean"}
Arguments = tuple[list[Value], dict[str, Value], list[Value]]
"""Positional values, values by keyword, and values that are spread with `**`."""


class Calls(Dynamic):
    """The part of an evaluation that looks at calls."""

    def call(self, node: ast.Call) -> Value:
        """Evaluate a call."""
        name = last_name(node.func)
        if name in SPECIAL:
            result: Value | None = getattr(self, f"_special_{name}")(node)
            if result is not None:
                return result
        if name in NAMED_STORES:
            self._named_store(node, NAMED_STORES[name])
        callee = self.evaluate(node.func)
        arguments = self._arguments(node)
        for keyword in node.keywords:
            if keyword.arg:
                self.name_symbol(keyword.value, keyword.arg, stores=False, sink=self.sink(node))
        if name in _CHANGES_RECEIVER and isinstance(node.func, ast.Attribute):
            self._change(node.func.value, join([*arguments[0], *arguments[1].values()]))
        refs = sorted(callee.refs, key=_order)
        if name in _READERS and is_outside(callee) and self._asks_for_toggle(node):
            refs = []
        results = [self._call_ref(ref, node, arguments) for ref in refs]
        if not refs:
            results = [self._call_unknown(node, arguments)]
        if callee.level and not refs:
            results.append(Value(level=Level.DERIVED, chain=callee.chain))
        value = join(results)
        return value.leveled(Level.DERIVED, callee.chain) if callee.level is Level.DERIVED else value

    def call_value(self, callee: Value, node: ast.AST, arguments: list[Value]) -> Value:
        """Evaluate a call of a value that is already known, such as a property."""
        return join(self._call_ref(ref, node, (arguments, {}, [])) for ref in sorted(callee.refs, key=_order))

    def _arguments(self, node: ast.Call) -> Arguments:
        named: dict[str, Value] = {}
        spread: list[Value] = []
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is None:
                spread.append(value)
            else:
                named[keyword.arg] = value
        return [self.evaluate(one) for one in node.args], named, spread

    def _call_ref(self, ref: Ref, node: ast.AST, arguments: Arguments) -> Value:
        if ref.kind is Kind.CLOSED:
            return self._call_closed(ref, node, arguments)
        if ref.kind is Kind.EXTERNAL or ref.kind is Kind.MODULE:
            return self._call_external(ref.name, node, arguments)
        if ref.kind is Kind.CLASS and ref.cls is not None:
            return self._construct(ref.cls, node, arguments)
        if ref.kind in {Kind.FUNCTION, Kind.METHOD} and ref.function is not None:
            return self._enter(ref.function, ref.cls, node, arguments, bound=ref.kind is Kind.METHOD)
        if ref.cls is not None:
            found = [self.machine.program.method(ref.cls, name) for name in _ENTRIES]
            return join(self._enter(one, ref.cls, node, arguments, bound=True) for one in found if one)
        return ANYTHING

    def _call_closed(self, ref: Ref, node: ast.AST, arguments: Arguments) -> Value:
        """A file that holds none of the names is parsed when the toggle itself is handed into it."""
        positional, named, spread = arguments
        if not any(value.level is Level.DIRECT for value in [*positional, *named.values(), *spread]):
            return ANYTHING
        opened = self.machine.program.dotted(ref.name, force=True)
        return ANYTHING if opened.kind is Kind.CLOSED else self._call_ref(opened, node, arguments)

    def _construct(self, cls: Class, node: ast.AST, arguments: Arguments) -> Value:
        program = self.machine.program
        self.machine.instances.add(cls)
        instance = Value(refs=frozenset([Ref(Kind.INSTANCE, cls=cls)]))
        start = [found for name in ("__new__", "__init__") if (found := program.method(cls, name)) is not None]
        for function in start:
            self._enter(function, cls, node, arguments, bound=True)
        if not start:
            self._fill_fields(cls, arguments)
            after = program.method(cls, "__post_init__")
            if after is not None:
                self._enter(after, cls, node, ([], {}, []), bound=True)
            if program.has_unknown_base(cls):
                self._call_external(f"{cls.module.name}.{cls.name}", node, arguments)
        for name in _ENTRIES:
            entry = program.method(cls, name)
            if entry is not None:
                self._connect(entry, cls, node, self.sink(node))
        return instance

    def _fill_fields(self, cls: Class, arguments: Arguments) -> None:
        positional, named, spread = arguments
        names = [name for one in reversed(self.machine.program.lineage(cls)) for name in one.fields]
        for name, value in [*zip(names, positional, strict=False), *named.items()]:
            self.machine.write(("attr", cls, name), value)
        for mapping in spread:
            for name in names:
                found = self._from_mapping(mapping, name)
                if found is not None:
                    self.machine.write(("attr", cls, name), found)

    def _from_mapping(self, mapping: Value, name: str) -> Value | None:
        """What `**mapping` gives to a parameter; a mapping from outside may hold the toggle."""
        if mapping.fields is not None:
            return mapping.under(name)
        if name == self.machine.toggle and not mapping.refs:
            return Value(
                level=Level.DIRECT, chain=mapping.chain or (self.at(self.function.node, f"`**` hands on `{name}`"),)
            )
        return None

    def _connect(self, function: Function, cls: Class | None, node: ast.AST, sink: Sink) -> Task:
        callee = Task(function, cls)
        if cls is not None and function.owner is not None:
            self.machine.bind_receiver(callee)
        self.machine.schedule(callee, self.gates())
        self.events.edges.append(Edge(task=self.task, node=node, sink=sink, callee=callee))
        return callee

    def _enter(
        self, function: Function, cls: Class | None, node: ast.AST, arguments: Arguments, *, bound: bool
    ) -> Value:
        self.name_symbol(node, function.name, stores=False, sink=self.sink(node), calls=True)
        sink = self.sink(node) if isinstance(node, ast.expr) else USED
        callee = self._connect(function, cls, node, sink)
        parameters = function.parameters()
        free = bool(function.owner) and bound and "staticmethod" not in function.decorators
        self._bind(callee, [one.arg for one in parameters[1 if free else 0 :]], arguments, node)
        result = self.machine.read(self.task, ("result", callee))
        return result.leveled(Level.DERIVED) if result.level else result

    def _bind(self, callee: Task, names: list[str], arguments: Arguments, node: ast.AST) -> None:
        positional, named, spread = arguments
        given = dict(zip(names, positional, strict=False))
        signature = callee.function.arguments
        if signature is not None and signature.vararg is not None and len(positional) > len(names):
            self.machine.write(("param", callee, signature.vararg.arg), join(positional[len(names) :]))
        given.update({name: value for name, value in named.items() if name in names})
        extra = {name: value for name, value in named.items() if name not in names}
        for mapping in spread:
            for name in names:
                found = self._from_mapping(mapping, name)
                if found is not None and name not in given:
                    given[name] = found
            extra.update({name: value for name, value in mapping.fields or () if name not in names})
        for name, value in given.items():
            handed = self._handed(value, callee, name, node) if value.level is Level.DIRECT else value
            self.machine.write(("param", callee, name), handed)
        if signature is not None and signature.kwarg is not None:
            self.machine.write(("param", callee, signature.kwarg.arg), Value(fields=packed(extra)))

    def _handed(self, value: Value, callee: Task, name: str, node: ast.AST) -> Value:
        """The toggle on its way from a call into a parameter."""
        parameter = next((one for one in callee.function.parameters() if one.arg == name), None)
        if parameter is None:
            return value
        title = callee.function.title
        value = value.then(self.at(node, f"handed to {title}"))
        return value.then(evidence_at(callee.function.module, parameter, f"parameter `{name}` of {title}"))

    def _call_external(self, name: str, node: ast.AST, arguments: Arguments) -> Value:
        positional, named, spread = arguments
        given = [*positional, *named.values(), *spread]
        self._run_handed(given, node)
        short = name.rpartition(".")[2]
        toggled = next((one for one in given if one.level is Level.DIRECT), None)
        for mapping in spread:
            toggled = toggled or next((one for _, one in mapping.fields or () if one.level is Level.DIRECT), None)
        value = join(given)
        if short == "partial":
            return self._partial(positional, named, value, node)
        if toggled is not None and short not in _PLAIN | _SILENT and self.sink(node) != NOWHERE:
            key = self.gate(node, f"`{short_text(node)}` is given it", toggled, [node])
            return value.lowered(Level.DERIVED).leveled(Level.DERIVED, self.machine.gates[key].chain)
        return value if short in _PLAIN else Value(refs=value.refs, fields=value.fields)

    def _partial(self, positional: list[Value], named: dict[str, Value], value: Value, node: ast.AST) -> Value:
        """`functools.partial` hands its keywords to whatever is called later."""
        for ref in positional[0].refs if positional else ():
            function = ref.function
            if ref.kind is Kind.CLASS and ref.cls is not None:
                function = self.machine.program.method(ref.cls, "__init__")
                if function is None:
                    self._fill_fields(ref.cls, ([], named, []))
            if function is not None:
                names = [one.arg for one in function.parameters()]
                self._bind(Task(function, ref.cls), names, ([], named, []), node)
        return Value(refs=positional[0].refs if positional else value.refs)

    def _run_handed(self, values: list[Value], node: ast.AST) -> None:
        """A function that is handed out of the package, as to `checkpoint`, runs there."""
        for ref in (ref for value in values for ref in value.refs):
            if ref.kind in {Kind.FUNCTION, Kind.METHOD} and ref.function is not None:
                self._connect(ref.function, ref.cls, node, self.sink(node))

    def _call_unknown(self, node: ast.Call, arguments: Arguments) -> Value:
        name = last_name(node.func)
        first = node.args[0] if node.args else None
        positional, named, spread = arguments
        if (
            isinstance(node.func, ast.Attribute)
            and name in {"get", "pop", "setdefault", "__getitem__"}
            and first is not None
        ):
            return self.look_up(node, self.receivers.get(id(node.func), ANYTHING), positional[0], first)
        if isinstance(node.func, ast.Attribute) and name in {"items", "values", "keys", "copy"}:
            return self.receivers.get(id(node.func), ANYTHING)
        if self._asks_for_toggle(node) and name not in _SILENT:
            return Value(level=Level.DIRECT, chain=(self.at(node, f"reads {self.machine.toggle!r}"),))
        if self._is_unbound(node.func) or name in _SILENT:
            return self._call_external(name, node, arguments)
        toggled = next((one for one in [*positional, *named.values()] if one.level is Level.DIRECT), None)
        if toggled is not None:
            self.machine.puzzle(
                self.task, node, f"`{short_text(node)}` is given the toggle, and nothing tells what it calls"
            )
        self._run_handed([*positional, *named.values()], node)
        value = join([*positional, *named.values(), *spread])
        if isinstance(node.func, ast.Attribute) and not value.refs:
            return Value(refs=frozenset())
        return Value(refs=value.refs)

    def _asks_for_toggle(self, node: ast.Call) -> bool:
        return bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value == self.machine.toggle

    def _is_unbound(self, node: ast.expr) -> bool:
        """Whether a dotted name starts with a name that nothing in the package binds, such as a built-in."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.variables:
            return False
        return not self.machine.has(("global", self.module.name, node.id))


def _order(ref: Ref) -> tuple[str, str, int]:
    definition = ref.function or ref.cls
    return (ref.kind.value, ref.name or (definition.name if definition else ""), definition.line if definition else 0)
