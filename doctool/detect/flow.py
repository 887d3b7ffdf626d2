"""Which bindings of a name reach which of its uses, within one scope. Syntax only.

Attributes of the receiver (`self.x`) are followed like local names as far as one method goes: what a later statement
of the same method overwrites is seen by nobody, unless something was called in between.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from doctool.detect.syntax import Scope, last_name


class Binding:
    """A place that gives a name, or an attribute of the receiver, its value.

    Args:
        name: `x`, or `self.x`.
        node: The name, attribute, parameter, definition or import that binds it.
        scope: Where the name lives.
    """

    __slots__ = ("name", "node", "scope")

    def __init__(self, name: str, node: ast.AST, scope: Scope) -> None:
        self.name = name
        self.node = node
        self.scope = scope


Env = dict[str, frozenset[Binding | None]]
OUTSIDE: frozenset[Binding | None] = frozenset([None])
"""The value is from before the method, or from something that was called."""


class Flow:
    """The bindings and uses of one scope.

    Args:
        scope: Where.
        receiver: Name of the first parameter, if it is a method.
    """

    def __init__(self, scope: Scope, receiver: str = "") -> None:
        self.scope = scope
        self.receiver = receiver
        self.bindings: dict[str, list[Binding]] = {}
        self.by_node: dict[ast.AST, Binding] = {}
        self.uses: dict[Binding, list[ast.expr]] = {}
        self.reaching: dict[ast.expr, frozenset[Binding | None]] = {}
        self.leaving: set[Binding] = set()
        self.dead: list[ast.AST] = []
        self.shared: set[str] = set()
        self.breaks: list[list[Env]] = []
        env: Env = {}
        if not isinstance(scope, ast.Module | ast.ClassDef):
            for one in _parameters(scope.args):
                self.bind(one.arg, one, env)
        if isinstance(scope, ast.Lambda):
            self.read(scope.body, env)
        else:
            self.leave(self.block(scope.body, env))

    def block(self, body: Iterable[ast.stmt], env: Env | None) -> Env | None:
        """Run statements in order; None once nothing comes after them."""
        for statement in body:
            if env is None:
                self.dead.append(statement)
                continue
            env = _STATEMENTS.get(type(statement), _plain)(self, statement, env)
        return env

    def bind(self, name: str, node: ast.AST, env: Env) -> None:
        """Give a name a new value."""
        binding = self.by_node.get(node)
        if binding is None:
            binding = self.by_node[node] = Binding(name, node, self.scope)
            self.bindings.setdefault(name, []).append(binding)
        env[name] = frozenset([binding])

    def target(self, node: ast.expr, env: Env) -> None:
        """Bind what an assignment target names."""
        if isinstance(node, ast.Name):
            self.bind(node.id, node, env)
        elif isinstance(node, ast.Attribute):
            self.read(node.value, env)
            if self.is_receiver(node.value):
                self.bind(f"{self.receiver}.{node.attr}", node, env)
        elif isinstance(node, ast.Tuple | ast.List):
            for one in node.elts:
                self.target(one, env)
        elif isinstance(node, ast.Starred):
            self.target(node.value, env)
        else:
            self.read(node, env)

    def read(self, node: ast.AST | None, env: Env) -> None:
        """Note what an expression uses."""
        if node is None:
            return
        special = _EXPRESSIONS.get(type(node))
        if special is not None:
            special(self, node, env)
            return
        for child in ast.iter_child_nodes(node):
            self.read(child, env)

    def use(self, node: ast.expr, name: str, env: Env) -> None:
        """Note that an expression uses a name."""
        found = env.get(name)
        if found is None:
            return
        self.reaching[node] = self.reaching.get(node, frozenset()) | found
        for one in found:
            if one is not None:
                uses = self.uses.setdefault(one, [])
                if node not in uses:
                    uses.append(node)

    def escape(self, env: Env) -> None:
        """Something was called that may read and write the attributes of the receiver."""
        prefix = f"{self.receiver}."
        for name, found in env.items():
            if name.startswith(prefix):
                self.leaving.update(one for one in found if one is not None)
                env[name] = found | OUTSIDE

    def branch(self, bodies: Sequence[Iterable[ast.stmt]], env: Env) -> Env | None:
        """Run one of several blocks."""
        return _join([self.block(body, dict(env)) for body in bodies])

    def is_receiver(self, node: ast.expr) -> bool:
        return bool(self.receiver) and isinstance(node, ast.Name) and node.id == self.receiver

    def leave(self, env: Env | None) -> None:
        for found in (env or {}).values():
            self.leaving.update(one for one in found if one is not None)


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*found, *(one for one in (arguments.vararg, arguments.kwarg) if one is not None)]


def _join(envs: Iterable[Env | None]) -> Env | None:
    alive = [one for one in envs if one is not None]
    if len(alive) < 2:
        return alive[0] if alive else None
    names = {name for env in alive for name in env}
    return {name: frozenset().union(*(env.get(name, OUTSIDE) for env in alive)) for name in names}


def truth_of(node: ast.expr) -> bool | None:
    """Whether a test is always true or always false, by what stands there; None where it may be either."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if last_name(node) == "TYPE_CHECKING" and not isinstance(node, ast.Call):
        return False
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth_of(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        known = [truth_of(one) for one in node.values]
        if isinstance(node.op, ast.And):
            return False if False in known else (None if None in known else True)
        return True if True in known else (None if None in known else False)
    return None


def _plain(flow: Flow, node: ast.stmt, env: Env) -> Env | None:
    for child in ast.iter_child_nodes(node):
        flow.read(child, env)
    return env


def _assign(flow: Flow, node: ast.Assign, env: Env) -> Env | None:
    flow.read(node.value, env)
    for one in node.targets:
        flow.target(one, env)
    return env


def _annotated(flow: Flow, node: ast.AnnAssign, env: Env) -> Env | None:
    flow.read(node.value, env)
    if node.value is not None or isinstance(flow.scope, ast.ClassDef):
        flow.target(node.target, env)
    return env


def _augmented(flow: Flow, node: ast.AugAssign, env: Env) -> Env | None:
    flow.read(node.value, env)
    if isinstance(node.target, ast.Name):
        flow.use(node.target, node.target.id, env)
    elif isinstance(node.target, ast.Attribute) and flow.is_receiver(node.target.value):
        flow.use(node.target, f"{flow.receiver}.{node.target.attr}", env)
    flow.target(node.target, env)
    return env


def _delete(flow: Flow, node: ast.Delete, env: Env) -> Env | None:
    for one in node.targets:
        if isinstance(one, ast.Name):
            env.pop(one.id, None)
        elif isinstance(one, ast.Attribute) and flow.is_receiver(one.value):
            env[f"{flow.receiver}.{one.attr}"] = frozenset()
        else:
            flow.read(one, env)
    return env


def _if(flow: Flow, node: ast.If, env: Env) -> Env | None:
    flow.read(node.test, env)
    known = truth_of(node.test)
    if known is not None:
        flow.dead.extend(node.orelse if known else node.body)
        return flow.block(node.body if known else node.orelse, env)
    return flow.branch([node.body, node.orelse], env)


def _loop(flow: Flow, node: ast.For | ast.AsyncFor | ast.While, env: Env) -> Env | None:
    if isinstance(node, ast.While):
        flow.read(node.test, env)
        if truth_of(node.test) is False:
            flow.dead.extend(node.body)
            return flow.block(node.orelse, env)
    else:
        flow.read(node.iter, env)
    flow.breaks.append([])
    current: Env | None = dict(env)
    for _ in range(2):  # the second round lets what the end of the body binds reach its start
        start = dict(current or env)
        if isinstance(node, ast.While):
            flow.read(node.test, start)
        else:
            flow.target(node.target, start)
        current = _join([current, flow.block(node.body, start)])
    broken = flow.breaks.pop()
    if isinstance(node, ast.While) and truth_of(node.test):
        current = None
    through = flow.block(node.orelse, current) if node.orelse and current is not None else current
    return _join([through, *broken])


def _leave_loop(flow: Flow, node: ast.stmt, env: Env) -> Env | None:
    if isinstance(node, ast.Continue):
        return None if not flow.breaks else _keep(flow, env)
    if flow.breaks:
        flow.breaks[-1].append(dict(env))
    return None


def _keep(flow: Flow, env: Env) -> None:
    """What holds at a `continue` holds at the start of the next round, and after the last."""
    flow.breaks[-1].append(dict(env))


def _return(flow: Flow, node: ast.Return, env: Env) -> Env | None:
    flow.read(node.value, env)
    flow.leave(env)
    return None


def _raise(flow: Flow, node: ast.Raise, env: Env) -> Env | None:
    _plain(flow, node, env)
    return None


def _with(flow: Flow, node: ast.With | ast.AsyncWith, env: Env) -> Env | None:
    for item in node.items:
        flow.read(item.context_expr, env)
        if item.optional_vars is not None:
            flow.target(item.optional_vars, env)
    return flow.block(node.body, env)


def _try(flow: Flow, node: ast.Try, env: Env) -> Env | None:
    before = dict(env)
    after = flow.block(node.body, env)
    # A handler may start after any statement of the body.
    start = _join([before, *(_after(flow, one, before) for one in node.body)]) or before
    ends = [flow.block(node.orelse, after) if node.orelse else after]
    for handler in node.handlers:
        inner = dict(start)
        flow.read(handler.type, inner)
        if handler.name:
            flow.bind(handler.name, handler, inner)
        ends.append(flow.block(handler.body, inner))
    joined = _join(ends)
    if not node.finalbody:
        return joined
    final = flow.block(node.finalbody, dict(joined or start))
    return None if joined is None else final


def _after(flow: Flow, statement: ast.stmt, before: Env) -> Env:
    bound = {one.name for node in ast.walk(statement) if (one := flow.by_node.get(node)) is not None}
    return {**before, **{name: frozenset(flow.bindings[name]) for name in bound}}


def _match(flow: Flow, node: ast.Match, env: Env) -> Env | None:
    flow.read(node.subject, env)
    ends: list[Env | None] = []
    for case in node.cases:
        inner = dict(env)
        for one in ast.walk(case.pattern):
            if isinstance(one, ast.MatchAs | ast.MatchStar) and one.name:
                flow.bind(one.name, one, inner)
            elif isinstance(one, ast.expr):
                flow.read(one, inner)
        flow.read(case.guard, inner)
        ends.append(flow.block(case.body, inner))
    return _join([*ends, env])


def _define(flow: Flow, node: ast.FunctionDef | ast.ClassDef, env: Env) -> Env | None:
    for one in node.decorator_list:
        flow.read(one, env)
    if isinstance(node, ast.ClassDef):
        for base in (*node.bases, *node.keywords):
            flow.read(base, env)
    else:
        _defaults(flow, node.args, env)
    flow.bind(node.name, node, env)
    return env


def _defaults(flow: Flow, arguments: ast.arguments, env: Env) -> None:
    for one in (*arguments.defaults, *arguments.kw_defaults):
        flow.read(one, env)


def _import(flow: Flow, node: ast.Import | ast.ImportFrom, env: Env) -> Env | None:
    for one in node.names:
        flow.bind(one.asname or one.name.partition(".")[0], one, env)
    return env


def _share(flow: Flow, node: ast.Global | ast.Nonlocal, env: Env) -> Env | None:
    flow.shared.update(node.names)
    return env


_STATEMENTS: dict[type[ast.AST], Callable[..., Env | None]] = {
    ast.Assign: _assign, ast.AnnAssign: _annotated, ast.AugAssign: _augmented, ast.Delete: _delete, ast.If: _if,
    ast.For: _loop, ast.AsyncFor: _loop, ast.While: _loop, ast.Break: _leave_loop, ast.Continue: _leave_loop,
    ast.Return: _return, ast.Raise: _raise, ast.With: _with, ast.AsyncWith: _with, ast.Try: _try, ast.TryStar: _try,
    ast.Match: _match, ast.FunctionDef: _define, ast.AsyncFunctionDef: _define, ast.ClassDef: _define,
    ast.Import: _import, ast.ImportFrom: _import, ast.Global: _share, ast.Nonlocal: _share,
}  # fmt: skip


def _name(flow: Flow, node: ast.Name, env: Env) -> None:
    flow.use(node, node.id, env)


def _attribute(flow: Flow, node: ast.Attribute, env: Env) -> None:
    flow.read(node.value, env)
    if flow.is_receiver(node.value):
        flow.use(node, f"{flow.receiver}.{node.attr}", env)


def _walrus(flow: Flow, node: ast.NamedExpr, env: Env) -> None:
    flow.read(node.value, env)
    flow.target(node.target, env)


def _comprehension(flow: Flow, node: ast.ListComp | ast.DictComp, env: Env) -> None:
    inner = dict(env)
    for one in node.generators:
        flow.read(one.iter, inner)
        flow.target(one.target, inner)
        for test in one.ifs:
            flow.read(test, inner)
    for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
        flow.read(part, inner)


def _lambda(flow: Flow, node: ast.Lambda, env: Env) -> None:
    _defaults(flow, node.args, env)


def _call(flow: Flow, node: ast.Call, env: Env) -> None:
    for child in ast.iter_child_nodes(node):
        flow.read(child, env)
    if flow.receiver and (_calls_own_method(flow, node.func) or any(flow.is_receiver(one) for one in _given(node))):
        flow.escape(env)


def _calls_own_method(flow: Flow, node: ast.expr) -> bool:
    if not isinstance(node, ast.Attribute):
        return False
    return flow.is_receiver(node.value) or (isinstance(node.value, ast.Call) and last_name(node.value) == "super")


def _given(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(one.value for one in node.keywords)]


def _chain(flow: Flow, node: ast.BoolOp, env: Env) -> None:
    stop = isinstance(node.op, ast.Or)
    for number, one in enumerate(node.values):
        flow.read(one, env)
        if truth_of(one) is stop:
            flow.dead.extend(node.values[number + 1 :])
            return


def _choice(flow: Flow, node: ast.IfExp, env: Env) -> None:
    flow.read(node.test, env)
    known = truth_of(node.test)
    for side, name in ((node.body, True), (node.orelse, False)):
        if known is None or known is name:
            flow.read(side, env)
        else:
            flow.dead.append(side)


_EXPRESSIONS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _name, ast.Attribute: _attribute, ast.NamedExpr: _walrus, ast.ListComp: _comprehension,
    ast.SetComp: _comprehension, ast.GeneratorExp: _comprehension, ast.DictComp: _comprehension, ast.Lambda: _lambda,
    ast.Call: _call, ast.BoolOp: _chain, ast.IfExp: _choice,
}  # fmt: skip
