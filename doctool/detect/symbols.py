"""Is a symbol used because of a toggle: named where the toggle decides, and followed on to something that runs?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.definitions import Module
from doctool.detect.evidence import Note, note_at
from doctool.detect.inference import refs_of
from doctool.detect.libraries import NAMED_STORES
from doctool.detect.owner import Owner
from doctool.detect.program import Kind
from doctool.detect.search import Place, Search
from doctool.detect.stores import bind
from doctool.detect.syntax import is_documentation, last_name
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
        self.symbol = symbol
        self.puzzles: list[Note] = []
        self._used: dict[ast.AST, bool] = {}

    def places(self) -> Iterator[tuple[Module, ast.AST]]:
        """The places that name it, those near the owner first."""
        for module in self.owner.modules_with(self.symbol):
            for node in module.index.named.get(self.symbol, ()):
                is_named = isinstance(node, _NAMED) and not is_documentation(module.index, node)
                if is_named and self.owner.is_live(module, node):
                    yield module, node

    def is_used(self, module: Module, node: ast.AST) -> bool:
        """Whether something that runs makes use of what is named here."""
        if node not in self._used:
            search = Search(self.owner, STEPS, of_symbol=True)
            origin = Place("gate", module, node, direct=False)
            search.go(None, origin)
            _start(search, origin)
            search.run(lambda: bool(search.proofs))
            self._used[node] = bool(search.proofs)
            if not search.proofs:
                self.puzzles.extend(puzzle for puzzle in search.puzzles if puzzle not in self.puzzles)
        return self._used[node]

    def note(self, module: Module, node: ast.AST) -> Note:
        """What the place shows."""
        return note_at(module, node, "assigns" if is_store(module, node) else "uses", self.symbol)


def is_store(module: Module, node: ast.AST) -> bool:
    """Whether the symbol is assigned here."""
    parent = module.index.parent(node)
    if isinstance(parent, ast.Call) and isinstance(node, ast.Constant):
        return last_name(parent.func) in NAMED_STORES
    holder = parent if isinstance(parent, ast.Subscript) and isinstance(node, ast.Constant) else node
    return isinstance(getattr(holder, "ctx", None), ast.Store)


def _start(search: Search, origin: Place) -> None:
    """Go on from what is named: an expression, a key, an attribute that is stored by name, or a definition."""
    node, module = origin.node, origin.module
    parent = module.index.parent(node)
    is_key = isinstance(node, ast.Constant)
    target: ast.AST = parent if is_key and isinstance(parent, ast.Subscript | ast.Call) else node
    target = module.index.parent(parent) if is_key and isinstance(parent, ast.keyword) else target
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        for one in node.decorator_list:  # what it is registered with keeps it
            for each in (one, *(one.args if isinstance(one, ast.Call) else ())):
                search.at(origin, each)
    elif is_key and isinstance(parent, ast.Call) and last_name(parent.func) in NAMED_STORES:
        holder = parent.args[0] if last_name(parent.func) == "setattr" else getattr(parent.func, "value", None)
        for ref in refs_of(search.program, module, holder) if holder is not None else ():
            if ref.cls is not None:
                search.member(origin, ref.cls, str(node.value), ())  # type: ignore[attr-defined]
    elif isinstance(target, ast.expr) and isinstance(getattr(target, "ctx", None), ast.Store):
        bind(search, origin, target, (), direct=False)
    elif isinstance(node, ast.keyword):
        search.at(origin, node.value)
    elif isinstance(target, ast.expr):
        search.at(origin, target)


class Causes:
    """What a search has reached: the code that runs, or what is in it, because of the toggle.

    Args:
        search: The search.
        statements: Where the toggle is computed.
    """

    def __init__(self, search: Search, statements: list[tuple[Module, ast.AST]]) -> None:
        self._search = search
        self._statements = statements
        self._bodies: dict[ast.AST, Place] = {}
        self._opened: set[ast.AST] = set()

    def of(self, module: Module, node: ast.AST) -> Place | None:
        """The place through which the toggle reaches a node; None if it does not."""
        self._open_bodies()
        for one in (node, *module.index.around(node)):
            found = self._search.controlled.get(one) or self._bodies.get(one)
            if found is not None:
                return found
        if node in self._search.reached and not isinstance(node, ast.arg):
            return self._search.reached[node]
        inside = any(home is module and module.index.is_inside(node, one) for home, one in self._statements)
        return self._search.proofs[0] if inside and self._search.proofs else None

    def _open_bodies(self) -> None:
        """Classes and functions that are named where the toggle decides run because of it."""
        controlled = self._search.controlled
        queue = [(place.module, node, place) for node, place in controlled.items() if node not in self._opened]
        while queue and len(self._bodies) < _MOST_BODIES:
            module, node, place = queue.pop()
            self._opened.add(node)
            named = [one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)]
            for one in named:
                for ref in refs_of(self._search.program, module, one) if isinstance(one.ctx, ast.Load) else ():
                    target = ref.function or (ref.cls if ref.kind is Kind.CLASS else None)
                    if target is None or target.node in self._bodies or module.index.is_inside(one, target.node):
                        continue
                    self._bodies[target.node] = place
                    queue.append((target.module, target.node, place))
