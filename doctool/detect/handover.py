"""Hand values over to what is called: from arguments to parameters, fields and keyword dictionaries."""

from __future__ import annotations

import ast

from doctool.detect.definitions import Class, Function
from doctool.detect.dynamic import Dynamic
from doctool.detect.events import Edge, Task, evidence_at, short_text
from doctool.detect.sinks import Sink
from doctool.detect.values import Level, Value, elements_of, packed, sequence

Arguments = tuple[list[Value], dict[str, Value], list[Value]]
"""Positional values, values by keyword, and values that are spread with `**`."""


class Handover(Dynamic):
    """The part of an evaluation that gives arguments their parameters."""

    def _arguments(self, node: ast.Call) -> Arguments:
        named: dict[str, Value] = {}
        spread: list[Value] = []
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is None:
                spread.append(value)
            else:
                named[keyword.arg] = value
        positional: list[Value] = []
        for one in node.args:
            value = self.evaluate(one)
            positional.extend(elements_of(value) if isinstance(one, ast.Starred) else [value])
        return positional, named, spread

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

    def _connect(
        self, function: Function, cls: Class | None, node: ast.AST, sink: Sink, *, direct: bool = False
    ) -> Task:
        callee = Task(function, cls)
        if cls is not None and function.owner is not None:
            self.machine.bind_receiver(callee)
        self.machine.schedule(callee, self.gates())
        self.events.edges.append(Edge(task=self.task, node=node, sink=sink, callee=callee, direct=direct))
        return callee

    def _bind(self, callee: Task, names: list[str], arguments: Arguments, node: ast.AST) -> None:
        positional, named, spread = arguments
        given = dict(zip(names, positional, strict=False))
        signature = callee.function.arguments
        if signature is not None and signature.vararg is not None and len(positional) > len(names):
            self.machine.write(("param", callee, signature.vararg.arg), sequence(positional[len(names) :]))
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
            step = self.at(node, f"handed to {callee.function.title}")
            extra = {name: one.then(step) if one.level is Level.DIRECT else one for name, one in extra.items()}
            self.machine.write(("param", callee, signature.kwarg.arg), Value(fields=packed(extra)))

    def _handed(self, value: Value, callee: Task, name: str, node: ast.AST) -> Value:
        """The toggle on its way from a call into a parameter."""
        parameter = next((one for one in callee.function.parameters() if one.arg == name), None)
        if parameter is None:
            return value
        title = callee.function.title
        value = value.then(self.at(node, f"handed to {title}"))
        return value.then(evidence_at(callee.function.module, parameter, f"parameter `{name}` of {title}"))

    def _spread_toggle(self, spread: list[Value]) -> Value | None:
        """The toggle in a keyword dictionary that is spread with `**`."""
        return next((one for mapping in spread for _, one in mapping.fields or () if one.level is Level.DIRECT), None)

    def _puzzle_over_keywords(self, node: ast.AST) -> None:
        self.machine.puzzle(
            self.task,
            node,
            f"`{short_text(node)}` is given all keywords, and nothing tells whether it reads the toggle",
        )
