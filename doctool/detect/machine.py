"""The work list: evaluates functions until nothing new is learnt about where the toggle goes.

Context: a function is looked at once per class of its receiver, with everything any caller gives it.
"""

from __future__ import annotations

import ast
from collections import Counter, deque
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from doctool.detect.definitions import Class, Function
from doctool.detect.events import Cell, Events, Gate, GateKey, Task, evidence_at
from doctool.detect.program import Program
from doctool.detect.sinks import Flow, read_flow
from doctool.detect.values import ANYTHING, Kind, Level, Ref, Value, join
from doctool.terms.mechanism import Evidence

_MOST_ROUNDS, _MOST_TASKS = 12, 10_000


class Machine:
    """The state of one analysis: one toggle, one owner.

    Args:
        program: The parsed modules.
        toggle: The name that is followed.
        symbols: Names whose places are recorded on the way.
        evaluate: Evaluates one task; given from above, so that this module need not know how.
    """

    def __init__(
        self, program: Program, toggle: str, symbols: frozenset[str], evaluate: Callable[[Machine, Task], None]
    ) -> None:
        self.program = program
        self.toggle = toggle
        self.symbols = symbols
        self.evaluate = evaluate
        self.cells: dict[Cell, Value] = {}
        self.readers: dict[Cell, set[Task]] = {}
        self.gates: dict[GateKey, Gate] = {}
        self.inherited: dict[Task, frozenset[GateKey]] = {}
        self.events: dict[Task, Events] = {}
        self.entries: set[Task] = set()
        self.configured: set[int] = set()
        self.instances: set[Class] = set()
        self.flows: dict[Function, Flow] = {}
        self.nested: dict[int, Function] = {}
        self.picked: dict[Class | Function, set[GateKey]] = {}
        self.tasks_of: dict[Class | Function, set[Task]] = {}
        self.queue: deque[Task] = deque()
        self.urgent: deque[Task] = deque()
        """Tasks that are given the toggle come first, so that it is followed as far as the limit allows."""
        self.queued: set[Task] = set()
        self.exhausted = False
        self.gives_keywords = True
        """Whether a user may put the toggle into any `**kwargs`, or only where these are asked for it by name."""
        self.seeds: set[Evidence] = set()
        self.known_registrations: list[tuple[Class | Function, ast.Call]] | None = None
        self.known_settings: list[tuple[Class, set[str]]] | None = None
        self.rounds: Counter[Task] = Counter()

    def run(self) -> None:
        """Evaluate until nothing changes."""
        while self.queue or self.urgent:
            task = self.urgent.popleft() if self.urgent else self.queue.popleft()
            if task not in self.queued:
                continue
            self.queued.discard(task)
            self.rounds[task] += 1
            if self.rounds[task] > _MOST_ROUNDS or len(self.events) > _MOST_TASKS:
                self.exhausted = True
                self.events.setdefault(task, Events())
                self.puzzle(task, task.function.node, "code that is too tangled to be followed")
                continue
            self.events[task] = Events()
            try:
                self.evaluate(self, task)
            except RecursionError:
                self.puzzle(task, task.function.node, "code that is nested too deeply to be followed")

    def schedule(self, task: Task, gates: frozenset[GateKey] = frozenset()) -> None:
        """Look at a task, again if it is now called under more gates."""
        known = self.inherited.get(task)
        if known is None:
            for definition in (task.function, task.cls):
                if definition is not None:
                    self.tasks_of.setdefault(definition, set()).add(task)
                    gates |= self.picked.get(definition, frozenset())
        merged = (known or frozenset()) | gates
        if (known is None or merged != known) and task not in self.queued:
            self.queued.add(task)
            self.queue.append(task)
        self.inherited[task] = merged

    def pick(self, refs: Iterable[Ref], gates: Iterable[GateKey]) -> None:
        """Remember that gates decide whether these definitions are used; whatever runs in them runs because of it."""
        new = frozenset(gates)
        for ref in refs:
            definition = ref.function or ref.cls
            if definition is None or ref.kind is Kind.INSTANCE or ref.kind is Kind.PARENT:
                continue
            known = self.picked.setdefault(definition, set())
            if not new <= known:
                known |= new
                for task in list(self.tasks_of.get(definition, ())):
                    self.schedule(task, new)

    def enter(self, task: Task) -> None:
        """Take a task as something that runs by itself."""
        self.entries.add(task)
        self.schedule(task)

    def read(self, task: Task, cell: Cell) -> Value:
        """Read a cell on behalf of a task, which is looked at again when the cell changes."""
        self.readers.setdefault(cell, set()).add(task)
        return self.cells.get(cell, ANYTHING)

    def has(self, cell: Cell) -> bool:
        """Whether anything was ever written to a cell."""
        return cell in self.cells

    def write(self, cell: Cell, value: Value) -> None:
        """Add a value to a cell."""
        known = self.cells.get(cell)
        merged = value if known is None else join([known, value])
        self.cells[cell] = merged
        if known is None or merged != known:
            if cell[0] == "param" and value.level is Level.DIRECT and isinstance(cell[1], Task):
                self.urgent.append(cell[1])
            for task in self.readers.get(cell, ()):
                if task not in self.queued:
                    self.queued.add(task)
                    self.queue.append(task)

    def puzzle(self, task: Task, node: ast.AST, shows: str) -> None:
        """Record a place that source alone cannot decide."""
        self.events[task].puzzles.append(evidence_at(task.function.module, node, shows))

    def flow(self, function: Function) -> Flow:
        """Where the values of a function go."""
        if function not in self.flows:
            self.flows[function] = read_flow(function)
        return self.flows[function]

    def registrations(self) -> list[tuple[Class | Function, ast.Call]]:
        """Definitions with a decorator that is given the toggle's name, as those of registries are."""
        if self.known_registrations is None:
            found: list[Class | Function] = []
            for module in self.program.candidates():
                found += [*module.classes.values(), *module.functions.values()]
            self.known_registrations = [
                (definition, decorator)
                for definition in found
                for decorator in getattr(definition.node, "decorator_list", ())
                if isinstance(decorator, ast.Call)
                and any(isinstance(one, ast.Constant) and one.value == self.toggle for one in decorator.args)
            ]
        return self.known_registrations

    def settings(self) -> list[tuple[Class, set[str]]]:
        """The classes that hold the toggle as a setting, with their members: they take it, and are no layers."""
        if self.known_settings is None:
            found = [cls for module in self.program.candidates() for cls in module.classes.values()]
            # A copy: what a user sets in an object of theirs says nothing about objects that the package makes.
            self.known_settings = [
                (replace(cls), _members(self.program, cls))
                for cls in found
                if self._takes_toggle(cls) and not self.program.is_torch_like(cls)
            ]
        return self.known_settings

    def _takes_toggle(self, cls: Class) -> bool:
        start = self.program.method(cls, "__init__")
        parameters = start.parameters() if start is not None else []
        return any(self.toggle in one.fields for one in self.program.lineage(cls)) or any(
            one.arg == self.toggle for one in parameters
        )

    def configure(self, cls: Class) -> None:
        """Take a configuration class as built by a user who sets the toggle."""
        if id(cls) in self.configured:
            return
        self.configured.add(id(cls))
        self.seed_fields(cls)
        self.enter_constructor(cls)

    def seed_fields(self, cls: Class) -> None:
        """The toggle's own field, declared in the class body, holds the toggle's value."""
        for one in self.program.lineage(cls):
            statement = one.fields.get(self.toggle)
            if statement is not None:
                shows = f"field `{self.toggle}` of {one.name}"
                self.write(
                    ("attr", cls, self.toggle),
                    Value(level=Level.DIRECT, chain=(evidence_at(one.module, statement, shows),)),
                )
                return

    def enter_constructor(self, cls: Class) -> None:
        """Run the constructor of a class with the toggle given by its user."""
        for name in ("__init__", "__new__", "__post_init__"):
            function = self.program.method(cls, name)
            if function is not None:
                self.enter_function(function, cls)

    def enter_function(self, function: Function, cls: Class | None = None) -> None:
        """Run a function with its toggle parameter, if it has one, given by its user."""
        task = Task(function, cls)
        self.seed_parameters(task)
        self.enter(task)

    def seed_parameters(self, task: Task) -> None:
        """Give the toggle's value to the parameter of its name, or to the keyword dictionary."""
        function = task.function
        if function.arguments is None:
            return
        if task.cls is not None and function.owner is not None:
            self.bind_receiver(task)
        for parameter in function.parameters():
            if parameter.arg == self.toggle:
                step = evidence_at(function.module, parameter, f"parameter `{self.toggle}` of {function.title}")
                self.write(("param", task, parameter.arg), Value(level=Level.DIRECT, chain=(step,)))
                return
        extra = function.arguments.kwarg
        if extra is not None and (self.gives_keywords or _asks_for(function, self.toggle)):
            step = evidence_at(function.module, extra, f"keyword dictionary `**{extra.arg}` of {function.title}")
            self.seeds.add(step)
            toggled = Value(level=Level.DIRECT, chain=(step,))
            self.write(("param", task, extra.arg), Value(fields=((self.toggle, toggled),)))

    def is_only_possible(self, value: Value) -> bool:
        """Whether the toggle is in a value only if a user put it into keywords that name nothing."""
        return value.level is Level.DIRECT and bool(value.chain) and value.chain[0] in self.seeds

    def bind_receiver(self, task: Task) -> None:
        """Give a method its receiver."""
        parameters = task.function.parameters()
        if not parameters or "staticmethod" in task.function.decorators:
            return
        kind = Kind.INSTANCE
        if "classmethod" in task.function.decorators or task.function.name in {"__new__", "__init_subclass__"}:
            kind = Kind.CLASS
        self.write(("param", task, parameters[0].arg), Value(refs=frozenset([Ref(kind, cls=task.cls)])))


def _asks_for(function: Function, toggle: str) -> bool:
    """Whether a function looks for the toggle among its keywords, or makes attributes of all of them."""
    for node in ast.walk(function.node):
        if isinstance(node, ast.Constant) and node.value == toggle:
            return True
        if isinstance(node, ast.Attribute) and node.attr == "__dict__":
            return True
    return False


def _members(program: Program, cls: Class) -> set[str]:
    names: set[str] = set()
    for one in program.lineage(cls):
        names.update(one.fields, one.methods)
        for node in ast.walk(one.node):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
    return names
