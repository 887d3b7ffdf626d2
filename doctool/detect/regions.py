"""What a decision decides about: the statements and expressions that run because of it, and what they leave behind."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from doctool.detect.calls import mutate, write_into
from doctool.detect.canonical import canonical
from doctool.detect.definitions import Module
from doctool.detect.evidence import note_at
from doctool.detect.flow import truth_of
from doctool.detect.inference import refs_of
from doctool.detect.libraries import CARRIERS, QUIET, SAME, WRITERS, is_computing
from doctool.detect.program import Kind
from doctool.detect.search import Place, Search
from doctool.detect.syntax import FunctionNode, is_docstring, last_name

_KINDS = {ast.For: "repeats", ast.AsyncFor: "repeats", ast.IfExp: "chooses", ast.withitem: "chooses"}
_JUMPS = (ast.Return, ast.Break, ast.Continue)
_SETTINGS = {"torch", "jax", "numpy", "random", "tensorflow", "keras"}
"""Libraries that hold settings of their own, which a call may change."""


def decide(search: Search, place: Place, node: ast.AST) -> None:
    """The value decides at a branch, a choice or a loop."""
    module = place.module
    test = getattr(node, "test", None)
    if test is not None and truth_of(test) is not None:
        search.end(module, node, "dead")
        return
    shown = node.context_expr if isinstance(node, ast.withitem) else node
    shown = node.iter if isinstance(node, ast.For | ast.AsyncFor) else shown
    note = note_at(module, shown, _KINDS.get(type(node), "decides"), *_words(node))
    gate = Place("gate", module, node, direct=False)
    if isinstance(node, ast.IfExp):
        if canonical(node.body) == canonical(node.orelse):
            search.end(module, node, "same")
            return
        search.go(place, gate, note)
        search.gate(gate, node)
        for side in (node.body, node.orelse):
            search.control(gate, side)
        search.go(gate, Place("at", module, node, direct=False))
        return
    bodies = [[*body] for body in _bodies(module, node)]
    after = list(_after(module, node))
    if len(bodies) == 2 and _alike(bodies, after):
        search.end(module, node, "same")
        return
    search.go(place, gate, note)
    search.gate(gate, node)
    control(search, gate, [one for body in bodies for one in body])
    if any(_jumps(body) for body in bodies):
        control(search, gate, after)


def _words(node: ast.AST) -> tuple[str, ...]:
    return (f"case {ast.unparse(node.pattern)}",) if isinstance(node, ast.match_case) else ()


def _bodies(module: Module, node: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    if isinstance(node, ast.withitem):
        yield module.index.parent(node).body  # type: ignore[attr-defined]
    elif isinstance(node, ast.match_case):
        yield node.body
    else:
        yield node.body  # type: ignore[attr-defined]
        yield node.orelse  # type: ignore[attr-defined]


def _told(statements: Iterable[ast.stmt]) -> list[str]:
    """What statements do, without those that only tell or check."""
    return [canonical(one) for one in statements if not _is_quiet(one)]


def _is_quiet(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass | ast.Assert) or is_docstring(node):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value) in QUIET


def _alike(bodies: list[list[ast.stmt]], after: list[ast.stmt]) -> bool:
    """Whether both ways do the same; a way that returns is compared with what comes after the branch."""
    one, two = (_told(body) for body in bodies)
    if one == two:
        return bool(one)
    if bodies[0] and isinstance(bodies[0][-1], ast.Return) and not two:
        return one == _told(after)
    return False


def _after(module: Module, node: ast.AST) -> Iterator[ast.stmt]:
    """The statements after a branch, to the end of its function or loop."""
    statement = module.index.statement_of(module.index.parent(node) if isinstance(node, ast.match_case) else node)
    while statement is not None and not isinstance(statement, FunctionNode | ast.ClassDef | ast.Module):
        above = module.index.parent(statement)
        for name in ("body", "orelse", "finalbody"):
            body = getattr(above, name, None)
            if isinstance(body, list) and statement in body:
                yield from body[body.index(statement) + 1 :]
        if not isinstance(above, ast.stmt):
            return
        statement = above


def _jumps(body: Iterable[ast.stmt]) -> bool:
    return any(isinstance(one, _JUMPS) for statement in body for one in _own(statement))


def _own(statement: ast.AST) -> Iterator[ast.AST]:
    """A statement and what is in it, without definitions."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, FunctionNode | ast.ClassDef | ast.Lambda):
            yield from _own(child)


def control(search: Search, gate: Place, statements: Iterable[ast.stmt], *, returns: bool = True) -> None:
    """Go on to everything that statements leave behind when they run."""
    for statement in statements:
        scope = gate.module.index.scope_of(statement)
        if statement in search.program.flow(gate.module, scope).dead:
            continue
        search.control(gate, statement)
        for node in _own(statement):
            _leave_behind(search, gate, node, returns=returns)
        if isinstance(statement, FunctionNode | ast.ClassDef):
            _bound_by(search, gate, statement)


