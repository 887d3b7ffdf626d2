"""Evaluate assignments: what is kept, under which name, and because of which choice."""

from __future__ import annotations

import ast

from doctool.detect.calls import Calls
from doctool.detect.events import Task, short_text
from doctool.detect.values import ANYTHING, Kind, Level, Value, elements_of, join, packed


class Stores(Calls):
    """The part of an evaluation that looks at assignments."""

    def visit_assign(self, node: ast.Assign) -> None:
        """Store each target."""
        before = len(self.machine.gates)
        pairs = self._pairs(node.targets, node.value)
        for target, value, source in pairs:
            self._store(target, value, source, made_by_choice=len(self.machine.gates) > before or bool(value.level))

    def _pairs(self, targets: list[ast.expr], value: ast.expr) -> list[tuple[ast.expr, Value, ast.expr]]:
        first = targets[0]
        if (
            len(targets) == 1
            and isinstance(first, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(first.elts) == len(value.elts)
        ):
            return [(one, self.evaluate(other), other) for one, other in zip(first.elts, value.elts, strict=True)]
        found = self.evaluate(value)
        return [(target, found, value) for target in targets]

    def visit_annassign(self, node: ast.AnnAssign) -> None:
        """Store an annotated target."""
        if node.value is not None:
            value = self.evaluate(node.value)
            self._store(node.target, value, node.value, made_by_choice=bool(value.level))

    def visit_augassign(self, node: ast.AugAssign) -> None:
        """Store what is changed in place."""
        value = self.evaluate(node.value)
        if isinstance(node.target, ast.Name):
            value = join([self.variables.get(node.target.id, ANYTHING), value])
        if isinstance(node.op, ast.Mult) and value.level is Level.DIRECT:
            self.gate(node, f"`{short_text(node)}` counts or does not", value, [node])
        self._store(node.target, value.lowered(Level.DERIVED), node.value, made_by_choice=False)

    def _store(self, target: ast.expr, value: Value, source: ast.expr, *, made_by_choice: bool) -> None:
        constant = isinstance(source, ast.Constant)
        own = self._own_choice(source) if made_by_choice else []
        self.under.extend(own)
        if isinstance(target, ast.Name):
            kept = self.under
            self.name_symbol(target, target.id, stores=True, sink=frozenset([("local", target.id)]))
            self.under = kept[: len(kept) - len(own)]
            self._bind_quietly(target, value, constant=constant)
            self.under = kept
        elif isinstance(target, ast.Attribute):
            self._store_attribute(target, value, constant=constant, own=len(own))
        elif isinstance(target, ast.Tuple | ast.List):
            known = elements_of(value)
            values = known if value.fields and len(known) == len(target.elts) else [value] * len(target.elts)
            for one, element in zip(target.elts, values, strict=True):
                self._store(one, element, source, made_by_choice=False)
        elif isinstance(target, ast.Starred):
            self._store(target.value, value, source, made_by_choice=False)
        elif isinstance(target, ast.Subscript):
            self._store_item(target, value)
        del self.under[len(self.under) - len(own) :]

    def _own_choice(self, source: ast.expr) -> list[tuple[Task, int]]:
        """Choices within the assigned expression decide about what is assigned."""
        keys = [(self.task, id(one)) for one in ast.walk(source)]
        return [key for key in keys if key in self.machine.gates]

    def _bind_quietly(self, target: ast.Name, value: Value, *, constant: bool) -> None:
        value = self.decided(value, constant=constant)
        if value.level is Level.DIRECT and target.id != self.machine.toggle:
            value = value.then(self.at(target, f"`{target.id}` holds it"))
        self.variables[target.id] = value
        if self.function.arguments is None or target.id in self.shared:
            self.machine.write(("global", self.module.name, target.id), value)

    def _store_attribute(self, target: ast.Attribute, value: Value, *, constant: bool, own: int) -> None:
        receiver = self.evaluate(target.value)
        on_self = isinstance(target.value, ast.Name) and target.value.id == self.receiver and bool(self.receiver)
        sink = frozenset([("self" if on_self else "attr", target.attr)])
        self.name_symbol(target, target.attr, stores=True, sink=sink)
        self.events.stores.append((target.attr, target.lineno, self.gates()))
        kept, self.under = self.under, self.under[: len(self.under) - own]
        value = self.decided(value, constant=constant)
        self.under = kept
        if value.level is Level.DIRECT:
            value = value.then(self.at(target, f"kept as `{ast.unparse(target)}`"))
        if on_self:
            self.variables[f"self.{target.attr}"] = value
            return
        for ref in receiver.refs:
            if ref.kind is Kind.INSTANCE:
                self.machine.write(("attr", ref.cls, target.attr), value)

    def _store_item(self, target: ast.Subscript, value: Value) -> None:
        self.evaluate(target.value)
        self.evaluate(target.slice)
        key = target.slice
        if isinstance(target.value, ast.Name):
            known = self.variables.get(target.value.id, ANYTHING)
            fields = dict(known.fields or ())
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                fields[key.value] = value
            entry = Value(level=value.level, refs=value.refs, chain=value.chain).lowered(Level.DERIVED)
            merged = join([known, entry])
            self.variables[target.value.id] = Value(
                level=merged.level,
                refs=merged.refs,
                chain=merged.chain,
                fields=packed(fields) if known.fields is not None else None,
            )
        elif isinstance(target.value, ast.Attribute):
            self._change(target.value, value)
