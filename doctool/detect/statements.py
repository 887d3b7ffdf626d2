"""Evaluate statements in their order: assignments, branches, loops, and what never runs."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from doctool.detect.definitions import Function, FunctionNode, last_name, read_class, read_function
from doctool.detect.events import Task, short_text
from doctool.detect.expressions import truth
from doctool.detect.frame import Variables
from doctool.detect.machine import Machine
from doctool.detect.program import imported_names
from doctool.detect.sinks import USED
from doctool.detect.stores import Stores
from doctool.detect.values import ANYTHING, Kind, Level, Ref, Value

_ENDING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Statements(Stores):
    """A whole evaluation."""

    def run(self) -> None:
        """Evaluate the function and publish what it assigns and returns."""
        arguments = self.function.arguments
        if arguments is not None:
            extra = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
            for one in [*self.function.parameters(), *extra]:
                self.variables[one.arg] = self.machine.read(self.task, ("param", self.task, one.arg))
        if not self.block(self.function.body):
            self.exits.append(self.variables)
        for variables in self.exits:
            for name, value in variables.items():
                if name.startswith("self.") and self.task.cls is not None:
                    self.machine.write(("attr", self.task.cls, name[5:]), value)
                else:
                    self.machine.write(("closure", self.function, name), value)

    def block(self, body: Sequence[ast.stmt]) -> bool:
        """Evaluate statements in order; true when the end is never reached."""
        pushed = 0
        ended = False
        for index, statement in enumerate(body):
            ended = self.statement(statement)
            if ended:
                break
            key = (self.task, id(statement))
            leaves = isinstance(statement, ast.If) and key in self.machine.gates and _leaves(statement)
            if leaves and index + 1 < len(body):
                self.machine.gates[key].region.extend(
                    one for one in body[index + 1 :] if one not in self.machine.gates[key].region
                )
                self.under.append(key)
                pushed += 1
        del self.under[len(self.under) - pushed :]
        return ended

    def statement(self, node: ast.stmt) -> bool:
        """Evaluate a statement; true when nothing after it runs."""
        method = getattr(self, f"visit_{type(node).__name__.lower()}", None)
        if method is not None:
            return bool(method(node))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        if isinstance(node, _ENDING):
            if not isinstance(node, ast.Raise):
                self.exits.append(dict(self.variables))
            return True
        return False

    def visit_assert(self, node: ast.Assert) -> None:
        """A check decides nothing about what runs."""

    def visit_return(self, node: ast.Return) -> bool:
        """Publish the result; a function that is handed out runs there."""
        value = self.evaluate(node.value)
        for ref in value.refs:
            if ref.kind in {Kind.FUNCTION, Kind.METHOD} and ref.function is not None:
                self._connect(ref.function, ref.cls, node, USED)
        self.machine.write(("result", self.task), self.decided(value, constant=isinstance(node.value, ast.Constant)))
        self.exits.append(dict(self.variables))
        return True

    def visit_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Bind what a function imports."""
        for name, dotted in imported_names(self.module.source, node).items():
            if self.function.arguments is not None:
                value = self.of_ref(self.machine.program.dotted(dotted))
                self.variables[name] = self.decided(value, constant=False)
                if self.under:
                    self.machine.pick(value.refs, self.under)

    visit_importfrom = visit_import

    def visit_global(self, node: ast.Global | ast.Nonlocal) -> None:
        """Share names with the module."""
        self.shared.update(node.names)

    def visit_expr(self, node: ast.Expr) -> None:
        """Evaluate what stands alone."""
        if not isinstance(node.value, ast.Constant):
            self.evaluate(node.value)

    def visit_functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Bind a nested function."""
        self._decorators(node)
        if self.function.arguments is None and self.module.functions.get(node.name, None) is not None:
            return
        known = self.machine.nested.get(id(node))
        if known is None:
            known = read_function(self.module, node, outer=self.function)
            self.machine.nested[id(node)] = known
        self.variables[node.name] = Value(refs=frozenset([Ref(Kind.FUNCTION, function=known)]))

    visit_asyncfunctiondef = visit_functiondef

    def visit_classdef(self, node: ast.ClassDef) -> None:
        """Bind a nested class."""
        self._decorators(node)
        if self.function.arguments is not None:
            cls = read_class(self.module, node)
            self.variables.setdefault(node.name, Value(refs=frozenset([Ref(Kind.CLASS, cls=cls)])))

    def _decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for one in node.decorator_list:
            self.evaluate(one)

    def visit_if(self, node: ast.If) -> bool:
        """Take both ways, or the only one that is ever taken."""
        always = truth(node.test)
        test = self.evaluate(node.test)
        if always is not None:
            dead = node.orelse if always else node.body
            self._note_dead(node, dead)
            return self.block(node.body if always else node.orelse)
        key = self.gate(node, f"`if {short_text(node.test)}`", test, [*node.body, *node.orelse]) if test.level else None
        if key is not None:
            self.under.append(key)
        before = dict(self.variables)
        ended = self.block(node.body)
        one = None if ended else self.variables
        self.variables = dict(before)
        other_ended = self.block(node.orelse)
        other = None if other_ended else self.variables
        if key is not None:
            self.under.remove(key)
        self.variables = before if one is None and other is None else self.merge(one, other)
        return ended and other_ended

    def _note_dead(self, node: ast.If | ast.While, dead: Sequence[ast.stmt]) -> None:
        names = {self.machine.toggle, *self.machine.symbols}
        for part in [node.test, *dead]:
            for child in ast.walk(part):
                if isinstance(child, ast.Name | ast.Attribute) and last_name(child) in names:
                    self.events.dead.append(
                        self.at(node, f"`{short_text(node.test)}` never changes, so a part never runs")
                    )
                    return

    def _loop(self, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> None:
        for _ in range(2):  # what the first round assigns, the second one may read
            before = dict(self.variables)
            self.block(body)
            self.variables = self.merge(before, self.variables)
            if self.variables == before:
                break
        self.block(orelse)

    def visit_while(self, node: ast.While) -> bool:
        """Go round, unless it is never entered."""
        always = truth(node.test)
        test = self.evaluate(node.test)
        if always is False:
            self._note_dead(node, node.body)
            return False
        key = self.gate(node, f"`while {short_text(node.test)}`", test, [*node.body]) if test.level else None
        if key is not None:
            self.under.append(key)
        self._loop(node.body, node.orelse)
        if key is not None:
            self.under.remove(key)
        return False

    def visit_for(self, node: ast.For | ast.AsyncFor) -> None:
        """Go round over elements."""
        source = self.evaluate(node.iter)
        key = None
        if source.level is Level.DIRECT and not source.consts and source.fields is None:
            key = self.gate(node, f"`for … in {short_text(node.iter)}`", source, [*node.body])
            self.under.append(key)
        self._store(node.target, source, node.iter, made_by_choice=False)
        self._loop(node.body, node.orelse)
        if key is not None:
            self.under.remove(key)

    visit_asyncfor = visit_for

    def visit_with(self, node: ast.With | ast.AsyncWith) -> bool:
        """Bind what is entered, then go on."""
        for item in node.items:
            value = self.evaluate(item.context_expr)
            if item.optional_vars is not None:
                self._store(item.optional_vars, value, item.context_expr, made_by_choice=False)
        return self.block(node.body)

    visit_asyncwith = visit_with

    def visit_try(self, node: ast.Try) -> bool:
        """Take the handlers as other ways."""
        before = dict(self.variables)
        ended = self.block([*node.body, *node.orelse])
        for handler in node.handlers:
            after, self.variables = self.variables, dict(before)
            handler_ended = self.block(handler.body)
            self.variables = self.merge(None if ended else after, None if handler_ended else self.variables) or before
            ended = ended and handler_ended
        return self.block(node.finalbody) or ended

    visit_trystar = visit_try

    def visit_match(self, node: ast.Match) -> None:
        """Take each case as a way."""
        subject = self.evaluate(node.subject)
        toggle = self.machine.toggle
        before = dict(self.variables)
        ways: list[Variables | None] = [before]
        for case in node.cases:
            self.variables = dict(before)
            guard = self.evaluate(case.guard) if case.guard is not None else ANYTHING
            literal = any(isinstance(one, ast.Constant) and one.value == toggle for one in ast.walk(case.pattern))
            keyed = any(toggle in one.kwd_attrs for one in ast.walk(case.pattern) if isinstance(one, ast.MatchClass))
            deciding = guard if guard.level else subject
            if literal or keyed:
                deciding = Value(level=Level.DIRECT, chain=(self.at(case, f"case {toggle!r}"),))
            key = None
            if deciding.level:
                key = self.gate(case, f"`case {short_text(case.pattern)}`", deciding, [*case.body])
                self.under.append(key)
            ended = self.block(case.body)
            ways.append(None if ended else self.variables)
            if key is not None:
                self.under.remove(key)
        result: Variables | None = None
        for way in ways:
            result = way if result is None else self.merge(result, way)
        self.variables = result or before


def _leaves(node: ast.If) -> bool:
    """Whether the branch returns or jumps, so that it decides about all that follows; a mere refusal does not."""
    return any(
        part and isinstance(part[-1], ast.Return | ast.Continue | ast.Break) for part in (node.body, node.orelse)
    )


def evaluate_task(machine: Machine, task: Task) -> None:
    """Evaluate one task of a machine."""
    Statements(machine, task).run()


__all__ = ["Function", "FunctionNode", "evaluate_task"]