def _leave_behind(search: Search, gate: Place, node: ast.AST, *, returns: bool) -> None:  # noqa: C901
    module = gate.module
    if isinstance(node, ast.Return):
        if returns:
            scope = module.index.scope_of(node)
            function = module.function(scope)  # type: ignore[arg-type]
            search.go(gate, Place("result", module, function, direct=False))
    elif isinstance(node, ast.Yield | ast.YieldFrom):
        scope = module.index.scope_of(node)
        search.go(gate, Place("result", module, module.function(scope), direct=False))  # type: ignore[arg-type]
    elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
        _bound_by(search, gate, node)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        mutate(search, Place("at", module, node, direct=False), node.value, ()) if False else _written(
            search, gate, node
        )
    elif isinstance(node, ast.alias | FunctionNode | ast.ClassDef):
        _bound_by(search, gate, node)
    elif isinstance(node, ast.Call):
        _run_call(search, gate, node)


def _written(search: Search, gate: Place, node: ast.Subscript) -> None:
    key = node.slice.value if isinstance(node.slice, ast.Constant) else None
    mutate(search, gate, node.value, (key,) if isinstance(key, str) else ())


def _bound_by(search: Search, gate: Place, node: ast.AST) -> None:
    from doctool.detect.steps import bind  # noqa: PLC0415  a branch binds as an assignment does

    module = gate.module
    if isinstance(node, ast.expr):
        bind(search, gate, node, (), direct=False)
        return
    binding = search.program.flow(module, module.index.scope_of(node)).by_node.get(node)
    if binding is not None:
        search.go(gate, Place("bound", module, binding, direct=False))


def _run_call(search: Search, gate: Place, call: ast.Call) -> None:
    """What a call leaves behind beside its result."""
    module, name = gate.module, last_name(call.func)
    is_alone = isinstance(module.index.parent(call), ast.Expr)
    if name in QUIET | WRITERS and is_alone:
        return
    refs = refs_of(search.program, module, call.func)
    for ref in refs:
        if ref.function is not None:
            search.go(gate, Place("body", ref.function.module, ref.function, direct=False))
        elif ref.kind is Kind.INSTANCE and ref.cls is not None:
            method = search.program.method(ref.cls, "forward")
            if method is not None:
                search.go(gate, Place("body", method.module, method, direct=False))
        elif ref.kind is Kind.EXTERNAL:
            _run_outside(search, gate, call, ref.name, is_alone=is_alone)
    if not refs and is_alone:
        _run_unknown(search, gate, call)


def _run_outside(search: Search, gate: Place, call: ast.Call, dotted: str, *, is_alone: bool) -> None:
    name = dotted.removesuffix("()").rpartition(".")[2]
    if name == "setattr" and len(call.args) == 3:
        key = call.args[1].value if isinstance(call.args[1], ast.Constant) else None
        for ref in refs_of(search.program, gate.module, call.args[0]):
            if ref.cls is not None and isinstance(key, str):
                search.go(gate, Place("member", ref.cls.module, ref.cls, key, direct=False))
            elif ref.cls is not None:
                search.puzzle(gate.module, call, "computed-store")
    elif "()" in dotted and isinstance(call.func, ast.Attribute):
        if is_alone or (name.endswith("_") and not name.endswith("__")):
            mutate(search, gate, call.func.value, ())
    elif name.endswith("_") and not name.endswith("__") and call.args:
        write_into(search, gate, call)
    elif is_alone and dotted.partition(".")[0] in _SETTINGS and name not in CARRIERS | SAME:
        search.prove(gate)
    elif is_alone and not is_computing(dotted):
        search.puzzle(gate.module, call, "outside", ast.unparse(call.func))


def _run_unknown(search: Search, gate: Place, call: ast.Call) -> None:
    if isinstance(call.func, ast.Attribute):
        if call.func.attr in {"register_parameter", "register_buffer", "add_module", "register_module"} and call.args:
            key = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
            for ref in refs_of(search.program, gate.module, call.func.value):
                if ref.cls is not None and isinstance(key, str):
                    search.go(gate, Place("member", ref.cls.module, ref.cls, key, direct=False))
        else:
            mutate(search, gate, call.func.value, ())
    elif not isinstance(call.func, ast.Call):
        search.puzzle(gate.module, call, "unknown-callee", ast.unparse(call.func))


def follow_body(search: Search, place: Place) -> None:
    """A function is run because of the value; what it gives back is followed where it is called."""
    function = place.item
    body = function.node.body  # type: ignore[union-attr]
    if isinstance(body, list):
        control(search, place, body, returns=False)
