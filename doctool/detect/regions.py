"""What a decision decides about: the statements and expressions that run because of it, and what they leave behind."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from doctool.detect.canonical import canonical
from doctool.detect.definitions import Function, Module
from doctool.detect.inference import refs_of
from doctool.detect.libraries import CARRIERS, NAMED_STORES, QUIET, SAME, SETTINGS_HOLDERS, WRITERS
from doctool.detect.program import Kind
from doctool.detect.search import Place, Search
from doctool.detect.stores import bind, change, change_first
from doctool.detect.syntax import FunctionNode, is_docstring, key_of, last_name, truth_of

_KINDS = {ast.For: "repeats", ast.AsyncFor: "repeats", ast.IfExp: "chooses", ast.withitem: "chooses"}
_JUMPS = (ast.Return, ast.Break, ast.Continue)


def decide(search: Search, place: Place, node: ast.AST) -> None:
    """The value decides at a branch, a choice or a loop."""
    module, test = place.module, getattr(node, "test", None)
    if test is not None and truth_of(test) is not None:
        search.end(module, node, "dead")
        return
    kind = _KINDS.get(type(node), "decides")
    shown = getattr(node, "context_expr", getattr(node, "iter", node))
    words = (f"case {ast.unparse(node.pattern)}",) if isinstance(node, ast.match_case) else ()
    if isinstance(node, ast.IfExp):
        if canonical(node.body) == canonical(node.orelse):
            search.end(module, node, "same")
            return
        gate = search.gate(place, node, kind)
        search.control(gate, node.body)
        search.control(gate, node.orelse)
        search.at(gate, node)
        return
    holder = module.index.parent(node) if isinstance(node, ast.withitem) else node
    bodies: list[list[ast.stmt]] = [getattr(holder, "body", []), getattr(node, "orelse", [])]
    after = list(_after(module, holder))
    if isinstance(node, ast.If) and _alike(bodies, after):
        search.end(module, node, "same")
        return
    gate = search.gate(place, shown, kind, *words)
    control(search, gate, [*bodies[0], *bodies[1]])
    if any(_jumps(one) for body in bodies for each in body for one in _own(each)):
        control(search, gate, after)


def _jumps(node: ast.AST) -> bool:
    """Whether what follows is passed over; an error that is raised only checks, the end of an iterator is an answer."""
    is_answer = isinstance(node, ast.Raise) and (node.exc is None or last_name(node.exc) == "StopIteration")
    return is_answer or isinstance(node, _JUMPS)


def _alike(bodies: list[list[ast.stmt]], after: list[ast.stmt]) -> bool:
    """Whether both ways do the same; a way that returns is compared with what comes after the branch."""
    one, two = (_deeds(body) for body in bodies)
    if bodies[0] and isinstance(bodies[0][-1], ast.Return) and not two:
        return one == _deeds(after)
    return one == two and bool(one)


def _deeds(statements: Iterable[ast.stmt]) -> list[str]:
    """What statements do, without those that only tell or check."""
    return [canonical(statement) for statement in statements if not _is_quiet(statement)]


def _is_quiet(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass | ast.Assert) or is_docstring(node):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value) in QUIET


def _after(module: Module, node: ast.AST) -> Iterator[ast.stmt]:
    """The statements after a branch, to the end of its function or loop."""
    statement = module.index.statement_of(module.index.parent(node) if isinstance(node, ast.match_case) else node)
    while statement is not None and not isinstance(statement, FunctionNode | ast.ClassDef | ast.Module):
        above = module.index.parent(statement)
        for name in ("body", "orelse", "finalbody"):
            body = getattr(above, name, None)
            if isinstance(body, list) and statement in body:
                yield from body[body.index(statement) + 1 :]
        statement = above if isinstance(above, ast.stmt) else None


def _own(statement: ast.AST) -> Iterator[ast.AST]:
    """A statement and what is in it, without definitions."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, FunctionNode | ast.ClassDef | ast.Lambda):
            yield from _own(child)


