"""The one object that holds the settings of a model: a class of the repository, or what `argparse` makes."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import msgspec

from doctool.detect.syntax import last_name
from doctool.proposal.code import Definition, Repository, calls_in, dotted_name, is_definition, is_self
from doctool.proposal.examples import Examples, Usage
from doctool.proposal.parameters import Parameter, parameters_of

NAMESPACE = "argparse:Namespace"
_NAMES = {"config", "cfg", "args", "conf", "opt", "opts", "options", "hparams", "settings", "hps", "params", "hp", "c"}
_PLAIN = {"int", "float", "str", "bool", "list", "tuple", "dict"}
_ENOUGH = 0.6
"""Part of the attributes that a model reads which a class must have, to be taken for its settings."""


class Settings(msgspec.Struct, frozen=True, eq=False):
    """A settings object.

    Args:
        target: Its class, as `doctool.yaml` names it.
        fields: What it can be given.
        definition: Its class, where that is in the repository.
    """

    target: str
    fields: tuple[Parameter, ...]
    definition: Definition | None = None


def settings_of(
    repository: Repository, examples: Examples, model: Definition, parameter: Parameter, usages: Iterable[Usage]
) -> Settings | None:
    """Find what a model takes as its only argument, if that is a settings object."""
    read = attributes_read(repository, model, parameter.name)
    if isinstance(parameter.annotation, ast.Name) and parameter.annotation.id in _PLAIN:
        return None
    found = _annotated(repository, parameter)
    if found is None and parameter.annotation is not None and parameter.name not in _NAMES:
        return None
    if found is None and not read and parameter.name not in _NAMES:
        return None
    if found is None:
        found = _named_in(repository, examples, usages) or _holding(repository, read)
    if found is not None:
        return Settings(found.target, parameters_of(repository, found), found)
    options = tuple(one for one in command_line_of(repository) if one.name in read)
    if read and len(options) >= _ENOUGH * len(read):
        return Settings(NAMESPACE, options)
    return None


def _annotated(repository: Repository, parameter: Parameter) -> Definition | None:
    annotation = parameter.annotation
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError):
            return None
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Name | ast.Attribute):
            found = repository.resolve(parameter.taker.module, node)
            if is_definition(found) and found.is_class and not repository.is_model(found):
                return found
    return None


def _named_in(repository: Repository, examples: Examples, usages: Iterable[Usage]) -> Definition | None:
    """The class of the object with which examples build the model."""
    wanted = {id(usage.settings) for usage in usages if usage.settings is not None}
    for definition in repository.definitions():
        is_it = wanted and any(id(one) in wanted for one in examples.of(definition))
        if is_it and definition.is_class and not repository.is_model(definition):
            return definition
    return None


def _holding(repository: Repository, read: set[str]) -> Definition | None:
    """The class whose fields are the attributes that a model reads; the one with the most of them."""
    best: tuple[int, Definition] | None = None
    for definition in repository.definitions() if len(read) > 1 else ():
        if not definition.is_class or repository.is_model(definition):
            continue
        count = len(read & {parameter.name for parameter in parameters_of(repository, definition)})
        if count >= _ENOUGH * len(read) and (best is None or count > best[0]):
            best = (count, definition)
    return best[1] if best else None


def attributes_read(repository: Repository, model: Definition, name: str) -> set[str]:
    """The attributes of a parameter that a constructor reads, and those that other layers read which are given it."""
    found: set[str] = set()
    seen: set[tuple[ast.AST, str]] = set()
    waiting = [(model, name)]
    while waiting:
        definition, name = waiting.pop()
        function = repository.method(definition, "__init__") if definition.is_class else definition
        if function is None or (function.node, name) in seen:
            continue
        seen.add((function.node, name))
        for node in ast.walk(function.node):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
                found.add(node.attr)
        for call in calls_in(function.node.body):
            callee = repository.resolve(function.module, call.func)
            if not is_definition(callee):
                continue
            names = [parameter.name for parameter in parameters_of(repository, callee)]
            given = [names[place] for place, one in enumerate(call.args[: len(names)]) if _is(one, name)]
            given += [keyword.arg for keyword in call.keywords if keyword.arg and _is(keyword.value, name)]
            waiting += [(callee, one) for one in given]
    return {one for one in found if not one.startswith("__")}


def _is(node: ast.expr, name: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == name) or (
        isinstance(node, ast.Attribute) and is_self(node.value) and node.attr == name
    )


def command_line_of(repository: Repository) -> list[Parameter]:
    """What the programs of a repository take on their command lines."""
    found: dict[str, Parameter] = {}
    for module in repository.modules.values():
        if "argparse" not in {one.partition(".")[0] for one in module.imports.values()}:
            continue
        program = Definition(name="<program>", module=module, node=_NO_FUNCTION)
        for call in calls_in([module.tree]):
            if last_name(call.func) == "add_argument":
                option = _option(call, program)
                if option is not None:
                    found.setdefault(option.name, option)
    return list(found.values())


_NO_FUNCTION = ast.FunctionDef(
    name="<program>", body=[], decorator_list=[], args=ast.arguments([], [], None, [], [], None, [])
)


def _option(call: ast.Call, program: Definition) -> Parameter | None:
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    long = next((word for word in words if word.startswith("--")), words[0] if words else "")
    name = long.lstrip("-").replace("-", "_")
    if isinstance(destination := named.get("dest"), ast.Constant):
        name = str(destination.value)
    if not name.isidentifier():
        return None
    action = named.get("action")
    kind = action.value if isinstance(action, ast.Constant) else dotted_name(action) if action is not None else ""
    default = named.get("default")
    if kind in {"store_true", "store_false"}:
        default = ast.Constant(value=kind == "store_false")
    elif str(kind).endswith("BooleanOptionalAction") and default is None:
        default = ast.Constant(value=False)
    return Parameter(name, default, named.get("type"), program, call.lineno)


def readers_of(repository: Repository, model: Definition) -> list[Definition]:
    """The model and every class and function of the repository that it may use."""
    found = [model]
    for one in found:
        nodes = [one.node, *(above.node for above in repository.lineage(one)[1:])] if one.is_class else [one.node]
        for node in (inner for outer in nodes for inner in ast.walk(outer)):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                used = repository.resolve(one.module, node)
                if is_definition(used) and used not in found and len(found) < 200:
                    found.append(used)
    return found
