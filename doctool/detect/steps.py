"""Where the value of an expression goes, by the kind of node that the expression is part of."""

from __future__ import annotations

import ast
from collections.abc import Callable

from doctool.detect.calls import call_with_bag, call_with_value, mutate
from doctool.detect.evidence import note_at
from doctool.detect.definitions import Module
from doctool.detect.inference import bindings_of, refs_of
from doctool.detect.libraries import CARRIERS, CHANGERS, EFFECTS, KEYED
from doctool.detect.program import Kind
from doctool.detect.regions import control, decide
from doctool.detect.search import Path, Place, Search
from doctool.detect.syntax import FunctionNode
from doctool.detect.text import evaluate, may_be

Step = Callable[[Search, Place, ast.expr, ast.AST], None]


def follow_expression(search: Search, place: Place) -> None:
    """Go on from an expression to what is made of its value."""
    node = place.item
    parent = place.module.index.parent(node)  # type: ignore[arg-type]
    step = _BY_PARENT.get(type(parent))
    if step is not None:
        step(search, place, node, parent)  # type: ignore[arg-type]


def onto(search: Search, place: Place, node: ast.AST, path: Path, *, direct: bool = False) -> None:
    """Go on to an expression."""
    search.go(place, Place("at", place.module, node, path=path, direct=direct and place.direct))


