"""Follow one toggle from one owner, and say what it decides."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from msgspec.structs import replace

from doctool.detect.events import Gate, GateKey, Occurrence
from doctool.detect.liveness import Liveness
from doctool.detect.machine import Machine
from doctool.detect.ownership import Owner, enter_methods_called_elsewhere, enter_owner
from doctool.detect.program import Program
from doctool.detect.source import SourceFile, SourceTree
from doctool.detect.statements import evaluate_task
from doctool.detect.values import Level
from doctool.terms.mechanism import Evidence, Question

_DEEP = 12_000
_MOST_WIDENED = 400


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What following one toggle showed.

    Args:
        toggle: Its name.
        gates: Places where it decides about something that makes a difference.
        idle: Places where it decides about nothing that is used.
        proofs: By symbol, the places that show it in use because of the toggle.
        uses: By symbol, the places that read it and make a difference, whatever decides about them.
        puzzles: Places that source alone cannot decide.
        dead: Branches that are never taken.
        machine: The analysis itself.
    """

    toggle: str
    gates: dict[GateKey, Gate]
    idle: tuple[Gate, ...]
    proofs: dict[str, tuple[Occurrence, ...]]
    uses: dict[str, tuple[Occurrence, ...]]
    puzzles: tuple[Evidence, ...]
    dead: tuple[Evidence, ...]
    machine: Machine

    @property
    def decides(self) -> bool:
        """Whether the toggle reaches a branch or a constructor that matters."""
        return bool(self.gates)


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Allow functions of this package to go as deep as the syntax trees they walk."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def follow(program: Program, toggle: str, symbols: frozenset[str], owner: Owner) -> Finding:
    """Follow a toggle through everything that belongs to an owner."""
    machine = Machine(program, toggle, symbols, evaluate_task)
    enter_owner(machine, owner)
    machine.run()
    while enter_methods_called_elsewhere(machine):
        machine.run()
    liveness = Liveness(machine)
    gates = {key: gate for key, gate in machine.gates.items() if liveness.is_effective(gate)}
    effective = set(gates)
    proofs: dict[str, list[Occurrence]] = {}
    uses: dict[str, list[Occurrence]] = {}
    for task in liveness.live:
        for one in machine.events[task].occurrences:
            if liveness.proves(one, effective):
                proofs.setdefault(one.symbol, []).append(one)
            if not one.stores and liveness.is_used(one.sink, task):
                uses.setdefault(one.symbol, []).append(one)
    events = [machine.events[task] for task in machine.events if task in liveness.live]
    puzzles = [one for event in events for one in event.puzzles]
    dead = [one for event in events for one in event.dead]
    return Finding(
        toggle=toggle,
        gates=gates,
        idle=tuple(gate for key, gate in machine.gates.items() if key not in gates),
        proofs={name: tuple(found) for name, found in proofs.items()},
        uses={name: tuple(found) for name, found in uses.items()},
        puzzles=_in_order(puzzles),
        dead=_in_order(dead),
        machine=machine,
    )


def follow_all(tree: SourceTree, question: Question, owner: Owner, files: list[SourceFile]) -> list[Finding]:
    """Follow each toggle of a question; look into further files only where that may still change the answer."""
    symbols = frozenset(question.symbols)
    wanted = [*files, *(owner.files or ())]
    with deep_recursion():
        program = Program(tree, wanted)
        found = [follow(program, toggle, symbols, owner) for toggle in question.toggles]
        if is_wired(found, question):
            return found
        renamed = {name for one in found for name in _renamed(one)}
        further = [one for one in tree.with_any(renamed) if one not in wanted]
        if not further and owner.files is None:
            return found
        program = Program(tree, [*wanted, *further[:_MOST_WIDENED]], follow=owner.files is not None)
        found = [follow(program, toggle, symbols, owner) for toggle in question.toggles]
        left = further[_MOST_WIDENED:]
        if not left:
            return found
        place = Evidence(
            file=left[0].file,
            line=1,
            shows=f"the first of {len(left)} more files with names that carry the toggle, which were not followed",
        )
        return [replace(one, puzzles=(*one.puzzles, place)) for one in found]


def is_wired(found: list[Finding], question: Question) -> bool:
    """Whether every toggle decides about something, and every symbol is used because of one of them."""
    return all(one.decides for one in found) and not missing_symbols(found, question)


def missing_symbols(found: list[Finding], question: Question) -> list[str]:
    """Symbols that are not used because of any of the toggles."""
    return [name for name in question.symbols if not any(name in one.proofs for one in found)]


def _renamed(found: Finding) -> set[str]:
    """Attributes that carry the toggle under another name."""
    machine = found.machine
    names = {str(cell[2]) for cell, value in machine.cells.items() if cell[0] == "attr" and value.level}
    for task, events in machine.events.items():
        result = machine.cells.get(("result", task))
        if events and task.cls is not None and result is not None and result.level is Level.DIRECT:
            names.add(task.function.name)
    return {name for name in names if len(name) > 2 and not name.startswith("__")} - {found.toggle}


def _in_order(found: list[Evidence]) -> tuple[Evidence, ...]:
    unique = {(one.file, one.line): one for one in reversed(found)}
    return tuple(unique[place] for place in sorted(unique))
