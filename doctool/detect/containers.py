"""Evaluate displays, subscripts and comprehensions: choices that are looked up rather than branched on."""

from __future__ import annotations

import ast
from dataclasses import replace

from doctool.detect.definitions import Class, Module, last_name
from doctool.detect.events import GateKey, evidence_at, short_text
from doctool.detect.expressions import Expressions
from doctool.detect.values import Kind, Level, Ref, Value, join, packed, sequence


class Containers(Expressions):
    """The part of an evaluation that looks into containers."""

    def _elements(self, nodes: list[ast.expr]) -> Value:
        return join(self.evaluate(one) for one in nodes)

    def visit_tuple(self, node: ast.Tuple | ast.List) -> Value:
        """Join the elements, and keep them apart where their number is known."""
        if any(isinstance(one, ast.Starred) for one in node.elts):
            return self._elements(node.elts)
        return sequence([self.evaluate(one) for one in node.elts])

    visit_list = visit_tuple

    def visit_set(self, node: ast.Set) -> Value:
        """Join the elements."""
        return self._elements(node.elts)

    def visit_starred(self, node: ast.Starred) -> Value:
        """Spread what is inside."""
        return self.evaluate(node.value)

    def visit_dict(self, node: ast.Dict) -> Value:
        """Keep values under literal keys apart."""
        fields: dict[str, Value] = {}
        values: list[Value] = []
        for key, one in zip(node.keys, node.values, strict=True):
            value = self.evaluate(one)
            if key is None:
                fields.update(value.fields or ())
            else:
                self.evaluate(key)
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    fields[key.value] = value
            values.append(value)
        inner = join(values)
        return Value(level=inner.level, refs=inner.refs, fields=packed(fields), chain=inner.chain)

    def visit_subscript(self, node: ast.Subscript) -> Value:
        """Look a value up."""
        container, index = self.evaluate(node.value), self.evaluate(node.slice)
        return self.look_up(node, container, index, node.slice)

    def look_up(  # noqa: PLR0911  one answer for each kind of container
        self, node: ast.expr, container: Value, index: Value, key: ast.expr
    ) -> Value:
        """The value under a key: the toggle may be the key, or decide about it."""
        toggle = self.machine.toggle
        literal = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
        if isinstance(key, ast.Constant) and type(key.value) is int and key.value >= 0:
            element = container.under(str(key.value))
            if element is not None:
                return element
        if literal is not None:
            known = container.under(literal)
            if known is not None:
                return known
            if literal == toggle and container.fields is None:
                return Value(level=Level.DIRECT, chain=(self.at(node, f"reads the key {toggle!r}"),))
            return Value(refs=container.refs, level=min(container.level, Level.DERIVED), chain=container.chain)
        if index.level:
            choice = self.gate(node, f"`{short_text(node)}` chooses", index, [node])
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict | ast.Tuple | ast.List):
                container = self.evaluate_under([choice], [node.value])[0]
            return self._picked(node, container, choice, index)
        if toggle in index.consts:
            return Value(level=Level.DIRECT, chain=(self.at(node, f"reads the key {toggle!r}"),))
        chosen = container.under(toggle) or self._registered(node)
        if chosen is not None and not isinstance(key, ast.Constant | ast.Slice):
            place = self.at(node, f"looks up one of the keys, {toggle!r} among them")
            step = Value(level=Level.DIRECT, chain=(*chosen.chain, place))
            choice = self.gate(node, f"`{short_text(node)}` chooses", step, [node])
            return join([self._picked(node, chosen, choice, step), container])
        return Value(refs=container.refs, level=min(container.level, Level.DERIVED), chain=container.chain)

    def _registered(self, node: ast.expr) -> Value | None:
        """Definitions that a decorator put into the looked-up registry under the toggle's name."""
        registry = last_name(node.value) if isinstance(node, ast.Subscript) else _receiver_name(node)
        refs, steps = [], []
        for definition, decorator in self.machine.registrations() if registry else ():
            if self._registers(definition.module, decorator, registry):
                cls = definition if isinstance(definition, Class) else None
                kind = Kind.CLASS if cls else Kind.FUNCTION
                steps.append(evidence_at(definition.module, decorator, f"registers {definition.name}"))
                refs.append(Ref(kind, cls=cls, function=None if isinstance(definition, Class) else definition))
        return Value(refs=frozenset(refs), chain=tuple(steps)) if refs else None

    def _registers(self, module: Module, decorator: ast.Call, registry: str) -> bool:
        if _receiver_name(decorator) == registry:
            return True
        ref = self.machine.program.expression(module, decorator.func, force=True)
        if ref is None or ref.function is None:
            return False
        return any(isinstance(one, ast.Name) and one.id == registry for one in ast.walk(ref.function.node))

    def _picked(self, node: ast.expr, container: Value, choice: GateKey, index: Value) -> Value:
        """What a choice picks runs because of it, wherever it is called."""
        self.machine.pick(container.refs, [choice])
        self.under.append(choice)
        for ref in container.refs:
            definition = ref.function or ref.cls
            if definition is not None:
                self.name_symbol(node, definition.name, stores=False, sink=self.sink(node))
        self.under.pop()
        gate = self.machine.gates[choice]
        return container.leveled(Level.DERIVED, (*index.chain, gate.evidence))

    def _comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> Value:
        kept = dict(self.variables)
        keys: list[GateKey] = []
        for generator in generators:
            source = self.evaluate(generator.iter)
            element = replace(source, fields=None)
            for name in ast.walk(generator.target):
                if isinstance(name, ast.Name):
                    self.variables[name.id] = element
            if source.level is Level.DIRECT and source.fields is None:
                keys.append(self.gate(generator.iter, f"`{short_text(generator.iter)}` repeats", source, [*results]))
            for condition in generator.ifs:
                value = self.evaluate(condition)
                if value.level:
                    keys.append(self.gate(condition, f"`if {short_text(condition)}` filters", value, [*results]))
        values = self.evaluate_under(keys, results)
        self.variables = kept
        value = join(values)
        return value.leveled(Level.DERIVED, self.machine.gates[keys[-1]].chain) if keys else value

    def visit_listcomp(self, node: ast.ListComp) -> Value:
        """Repeat and filter."""
        return self._comprehension(node.generators, [node.elt])

    def visit_setcomp(self, node: ast.SetComp) -> Value:
        """Repeat and filter."""
        return self._comprehension(node.generators, [node.elt])

    def visit_generatorexp(self, node: ast.GeneratorExp) -> Value:
        """Repeat and filter."""
        return self._comprehension(node.generators, [node.elt])

    def visit_dictcomp(self, node: ast.DictComp) -> Value:
        """Repeat and filter."""
        return self._comprehension(node.generators, [node.key, node.value])


def _receiver_name(node: ast.expr) -> str:
    """The last name before the method of a call: `b` for `a.b.get(…)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return last_name(node.func.value)
    return ""
