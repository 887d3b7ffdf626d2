"""Which bindings of a name reach which of its uses, within one scope. Syntax only.

Attributes of the receiver (`self.x`) are followed like local names as far as one method goes: what a later statement
of the same method overwrites is seen by nobody, unless something was called in between.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from doctool.detect.syntax import FunctionNode, Scope, truth_of


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


_MOST_WORK = 1_000_000  # bindings that are looked at, at all uses and wherever two ways meet


class _TooMuchError(Exception): ...


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
        self.uses: dict[Binding, dict[ast.expr, None]] = {}
        self.reaching: dict[ast.expr, frozenset[Binding | None]] = {}
        self.leaving: set[Binding] = set()
        self.dead: list[ast.AST] = []
        self.shared: set[str] = set()
        self._breaks: list[list[Env]] = []
        self._left = _MOST_WORK
        self.is_whole = True  # of a scope that is too large, only what comes first is noted
        env: Env = {}
        if not isinstance(scope, ast.Module | ast.ClassDef):
            for one in ast.walk(scope.args):
                if isinstance(one, ast.arg):
                    self._bind(one.arg, one, env)
        try:
            if isinstance(scope, ast.Lambda):
                self._read(scope.body, env)
            else:
                self._leave(self._block(scope.body, env))
        except _TooMuchError:
            self.is_whole = False

    def _block(self, body: Iterable[ast.stmt], env: Env | None) -> Env | None:
        """Run statements in order; None once nothing comes after them."""
        for statement in body:
            if env is None:
                self.dead.append(statement)
            else:
                env = self._run(statement, env)
        return env

    def _run(self, node: ast.stmt, env: Env) -> Env | None:  # noqa: C901, PLR0911, PLR0912  one way for each statement
        match node:
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assign(node, env)
            case ast.Delete():
                for one in node.targets:
                    self._forget(one, env)
            case ast.If():
                return self._choose(node, env)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._repeat(node, env)
            case ast.Break() | ast.Continue():
                for kept in self._breaks[-1:]:
                    kept.append(dict(env))
                return None
            case ast.Return() | ast.Raise():
                self._read_all(node, env)
                if isinstance(node, ast.Return):
                    self._leave(env)
                return None
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._read(item.context_expr, env)
                    self._target(item.optional_vars, env)
                return self._block(node.body, env)
            case ast.Try() | ast.TryStar():
                return self._try(node, env)
            case ast.Match():
                return self._match(node, env)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                around = [*node.args.defaults, *node.args.kw_defaults] if isinstance(node, FunctionNode) else node.bases
                for one in (*node.decorator_list, *around, *getattr(node, "keywords", ())):
                    self._read(one, env)
                self._bind(node.name, node, env)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    self._bind(alias.asname or alias.name.partition(".")[0], alias, env)
            case ast.Global() | ast.Nonlocal():
                self.shared.update(node.names)
            case _:
                self._read_all(node, env)
        return env

    def _bind(self, name: str, node: ast.AST, env: Env) -> None:
        binding = self.by_node.get(node)
        if binding is None:
            binding = self.by_node[node] = Binding(name, node, self.scope)
            self.bindings.setdefault(name, []).append(binding)
        env[name] = frozenset([binding])

    def _target(self, node: ast.expr | None, env: Env) -> None:
        """Bind what an assignment target names."""
        match node:
            case ast.Name():
                self._bind(node.id, node, env)
            case ast.Attribute():
                self._read(node.value, env)
                if self._is_receiver(node.value):
                    self._bind(f"{self.receiver}.{node.attr}", node, env)
            case ast.Tuple() | ast.List():
                for element in node.elts:
                    self._target(element, env)
            case ast.Starred():
                self._target(node.value, env)
            case _:
                self._read(node, env)

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, env: Env) -> None:
        self._read(node.value, env)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for one in targets if node.value is not None or isinstance(self.scope, ast.ClassDef) else ():
            if isinstance(node, ast.AugAssign):
                self._use(one, env)
            self._target(one, env)

    def _forget(self, node: ast.expr, env: Env) -> None:
        if isinstance(node, ast.Name):
            env.pop(node.id, None)
        elif isinstance(node, ast.Attribute) and self._is_receiver(node.value):
            env[f"{self.receiver}.{node.attr}"] = frozenset()
        else:
            self._read(node, env)

    def _choose(self, node: ast.If, env: Env) -> Env | None:
        self._read(node.test, env)
        known = truth_of(node.test)
        if known is None:
            return self._join([self._block(body, dict(env)) for body in (node.body, node.orelse)])
        self.dead.extend(node.orelse if known else node.body)
        return self._block(node.body if known else node.orelse, env)

    def _repeat(self, node: ast.For | ast.AsyncFor | ast.While, env: Env) -> Env | None:
        known = truth_of(node.test) if isinstance(node, ast.While) else None
        self._read(node.test if isinstance(node, ast.While) else node.iter, env)
        if known is False:
            self.dead.extend(node.body)
            return self._block(node.orelse, env)
        self._breaks.append([])
        current: Env | None = dict(env)
        for _ in range(2):  # the second round lets what the end of the body binds reach its start
            start = dict(current or env)
            if isinstance(node, ast.While):
                self._read(node.test, start)
            else:
                self._target(node.target, start)
            current = self._join([current, self._block(node.body, start)])
        broken = self._breaks.pop()
        through = None if known else self._block(node.orelse, current)
        return self._join([through, *broken])

    def _try(self, node: ast.Try | ast.TryStar, env: Env) -> Env | None:
        before = dict(env)
        after = self._block(node.body, env)
        # A handler may start after any statement of the body.
        bound = {one.name for each in node.body for inner in ast.walk(each) if (one := self.by_node.get(inner))}
        start = self._join([before, {**before, **{name: frozenset(self.bindings[name]) for name in bound}}]) or before
        ends = [self._block(node.orelse, after)]
        for handler in node.handlers:
            inner_env = dict(start)
            self._read(handler.type, inner_env)
            if handler.name:
                self._bind(handler.name, handler, inner_env)
            ends.append(self._block(handler.body, inner_env))
        joined = self._join(ends)
        final = self._block(node.finalbody, dict(joined or start))
        return None if joined is None else final

    def _match(self, node: ast.Match, env: Env) -> Env | None:
        self._read(node.subject, env)
        ends: list[Env | None] = [env]
        for case in node.cases:
            inner = dict(env)
            for one in ast.walk(case.pattern):
                if isinstance(one, ast.MatchAs | ast.MatchStar) and one.name:
                    self._bind(one.name, one, inner)
                elif isinstance(one, ast.expr):
                    self._read(one, inner)
            self._read(case.guard, inner)
            ends.append(self._block(case.body, inner))
        return self._join(ends)

    def _read_all(self, node: ast.AST, env: Env) -> None:
        for child in ast.iter_child_nodes(node):
            self._read(child, env)

    def _read(self, node: ast.AST | None, env: Env) -> None:  # noqa: C901, PLR0912  one way for each kind
        """Note what an expression uses."""
        match node:
            case None:
                return
            case ast.Name():
                self._use(node, env)
            case ast.NamedExpr():
                self._read(node.value, env)
                self._target(node.target, env)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self._comprehend(node, dict(env))
            case ast.Lambda():
                for one in (*node.args.defaults, *node.args.kw_defaults):
                    self._read(one, env)
            case ast.BoolOp():
                self._read_chain(node, env)
            case ast.IfExp():
                self._read(node.test, env)
                for side, way in ((node.body, True), (node.orelse, False)):
                    if truth_of(node.test) in {None, way}:
                        self._read(side, env)
                    else:
                        self.dead.append(side)
            case _:
                self._read_all(node, env)
                if isinstance(node, ast.Attribute):
                    self._use(node, env)
                elif isinstance(node, ast.Call) and self.receiver:
                    self._escape(env)

    def _comprehend(self, node: ast.AST, env: Env) -> None:
        for generator in node.generators:  # type: ignore[attr-defined]
            self._read(generator.iter, env)
            self._target(generator.target, env)
            for test in generator.ifs:
                self._read(test, env)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):  # type: ignore[attr-defined]
            self._read(part, env)

    def _read_chain(self, node: ast.BoolOp, env: Env) -> None:
        for number, one in enumerate(node.values):
            self._read(one, env)
            if truth_of(one) is isinstance(node.op, ast.Or):
                self.dead.extend(node.values[number + 1 :])
                return

    def _use(self, node: ast.expr, env: Env) -> None:
        name = node.id if isinstance(node, ast.Name) else ""
        if isinstance(node, ast.Attribute) and self._is_receiver(node.value):
            name = f"{self.receiver}.{node.attr}"
        if name in env:
            self._take(len(env[name]))
            self.reaching[node] = self.reaching.get(node, frozenset()) | env[name]
            for one in env[name]:
                if one is not None:
                    self.uses.setdefault(one, {})[node] = None

    def _escape(self, env: Env) -> None:
        """Something was called that may read and write the attributes of the receiver."""
        for name in [one for one in env if one.startswith(f"{self.receiver}.")]:
            self.leaving.update(one for one in env[name] if one is not None)
            env[name] |= OUTSIDE

    def _is_receiver(self, node: ast.expr) -> bool:
        return bool(self.receiver) and isinstance(node, ast.Name) and node.id == self.receiver

    def _leave(self, env: Env | None) -> None:
        for found in (env or {}).values():
            self.leaving.update(one for one in found if one is not None)

    def _join(self, envs: Sequence[Env | None]) -> Env | None:
        alive = [one for one in envs if one is not None]
        if len(alive) < 2:
            return next(iter(alive), None)
        joined = dict(alive[0])
        for env in alive[1:]:
            self._take(len(joined) + len(env))
            for name, found in env.items():
                known = joined.get(name, OUTSIDE)
                if known is not found:
                    joined[name] = known | found
            for name in joined.keys() - env.keys():
                joined[name] |= OUTSIDE
        return joined

    def _take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise _TooMuchError
