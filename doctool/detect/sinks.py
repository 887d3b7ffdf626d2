"""Where the value of each expression of a function goes: to something that runs, or nowhere.

Read from the syntax of one function. A sink is a set of atoms; a value is used if one of its atoms is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property

import msgspec

from doctool.detect.definitions import Function, FunctionNode, is_docstring, last_name

ALWAYS = ("always", "")
Atom = tuple[str, str]
"""`("always", "")`, `("test", "")`, `("local", NAME)`, `("self", ATTRIBUTE)`, `("attr", ATTRIBUTE)`,
`("effect", CALL)`, or `("result", NUMBER)` for an element of the tuple that the function returns."""
Sink = frozenset[Atom]
NOWHERE: Sink = frozenset()
USED: Sink = frozenset([ALWAYS])
TEST: Sink = frozenset([("test", "")])

_QUIET = {"print", "isinstance", "hasattr", "repr", "warn", "pprint"}
_MESSAGES = {"warning", "debug", "info", "log", "error", "critical", "exception", "save", "dump"}
"""They tell or write something where nothing reads what they give back: `logger.log(…)`, unlike `y = torch.log(…)`."""
_EFFECTIVE_METHODS = {"backward", "step", "forward", "write", "send", "put"}
_CHANGES_RECEIVER = {"append", "add", "extend", "insert", "update", "setdefault", "appendleft", "add_module"}


class Flow(msgspec.Struct):
    """Where the values of one function go.

    Args:
        sinks: By the identity of the expression node.
        loads: By local name, the sinks of the statements that load it.
        picked: By the identity of a call, where each element of its result goes, where only elements are read.
    """

    sinks: dict[int, Sink] = msgspec.field(default_factory=dict)
    loads: dict[str, list[Sink]] = msgspec.field(default_factory=dict)
    picked: dict[int, dict[str, Sink]] = msgspec.field(default_factory=dict)


class FlowReader:
    """Read the flow of one function body."""

    def __init__(self, function: Function) -> None:
        self.flow = Flow()
        parameters = function.parameters()
        self.receiver = parameters[0].arg if function.owner and parameters else ""
        self.function = function
        self.shared: set[str] = set()
        self.at_module_level = function.arguments is None
        self.body(function.body)

    def body(self, statements: Iterable[ast.stmt]) -> None:
        """Read statements in order."""
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:  # noqa: C901, PLR0912  one branch for each kind of statement
        """Read one statement."""
        if isinstance(node, FunctionNode | ast.ClassDef):
            self.nested(node)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            self.shared.update(node.names)
        elif isinstance(node, ast.Expr):
            if not is_docstring(node):
                self.expression(node.value, self.of_bare(node.value))
        elif isinstance(node, ast.Assign):
            self.assign(node.targets, node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            if node.value is not None:
                self.assign([node.target], node.value)
        elif isinstance(node, ast.Return):
            self.result(node.value)
        elif isinstance(node, ast.If | ast.While):
            self.expression(node.test, TEST)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self.expression(node.iter, USED)
            self.target(node.target)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                self.expression(item.context_expr, USED)
        elif isinstance(node, ast.Match):
            self.expression(node.subject, TEST)
            for case in node.cases:
                self.maybe(case.guard, TEST)
                self.body(case.body)
        elif isinstance(node, ast.Assert | ast.Raise | ast.Delete):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.expression(child, NOWHERE)
        for name in ("body", "orelse", "finalbody"):
            if not isinstance(node, FunctionNode | ast.ClassDef):
                self.body(getattr(node, name, ()))
        for handler in getattr(node, "handlers", ()):
            self.body(handler.body)

    def nested(self, node: ast.stmt) -> None:
        """A definition inside: what it loads from here is taken as used."""
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                self.flow.loads.setdefault(child.id, []).append(USED)

    def result(self, node: ast.expr | None) -> None:
        """Each element of a returned tuple goes where callers put it."""
        if not isinstance(node, ast.Tuple) or any(isinstance(one, ast.Starred) for one in node.elts):
            self.maybe(node, USED)
            return
        self.flow.sinks[id(node)] = USED
        for number, one in enumerate(node.elts):
            self.expression(one, frozenset([("result", str(number))]))

    def maybe(self, node: ast.expr | None, sink: Sink) -> None:
        """Read an expression that may be missing."""
        if node is not None:
            self.expression(node, sink)

    def assign(self, targets: list[ast.expr], value: ast.expr) -> None:
        """A value goes where its targets are read."""
        for target in targets:
            self.target(target)
        first = targets[0]
        same_shape = (
            len(targets) == 1
            and isinstance(first, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(first.elts) == len(value.elts)
            and not any(isinstance(one, ast.Starred) for one in [*first.elts, *value.elts])
        )
        if same_shape and isinstance(first, ast.Tuple) and isinstance(value, ast.Tuple):
            self.flow.sinks[id(value)] = self.of_target(first)
            for one, other in zip(first.elts, value.elts, strict=True):
                self.expression(other, self.of_target(one))
            return
        unpacked = len(targets) == 1 and isinstance(first, ast.Tuple) and isinstance(value, ast.Call)
        if unpacked and not any(isinstance(one, ast.Starred) for one in first.elts):  # type: ignore[attr-defined]
            self.flow.picked[id(value)] = {str(at): self.of_target(one) for at, one in enumerate(first.elts)}  # type: ignore[attr-defined]
        self.expression(value, frozenset().union(*(self.of_target(target) for target in targets)))

    def target(self, node: ast.expr) -> None:
        """Indices and receivers inside an assignment target are read."""
        if isinstance(node, ast.Subscript):
            self.expression(node.slice, self.of_target(node))
            self.expression(node.value, NOWHERE)
        elif isinstance(node, ast.Attribute):
            self.expression(node.value, NOWHERE)
        elif isinstance(node, ast.Tuple | ast.List):
            for one in node.elts:
                self.target(one)

    def of_target(self, node: ast.expr) -> Sink:
        """The sink that an assignment target is."""
        if isinstance(node, ast.Name):
            return USED if node.id in self.shared or self.at_module_level else frozenset([("local", node.id)])
        if isinstance(node, ast.Attribute):
            on_self = isinstance(node.value, ast.Name) and node.value.id == self.receiver
            return frozenset([("self" if on_self else "attr", node.attr)])
        if isinstance(node, ast.Subscript | ast.Starred):
            return self.of_target(node.value)
        if isinstance(node, ast.Tuple | ast.List):
            return frozenset().union(*(self.of_target(one) for one in node.elts))
        return USED

    def of_bare(self, node: ast.expr) -> Sink:  # noqa: PLR0911  one answer for each kind of expression
        """The sink of an expression that stands alone as a statement."""
        if isinstance(node, ast.Await):
            return self.of_bare(node.value)
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return USED
        if not isinstance(node, ast.Call):
            return NOWHERE
        name = last_name(node.func)
        if name in _QUIET | _MESSAGES:
            return NOWHERE
        if name in {"setattr", "register_buffer", "register_parameter", "add_module", "register_module"}:
            return self._of_named_store(node, name)
        if isinstance(node.func, ast.Attribute):
            if name in _EFFECTIVE_METHODS:
                return USED
            if name in _CHANGES_RECEIVER:
                return self.of_target(node.func.value)
        changes_only_its_arguments = name.endswith("_") and not name.endswith("__")
        if changes_only_its_arguments and isinstance(node.func, ast.Attribute) and self.is_own(node.func.value):
            return self.of_target(node.func.value)
        return NOWHERE if changes_only_its_arguments else frozenset([("effect", str(id(node)))])

    @cached_property
    def own(self) -> set[str]:
        """The variables of the function."""
        stored = (one.id for one in ast.walk(self.function.node) if isinstance(one, ast.Name) and not _is_load(one))
        return {one.arg for one in self.function.parameters()}.union(stored)

    def is_own(self, node: ast.expr) -> bool:
        """Whether an expression starts at a variable of this function rather than at something imported."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self.own

    def _of_named_store(self, node: ast.Call, name: str) -> Sink:
        place = 1 if name == "setattr" else 0
        if len(node.args) > place and isinstance(node.args[place], ast.Constant):
            return frozenset([("self", str(node.args[place].value))])  # type: ignore[attr-defined]
        return NOWHERE

    def expression(self, node: ast.AST, sink: Sink) -> None:
        """Spread a sink over an expression."""
        self.flow.sinks[id(node)] = sink
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self.flow.loads.setdefault(node.id, []).append(sink)
        elif isinstance(node, ast.NamedExpr):
            self.expression(node.value, sink | self.of_target(node.target))
            return
        elif isinstance(node, ast.Call):
            self._call(node, sink)
            return
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call) and _is_number(node.slice):
            self.flow.picked[id(node.value)] = {str(node.slice.value): sink}  # type: ignore[attr-defined]
        elif isinstance(node, ast.Compare) and _is_identity_test(node):
            sink = NOWHERE
        elif isinstance(node, ast.IfExp):
            self.expression(node.test, sink | TEST if sink else NOWHERE)
            self.expression(node.body, sink)
            self.expression(node.orelse, sink)
            return
        for child in ast.iter_child_nodes(node):
            self.expression(child, sink)

    def _call(self, node: ast.Call, sink: Sink) -> None:
        inner = NOWHERE if last_name(node.func) in _QUIET else sink
        self.flow.sinks[id(node.func)] = sink
        if isinstance(node.func, ast.Attribute):
            changed = last_name(node.func) in _CHANGES_RECEIVER or (
                bool(sink) and all(atom[0] == "effect" for atom in sink)
            )
            # `kept.append(x)` changes what it is called on and does not read it.
            self.expression(node.func.value, NOWHERE if changed else inner)
        else:
            self.expression(node.func, sink)
        for child in [*node.args, *node.keywords]:
            self.expression(child, inner)


def _is_load(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value >= 0


def _is_identity_test(node: ast.Compare) -> bool:
    return all(isinstance(one, ast.Is | ast.IsNot) for one in node.ops)


def read_flow(function: Function) -> Flow:
    """Find out where the values in a function go."""
    return FlowReader(function).flow


def has_effects(function: Function) -> bool:
    """Whether running the function may change something outside of it."""
    for node in ast.walk(function.node):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.Global | ast.Nonlocal | ast.Yield):
            return True
        quiet = _QUIET | _MESSAGES
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value) not in quiet:
            return True
    return False
