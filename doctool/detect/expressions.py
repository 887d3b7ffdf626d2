"""Evaluate expressions: what the toggle decides about them, and which choices it makes in them."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import Final

from doctool.detect.definitions import Class, Function, last_name
from doctool.detect.events import GateKey, Task, short_text
from doctool.detect.frame import Frame
from doctool.detect.sinks import NOWHERE
from doctool.detect.values import ANYTHING, Kind, Level, Ref, Value, join

_COPYING: Final = (ast.UnaryOp, ast.FormattedValue, ast.Starred, ast.Await, ast.YieldFrom, ast.Yield)

_MOST_DOTS: Final = 3


def truth(node: ast.expr) -> bool | None:
    """Whether an expression is always true or always false, as far as its own text says."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Name | ast.Attribute) and last_name(node) == "TYPE_CHECKING":
        return False
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        truths = [truth(one) for one in node.values]
        decisive = isinstance(node.op, ast.Or)
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
    return None


def _factors(node: ast.BinOp) -> list[ast.expr]:
    """Both sides of an operation; of a product of products, every factor."""
    found: list[ast.expr] = []
    pending: list[ast.expr] = [node.right, node.left]
    while pending:
        one = pending.pop()
        if isinstance(node.op, ast.Mult) and isinstance(one, ast.BinOp) and isinstance(one.op, ast.Mult):
            pending += [one.right, one.left]
        else:
            found.append(one)
    return found


