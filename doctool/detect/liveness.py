"""Which evaluated code makes a difference: calls whose results are read, attributes that are loaded."""

from __future__ import annotations

import ast

from doctool.detect.definitions import Class, Function, FunctionNode
from doctool.detect.events import Edge, Gate, Occurrence, Task
from doctool.detect.machine import Machine
from doctool.detect.ownership import loads_elsewhere
from doctool.detect.sinks import NOWHERE, Atom, Sink, has_effects

_LEAVING = (ast.Return, ast.Yield, ast.YieldFrom, ast.Continue, ast.Break)
_STORING = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)


class Liveness:
    """Answers what is used, once a machine has come to rest."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.elsewhere = loads_elsewhere(machine.program)
        self.effects: dict[Function, bool] = {}
        self.live: set[Task] = set()
        self._spread()

    def _spread(self) -> None:
        self.live = {
            task for task in self.machine.events if task in self.machine.entries or task.function.arguments is None
        }
        grew = True
        while grew:
            self._index_loads()
            reached = {
                edge.callee
                for task in self.live
                for edge in self.machine.events[task].edges
                if edge.callee not in self.live and edge.callee in self.machine.events and self.is_used(edge.sink, task)
            }
            grew = bool(reached)
            self.live |= reached

    def _index_loads(self) -> None:
        self.loads: dict[str, list[tuple[Class | None, Sink, Task]]] = {}
        self.callers: dict[Task, list[Edge]] = {}
        for task in self.live:
            for edge in self.machine.events[task].edges:
                if edge.direct:
                    self.callers.setdefault(edge.callee, []).append(edge)
            for name, cls, sink in self.machine.events[task].loads:
                self.loads.setdefault(name, []).append((cls, sink, task))

    def is_used(self, sink: Sink, task: Task, *, tests: bool = True) -> bool:
        """Whether a value that goes there makes a difference.

        Args:
            sink: Where the value goes.
            task: The function it is in.
            tests: Whether being looked at by a branch is a use.
        """
        return self._is_used(sink, task, tests, set())

    def _is_used(self, sink: Sink, task: Task, tests: bool, seen: set[tuple[Task, Atom]]) -> bool:
        return any(self._atom(atom, task, tests, seen) for atom in sink)

    def _atom(  # noqa: PLR0911  one answer for each kind of place
        self, atom: Atom, task: Task, tests: bool, seen: set[tuple[Task, Atom]]
    ) -> bool:
        if (task, atom) in seen:
            return False
        seen.add((task, atom))
        kind, name = atom
        if kind in {"always", "test"}:
            return kind == "always" or tests
        if kind == "result":
            return self._is_element_used(name, task, tests, seen)
        if kind == "effect":
            return self._has_effect(name, task)
        if kind == "local":
            sinks = self.machine.flow(task.function).loads.get(name, [])
            return any(self._is_used(sink, task, tests, seen) for sink in sinks)
        if name in self.elsewhere:
            return True
        for cls, sink, reader in self.loads.get(name, ()):
            related = kind == "attr" or cls is None or cls is task.cls
            if related and self._is_used(sink, reader, tests, seen):
                return True
        return False

    def _is_element_used(self, number: str, task: Task, tests: bool, seen: set[tuple[Task, Atom]]) -> bool:
        """Whether some caller reads this element of the returned tuple; yes where not every caller is known."""
        callers = self.callers.get(task, [])
        if task in self.machine.entries or not callers:
            return True
        for edge in callers:
            picked = self.machine.flow(edge.task.function).picked.get(id(edge.node))
            sink = edge.sink if picked is None else picked.get(number, NOWHERE)
            if self._is_used(sink, edge.task, tests, seen):
                return True
        return False

    def _has_effect(self, call: str, task: Task) -> bool:
        called = [edge.callee.function for edge in self.machine.events[task].edges if str(id(edge.node)) == call]
        for function in called:
            if function not in self.effects:
                self.effects[function] = has_effects(function)
        return not called or any(self.effects[function] for function in called)

    def is_effective(self, gate: Gate) -> bool:
        """Whether what the gate decides about makes a difference; a refusal or a message does not."""
        if gate.task not in self.live:
            return False
        return any(self._makes_difference(node, gate.task) for node in gate.region)

    def _makes_difference(self, node: ast.AST, task: Task) -> bool:
        sinks = self.machine.flow(task.function).sinks
        if isinstance(node, ast.expr):
            return self.is_used(sinks.get(id(node), frozenset()), task, tests=False)
        pending: list[ast.AST] = [node]
        while pending:
            one = pending.pop()
            if isinstance(one, FunctionNode | ast.ClassDef | ast.Lambda | ast.Raise | ast.Assert):
                continue
            if isinstance(one, _LEAVING):
                return True
            value = getattr(one, "value", None)
            if (
                isinstance(one, _STORING)
                and value is not None
                and self.is_used(sinks.get(id(value), frozenset()), task, tests=False)
            ):
                return True
            if isinstance(one, ast.Import | ast.ImportFrom) and self._import_is_used(one, task):
                return True
            pending.extend(ast.iter_child_nodes(one))
        return False

    def _import_is_used(self, node: ast.Import | ast.ImportFrom, task: Task) -> bool:
        names = [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        return any(self.is_used(frozenset([("local", name)]), task, tests=False) for name in names)

    def proves(self, occurrence: Occurrence, effective: set[tuple[Task, int]]) -> bool:
        """Whether the place shows a symbol in use because of the toggle."""
        return (
            occurrence.task in self.live
            and not occurrence.gates.isdisjoint(effective)
            and self.is_used(occurrence.sink, occurrence.task)
        )
