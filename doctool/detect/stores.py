"""A value that is put somewhere: behind a name, into an attribute, or into an object that others hold too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.evidence import note_at
from doctool.detect.flow import Binding
from doctool.detect.inference import refs_of
from doctool.detect.libraries import CARRIERS, VIEWS, is_computing, is_setting
from doctool.detect.members import reads_of
from doctool.detect.program import Kind, receiver_of
from doctool.detect.scopes import bindings_of
from doctool.detect.search import Path, Place, Search
from doctool.detect.syntax import FunctionNode, key_of, last_name


def bind(search: Search, place: Place, target: ast.expr, path: Path, *, direct: bool = True) -> None:
    """Give an assignment target the value."""
    module = place.module
    if isinstance(target, ast.Starred):
        bind(search, place, target.value, path, direct=direct)
    elif isinstance(target, ast.Tuple | ast.List):
        number = int(path[0][1:]) if path and path[0].startswith("#") else None
        is_plain = not any(isinstance(element, ast.Starred) for element in target.elts)
        chosen = target.elts if number is None or not is_plain else target.elts[number : number + 1]
        for one in chosen:
            bind(search, place, one, path if number is None else path[1:], direct=direct)
    elif isinstance(target, ast.Subscript):
        key = key_of(target.slice)
        change(search, place, target.value, path if key is None else (key, *path))
    else:
        binding = search.program.flow(module, module.index.scope_of(target)).by_node.get(target)
        if binding is not None:
            bound = Place("bound", module, binding, path=path, direct=direct and place.direct)
            search.go(place, bound, note_at(module, target, "kept", binding.name))
        elif isinstance(target, ast.Attribute):
            _set_attribute(search, place, target, path)


def _set_attribute(search: Search, place: Place, target: ast.Attribute, path: Path) -> None:
    """`obj.name = value`, where the object is not the receiver of the method."""
    refs = refs_of(search.program, place.module, target.value)
    note = note_at(place.module, target, "kept", ast.unparse(target))
    for ref in refs:
        if ref.cls is not None:
            search.member(place, ref.cls, target.attr, path, note)
        elif ref.kind is Kind.EXTERNAL and path:
            search.puzzle(place.module, target, "outside")
        elif ref.kind is Kind.EXTERNAL and not ref.name.startswith("builtins."):
            search.prove(search.gate(place, target, "sets"))
        elif ref.kind is Kind.MODULE and (module := search.program.module(ref.name)) is not None:
            for binding in search.program.flow(module, module.tree).bindings.get(target.attr, ()):
                search.go(place, Place("bound", module, binding, path=path, direct=place.direct))
    if not refs or any(ref.kind is Kind.FUNCTION for ref in refs):
        # What nobody of the package reads, such as `requires_grad`, is read by whoever made the object.
        read = is_setting(target.value) or any(
            True for each in search.owner.modules_with(target.attr) for _ in reads_of(search.program, each, target.attr)
        )
        change(search, place, target.value, (target.attr, *path) if read else ())


def change_first(search: Search, place: Place, call: ast.Call) -> None:
    """`fill_(x)`: the first argument is changed, and all that is in it."""
    first = call.args[0]
    if isinstance(first, ast.Name):
        bindings = bindings_of(search.program, place.module, first)
        values = [getattr(place.module.index.parent(binding.node), "value", None) for binding in bindings]
        if any(isinstance(value, ast.List | ast.ListComp | ast.Dict) for value in values):
            search.puzzle(place.module, call, "shared")
    change(search, place, first, ())


def change(search: Search, place: Place, node: ast.expr, path: Path) -> None:
    """Something changes an object: whoever reads the object later reads the value."""
    if any(one.startswith("?") for one in path):
        search.puzzle(place.module, node, "computed-store")
        return
    chain: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        if isinstance(node, ast.Attribute):
            chain.insert(0, node.attr)
        node = node.func if isinstance(node, ast.Call) else node.value
    bindings = bindings_of(search.program, place.module, node) if isinstance(node, ast.Name) else []
    if not bindings:
        search.puzzle(place.module, node, "shared")
    for binding in bindings:
        _change_binding(search, place, binding, (tuple(chain), path))


def _change_binding(search: Search, place: Place, binding: Binding, paths: tuple[Path, Path]) -> None:
    """Change what a name refers to; the attributes from there to what is changed, and the path from that."""
    module, scope, node = place.module, binding.scope, binding.node
    chain, path = paths
    if isinstance(node, ast.arg) and isinstance(scope, FunctionNode):
        function = module.function(scope)
        if function.owner is not None and node.arg == receiver_of(function):
            if chain:
                search.member(place, function.owner, chain[0], (*chain[1:], *path) if path else ())
            elif not path:
                search.prove(search.gate(place, node))
            return
        # What a function was given is its caller's; its own bags of arguments are not.
        if not path and node not in {scope.args.kwarg, scope.args.vararg} and search.owner.runs(function):
            search.prove(search.gate(place, node))
    rest = (*chain, *path) if path else ()
    changed = Place("bound", module, binding, "changed", rest, direct=False)
    is_new = changed not in search.came
    search.go(place, changed)
    if not is_new or changed not in search.came:
        return  # names that are bound to each other
    for value in _aliases(search, place, binding):
        if value is not place.item:
            change(search, place, value, path)


def _aliases(search: Search, place: Place, binding: Binding) -> Iterator[ast.expr]:
    """What else the object is, or is part of, where the name was bound to something that is already there."""
    statement = place.module.index.parent(binding.node)
    while isinstance(statement, ast.Tuple | ast.List | ast.Starred):
        statement = place.module.index.parent(statement)
    value = getattr(statement, "iter" if isinstance(statement, ast.For | ast.comprehension) else "value", None)
    values = [value] if isinstance(value, ast.expr) else []
    while values:
        one = values.pop()
        if isinstance(one, ast.Name | ast.Attribute | ast.Subscript):
            yield one
        elif isinstance(one, ast.IfExp | ast.BoolOp):
            values += [one.body, one.orelse] if isinstance(one, ast.IfExp) else one.values
        elif isinstance(one, ast.Call):
            values += _handed_through(search, place, one)


def _handed_through(search: Search, place: Place, call: ast.Call) -> list[ast.expr]:
    """What a call gives back again: `enumerate(x)`, `x.parameters()`; nobody knows it of code that is not seen."""
    name = last_name(call.func)
    if isinstance(call.func, ast.Attribute) and name in CARRIERS | VIEWS:
        return [call.func.value]
    if name in CARRIERS:
        return list(call.args)
    refs = refs_of(search.program, place.module, call.func)
    if not refs or any(ref.kind is not Kind.EXTERNAL or not is_computing(ref.name) for ref in refs):
        search.puzzle(place.module, call, "shared")
    return []
