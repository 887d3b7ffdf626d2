"""What is known while one function is evaluated: its variables, its gates, and what it reports."""

from __future__ import annotations

import ast

from doctool.detect.definitions import Function
from doctool.detect.events import Events, Gate, GateKey, Occurrence, Task, evidence_at
from doctool.detect.machine import Machine
from doctool.detect.sinks import NOWHERE, Flow, Sink
from doctool.detect.values import Level, Value, join
from doctool.terms.mechanism import Evidence

Variables = dict[str, Value]


class Frame:
    """One evaluation of one task."""

    def __init__(self, machine: Machine, task: Task) -> None:
        self.machine = machine
        self.task = task
        self.function: Function = task.function
        self.module = task.function.module
        self.variables: Variables = {}
        self.exits: list[Variables] = []
        self.under: list[GateKey] = sorted(machine.inherited.get(task, ()), key=lambda key: key[1])
        self.flow: Flow = machine.flow(task.function)
        self.shared: set[str] = set()
        self.receivers: dict[int, Value] = {}
        parameters = task.function.parameters()
        self.receiver = parameters[0].arg if task.cls and task.function.owner and parameters else ""

    @property
    def events(self) -> Events:
        """The record of this evaluation."""
        return self.machine.events[self.task]

    def at(self, node: ast.AST, shows: str) -> Evidence:
        """Point at a node of this function."""
        return evidence_at(self.module, node, shows)

    def sink(self, node: ast.AST) -> Sink:
        """Where the value of an expression goes."""
        return self.flow.sinks.get(id(node), NOWHERE)

    def gate(self, node: ast.AST, shows: str, value: Value, region: list[ast.AST]) -> GateKey:
        """Record a place where the toggle decides."""
        key = (self.task, id(node))
        known = self.machine.gates.get(key)
        if known is None:
            self.machine.gates[key] = Gate(
                task=self.task, node=node, shows=shows, chain=value.chain, region=list(region)
            )
        else:
            seen = {id(one) for one in known.region}
            known.region.extend(one for one in region if id(one) not in seen)
        return key

    def gates(self) -> frozenset[GateKey]:
        """The gates that decide whether the current place runs."""
        return frozenset(self.under)

    def name_symbol(self, node: ast.AST, name: str, *, stores: bool, sink: Sink, calls: bool = False) -> None:
        """Record the place if it names a symbol."""
        if name in self.machine.symbols:
            self.events.occurrences.append(
                Occurrence(
                    task=self.task, node=node, symbol=name, stores=stores, sink=sink, gates=self.gates(), calls=calls
                )
            )

    def decided(self, value: Value, *, constant: bool) -> Value:
        """A value that is assigned here: the toggle decides about it if it decides whether this place runs."""
        if not self.under:
            return value
        level = Level.DIRECT if constant else Level.DERIVED
        gate = self.machine.gates[self.under[-1]]
        return value.leveled(level, (*gate.chain, gate.evidence))

    def merge(self, one: Variables | None, two: Variables | None) -> Variables:
        """Variables after two ways came together; None for a way that ended."""
        if one is None or two is None:
            return two if one is None else one  # type: ignore[return-value]
        return {name: join([one.get(name, Value()), two.get(name, Value())]) for name in {**one, **two}}
