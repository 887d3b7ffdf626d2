"""What following a toggle records: the places where it decides, where symbols stand, and who calls whom."""

from __future__ import annotations

import ast

import msgspec

from doctool.detect.definitions import Class, Function, Module
from doctool.detect.sinks import Sink
from doctool.terms.mechanism import Evidence


class Task(msgspec.Struct, frozen=True):
    """A function, for one class of its receiver."""

    function: Function
    cls: Class | None = None


Cell = tuple[object, ...]


GateKey = tuple[Task, int]


class Gate(msgspec.Struct, eq=False):
    """A place where the toggle decides: a branch, a choice, or an argument of something outside the package."""

    task: Task
    node: ast.AST
    shows: str
    chain: tuple[Evidence, ...]
    region: list[ast.AST] = msgspec.field(default_factory=list)
    """What the toggle decides about; statements or expressions of the same function."""

    @property
    def evidence(self) -> Evidence:
        """The place."""
        return Evidence(file=self.task.function.module.source.file, line=line_of(self.node), shows=self.shows)


class Occurrence(msgspec.Struct, frozen=True):
    """A place that names a symbol, in code that was evaluated."""

    task: Task
    node: ast.AST
    symbol: str
    stores: bool
    sink: Sink
    gates: frozenset[GateKey]
    calls: bool = False


class Edge(msgspec.Struct, frozen=True):
    """A call: who calls, where its result goes, and what is called."""

    task: Task
    node: ast.AST
    sink: Sink
    callee: Task
    direct: bool = False
    """Whether the callee runs here, rather than by or after something that is given it."""


class Events(msgspec.Struct):
    """What evaluating one task showed."""

    occurrences: list[Occurrence] = msgspec.field(default_factory=list)
    edges: list[Edge] = msgspec.field(default_factory=list)
    loads: list[tuple[str, Class | None, Sink]] = msgspec.field(default_factory=list)
    """Attribute reads: name, class of the receiver where known, and where the value goes."""
    puzzles: list[Evidence] = msgspec.field(default_factory=list)
    """Places that source alone cannot decide."""
    dead: list[Evidence] = msgspec.field(default_factory=list)
    """Branches on the toggle that can never be taken."""
    stores: list[tuple[str, int, frozenset[GateKey]]] = msgspec.field(default_factory=list)
    """Attributes that are assigned: name, line and gates."""


def line_of(node: ast.AST) -> int:
    """Line on which a node starts; for a match case, of its pattern."""
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    return getattr(node, "lineno", 1)


def evidence_at(module: Module, node: ast.AST, shows: str) -> Evidence:
    """Point at a node."""
    return Evidence(file=module.source.file, line=line_of(node), shows=shows)


def short_text(node: ast.AST) -> str:
    """Write a node as one short line."""
    text = ast.unparse(node).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."
