"""What a class or a factory can be given, also through `**kwargs`, and the model that comes out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from doctool.proposal.code import Definition, Repository, calls_in, dotted_name, is_definition, is_self

_DEEPEST = 5


class Parameter(msgspec.Struct, frozen=True, eq=False):
    """Something that a callable takes by name.

    Args:
        name: Its name.
        default: What it is if it is not given; None where it must be.
        annotation: Its type, as written.
        taker: The class or function that receives it in the end.
        line: Where it is written.
    """

    name: str
    default: ast.expr | None
    annotation: ast.expr | None
    taker: Definition
    line: int

    @property
    def place(self) -> str:
        """Where it is written."""
        return f"{self.taker.module.file}:{self.line}"

    @property
    def is_boolean(self) -> bool:
        """Whether it is a switch with two positions."""
        if isinstance(self.default, ast.Constant) and isinstance(self.default.value, bool):
            return True
        return isinstance(self.annotation, ast.Name) and self.annotation.id == "bool"


def constructor_of(repository: Repository, definition: Definition) -> Definition | None:
    """The function that runs when something is called: of a class its `__init__`."""
    return repository.method(definition, "__init__") if definition.is_class else definition


def parameters_of(repository: Repository, definition: Definition, depth: int = 0) -> tuple[Parameter, ...]:
    """Everything that can be given by name, nearest first; through `**kwargs` what these are handed on to.

    Args:
        repository: Where names are looked up.
        definition: A class or a function.
        depth: How many calls it is away from where the question was asked.
    """
    constructor = constructor_of(repository, definition)
    if constructor is None:
        return tuple(fields_of(repository, definition))
    found = {one.name: one for one in _own(constructor, definition)}
    if constructor.arguments.kwarg is not None and depth < _DEEPEST:
        for call, callee in handed_on(repository, constructor):
            given = {keyword.arg for keyword in call.keywords}
            # A class among the arguments is built from the keywords alone; what is called takes the positions too.
            is_given = any(repository.resolve(constructor.module, arg) is callee for arg in call.args)
            inner = parameters_of(repository, callee, depth + 1)
            for one in inner if is_given else inner[len(call.args) :]:
                if one.name not in given:
                    found.setdefault(one.name, one)
    return tuple(found.values())


def _own(constructor: Definition, taker: Definition) -> Iterator[Parameter]:
    arguments = constructor.arguments
    positional = [*arguments.posonlyargs, *arguments.args]
    padding: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [*zip(positional, [*padding, *arguments.defaults], strict=True)]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for one, default in pairs[1 if constructor.owner is not None else 0 :]:
        yield Parameter(one.arg, default, one.annotation, taker, one.lineno)


def fields_of(repository: Repository, definition: Definition) -> Iterator[Parameter]:
    """The annotated fields of a class without a constructor, such as a dataclass, those of its bases first."""
    found: dict[str, Parameter] = {}
    for one in reversed(repository.lineage(definition)):
        for node in one.node.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not _is_constant(node):
                found[node.target.id] = Parameter(
                    node.target.id, _default_of(node.value), node.annotation, one, node.lineno
                )
    yield from found.values()


def _is_constant(node: ast.AnnAssign) -> bool:
    return "ClassVar" in ast.unparse(node.annotation) or "init=False" in ast.unparse(node).replace(" ", "")


def _default_of(value: ast.expr | None) -> ast.expr | None:
    """The default within `field(default=…)`; a factory stands for itself."""
    if isinstance(value, ast.Call) and (dotted_name(value.func) or "").rpartition(".")[2] == "field":
        return next(
            (keyword.value for keyword in value.keywords if keyword.arg in {"default", "default_factory"}), None
        )
    return value


def handed_on(repository: Repository, function: Definition) -> Iterator[tuple[ast.Call, Definition]]:
    """The calls that a function hands its `**kwargs` on to."""
    keywords = function.arguments.kwarg
    if keywords is None:
        return
    carriers = {keywords.arg}
    for node in ast.walk(function.node):
        if isinstance(node, ast.Assign) and _mentions(node.value, carriers):
            carriers |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for call in calls_in(function.node.body):
        if any(keyword.arg is None and _mentions(keyword.value, carriers) for keyword in call.keywords):
            for callee in callees(repository, function, call):
                yield call, callee


def _mentions(node: ast.expr, names: set[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


def callees(repository: Repository, function: Definition, call: ast.Call) -> Iterator[Definition]:
    """What a call may run: what it names, its parent's constructor, or a model that is given to a builder."""
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call) and function.owner is not None:
        if dotted_name(call.func.value.func) == "super":
            above = repository.method(function.owner, call.func.attr, above=True)
            if above is not None and above.owner is not None:
                yield above.owner if above.name == "__init__" else above
        return
    if isinstance(call.func, ast.Attribute) and is_self(call.func.value) and function.owner is not None:
        method = repository.method(function.owner, call.func.attr)
        if method is not None:
            yield method
        return
    built = [arg for arg in call.args[:2] if is_definition(found := repository.resolve(function.module, arg))]
    for expression in (*built, call.func):
        found = repository.resolve(function.module, expression)
        if is_definition(found) and found.node is not function.node:
            yield found


def product_of(repository: Repository, definition: Definition, depth: int = 0) -> Definition | None:
    """The model that comes out of calling a class or a factory; None where that cannot be told."""
    if definition.is_class:
        return definition if repository.is_model(definition) else None
    if depth > _DEEPEST:
        return None
    calls = [
        call for node in ast.walk(definition.node) for call in calls_in([node] if isinstance(node, ast.Return) else ())
    ]
    returned = {
        node.value.id
        for node in ast.walk(definition.node)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name)
    }
    for node in ast.walk(definition.node):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in returned for target in node.targets
        ):
            calls += calls_in([node.value])
    for call in calls:
        for callee in callees(repository, definition, call):
            found = product_of(repository, callee, depth + 1)
            if found is not None:
                return found
    return None