def follow_body(search: Search, place: Place) -> None:
    """A function is run because of the value; what it gives back is followed where it is called."""
    function = place.item
    if isinstance(function, Function) and isinstance(function.node.body, list):
        control(search, place, function.node.body, returns=False)


def control(search: Search, gate: Place, statements: Iterable[ast.stmt], *, returns: bool = True) -> None:
    """Go on to everything that statements leave behind when they run."""
    for statement in statements:
        scope = gate.module.index.scope_of(statement)
        if statement in search.program.flow(gate.module, scope).dead:
            continue
        search.control(gate, statement)
        for node in _own(statement):
            _leave_behind(search, gate, node, returns=returns)


def _leave_behind(search: Search, gate: Place, node: ast.AST, *, returns: bool) -> None:
    module = gate.module
    if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
        scope = module.index.scope_of(node)
        if isinstance(scope, FunctionNode) and (returns or not isinstance(node, ast.Return)):
            search.go(gate, Place("result", module, module.function(scope), direct=False))
    elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        bind(search, gate, node, (), direct=False)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Del):
        search.prove(gate)
    elif isinstance(node, ast.alias | FunctionNode | ast.ClassDef):
        binding = search.program.flow(module, module.index.scope_of(node)).by_node.get(node)
        if binding is not None:
            search.go(gate, Place("bound", module, binding, direct=False))
    elif isinstance(node, ast.Call):
        _run_call(search, gate, node)


def _run_call(search: Search, gate: Place, call: ast.Call) -> None:
    """What a call leaves behind beside its result."""
    module, name = gate.module, last_name(call.func)
    is_alone = isinstance(module.index.parent(call), ast.Expr)
    if name in QUIET and is_alone:
        return
    if name in WRITERS and is_alone:
        search.prove(gate)
        return
    refs = refs_of(search.program, module, call.func)
    for ref in refs:
        is_called = ref.kind is Kind.INSTANCE and ref.cls is not None
        function = search.program.method(ref.cls, "forward") if is_called and ref.cls else ref.function
        if function is not None:
            search.go(gate, Place("body", function.module, function, direct=False))
        elif ref.kind is Kind.EXTERNAL:
            _run_outside(search, gate, call, ref.name, is_alone=is_alone)
    if not refs and name.endswith("_") and call.args and not search.owner.is_bound(module, call.func):
        change_first(search, gate, call)
    elif not refs and is_alone and isinstance(call.func, ast.Attribute):
        if name not in NAMED_STORES or not _store_by_name(search, gate, call.func.value, call.args[:1]):
            change(search, gate, call.func.value, ())
    elif not refs and is_alone and not isinstance(call.func, ast.Call):
        search.puzzle(module, call, "unknown-callee", ast.unparse(call.func))


def _run_outside(search: Search, gate: Place, call: ast.Call, dotted: str, *, is_alone: bool) -> None:
    name = dotted.removesuffix("()").rpartition(".")[2]
    in_place = name.endswith("_") and not name.endswith("__")
    if name == "setattr" and len(call.args) == 3:
        if not _store_by_name(search, gate, call.args[0], call.args[1:2]):
            search.puzzle(gate.module, call, "computed-store")
    elif "()" in dotted and isinstance(call.func, ast.Attribute):
        if is_alone or in_place:
            change(search, gate, call.func.value, ())
    elif in_place and call.args:
        change_first(search, gate, call)
    elif is_alone and dotted.partition(".")[0] in SETTINGS_HOLDERS and name not in CARRIERS | SAME:
        search.prove(gate)
    elif is_alone and not dotted.startswith("builtins."):
        search.puzzle(gate.module, call, "outside", ast.unparse(call.func))


def _store_by_name(search: Search, gate: Place, holder: ast.expr, keys: list[ast.expr]) -> bool:
    """`setattr(holder, key, …)` or `holder.register_buffer(key, …)`; false where the key is not in the source."""
    key = key_of(keys[0]) if keys else None
    for ref in refs_of(search.program, gate.module, holder) if key is not None else ():
        if ref.cls is not None:
            search.member(gate, ref.cls, str(key), ())
    return key is not None