class Expressions(Frame):
    """The part of an evaluation that looks at expressions."""

    @abstractmethod
    def call(self, node: ast.Call) -> Value:
        """Evaluate a call."""

    @abstractmethod
    def call_value(self, callee: Value, node: ast.AST, arguments: list[Value]) -> Value:
        """Evaluate a call of a value that is already known."""

    def evaluate(self, node: ast.expr | None) -> Value:
        """Evaluate an expression."""
        if node is None:
            return ANYTHING
        method = getattr(self, f"visit_{type(node).__name__.lower()}", None)
        if method is not None:
            value: Value = method(node)
            if self.under and value.refs and isinstance(node, ast.Name | ast.Attribute):
                self.machine.pick(value.refs, self.under)
            return value
        values = [self.evaluate(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        joined = join(values)
        return joined if isinstance(node, _COPYING) else joined.lowered(Level.NONE)

    def visit_call(self, node: ast.Call) -> Value:
        """Hand over to the part that looks at calls."""
        return self.call(node)

    def visit_constant(self, node: ast.Constant) -> Value:
        """A string may be the name of a symbol."""
        if isinstance(node.value, str):
            self.name_symbol(node, node.value, stores=False, sink=self.sink(node))
            return Value(consts=frozenset([node.value]))
        return ANYTHING

    def visit_joinedstr(self, node: ast.JoinedStr) -> Value:
        """Look at the parts that run."""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.evaluate(part.value)
        return ANYTHING

    def visit_namedexpr(self, node: ast.NamedExpr) -> Value:
        """Assign inside an expression."""
        value = self.evaluate(node.value)
        self.bind_name(node.target.id, node.target, value, constant=False)
        return value

    def bind_name(self, name: str, node: ast.AST, value: Value, *, constant: bool) -> None:
        """Assign a variable."""
        self.name_symbol(node, name, stores=True, sink=frozenset([("local", name)]))
        value = self.decided(value, constant=constant)
        if value.level and name != self.machine.toggle:
            value = value.then(self.at(node, f"`{name}` holds it"))
        self.variables[name] = value
        if self.function.arguments is None or name in self.shared:
            self.machine.write(("global", self.module.name, name), value)

    def visit_name(self, node: ast.Name) -> Value:
        """Read a variable, from the inside out."""
        self.name_symbol(node, node.id, stores=False, sink=self.sink(node))
        if node.id in self.variables:
            return self.variables[node.id]
        outer = self.function.outer
        while outer is not None:
            cell = ("closure", outer, node.id)
            if self.machine.has(cell):
                return self.machine.read(self.task, cell)
            self.machine.read(self.task, cell)
            outer = outer.outer
        return self.global_value(node)

    def global_value(self, node: ast.Name) -> Value:
        """The value of a global name of this module."""
        ref = self.machine.program.global_name(self.module, node.id)
        value = ANYTHING if ref is None else self.of_ref(ref)
        if ref is None:
            self.machine.schedule(Task(self.module.body))
            value = self.machine.read(self.task, ("global", self.module.name, node.id))
        if node.id == self.machine.toggle and not value.level and (ref is None or ref.kind is not Kind.FUNCTION):
            value = value.leveled(Level.DIRECT, (self.at(node, f"reads `{node.id}`"),))
        return value

    def of_ref(self, ref: Ref) -> Value:
        """The value of a resolved name: a definition, or what a module assigned to it."""
        if ref.kind is Kind.MODULE and ref.name not in self.machine.program.tree.by_module:
            parent, _, name = ref.name.rpartition(".")
            module = self.machine.program.module(parent)
            if module is not None:
                self.machine.schedule(Task(module.body))
                return self.machine.read(self.task, ("global", parent, name))
        return Value(refs=frozenset([ref]))

    def visit_attribute(self, node: ast.Attribute) -> Value:
        """Read a member, or a setting of something unknown."""
        receiver = self.evaluate(node.value)
        self.receivers[id(node)] = receiver
        sink = self.sink(node)
        self.name_symbol(node, node.attr, stores=False, sink=sink)
        on_self = isinstance(node.value, ast.Name) and node.value.id == self.receiver and bool(self.receiver)
        known = [ref.cls for ref in receiver.refs if ref.kind in {Kind.INSTANCE, Kind.PARENT} and ref.cls]
        receivers: list[Class | None] = [*known] or [None]
        for cls in receivers:
            self.events.loads.append((node.attr, cls, sink))
        if on_self and f"self.{node.attr}" in self.variables:
            return self.variables[f"self.{node.attr}"]
        values = [self.member(ref, node.attr, node) for ref in receiver.refs]
        if not values and not isinstance(node.value, ast.Constant):
            values = [self.of_unknown(node)]
        return join(values)

    def of_unknown(self, node: ast.Attribute) -> Value:
        """An attribute of something unknown, such as a configuration object that a caller gives."""
        name = node.attr
        if name == self.machine.toggle:
            return Value(level=Level.DIRECT, chain=(self.at(node, f"reads `{ast.unparse(node)[:60]}`"),))
        values = []
        for cls, names in self.machine.settings():
            if name not in names:
                continue
            self.machine.configure(cls)
            values.append(self.member(Ref(Kind.INSTANCE, cls=cls), name, node))
        return join(values)

    def member(self, ref: Ref, name: str, node: ast.AST) -> Value:  # noqa: PLR0911  one answer for each kind of owner
        """A member of a definition, an instance or a module."""
        if ref.kind is Kind.EXTERNAL and (ref.name.count(".") >= _MOST_DOTS or ".*." in ref.name):
            # `x = x.shape` in a loop would make longer and longer names of something that is outside anyway.
            return Value(refs=frozenset([Ref(Kind.EXTERNAL, name=f"{ref.name.partition('.')[0]}.*.{name}")]))
        if ref.kind in {Kind.MODULE, Kind.EXTERNAL, Kind.CLOSED}:
            return self.of_ref(self.machine.program.dotted(f"{ref.name}.{name}"))
        if ref.kind is Kind.CROWD:
            self.puzzle_over_crowd(node)
        if ref.cls is None:
            return ANYTHING
        if ref.kind is Kind.PARENT:
            function = self.machine.program.method(ref.cls, name, after=self.function.owner)
            return ANYTHING if function is None else self.bound(function, ref.cls)
        value = self.machine.read(self.task, ("attr", ref.cls, name))
        function = self.machine.program.method(ref.cls, name)
        if function is None:
            return join([value, self._class_field(ref.cls, name)])
        if {"property", "cached_property"} & set(function.decorators):
            return join([value, self.call_value(self.bound(function, ref.cls), node, [])])
        if "staticmethod" in function.decorators:
            return Value(refs=frozenset([Ref(Kind.FUNCTION, function=function, cls=ref.cls)]))
        if ref.kind is Kind.CLASS and "classmethod" not in function.decorators:
            return Value(refs=frozenset([Ref(Kind.FUNCTION, function=function, cls=ref.cls)]))
        return join([value, self.bound(function, ref.cls)])

    def puzzle_over_crowd(self, node: ast.AST) -> None:
        """Say that not every definition was followed."""
        self.machine.puzzle(
            self.task, node, f"`{short_text(node)}` may be one of more definitions than can be followed"
        )

    def _class_field(self, cls: Class, name: str) -> Value:
        for one in self.machine.program.lineage(cls):
            statement = one.fields.get(name)
            value = getattr(statement, "value", None)
            if isinstance(value, ast.Name | ast.Dict | ast.Attribute) and one.module is self.module:
                return self.evaluate(value)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return Value(consts=frozenset([value.value]))
        return ANYTHING

    def bound(self, function: Function, cls: Class) -> Value:
        """A method bound to an instance."""
        return Value(refs=frozenset([Ref(Kind.METHOD, function=function, cls=cls)]))

    def visit_boolop(self, node: ast.BoolOp) -> Value:
        """Let each operand decide about those after it."""
        values: list[Value] = []
        pushed = 0
        for index, one in enumerate(node.values):
            values.append(self.evaluate(one))
            if truth(one) is isinstance(node.op, ast.Or):
                break  # nothing behind `False and` or `True or` is ever evaluated
            if values[-1].level and index + 1 < len(node.values):
                region: list[ast.AST] = [*node.values[index + 1 :]]
                self.under.append(self.gate(one, f"`{short_text(node)}` stops or goes on", values[-1], region))
                pushed += 1
        del self.under[len(self.under) - pushed :]
        return ANYTHING if truth(node) is not None else join(values)

    def visit_ifexp(self, node: ast.IfExp) -> Value:
        """Let the test decide about both ways."""
        always = truth(node.test)
        test = self.evaluate(node.test)
        if always is not None:
            return self.evaluate(node.body if always else node.orelse)
        if not test.level:
            return join([self.evaluate(node.body), self.evaluate(node.orelse)])
        key = self.gate(node, f"`{short_text(node.test)}` chooses", test, [node.body, node.orelse])
        value = join(self.evaluate_under([key], [node.body, node.orelse]))
        # Only two constants of which one is true are the toggle under another name; `2 if x else 1` is a number.
        renames = (
            isinstance(node.body, ast.Constant)
            and isinstance(node.orelse, ast.Constant)
            and bool(node.body.value) is not bool(node.orelse.value)
        )
        return value.leveled(Level.DIRECT if renames else Level.DERIVED, test.chain)

    def evaluate_under(self, keys: list[GateKey], nodes: list[ast.expr]) -> list[Value]:
        """Evaluate expressions about which gates decide."""
        self.under.extend(keys)
        values = [self.evaluate(one) for one in nodes]
        del self.under[len(self.under) - len(keys) :]
        return values

    def visit_compare(self, node: ast.Compare) -> Value:
        """Compare; the name of the toggle as a string is a test of it."""
        sides = [node.left, *node.comparators]
        values = [self.evaluate(one) for one in sides]
        joined = join(values)
        for one in sides:
            elements = one.elts if isinstance(one, ast.Tuple | ast.List | ast.Set) else [one]
            for element in elements:
                if isinstance(element, ast.Constant) and element.value == self.machine.toggle:
                    step = self.at(node, f"compares with {element.value!r}")
                    return Value(level=Level.DIRECT, chain=(step,))
        simple = all(isinstance(one, ast.Constant | ast.Name | ast.Attribute) for one in sides)
        return Value(level=joined.level if simple or joined.level is Level.DIRECT else Level.NONE, chain=joined.chain)

    def visit_unaryop(self, node: ast.UnaryOp) -> Value:
        """Keep what is negated."""
        value = self.evaluate(node.operand)
        return Value(level=value.level, chain=value.chain)

    def visit_binop(self, node: ast.BinOp) -> Value:
        """Let a factor decide about the other one."""
        factors = _factors(node)
        values = [self.evaluate(one) for one in factors]
        joined = join(values)
        if joined.level is not Level.DIRECT:
            return joined.lowered(Level.NONE)
        if isinstance(node.op, ast.Mult) and self.sink(node) != NOWHERE:
            others = [
                one
                for one, value in zip(factors, values, strict=True)
                if value.level is not Level.DIRECT and not isinstance(one, ast.Constant)
            ]
            if others:
                key = self.gate(node, f"`{short_text(node)}` counts or does not", joined, [*others])
                return join(self.evaluate_under([key], others)).leveled(Level.DERIVED, joined.chain)
        return joined

    def visit_lambda(self, node: ast.Lambda) -> Value:
        """Look into the body at once."""
        kept = dict(self.variables)
        for one in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            self.variables[one.arg] = ANYTHING
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            self.evaluate(default)
        value = self.evaluate(node.body)
        self.variables = kept
        return value