def _pass(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    del node
    onto(search, place, parent, place.path, direct=True)


def _drop(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    del parent
    if not place.path:
        search.end(place.module, node, "dropped")


def _check(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    del node
    search.end(place.module, parent, "checked")


def _assign(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    if isinstance(parent, ast.Assign):
        for target in parent.targets:
            bind(search, place, target, place.path)
    elif isinstance(parent, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node is not getattr(
        parent, "annotation", 0
    ):
        bind(search, place, parent.target, place.path)
        if isinstance(parent, ast.NamedExpr):
            onto(search, place, parent, place.path, direct=True)


def bind(search: Search, place: Place, target: ast.expr, path: Path, *, direct: bool = True) -> None:
    """Give an assignment target the value."""
    module = place.module
    if isinstance(target, ast.Starred):
        bind(search, place, target.value, path, direct=direct)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(search, place, target, path)
    elif isinstance(target, ast.Subscript):
        key = target.slice.value if isinstance(target.slice, ast.Constant) else None
        mutate(search, place, target.value, (str(key), *path) if isinstance(key, str) else path)
    else:
        flow = search.program.flow(module, module.index.scope_of(target))
        binding = flow.by_node.get(target)
        if binding is not None:
            note = note_at(module, target, "kept", binding.name)
            search.go(place, Place("bound", module, binding, path=path, direct=direct and place.direct), note)
        elif isinstance(target, ast.Attribute):
            _set_attribute(search, place, target, path)


def _unpack(search: Search, place: Place, target: ast.Tuple | ast.List, path: Path) -> None:
    number = int(path[0][1:]) if path and path[0].startswith("#") else None
    is_plain = not any(isinstance(one, ast.Starred) for one in target.elts)
    if number is not None and is_plain:
        if number < len(target.elts):
            bind(search, place, target.elts[number], path[1:])
        return
    for one in target.elts:
        bind(search, place, one, path[1:] if number is not None else path)


def _set_attribute(search: Search, place: Place, target: ast.Attribute, path: Path) -> None:
    """`obj.name = value`, where the object is not the receiver of the method."""
    refs = refs_of(search.program, place.module, target.value)
    note = note_at(place.module, target, "kept", ast.unparse(target))
    for ref in refs:
        if ref.cls is not None:
            search.go(place, Place("member", ref.cls.module, ref.cls, target.attr, path, place.direct), note)
        elif ref.kind is Kind.EXTERNAL and not ref.name.startswith("builtins."):
            gate = Place("gate", place.module, target)
            search.go(place, gate, note_at(place.module, target, "sets", ast.unparse(target)))
            search.gate(gate, target)
            search.prove(gate)
        elif ref.kind is Kind.MODULE:
            _set_global(search, place, ref.name, target.attr)
    if not refs:
        search.go(place, Place("field", place.module, place.module.tree, target.attr, path, place.direct), note)
    if not refs or any(ref.kind is Kind.FUNCTION for ref in refs):
        mutate(search, place, target.value, (target.attr, *path))


def _set_global(search: Search, place: Place, dotted: str, name: str) -> None:
    module = search.program.module(dotted)
    for binding in search.program.flow(module, module.tree).bindings.get(name, ()) if module is not None else ():
        search.go(place, Place("bound", module, binding, path=place.path, direct=place.direct))


def _return(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    del node
    scope = parent if isinstance(parent, ast.Lambda) else place.module.index.scope_of(parent)
    if isinstance(scope, FunctionNode | ast.Lambda):
        function = place.module.function(scope)
        search.go(place, Place("result", place.module, function, path=place.path, direct=place.direct))
    if isinstance(parent, ast.Yield):
        onto(search, place, parent, ())


def _test(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    if isinstance(parent, ast.If | ast.While | ast.IfExp) and node is not parent.test:
        onto(search, place, parent, place.path)
    elif not place.path:
        decide(search, place, parent)


def _logic(search: Search, place: Place, node: ast.expr, parent: ast.BoolOp) -> None:
    if place.path:
        onto(search, place, parent, place.path, direct=True)
        return
    target = Place("at", place.module, parent, direct=place.direct)
    search.go(place, target, note_at(place.module, parent, "combines"))
    later = parent.values[parent.values.index(node) + 1 :]
    for one in later:
        search.control(place, one)


def _arithmetic(search: Search, place: Place, node: ast.expr, parent: ast.BinOp) -> None:
    if place.path:
        if isinstance(parent.op, ast.BitOr | ast.Add):
            onto(search, place, parent, place.path)
        return
    scales = isinstance(parent.op, ast.Mult)
    gate = Place("gate", place.module, parent, direct=False)
    if gate not in search.came:
        search.came[gate] = (place, note_at(place.module, parent, "computes"))
        search.gate(gate, parent)
    if scales and place.direct:
        search.control(gate, parent.right if node is parent.left else parent.left)
    search.go(gate, Place("at", place.module, parent, direct=scales and place.direct))


def _compare(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    del node
    if not place.path:
        onto(search, place, parent, (), direct=not isinstance(parent, ast.Compare))


def _attribute(search: Search, place: Place, node: ast.expr, parent: ast.Attribute) -> None:
    del node
    if not isinstance(parent.ctx, ast.Load):
        return
    path, name = place.path, parent.attr
    if not path:
        onto(search, place, parent, ())
    elif path[0] == name:
        note = note_at(place.module, parent, "read", ast.unparse(parent))
        search.go(place, Place("at", place.module, parent, path=path[1:], direct=place.direct), note)
    elif path[0] == f"{name}()":
        onto(search, place, parent, ("()", *path[1:]))
    elif name in KEYED:
        _look_up(search, place, parent)
    elif name in CARRIERS or (path[0] == "()" and name in {"forward", "__call__", "apply"}):
        onto(search, place, parent, path, direct=True)


def _look_up(search: Search, place: Place, method: ast.Attribute) -> None:
    """`bag.get(key)`."""
    call = place.module.index.parent(method)
    if isinstance(call, ast.Call) and call.func is method and call.args:
        _take(search, place, call, call.args[0])


def _take(search: Search, place: Place, node: ast.expr, key: ast.expr) -> None:
    """Take what a container holds under a key."""
    path = place.path
    wanted = path[0].removeprefix("=")
    if isinstance(key, ast.Constant):
        found = f"#{key.value}" if isinstance(key.value, int) else str(key.value)
        if found == wanted or (isinstance(key.value, int) and key.value < 0 and wanted.startswith("#")):
            note = note_at(place.module, node, "read")
            search.go(place, Place("at", place.module, node, path=path[1:], direct=place.direct), note)
    elif path[0].startswith("=") or wanted.startswith("#"):
        rest = path if isinstance(key, ast.Slice) else path[1:]
        gate = Place("at", place.module, node, path=rest, direct=False)
        search.go(place, gate, note_at(place.module, node, "chooses") if path[0].startswith("=") else None)
        if path[0].startswith("="):
            search.gate(gate, node)
    elif "()" in path[1:]:  # what is called is found by what it may be, whatever its key
        onto(search, place, node, path[1:])
    elif wanted == "()":
        onto(search, place, node, path)
    elif search.of_symbol:
        onto(search, place, node, path[1:])
    elif may_be(key, wanted):
        search.puzzle(place.module, node, "computed-key")


def _subscript(search: Search, place: Place, node: ast.expr, parent: ast.Subscript) -> None:
    if node is parent.slice:
        if place.path:
            return
        if isinstance(parent.ctx, ast.Store):
            mutate(search, place, parent.value, ())
            return
        gate = Place("at", place.module, parent, direct=False)
        search.go(place, gate, note_at(place.module, parent, "chooses"))
        search.gate(gate, parent)
        for one in contents(search, place.module, parent.value):
            search.control(gate, one)
    elif isinstance(parent.ctx, ast.Load):
        if place.path:
            _take(search, place, parent, parent.slice)
        else:
            onto(search, place, parent, ())


def contents(search: Search, module: Module, node: ast.expr) -> list[ast.expr]:
    """A container that is looked into, and what it was made of where it has a name."""
    if not isinstance(node, ast.Name):
        return [node]
    statements = [module.index.parent(one.node) for one in bindings_of(search.program, module, node)]
    return [one.value for one in statements if isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None]


def _dict(search: Search, place: Place, node: ast.expr, parent: ast.Dict) -> None:
    for key, value in zip(parent.keys, parent.values, strict=True):
        if value is node and key is None:
            onto(search, place, parent, place.path)
        elif value is node:
            known = key.value if isinstance(key, ast.Constant) else None
            onto(
                search, place, parent, (str(known), *place.path) if isinstance(known, str) else place.path, direct=True
            )
        elif key is node:
            own = isinstance(key, ast.Constant) and isinstance(key.value, str)
            search.control(place, value)
            onto(search, place, parent, (f"={key.value}",) if own else ())  # type: ignore[union-attr]


def _sequence(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    if isinstance(parent, ast.Set) or isinstance(node, ast.Starred):
        onto(search, place, parent, place.path)
        return
    elements = parent.elts  # type: ignore[attr-defined]
    onto(search, place, parent, (f"#{elements.index(node)}", *place.path), direct=True)


def _iterate(search: Search, place: Place, node: ast.expr, parent: ast.For | ast.comprehension) -> None:
    if node is not parent.iter:
        if isinstance(parent, ast.comprehension) and node in parent.ifs and not place.path:
            whole = place.module.index.parent(parent)
            gate = Place("at", place.module, whole, direct=False)
            search.go(place, gate, note_at(place.module, whole, "filters"))
            search.gate(gate, whole)
        return
    path = place.path
    if path and path[0].startswith("#"):
        bind(search, place, parent.target, path[1:])
    elif path and path[0] != "()":
        _iterate_bag(search, place, parent)
    elif path:
        bind(search, place, parent.target, path)
    elif isinstance(parent, ast.comprehension):
        bind(search, place, parent.target, (), direct=False)
        onto(search, place, place.module.index.parent(parent), ())
    else:
        bind(search, place, parent.target, (), direct=False)
        decide(search, place, parent)


def _iterate_bag(search: Search, place: Place, parent: ast.For | ast.comprehension) -> None:
    """`for key, value in bag.items()`: go on where the key is put somewhere again."""
    target, path, module = parent.target, place.path, place.module
    if isinstance(target, ast.Name):
        return  # the keys alone
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2 or not isinstance(target.elts[0], ast.Name):
        search.puzzle(module, parent.iter, "computed-key")
        return
    key, value = target.elts[0].id, target.elts[1]
    names = {key: path[0].removeprefix("=")}
    if isinstance(parent, ast.comprehension):
        whole = module.index.parent(parent)
        tests = [evaluate(one, names) for one in parent.ifs]
        if False in tests:
            return
        renamed = evaluate(whole.key, names) if isinstance(whole, ast.DictComp) else None
        is_copy = isinstance(whole, ast.DictComp) and ast.unparse(whole.value) == ast.unparse(value)
        if isinstance(renamed, str) and is_copy and None not in tests:
            onto(search, place, whole, (renamed, *path[1:]), direct=True)
            return
        search.puzzle(module, whole, "computed-key")
        return
    search.puzzle(module, _put_back(search, place, parent, names) or parent.iter, "computed-store")


def _put_back(search: Search, place: Place, loop: ast.For, names: dict[str, str]) -> ast.AST | None:
    """Find where the body of a loop sets an attribute or key by the loop's own key."""
    found: ast.AST | None = None
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr" and len(node.args) == 3:
            name = evaluate(node.args[1], names)
            found = node
            if isinstance(name, str):
                for ref in refs_of(search.program, place.module, node.args[0]):
                    if ref.cls is not None:
                        search.go(place, Place("member", ref.cls.module, ref.cls, name, place.path[1:], place.direct))
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            name = evaluate(node.slice, names)
            found = node
            if isinstance(name, str):
                mutate(search, place, node.value, (name, *place.path[1:]))
    return found


def _with(search: Search, place: Place, node: ast.expr, parent: ast.withitem) -> None:
    if node is parent.context_expr:
        if parent.optional_vars is not None:
            bind(search, place, parent.optional_vars, place.path)
        if not place.path:
            decide(search, place, parent)


def _match(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    if not place.path:
        around = place.module.index.parent(parent) if isinstance(parent, ast.MatchValue) else parent
        while isinstance(around, ast.pattern):
            around = place.module.index.parent(around)
        cases = around.cases if isinstance(around, ast.Match) and node is around.subject else [around]
        for case in cases:
            if isinstance(case, ast.match_case):
                decide(search, place, case)


def _define(search: Search, place: Place, node: ast.expr, parent: ast.FunctionDef | ast.ClassDef) -> None:
    """A decorator or a base decides about what is defined."""
    if node in parent.decorator_list or node in getattr(parent, "bases", ()):
        gate = Place("gate", place.module, parent)
        search.go(place, gate, note_at(place.module, node, "computes"))
        search.gate(gate, node)
        control(search, gate, [parent])


def _default(search: Search, place: Place, node: ast.expr, parent: ast.arguments) -> None:
    positional = [*parent.posonlyargs, *parent.args]
    pairs = [*zip(reversed(positional), reversed(parent.defaults), strict=False)]
    pairs += [
        (one, value) for one, value in zip(parent.kwonlyargs, parent.kw_defaults, strict=True) if value is not None
    ]
    for one, value in pairs:
        if value is node:
            scope = place.module.index.scope_of(one)
            binding = search.program.flow(place.module, scope).by_node[one]
            search.go(place, Place("bound", place.module, binding, path=place.path, direct=place.direct))


def _comprehension(search: Search, place: Place, node: ast.expr, parent: ast.AST) -> None:
    del node
    onto(search, place, parent, place.path)


def _call(search: Search, place: Place, node: ast.expr, parent: ast.Call) -> None:
    path = place.path
    if node is not parent.func:
        position = parent.args.index(node)
        if isinstance(node, ast.Starred):
            call_with_bag(search, place, parent, position)
        else:
            call_with_value(search, place, parent, position)
    elif path and path[0] == "()":
        onto(search, place, parent, path[1:])
    elif not path:
        gate = Place("at", place.module, parent, direct=False)
        search.go(place, gate, note_at(place.module, parent, "chooses"))
        search.gate(gate, parent)
        for ref in refs_of(search.program, place.module, node):
            if ref.function is not None:
                search.go(gate, Place("body", ref.function.module, ref.function, direct=False))
        if isinstance(node, ast.Attribute) and isinstance(place.module.index.parent(parent), ast.Expr):
            if node.attr in EFFECTS:
                search.prove(gate)
            elif node.attr in CHANGERS or node.attr.endswith("_"):
                mutate(search, gate, node.value, ())
    elif isinstance(node, ast.Attribute) and node.attr in CARRIERS:
        onto(search, place, parent, path, direct=True)


def _keyword(search: Search, place: Place, node: ast.expr, parent: ast.keyword) -> None:
    del node
    call = place.module.index.parent(parent)
    if isinstance(call, ast.ClassDef):
        control(search, place, [call])
    elif isinstance(call, ast.Call) and parent.arg is None:
        call_with_bag(search, place, call, None)
    elif isinstance(call, ast.Call):
        call_with_value(search, place, call, parent.arg or "")


_BY_PARENT: dict[type[ast.AST], Step] = {
    ast.Expr: _drop, ast.Assert: _check, ast.Raise: _check, ast.Assign: _assign, ast.AnnAssign: _assign,
    ast.AugAssign: _assign, ast.NamedExpr: _assign, ast.Return: _return, ast.Yield: _return, ast.YieldFrom: _return,
    ast.Lambda: _return, ast.If: _test, ast.While: _test, ast.IfExp: _test, ast.BoolOp: _logic,  # type: ignore[dict-item]
    ast.BinOp: _arithmetic, ast.UnaryOp: _compare, ast.Compare: _compare,  # type: ignore[dict-item]
    ast.Attribute: _attribute, ast.Subscript: _subscript, ast.Dict: _dict,  # type: ignore[dict-item]
    ast.Tuple: _sequence, ast.List: _sequence, ast.Set: _sequence, ast.Starred: _pass, ast.Await: _pass,
    ast.JoinedStr: _comprehension, ast.FormattedValue: _comprehension, ast.Slice: _comprehension,
    ast.ListComp: _comprehension, ast.SetComp: _comprehension, ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension, ast.For: _iterate, ast.AsyncFor: _iterate, ast.comprehension: _iterate,  # type: ignore[dict-item]
    ast.withitem: _with, ast.Match: _match, ast.MatchValue: _match, ast.match_case: _match,  # type: ignore[dict-item]
    ast.FunctionDef: _define, ast.AsyncFunctionDef: _define, ast.ClassDef: _define, ast.arguments: _default,  # type: ignore[dict-item]
    ast.Call: _call, ast.keyword: _keyword,  # type: ignore[dict-item]
}  # fmt: skip
