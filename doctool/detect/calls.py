"""Evaluate calls: hand the toggle on to what is called, and see where it leaves the package."""

from __future__ import annotations

import ast
from typing import Final

from doctool.detect.definitions import Class, Function, last_name
from doctool.detect.dynamic import NAMED_STORES, SPECIAL, is_outside
from doctool.detect.events import Task, short_text
from doctool.detect.handover import Arguments, Handover
from doctool.detect.sinks import NOWHERE, USED
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
    "range",
    "abs",
    "min",
    "max",
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
    "critical",
    "exception",
    "save",
    "dump",
    "dumps",
    "hash",
    "type",
}
_MAPPINGS: Final = {"dict", "OrderedDict", "SimpleNamespace", "Namespace", "EasyDict", "AttrDict"}
_ENTRIES: Final = ("__call__", "forward", "setup")
_CHANGES_RECEIVER: Final = {"append", "add", "extend", "insert", "appendleft"}
_READERS: Final = {"get", "getenv", "pop", "__getitem__", "get_bool", "getboolean"}


class Calls(Handover):
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

    def _call_ref(self, ref: Ref, node: ast.AST, arguments: Arguments) -> Value:
        if ref.kind is Kind.CROWD:
            self.puzzle_over_crowd(node)
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

    def _enter(
        self, function: Function, cls: Class | None, node: ast.AST, arguments: Arguments, *, bound: bool
    ) -> Value:
        self.name_symbol(node, function.name, stores=False, sink=self.sink(node), calls=True)
        sink = self.sink(node) if isinstance(node, ast.expr) else USED
        callee = self._connect(function, cls, node, sink, direct=isinstance(node, ast.Call))
        parameters = function.parameters()
        free = bool(function.owner) and bound and "staticmethod" not in function.decorators
        self._bind(callee, [one.arg for one in parameters[1 if free else 0 :]], arguments, node)
        result = self.machine.read(self.task, ("result", callee))
        return result.leveled(Level.DERIVED) if result.level else result

    def _call_external(self, name: str, node: ast.AST, arguments: Arguments) -> Value:
        positional, named, spread = arguments
        given = [*positional, *named.values(), *spread]
        self._run_handed(given, node)
        short = name.rpartition(".")[2]
        toggled = next((one for one in given if one.level is Level.DIRECT), None)
        value = join(given)
        if short == "partial":
            return self._partial(positional, named, value, node)
        if short in _MAPPINGS:
            fields = dict(one for mapping in [*positional, *spread] for one in mapping.fields or ())
            return Value(refs=value.refs, fields=packed({**fields, **named}))
        spread_toggle = self._spread_toggle(spread)
        if toggled is None and spread_toggle is not None and self.machine.is_only_possible(spread_toggle):
            self._puzzle_over_keywords(node)
        else:
            toggled = toggled or spread_toggle
        if toggled is not None and short not in _PLAIN | _SILENT and self.sink(node) != NOWHERE:
            key = self.gate(node, f"`{short_text(node)}` is given it", toggled, [node])
            return value.lowered(Level.DERIVED).leveled(Level.DERIVED, self.machine.gates[key].chain)
        return value if short in _PLAIN else Value(refs=value.refs, fields=value.fields)

    def _is_plain_parent(self, node: ast.expr) -> bool:
        """Whether something is a constructor of a parent that takes no settings, as that of a plain layer."""
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call) and self.task.cls is not None):
            return False
        return last_name(node.value) == "super" and not self.machine.program.has_unknown_base(self.task.cls)

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

    def _call_unknown(  # noqa: PLR0911  one answer for each kind of callee
        self, node: ast.Call, arguments: Arguments
    ) -> Value:
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
        if self._is_plain_parent(node.func):
            return ANYTHING
        spread_toggle = self._spread_toggle(spread)
        if toggled is not None or (spread_toggle and not self.machine.is_only_possible(spread_toggle)):
            self.machine.puzzle(
                self.task, node, f"`{short_text(node)}` is given the toggle, and nothing tells what it calls"
            )
        elif spread_toggle is not None:
            self._puzzle_over_keywords(node)
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
