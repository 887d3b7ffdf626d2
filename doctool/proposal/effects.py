"""What a value decides: whether modules are built or not, or what is computed in a forward path.

Judged by what is done where the value is tested, or by what it is given to, never by its name. Only a first sieve:
`detect` has the last word on whether the value gets there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

import msgspec

from doctool.detect.syntax import last_name
from doctool.proposal.code import (
    Definition,
    FunctionNode,
    Repository,
    calls_in,
    is_definition,
    is_self,
)
from doctool.proposal.decisions import TESTS, Step, Values, acting_nodes, decided_by, is_text, steps_of
from doctool.proposal.parameters import callees, constructor_of

_DEEPEST = 6
# Calls that report, check or load, and compute nothing that a forward path gives out.
_SILENT = {
    "print", "warn", "warning", "info", "debug", "error", "exception", "critical", "log", "write", "isinstance", "len",
    "repr", "str", "format", "join", "hasattr", "type", "id", "hash", "append", "extend", "update", "items", "keys",
    "values", "get", "pop", "setattr", "save", "dump", "load", "load_state_dict", "load_checkpoint", "load_pretrained",
    "load_url", "load_state_dict_from_url", "from_pretrained", "hf_hub_download", "download", "save_hyperparameters",
    "set_detect_anomaly", "synchronize", "super", "bool", "int", "float", "getattr", "eval", "train", "cpu", "cuda",
    "to", "exists", "is_available", "range", "enumerate", "zip", "tqdm", "size", "dim", "tuple", "list", "dict", "set",
    "numel", "parameters", "no_grad", "locals",
}  # fmt: skip
_SILENT_ROOTS = {
    "logging", "warnings", "wandb", "os", "sys", "json", "pathlib", "time", "tensorboard", "mlflow", "neptune", "tqdm",
    "argparse", "random", "requests", "urllib", "huggingface_hub", "shutil", "pickle", "gdown",
}  # fmt: skip
# Arguments of layers that change how something is computed or laid out, and not what.
_NO_CHOICES = {"inplace", "batch_first", "requires_grad", "non_blocking", "verbose", "persistent", "keepdim", "dim"}
# What only holds settings; what these decide is not seen here.
_HOLDERS = ("Config", "Configuration", "Args", "Settings", "Options", "Params")
_BUILT_BY = {"__init__", "__post_init__", "setup", "build", "reset_parameters"}
_RUN_BY = {"forward", "__call__"}


class Deed(msgspec.Struct, frozen=True, eq=False):
    """A place where a value decides.

    Args:
        owner: The class or function in which it does.
        line: Where.
    """

    owner: Definition
    line: int

    @property
    def place(self) -> str:
        """The place as a reader names it."""
        return f"{self.owner.module.file}:{self.line}"


class Effects:
    """Follows values from parameter to parameter until they decide something."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._known: dict[tuple[ast.AST, str], Deed | None] = {}
        self._computing: dict[ast.AST, bool] = {}
        self._steps: dict[ast.AST, list[Step]] = {}

    def of_parameter(self, definition: Definition, name: str, depth: int = 0) -> Deed | None:
        """What a parameter of a class or a function decides; None if nothing was found."""
        key = (definition.node, name)
        if key not in self._known and depth < _DEEPEST:
            self._known[key] = None  # until more is known: calls may go in circles
            self._known[key] = self._look(definition, name, depth)
        return self._known.get(key)

    def _look(self, definition: Definition, name: str, depth: int) -> Deed | None:
        constructor = constructor_of(self.repository, definition)
        if constructor is None:
            return None
        is_built = definition.is_class or definition.name in _BUILT_BY or definition.owner is None
        values = Values({name}, set(), None)
        found = self._in_function(constructor, values, depth, builds=is_built)
        if found is None and constructor.owner is not None and values.attributes:
            found = self._in_methods(definition if definition.is_class else constructor.owner, values, depth)
        return found

    def of_field(self, definitions: Iterable[Definition], name: str) -> Deed | None:
        """What a field of a settings object decides in any of some definitions."""
        for definition in definitions:
            values = Values(set(), set(), name)
            if definition.is_class:
                constructor = self.repository.method(definition, "__init__")
                found = None if constructor is None else self._in_function(constructor, values, 0, builds=True)
                found = found or self._in_methods(definition, values, 0)
            else:
                found = self._in_function(definition, values, 0, builds=True)
            if found is not None:
                return found
        return None

    def _in_methods(self, cls: Definition, values: Values, depth: int) -> Deed | None:
        methods = {
            node.name: Definition(name=node.name, module=one.module, node=node, owner=cls)
            for one in reversed(self.repository.lineage(cls))
            for node in one.node.body
            if isinstance(node, FunctionNode)
        }
        runs = _reached(methods, _RUN_BY) or set(methods)
        builds = _reached(methods, _BUILT_BY)
        for name, method in methods.items():
            if name in runs or (name in builds and name != "__init__"):
                own = Values(set(), values.attributes, values.field)
                found = self._in_function(method, own, depth, builds=name not in runs)
                if found is not None:
                    return found
        return None

    def _in_function(self, function: Definition, values: Values, depth: int, *, builds: bool) -> Deed | None:
        if function.node not in self._steps:
            self._steps[function.node] = list(steps_of(function.node))
        steps = self._steps[function.node]
        values.follow([node for node, _ in steps])
        for node, rest in steps:
            region = decided_by(node, values, rest)
            if region and self._computes(function, region, depth, builds=builds):
                return Deed(function.owner or function, getattr(node, "lineno", function.node.lineno))
            if isinstance(node, ast.Call):
                found = self._given_to(function, node, values, depth)
                if found is not None:
                    return found
        return None

    def _computes(self, function: Definition, region: Sequence[ast.AST], depth: int, *, builds: bool) -> bool:
        """Whether something is built or computed in a part of a function."""
        for node in acting_nodes(region):
            if isinstance(node, ast.BinOp) and not is_text(node):
                return True
            if isinstance(node, ast.Subscript) and not builds and isinstance(node.slice, ast.Slice | ast.Tuple):
                return True
            if isinstance(node, ast.Call) and self._is_computing(function, node, depth):
                return True
            if builds and isinstance(node, ast.Name | ast.Attribute) and self._is_layer(function, node):
                return True
            if builds and node in region and isinstance(node, ast.Constant) and type(node.value) is int:
                return True  # a size, or a number of layers
        return False

    def _is_layer(self, function: Definition, node: ast.expr) -> bool:
        """Whether a class of layers is named, to be built elsewhere."""
        found = self.repository.resolve(function.module, node)
        if isinstance(found, str):
            return found.startswith("torch.nn.") and last_name(node)[:1].isupper()
        return found is not None and self.repository.is_model(found)

    def _is_computing(self, function: Definition, call: ast.Call, depth: int) -> bool:
        if last_name(call.func) in _SILENT:
            return False
        found = self.repository.resolve(function.module, call.func)
        if is_definition(found) and found.is_class:
            return self.repository.is_model(found)
        if isinstance(call.func, ast.Attribute) and is_self(call.func.value) and function.owner is not None:
            found = self.repository.method(function.owner, call.func.attr) or found
        if is_definition(found):
            return self._function_computes(found, depth)
        return not isinstance(found, str) or found.partition(".")[0] not in _SILENT_ROOTS

    def _function_computes(self, function: Definition, depth: int) -> bool:
        if function.node not in self._computing:
            self._computing[function.node] = depth >= _DEEPEST
            self._computing[function.node] = self._computes(function, function.node.body, depth + 1, builds=False)
        return self._computing[function.node]

    def _given_to(self, function: Definition, call: ast.Call, values: Values, depth: int) -> Deed | None:
        given = [(number, None) for number, one in enumerate(call.args) if values.are_in(one)]
        named = [(0, keyword.arg) for keyword in call.keywords if keyword.arg and values.are_in(keyword.value)]
        if not (given or named) or last_name(call.func) in _SILENT | TESTS:
            return None
        is_known = False
        for callee in callees(self.repository, function, call):
            is_known = True
            shift = 1 if self.repository.resolve(function.module, call.func) is not callee and call.args[:1] else 0
            if isinstance(call.func, ast.Attribute):
                shift = 0
            for number, name in (*given, *named):
                parameter = name or _parameter_at(self.repository, callee, number - shift)
                found = self.of_parameter(callee, parameter, depth + 1) if parameter else None
                if found is not None:
                    return found
        if is_known or not self._is_computing(function, call, depth) or all(name in _NO_CHOICES for _, name in named):
            return None
        if last_name(call.func).endswith(_HOLDERS):
            return None
        # A layer from outside takes it: what that builds or computes depends on it.
        return Deed(function.owner or function, call.lineno) if named else None


def _reached(methods: dict[str, Definition], start: set[str]) -> set[str]:
    """The methods that are run by some others of the same class, and these."""
    found = {name for name in start if name in methods}
    waiting = list(found)
    while waiting:
        for call in calls_in(methods[waiting.pop()].node.body):
            name = call.func.attr if isinstance(call.func, ast.Attribute) and is_self(call.func.value) else ""
            if name in methods and name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _parameter_at(repository: Repository, callee: Definition, number: int) -> str | None:
    constructor = constructor_of(repository, callee)
    if constructor is None or number < 0:
        return None
    names = [one.arg for one in (*constructor.arguments.posonlyargs, *constructor.arguments.args)]
    names = names[1 if constructor.owner is not None else 0 :]
    return names[number] if number < len(names) else None
