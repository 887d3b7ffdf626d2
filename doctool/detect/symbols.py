"""Is a symbol used because of a toggle: named where the toggle decides, and followed on to something that runs?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.definitions import Module
from doctool.detect.evidence import Note, note_at
from doctool.detect.inference import refs_of
from doctool.detect.libraries import NAMED_STORES
from doctool.detect.owner import Owner
from doctool.detect.search import Place, Search
from doctool.detect.stores import bind
from doctool.detect.syntax import FunctionNode, documentation, last_name
from doctool.detect.table import STEPS

_MOST_BODIES = 200
_NAMED = (ast.Name, ast.Attribute, ast.Constant, ast.keyword, ast.FunctionDef, ast.ClassDef)


class Occurrences:
    """The places that name a symbol, and whether what is there is used.

    Args:
        owner: What the question is asked of.
        symbol: The name.
    """

    def __init__(self, owner: Owner, symbol: str) -> None:
        self.owner = owner
        self.program = owner.program
        self.symbol = symbol
        self.puzzles: list[Note] = []
        self._live: dict[ast.AST, bool] = {}
        self.places = [
            (module, node)
            for module in self.owner.modules_with(symbol)
            for node in self._named(module)
            if owner.is_live(module, node)
        ]

    def _named(self, module: Module) -> Iterator[ast.AST]:
        skipped = documentation(module.tree)
        for node in module.index.named.get(self.symbol, ()):
            if isinstance(node, _NAMED) and node not in skipped:
                yield node

    def is_used(self, module: Module, node: ast.AST) -> bool:
        """Whether something that runs makes use of what is named here."""
        if node not in self._live:
            search = Search(self.owner, STEPS, of_symbol=True)
            _start(search, module, node)
            search.run(lambda: bool(search.proofs))
            self._live[node] = bool(search.proofs)
            if not search.proofs:
                self.puzzles.extend(one for one in search.puzzles if one not in self.puzzles)
        return self._live[node]

    def note(self, module: Module, node: ast.AST) -> Note:
        """What the place shows."""
        stores = is_store(module, node)
        return note_at(module, node, "assigns" if stores else "uses", self.symbol)


def is_store(module: Module, node: ast.AST) -> bool:
    """Whether the symbol is assigned here."""
    if isinstance(node, ast.Name | ast.Attribute):
        return isinstance(node.ctx, ast.Store)
    parent = module.index.parent(node)
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.ctx, ast.Store)
    return isinstance(parent, ast.Call) and last_name(parent.func) in NAMED_STORES


def _start(search: Search, module: Module, node: ast.AST) -> None:
    origin = Place("gate", module, node, direct=False)
    search.go(None, origin)
    parent = module.index.parent(node)
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
        bind(search, origin, node, (), direct=False)
    elif isinstance(node, ast.Name | ast.Attribute):
        search.go(origin, Place("at", module, node, direct=False))
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        for one in node.decorator_list:  # what it is registered with keeps it
            search.go(origin, Place("at", module, one, direct=False))
            if isinstance(one, ast.Call):
                for given in one.args:
                    search.go(origin, Place("at", module, given, direct=False))
    elif isinstance(node, ast.keyword):
        search.go(origin, Place("at", module, node.value, direct=False))
    elif isinstance(parent, ast.Subscript):
        if isinstance(parent.ctx, ast.Store):
            bind(search, origin, parent, (), direct=False)
        else:
            search.go(origin, Place("at", module, parent, direct=False))
    elif isinstance(parent, ast.Call) and last_name(parent.func) in NAMED_STORES:
        target = parent.args[0] if last_name(parent.func) == "setattr" else getattr(parent.func, "value", None)
        for ref in refs_of(search.program, module, target) if target is not None else ():
            if ref.cls is not None:
                search.go(origin, Place("member", ref.cls.module, ref.cls, str(node.value), direct=False))  # type: ignore[attr-defined]
    elif isinstance(parent, ast.Call):
        search.go(origin, Place("at", module, parent, direct=False))
    elif isinstance(parent, ast.keyword):
        search.go(origin, Place("at", module, module.index.parent(parent), direct=False))
    elif isinstance(parent, ast.Dict):
        search.go(origin, Place("at", module, node, direct=False))


class Causes:
    """What a search has reached: the code that runs, or what is in it, because of the toggle."""

    def __init__(self, search: Search, statements: list[tuple[Module, ast.AST]]) -> None:
        self.search = search
        self.statements = statements
        self._bodies: dict[ast.AST, Place] = {}
        self._opened: set[ast.AST] = set()

    def of(self, module: Module, node: ast.AST) -> Place | None:
        """The place through which the toggle reaches a node; None if it does not."""
        self._open_bodies()
        for one in (node, *module.index.around(node)):
            found = self.search.controlled.get(one) or self._bodies.get(one)
            if found is not None:
                return found
        for place in self.search.came:
            if not place.path and place.kind in {"at", "bound", "member"} and self._is_at(place, node):
                return place
        for home, statement in self.statements:
            if home is module and module.index.is_inside(node, statement) and self.search.proofs:
                return self.search.proofs[0]
        return None

    @staticmethod
    def _is_at(place: Place, node: ast.AST) -> bool:
        if place.kind == "bound":
            return place.item.node is node and not (isinstance(node, ast.arg))  # type: ignore[union-attr]
        if place.kind == "member":
            return isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and False
        return place.item is node

    def _open_bodies(self) -> None:
        """Classes and functions that are named where the toggle decides run because of it."""
        queue = [
            (place.module, node, place) for node, place in self.search.controlled.items() if node not in self._opened
        ]
        while queue and len(self._bodies) < _MOST_BODIES:
            module, node, place = queue.pop()
            self._opened.add(node)
            for one in ast.walk(node):
                if not isinstance(one, ast.Name | ast.Attribute) or not isinstance(one.ctx, ast.Load):
                    continue
                for ref in refs_of(self.search.program, module, one):
                    target = ref.function or (ref.cls if ref.kind.value == "class" else None)
                    if (
                        target is not None
                        and target.node not in self._bodies
                        and not module.index.is_inside(one, target.node)
                    ):
                        self._bodies[target.node] = place
                        queue.append((target.module, target.node, place))


__all__ = ["Causes", "FunctionNode", "Occurrences"]
