"""Where the value of an expression goes, by the kind of node that the expression is part of."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from doctool.detect.bags import iterate_bag
from doctool.detect.calls import give, give_bag
from doctool.detect.definitions import Module
from doctool.detect.evidence import note_at
from doctool.detect.inference import refs_of
from doctool.detect.libraries import CARRIERS, CHANGERS, EFFECTS, FILLERS, KEYED, QUIET
from doctool.detect.regions import control, decide
from doctool.detect.scopes import bindings_of
from doctool.detect.search import Place, Search
from doctool.detect.stores import bind, change
from doctool.detect.syntax import FunctionNode, key_of
from doctool.detect.text import may_be

Step = Callable[[Search, Place, Any, Any], None]


def follow_expression(search: Search, place: Place) -> None:
    """Go on from an expression to what is made of its value."""
    parent = place.module.index.parent(place.node)
    step = _BY_PARENT.get(type(parent))
    if step is not None:
        step(search, place, place.node, parent)


def _pass(search: Search, place: Place, _: ast.expr, parent: ast.AST) -> None:
    search.at(place, parent, place.path, direct=not isinstance(parent, _MIXED))


def _drop(search: Search, place: Place, node: ast.expr, _: ast.AST) -> None:
    search.end(place.module, node, "dropped")


def _check(search: Search, place: Place, _: ast.expr, parent: ast.AST) -> None:
    search.end(place.module, parent, "checked")


def _assign(search: Search, place: Place, node: ast.expr, parent: ast.Assign | ast.AnnAssign) -> None:
    for target in parent.targets if isinstance(parent, ast.Assign) else [parent.target]:
        if node is not getattr(parent, "annotation", None):
            bind(search, place, target, place.path)
    if isinstance(parent, ast.NamedExpr):
        search.at(place, parent, place.path, direct=True)


def _return(search: Search, place: Place, _: ast.expr, parent: ast.AST) -> None:
    scope = parent if isinstance(parent, ast.Lambda) else place.module.index.scope_of(parent)
    if isinstance(scope, FunctionNode | ast.Lambda):
        function = place.module.function(scope)
        search.go(place, Place("result", place.module, function, path=place.path, direct=place.direct))
    if isinstance(parent, ast.Yield):
        search.at(place, parent)


def _test(search: Search, place: Place, node: ast.expr, parent: ast.If | ast.While | ast.IfExp) -> None:
    if node is not parent.test:
        search.at(place, parent, place.path)
    elif not place.path:
        decide(search, place, parent)


def _logic(search: Search, place: Place, node: ast.expr, parent: ast.BoolOp) -> None:
    if place.path:
        search.at(place, parent, place.path, direct=True)
        return
    search.at(place, parent, direct=True, shows="combines")
    for value in parent.values[parent.values.index(node) + 1 :]:
        search.control(place, value)


def _arithmetic(search: Search, place: Place, node: ast.expr, parent: ast.BinOp) -> None:
    if place.path:
        if isinstance(parent.op, ast.BitOr | ast.Add):
            search.at(place, parent, place.path)
        return
    gate = search.gate(place, parent, "computes")
    if isinstance(parent.op, ast.Mult) and place.direct:
        search.control(gate, parent.right if node is parent.left else parent.left)
    direct = isinstance(parent.op, ast.Mult) and place.direct
    search.go(gate, Place("at", place.module, parent, direct=direct))


def _compare(search: Search, place: Place, _: ast.expr, parent: ast.AST) -> None:
    if not place.path:
        search.at(place, parent, direct=not isinstance(parent, ast.Compare))


def _attribute(search: Search, place: Place, _: ast.expr, parent: ast.Attribute) -> None:
    path, name = place.path, parent.attr
    if not isinstance(parent.ctx, ast.Load):
        search.end(place.module, parent, "dropped")
    elif not path:
        search.at(place, parent)
    elif path[0] == name:
        note = note_at(place.module, parent, "read", ast.unparse(parent))
        search.go(place, Place("at", place.module, parent, path=path[1:], direct=place.direct), note)
    elif name in KEYED:
        call = place.module.index.parent(parent)
        if _is_called(place.module, parent) and isinstance(call, ast.Call) and call.args:
            _take(search, place, call, call.args[0])
    elif name in FILLERS or (path[0].isidentifier() and not _is_called(place.module, parent)):
        search.leave()
    elif name == "apply" and path[:2] == ("()", "()"):
        search.at(place, parent, path[1:])
    elif name in CARRIERS or (path[0] == "()" and name in {"forward", "__call__", "apply"}):
        search.at(place, parent, path, direct=True)


def _is_called(module: Module, node: ast.expr) -> bool:
    call = module.index.parent(node)
    return isinstance(call, ast.Call) and call.func is node


def _take(search: Search, place: Place, node: ast.expr, key: ast.expr) -> None:
    """Take what a container holds under a key."""
    first, rest = place.path[0], place.path[1:]
    wanted = first.lstrip("=?")
    if isinstance(key, ast.Constant):
        found = f"#{key.value}" if isinstance(key.value, int) else str(key.value)
        if found == wanted or (found.startswith("#-") and wanted.startswith("#")):
            search.at(place, node, rest, direct=True, shows="read")
        else:
            search.leave()
    elif first.startswith("="):
        search.at(place, node, rest, shows="chooses")
    elif wanted.startswith("#"):
        search.at(place, node, place.path if isinstance(key, ast.Slice) else rest)
    elif "()" in rest or search.of_symbol:  # what is called is found by what it may be, whatever its key
        search.at(place, node, rest)
    elif wanted == "()":
        search.at(place, node, place.path)
    elif may_be(key, wanted):
        search.puzzle(place.module, node, "computed-key")
    else:
        search.leave()


def _subscript(search: Search, place: Place, node: ast.expr, parent: ast.Subscript) -> None:
    is_read = isinstance(parent.ctx, ast.Load)
    if node is not parent.slice:
        if is_read and place.path:
            _take(search, place, parent, parent.slice)
        elif is_read:
            search.at(place, parent)
        elif place.path:
            search.leave()
        else:
            search.end(place.module, parent, "dropped")
    elif not place.path and not is_read:
        change(search, place, parent.value, ())
    elif not place.path:
        gate = search.at(place, parent, shows="chooses")
        for content in _contents(search, place.module, parent.value):
            search.control(gate, content)


def _contents(search: Search, module: Module, node: ast.expr) -> list[ast.expr]:
    """A container that is looked into, and what it was made of where it has a name."""
    if not isinstance(node, ast.Name):
        return [node]
    statements = [module.index.parent(binding.node) for binding in bindings_of(search.program, module, node)]
    return [
        statement.value
        for statement in statements
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
    ]


def _dict(search: Search, place: Place, node: ast.expr, parent: ast.Dict) -> None:
    key, value = next(pair for pair in zip(parent.keys, parent.values, strict=True) if node in pair)
    known = None if key is None else key_of(key)
    if value is node:
        search.at(place, parent, place.path if known is None else (known, *place.path), direct=True)
    else:
        search.control(place, value)
        search.at(place, parent, () if known is None else (f"={known}",))


def _sequence(search: Search, place: Place, node: ast.expr, parent: ast.Tuple | ast.List | ast.Set) -> None:
    around = place.module.index.parent(parent)
    if isinstance(around, ast.Subscript) and around.slice is parent:
        search.at(place, parent)
        return
    is_numbered = not isinstance(parent, ast.Set) and not isinstance(node, ast.Starred)
    own = (f"#{parent.elts.index(node)}",) if is_numbered else ()
    search.at(place, parent, (*own, *place.path), direct=True)


def _iterate(search: Search, place: Place, node: ast.expr, parent: ast.For | ast.comprehension) -> None:
    path, whole = place.path, place.module.index.parent(parent)
    if node is not parent.iter:
        if isinstance(parent, ast.comprehension) and not path:
            search.at(place, whole, shows="filters")
    elif path and path[0] != "()" and not path[0].startswith("#"):
        iterate_bag(search, place, parent)
    else:
        is_numbered = bool(path) and path[0].startswith("#")
        bind(search, place, parent.target, path[1:] if is_numbered else path, direct=bool(path))
        if not path and isinstance(parent, ast.comprehension):
            search.at(place, whole)
        elif not path:
            decide(search, place, parent)


def _with(search: Search, place: Place, node: ast.expr, parent: ast.withitem) -> None:
    if node is parent.context_expr:
        if parent.optional_vars is not None:
            bind(search, place, parent.optional_vars, place.path)
        if not place.path:
            decide(search, place, parent)


def _match(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    while isinstance(parent, ast.pattern):
        parent = place.module.index.parent(parent)
    for case in parent.cases if isinstance(parent, ast.Match) and node is parent.subject else [parent]:
        if isinstance(case, ast.match_case) and not place.path:
            decide(search, place, case)


def _define(search: Search, place: Place, node: ast.expr, parent: ast.FunctionDef | ast.ClassDef) -> None:
    """A decorator, a base or a keyword of a class decides about what is defined."""
    if node in parent.decorator_list or node in getattr(parent, "bases", ()):
        control(search, search.gate(place, node, "computes"), [parent])
    else:
        search.end(place.module, node, "checked")


def _default(search: Search, place: Place, node: ast.expr, parent: ast.arguments) -> None:
    holder = place.module.index.parent(parent)
    function = place.module.function(holder) if isinstance(holder, FunctionNode | ast.Lambda) else None
    for one, value in function.defaults().items() if function is not None else ():
        if value is node:
            binding = search.program.flow(place.module, place.module.index.scope_of(one)).by_node[one]
            search.go(place, Place("bound", place.module, binding, path=place.path, direct=place.direct))


def _call(search: Search, place: Place, node: ast.expr, parent: ast.Call) -> None:
    path = place.path
    if node is not parent.func:
        position = parent.args.index(node)
        (give_bag if isinstance(node, ast.Starred) else give)(search, place, parent, position)
    elif path and path[0] == "()":
        search.at(place, parent, path[1:])
    elif path:
        if isinstance(node, ast.Attribute) and node.attr in CARRIERS:
            search.at(place, parent, path, direct=True)
    else:
        gate = search.at(place, parent, shows="chooses")
        for ref in refs_of(search.program, place.module, node):
            if ref.function is not None:
                search.go(gate, Place("body", ref.function.module, ref.function, direct=False))
        if isinstance(node, ast.Attribute) and isinstance(place.module.index.parent(parent), ast.Expr):
            _run_method(search, gate, node)


def _run_method(search: Search, gate: Place, node: ast.Attribute) -> None:
    """A method of an object that the value decided about is called for what it does."""
    name, refs = node.attr, refs_of(search.program, gate.module, node)
    methods = search.owner.methods_named(name) if not refs else []
    if name in EFFECTS:
        search.prove(gate)
    elif methods and search.owner.are_of_one_family(methods):
        for method in methods:
            search.go(gate, Place("body", method.module, method, direct=False))
    elif name in CHANGERS or name.endswith("_"):
        change(search, gate, node.value, ())
    elif not any(ref.function is not None for ref in refs) and name not in QUIET:
        search.puzzle(gate.module, node, "unknown-callee")


def _keyword(search: Search, place: Place, _: ast.expr, parent: ast.keyword) -> None:
    call = place.module.index.parent(parent)
    if isinstance(call, ast.ClassDef):
        control(search, place, [call])
    elif isinstance(call, ast.Call) and parent.arg is None:
        give_bag(search, place, call, None)
    elif isinstance(call, ast.Call):
        give(search, place, call, parent.arg or "")


_MIXED = (ast.JoinedStr, ast.FormattedValue, ast.Slice, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_BY_PARENT: dict[type[ast.AST], Step] = {
    ast.Expr: _drop, ast.Delete: _drop, ast.Assert: _check, ast.Raise: _check, ast.Assign: _assign,
    ast.AnnAssign: _assign, ast.AugAssign: _assign, ast.NamedExpr: _assign, ast.Return: _return, ast.Yield: _return,
    ast.YieldFrom: _return, ast.Lambda: _return, ast.If: _test, ast.While: _test, ast.IfExp: _test,
    ast.BoolOp: _logic, ast.BinOp: _arithmetic, ast.UnaryOp: _compare, ast.Compare: _compare,
    ast.Attribute: _attribute, ast.Subscript: _subscript, ast.Dict: _dict, ast.Tuple: _sequence, ast.List: _sequence,
    ast.Set: _sequence, ast.Starred: _pass, ast.Await: _pass, **dict.fromkeys(_MIXED, _pass), ast.For: _iterate,
    ast.AsyncFor: _iterate, ast.comprehension: _iterate, ast.withitem: _with, ast.Match: _match,
    ast.MatchValue: _match, ast.match_case: _match, ast.FunctionDef: _define, ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define, ast.arguments: _default, ast.Call: _call, ast.keyword: _keyword,
}  # fmt: skip
