"""Evaluate what is named while the program runs: `getattr`, `setattr`, `exec`, registered parameters."""

from __future__ import annotations

import ast
from typing import Final

from doctool.detect.containers import Containers
from doctool.detect.definitions import last_name
from doctool.detect.events import short_text
from doctool.detect.values import ANYTHING, Kind, Level, Ref, Value, join

SPECIAL: Final = {"getattr", "hasattr", "super", "exec", "eval", "globals", "import_module", "setattr", "update"}
NAMED_STORES: Final = {
    "register_buffer": 0,
    "register_parameter": 0,
    "add_module": 0,
    "register_module": 0,
    "setattr": 1,
}


class Dynamic(Containers):
    """The part of an evaluation that looks at names in strings."""

    def _change(self, target: ast.expr, value: Value) -> None:
        """What is appended to a list is in it from now on."""
        value = self.decided(value, constant=False).lowered(Level.DERIVED)
        if isinstance(target, ast.Name):
            self.variables[target.id] = join([self.variables.get(target.id, ANYTHING), value])
        elif isinstance(target, ast.Attribute):
            for ref in self.evaluate(target.value).refs:
                if ref.kind is Kind.INSTANCE:
                    self.machine.write(("attr", ref.cls, target.attr), value)

    def _named_store(self, node: ast.Call, place: int) -> None:
        name = node.args[place] if len(node.args) > place else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            value = self.decided(
                self.evaluate(node.args[place + 1]) if len(node.args) > place + 1 else ANYTHING, constant=False
            )
            if name.value != self.machine.toggle or value.level is not Level.NONE:
                value = value.then(self.at(node, f"kept as `self.{name.value}`"))
            self.name_symbol(node, name.value, stores=True, sink=self.sink(node))
            self.events.stores.append((name.value, node.lineno, self.gates()))
            if self.task.cls is not None:
                self.machine.write(("attr", self.task.cls, name.value), value)

    def _special_getattr(self, node: ast.Call) -> Value | None:
        if len(node.args) < 2 or not isinstance(node.func, ast.Name):
            return None
        names = self.evaluate(node.args[1]).consts
        receiver = self.evaluate(node.args[0])
        for default in node.args[2:]:
            self.evaluate(default)
        if not names and _may_be(node.args[1], self.machine.toggle) and not is_outside(receiver):
            self.machine.puzzle(
                self.task, node, f"`{short_text(node)}` reads an attribute whose name is not in the source"
            )
        if not names:
            return ANYTHING
        values = []
        for name in sorted(names):
            attribute = ast.copy_location(ast.Attribute(value=node.args[0], attr=name, ctx=ast.Load()), node)
            self.flow.sinks[id(attribute)] = self.sink(node)
            values.append(self.evaluate(attribute))
        return join(values)

    def _special_update(self, node: ast.Call) -> Value | None:
        """`self.__dict__.update(kwargs)` makes attributes of all keywords."""
        target = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        holder = target.value if isinstance(target, ast.Attribute) and target.attr == "__dict__" else None
        if isinstance(target, ast.Call) and last_name(target.func) == "vars" and target.args:
            holder = target.args[0]
        if holder is None:
            return None
        given = [self.evaluate(one) for one in [*node.args, *(one.value for one in node.keywords if one.arg is None)]]
        for ref in self.evaluate(holder).refs:
            for name, value in (one for mapping in given for one in mapping.fields or ()):
                kept = value.then(self.at(node, f"kept as `self.{name}`"))
                self.variables.pop(f"self.{name}", None)
                self.machine.write(("attr", ref.cls, name), kept)
        return Value()

    def _special_hasattr(self, node: ast.Call) -> Value | None:
        value = self._special_getattr(node)
        return None if value is None else Value(level=value.level, chain=value.chain)

    def _special_super(self, node: ast.Call) -> Value | None:
        cls = self.task.cls
        if cls is None or not isinstance(node.func, ast.Name):
            return None
        return Value(refs=frozenset([Ref(Kind.PARENT, cls=cls)]))

    def _special_exec(self, node: ast.Call) -> Value | None:
        return self._puzzling(node, "runs code that is not in the source")

    def _special_eval(self, node: ast.Call) -> Value | None:
        return self._puzzling(node, "runs code that is not in the source")

    def _special_globals(self, node: ast.Call) -> Value | None:
        return self._puzzling(node, "looks names up while it runs")

    def _special_import_module(self, node: ast.Call) -> Value | None:
        self.machine.puzzle(self.task, node, f"`{short_text(node)}` imports while it runs")
        return None

    def _puzzling(self, node: ast.Call, shows: str) -> Value | None:
        if isinstance(node.func, ast.Name):
            self.machine.puzzle(self.task, node, f"`{short_text(node)}` {shows}")
        return None

    def _special_setattr(self, node: ast.Call) -> Value | None:
        if len(node.args) == 3 and not self.evaluate(node.args[1]).consts and isinstance(node.func, ast.Name):
            self.machine.puzzle(
                self.task, node, f"`{short_text(node)}` assigns an attribute whose name is not in the source"
            )
        return None


def _may_be(node: ast.expr, name: str) -> bool:
    """Whether a computed string may be a name: one with other words in it cannot."""
    if not isinstance(node, ast.JoinedStr):
        return True
    words = [one.value for one in node.values if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return all(word in name for word in words)


def is_outside(value: Value) -> bool:
    """Whether a value is certainly something outside the package."""
    return bool(value.refs) and all(ref.kind is Kind.EXTERNAL for ref in value.refs)
