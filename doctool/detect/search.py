"""Follow a value forward through a package, until something that runs makes use of it.

A place is where the value is: in an expression, behind a name, in an attribute, in what a function gives back. What
comes after a place is said by the tables of `steps` and `reads`; here they are visited, nearest first, and every
place remembers where it was reached from. A way that ends without effect is explained by a note, and one that the
source cannot follow is a puzzle: only when there is no puzzle has everything been explained.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec

from doctool.detect.definitions import Class, Function, Module
from doctool.detect.evidence import DECISIONS, Note, note_at
from doctool.detect.flow import Binding
from doctool.detect.owner import Owner

_MOST_PLACES = 6000
_DEEPEST_PATH = 4
Path = tuple[str, ...]
"""How a value is reached from what stands at a place: keys, `#0` for an index, `()` for a call.

A key with `=` is the toggle itself, of a table of which others choose; one with `?` was only asked for."""


class Place(msgspec.Struct, frozen=True):
    """Where the value is.

    Args:
        kind: `at` an expression, `bound` to a name, `member` of a class,
            `result` of a function, `body` that runs because of it, or `gate`, a decision that leads on by itself.
        module: Where that is.
        item: The expression, the binding, the class, the function or the statement.
        name: Of a member.
        path: How the value is reached from there; empty where it is the value itself.
        direct: Whether it is the toggle's own value, or that times something; off, it is nothing.
    """

    kind: str
    module: Module
    item: ast.AST | Binding | Class | Function
    name: str = ""
    path: Path = ()
    direct: bool = True

    @property
    def node(self) -> ast.AST:
        """What stands there."""
        return self.item if isinstance(self.item, ast.AST) else self.item.node


Steps = dict[str, "Callable[[Search, Place], Iterator[None] | None]"]


class Search:
    """One search from the places where a value comes in.

    Args:
        owner: What the question is asked of: what runs, and whose results count.
        steps: By the kind of a place, what comes after it; a step that looks into many files stops after each.
        of_symbol: Whether it is not a toggle's value that is followed but what bears a symbol: then it is enough that
            it is handed on as it is, or may be the one that is looked up.
    """

    def __init__(self, owner: Owner, steps: Steps, *, of_symbol: bool = False) -> None:
        self.program = owner.program
        self.owner = owner
        self.of_symbol = of_symbol
        self.came: dict[Place, tuple[Place | None, Note | None]] = {}
        self.reached: dict[ast.AST, Place] = {}
        self.proofs: list[Place] = []
        self.controlled: dict[ast.AST, Place] = {}
        self.ends: list[Note] = []
        self.puzzles: list[Note] = []
        self._moves = 0
        self._steps = steps
        self._queue: deque[Place] = deque()
        self._rests: deque[Iterator[None]] = deque()

    def run(self, is_enough: Callable[[], bool]) -> None:
        """Visit places until there is enough, or nothing is left."""
        while (self._queue or self._rests) and not is_enough():
            if not self._queue:
                self._look_on(self._rests.popleft())
                continue
            place, before = self._queue.popleft(), self._moves
            if len(self.came) > _MOST_PLACES:
                first = next(iter(self.came))
                self.puzzle(first.module, first.node, "gave-up")
                return
            rest = self._steps[place.kind](self, place)
            if rest is not None:
                self._look_on(rest)
            elif self._moves == before and place.kind not in {"gate", "body"}:
                self.puzzle(place.module, place.node, "lost")

    def _look_on(self, rest: Iterator[None]) -> None:
        """Look into one more file; into the rest when everything that is nearer was visited."""
        with suppress(StopIteration):
            next(rest)
            self._rests.append(rest)

    def go(self, source: Place | None, place: Place, note: Note | None = None) -> None:
        """Go on to a place, once."""
        self._moves += 1
        if place in self.came:
            return
        if len(place.path) > _DEEPEST_PATH:
            self.puzzle(place.module, place.node, "too-nested")
            return
        self.came[place] = (source, note)
        if not place.path and place.kind in {"at", "bound"}:
            self.reached.setdefault(place.node, place)
        self._queue.append(place)

    def at(self, source: Place, node: ast.AST, path: Path = (), *, direct: bool = False, shows: str = "") -> Place:
        """Go on to an expression of the same file; `shows` says what of it is worth telling."""
        place = Place("at", source.module, node, path=path, direct=direct and source.direct)
        self.go(source, place, note_at(source.module, node, shows) if shows else None)
        return place

    def member(self, source: Place, cls: Class, name: str, path: Path, note: Note | None = None) -> None:
        """Go on to an attribute of a class."""
        self.go(source, Place("member", cls.module, cls, name, path, source.direct), note)

    def gate(self, source: Place, node: ast.AST, shows: str = "", *names: str) -> Place:
        """Note a decision, or a step that is only told; what it leads to goes on from there."""
        place = Place("gate", source.module, node, shows, direct=source.direct and shows not in DECISIONS)
        self.came.setdefault(place, (source, note_at(source.module, node, shows, *names) if shows else None))
        self._moves += 1
        return place

    def prove(self, place: Place) -> None:
        """Something that runs makes use of the value."""
        self._moves += 1
        self.proofs.append(place)

    def control(self, place: Place, node: ast.AST) -> None:
        """The value decides about what stands here."""
        self.controlled.setdefault(node, place)

    def end(self, module: Module, node: ast.AST, kind: str, *names: str) -> None:
        """Explain why the value has no effect on this way."""
        self.explain(note_at(module, node, kind, *names))

    def explain(self, note: Note) -> None:
        """As `end`, where the fact is at hand."""
        self._moves += 1
        self.ends.append(note)

    def never_run(self, module: Module, node: ast.AST, function: Function | None = None) -> None:
        """Explain that code is not run, unless a parent class that nobody sees may do so."""
        around = function or module.method_around(node)
        if around is not None and self.owner.may_be_run(around):
            self.puzzle(module, node, "other-result", around.title)
        else:
            self.end(module, node, "not-run", around.title if around is not None else module.name)

    def leave(self) -> None:
        """What is done here is done with something else that the same object holds."""
        self._moves += 1

    def puzzle(self, module: Module, node: ast.AST, kind: str, *names: str) -> None:
        """Note a place at which the source cannot be followed."""
        self._moves += 1
        note = note_at(module, node, kind, *names)
        if note not in self.puzzles:
            self.puzzles.append(note)

    def is_decided(self, place: Place) -> bool:
        """Whether the value has decided or computed something on its way, rather than being copied on."""
        return self.of_symbol or any(one.kind in DECISIONS | {"combines"} for one in self.way_to(place))

    def way_to(self, place: Place) -> list[Note]:
        """The notes on the way to a place, from where the value comes in."""
        notes: list[Note] = []
        step: Place | None = place
        while step is not None:
            step, note = self.came[step]
            if note is not None:
                notes.append(note)
        return notes[::-1]
