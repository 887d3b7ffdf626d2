"""What can be built and run in a repository: models and factories, with the sizes and the switches that they take."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from doctool.proposal.code import Definition, FunctionNode, Repository
from doctool.proposal.effects import Deed, Effects
from doctool.proposal.examples import UNKNOWN, Examples, Usage
from doctool.proposal.inputs import Call, read_call
from doctool.proposal.options import Option, options_in
from doctool.proposal.parameters import Parameter, parameters_of, product_of
from doctool.proposal.settings import NAMESPACE, Settings, readers_of, settings_of
from doctool.proposal.sizes import guess_size

_NO_FACTORIES = ("test", "main", "load", "from_", "train", "convert", "export", "_")


class Switch(msgspec.Struct, frozen=True, eq=False):
    """A boolean that decides about something.

    Args:
        parameter: The parameter or field.
        deed: Where it decides.
    """

    parameter: Parameter
    deed: Deed

    @property
    def name(self) -> str:
        """Its name."""
        return self.parameter.name


class Entry(msgspec.Struct, frozen=True, eq=False):
    """Something that builds a model.

    Args:
        definition: What is called.
        model: The class that comes out of it.
        settings: The one object that it takes, if it does.
        parameters: What it, or that object, can be given.
        args: What it is given.
        source: Where these were found: a place in an example, or empty where they are guessed.
        guessed: Those that are guessed by their names.
        missing: Those that are needed and that nothing tells.
        call: How the model is called.
        example: Whether an example shows an input.
        order: The line of its first example; documents show what they are about first.
    """

    definition: Definition
    model: Definition
    settings: Settings | None
    parameters: tuple[Parameter, ...]
    args: Mapping[str, Any]
    source: str
    guessed: tuple[str, ...]
    missing: tuple[str, ...]
    call: Call
    example: bool
    order: int

    @property
    def is_runnable(self) -> bool:
        """Whether it can be built from plain values and called with one tensor."""
        return not self.missing and self.call.input is not None and len(self.call.required) <= 1


def entries_of(repository: Repository, examples: Examples) -> Iterator[Entry]:
    """Yield everything in a repository that builds a model."""
    for definition in repository.definitions():
        if repository.budget.is_over:
            repository.budget.cut("not every class was looked at")
            return
        if definition.name.lower().startswith(_NO_FACTORIES) or (
            not definition.is_class and _takes_positional_lists(definition)
        ):
            continue
        model = product_of(repository, definition)
        if model is not None and not _is_abstract(model):
            yield _describe(repository, examples, definition, model)


def _takes_positional_lists(definition: Definition) -> bool:
    return definition.arguments.vararg is not None


def _is_abstract(model: Definition) -> bool:
    return any(
        isinstance(node, FunctionNode) and any("abstractmethod" in ast.unparse(one) for one in node.decorator_list)
        for node in model.node.body
    )


def _describe(repository: Repository, examples: Examples, definition: Definition, model: Definition) -> Entry:
    parameters = parameters_of(repository, definition)
    usages = examples.of(definition)
    required = [parameter for parameter in parameters if parameter.default is None]
    settings = None
    if len(required) == 1 or (len(parameters) == 1 and not required):
        only = (required or parameters)[0]
        settings = settings_of(repository, examples, definition, only, usages)
    if settings is not None:
        parameters = settings.fields
        usages = [one.settings for one in usages if one.settings is not None] or (
            [] if settings.definition is None else examples.of(settings.definition)
        )
    usage = _best(usages, parameters)
    args, guessed, missing = _arguments(parameters, usage, settings)
    missing = (
        *missing,
        *(name for name in _always_objects(repository, examples, settings, parameters) if name not in args),
    )
    call = read_call(repository, model, {**_defaults(parameters), **args})
    given = _input_of(examples.of(definition), usage)
    if given is not None:
        call = Call(required=call.required, input=given, is_certain=True)
    return Entry(
        definition=definition,
        model=model,
        settings=settings,
        parameters=parameters,
        args=args,
        source=usage.place if usage is not None else "",
        guessed=guessed,
        missing=missing,
        call=call,
        example=given is not None,
        order=int(usage.place.rpartition(":")[2]) if usage is not None else 0,
    )


def _always_objects(
    repository: Repository, examples: Examples, settings: Settings | None, parameters: Sequence[Parameter]
) -> list[str]:
    """What every example gives a settings class as an object, though it has None as its default."""
    if settings is None or settings.definition is None:
        return []
    usages = [usage for one in repository.lineage(settings.definition) for usage in examples.of(one)]
    nothing = {
        parameter.name
        for parameter in parameters
        if isinstance(parameter.default, ast.Constant) and parameter.default.value is None
    }
    return [name for name in sorted(nothing) if usages and all(name in usage.others for usage in usages)]


def _best(usages: Sequence[Usage], parameters: Sequence[Parameter]) -> Usage | None:
    """The usage that gives everything that is needed; before all one whose input is known too."""
    needed = {parameter.name for parameter in parameters if parameter.default is None}
    names = {parameter.name for parameter in parameters}

    def worth(usage: Usage) -> tuple[bool, bool, bool]:
        given = _by_name(usage, parameters)
        return needed <= set(given), not usage.others and set(given) <= names, usage.input is not None

    best = max(usages, key=worth, default=None)  # of equals the first: documents come before code
    return best if best is not None and (worth(best)[0] and _by_name(best, parameters)) else None


def _by_name(usage: Usage, parameters: Sequence[Parameter]) -> dict[str, Any]:
    names = [parameter.name for parameter in parameters]
    found = {}
    for name, value in usage.args.items():
        if name.isdigit():
            if int(name) < len(names):
                found[names[int(name)]] = value
        elif value is not UNKNOWN:
            found[name] = value
    return {name: value for name, value in found.items() if name in names}


def _input_of(usages: Sequence[Usage], usage: Usage | None) -> Any:
    if usage is not None and usage.input is not None:
        return usage.input
    return next((one.input for one in usages if one.settings is usage and one.input is not None), None)


def _defaults(parameters: Sequence[Parameter]) -> dict[str, Any]:
    found = {}
    for parameter in parameters:
        value = plain(parameter.default)
        if value is not UNKNOWN:
            found[parameter.name] = value
    return found


def plain(node: ast.expr | None) -> Any:
    """The plain value that is written, or `UNKNOWN`."""
    if node is None:
        return UNKNOWN
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN
    return value if _is_plain(value) else UNKNOWN


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _arguments(
    parameters: Sequence[Parameter], usage: Usage | None, settings: Settings | None
) -> tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    """Choose what is given: what an example gives, then what names suggest; a namespace has no defaults of its own."""
    found = _by_name(usage, parameters) if usage is not None else {}
    defaults = _defaults(parameters)
    # What is the default anyway is left out; a tuple there could only be written as a list.
    args = {name: value for name, value in found.items() if name not in defaults or not _is_same(defaults[name], value)}
    if settings is not None and settings.target == NAMESPACE:
        args = {**defaults, **args}
    guessed, missing = [], []
    for parameter in parameters:
        if parameter.default is None and parameter.name not in args:
            annotation = "" if parameter.annotation is None else ast.unparse(parameter.annotation)
            size = False if parameter.is_boolean else guess_size(parameter.name, annotation)
            if size is None:
                missing.append(parameter.name)
            else:
                args[parameter.name] = size
                guessed.append(parameter.name)
    return args, tuple(guessed), tuple(missing)


def _is_same(default: Any, value: Any) -> bool:
    if isinstance(default, list | tuple) and isinstance(value, list | tuple):
        return len(default) == len(value) and all(map(_is_same, default, value))
    return type(default) is type(value) and bool(default == value)


def switches_of(repository: Repository, effects: Effects, entry: Entry) -> list[Switch]:
    """The booleans that decide about something among what an entry takes."""
    booleans = [parameter for parameter in entry.parameters if parameter.is_boolean]
    return [Switch(one, deed) for one, deed in _deeds(repository, effects, entry, booleans)]


def options_of(repository: Repository, effects: Effects, entry: Entry) -> list[Option]:
    """What has a few other values and decides about something among what an entry takes."""
    others = [parameter for parameter in entry.parameters if not parameter.is_boolean]
    return [option for one, deed in _deeds(repository, effects, entry, others) for option in options_in(one, deed)]


def _deeds(
    repository: Repository, effects: Effects, entry: Entry, parameters: Sequence[Parameter]
) -> Iterator[tuple[Parameter, Deed]]:
    readers = readers_of(repository, entry.model) if entry.settings is not None and parameters else []
    for parameter in parameters:
        if repository.budget.is_over:
            repository.budget.cut("not every parameter was followed")
            return
        if entry.settings is not None:
            deed = effects.of_field(readers, parameter.name)
        else:
            deed = effects.of_parameter(parameter.taker, parameter.name)
        if deed is not None and not parameter.name.startswith("_"):
            yield parameter, deed
