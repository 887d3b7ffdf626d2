"""What a value decides: whether modules are built or not, or what is computed in a forward path.

Judged by what is done where the value is tested, or by what it is given to, never by its name. Only a first sieve:
`detect` has the last word on whether the value gets there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from doctool.proposal.code import (
    Definition,
    FunctionNode,
    Repository,
    calls_in,
    is_definition,
    is_self,
    last_name,
)
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
_TESTS = {"bool", "any", "all", "exists", "default", "getattr", "int", "float", "not_"}


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
        self._steps: dict[ast.AST, list[_Step]] = {}

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
        values = _Values({name}, set(), None)
        found = self._in_function(constructor, values, depth, builds=is_built)
        if found is None and constructor.owner is not None and values.attributes:
            found = self._in_methods(definition if definition.is_class else constructor.owner, values, depth)
        return found

    def of_field(self, definitions: Iterable[Definition], name: str) -> Deed | None:
        """What a field of a settings object decides in any of some definitions."""
        for definition in definitions:
            values = _Values(set(), set(), name)
            if definition.is_class:
                constructor = self.repository.method(definition, "__init__")
                found = None if constructor is None else self._in_function(constructor, values, 0, builds=True)
                found = found or self._in_methods(definition, values, 0)
            else:
                found = self._in_function(definition, values, 0, builds=True)
            if found is not None:
                return found
        return None

    def _in_methods(self, cls: Definition, values: _Values, depth: int) -> Deed | None:
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
                own = _Values(set(), values.attributes, values.field)
                found = self._in_function(method, own, depth, builds=name not in runs)
                if found is not None:
                    return found
        return None

    def _in_function(self, function: Definition, values: _Values, depth: int, *, builds: bool) -> Deed | None:
        if function.node not in self._steps:
            self._steps[function.node] = list(_steps_of(function.node))
        steps = self._steps[function.node]
        values.follow([node for node, _ in steps])
        for node, rest in steps:
            region = _decided(node, values, rest)
            if region and self._computes(function, region, depth, builds=builds):
                return Deed(function.owner or function, getattr(node, "lineno", function.node.lineno))
            if isinstance(node, ast.Call):
                found = self._given_to(function, node, values, depth)
                if found is not None:
                    return found
        return None

    def _computes(self, function: Definition, region: Sequence[ast.AST], depth: int, *, builds: bool) -> bool:
        """Whether something is built or computed in a part of a function."""
        for node in _acting_nodes(region):
            if isinstance(node, ast.BinOp) and not _is_text(node):
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

    def _given_to(self, function: Definition, call: ast.Call, values: _Values, depth: int) -> Deed | None:
        given = [(number, None) for number, one in enumerate(call.args) if values.are_in(one)]
        named = [(0, one.arg) for one in call.keywords if one.arg and values.are_in(one.value)]
        if not (given or named) or last_name(call.func) in _SILENT | _TESTS:
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


class _Values:
    """The names and attributes that carry a value within a class."""

    def __init__(self, names: set[str], attributes: set[str], field: str | None) -> None:
        self.names = names
        self.attributes = attributes
        self.field = field

    def follow(self, nodes: Iterable[ast.AST]) -> None:
        """Add what the value is assigned to, as it is or as part of a condition."""
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and self.are_in(node.value):
                for one in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(one, ast.Name):
                        self.names.add(one.id)
                    elif isinstance(one, ast.Attribute) and is_self(one.value):
                        self.attributes.add(one.attr)

    def are_in(self, node: ast.AST) -> bool:
        """Whether an expression is the value, or a condition on it."""
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute):
            if is_self(node.value):
                return node.attr in self.attributes
            return node.attr == self.field
        if isinstance(node, ast.BoolOp | ast.UnaryOp | ast.Compare):
            return any(map(self.are_in, ast.iter_child_nodes(node)))
        if isinstance(node, ast.Call) and last_name(node.func) in _TESTS:
            return any(map(self.are_in, node.args)) or _reads_field(node, self.field)
        return False


def _reads_field(node: ast.Call, field: str | None) -> bool:
    return (
        field is not None
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
        and node.args[1].value == field
    )


def _decided(node: ast.AST, values: _Values, rest: Sequence[ast.stmt]) -> list[ast.AST]:
    """What a value decides about at a node; nothing where it does not."""
    if isinstance(node, ast.If) and values.are_in(node.test):
        leaves = any(isinstance(one, ast.Return | ast.Continue) for one in node.body)
        return [*node.body, *node.orelse, *(rest if leaves and not node.orelse else ())]
    if isinstance(node, ast.IfExp) and values.are_in(node.test):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp) and values.are_in(node.values[0]):
        return list(node.values[1:])
    if isinstance(node, ast.Match) and values.are_in(node.subject):
        return [statement for case in node.cases for statement in case.body]
    if (
        isinstance(node, ast.Subscript)
        and values.are_in(node.slice)
        and isinstance(node.value, ast.Dict | ast.Tuple | ast.List)
    ):
        return [node.value]
    return []


_Step = tuple[ast.AST, Sequence[ast.stmt]]
_STEPS = (ast.If, ast.IfExp, ast.BoolOp, ast.Match, ast.Subscript, ast.Call, ast.Assign, ast.AnnAssign)


def _steps_of(function: ast.AST) -> Iterator[_Step]:
    """The nodes of a function at which something may be decided, in order, with the statements after each."""
    for one in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            found = getattr(one, name, None)
            block: list[ast.stmt] = found if isinstance(found, list) else []
            for number, statement in enumerate(block):
                for node in _own_nodes(statement):
                    if isinstance(node, _STEPS):
                        yield node, block[number + 1 :] if node is statement else ()


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement and its expressions, without the statements within it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.stmt)]


def _acting_nodes(region: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of a region that do something: no assertions, no errors, no arguments of what only reports."""
    waiting = list(region)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Assert | ast.Raise) or (
            isinstance(node, ast.Call) and last_name(node.func) in {"print", "warn"}
        ):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def _is_text(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.BitOr) or any(
        isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str))
        for one in (node.left, node.right)
    )


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
