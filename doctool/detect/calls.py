"""A value that is handed to something: to a parameter, to a field, to a library, or to nobody knows what."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.definitions import Class, Function
from doctool.detect.evidence import note_at
from doctool.detect.flow import Binding
from doctool.detect.inference import bindings_of, refs_of
from doctool.detect.libraries import CARRIERS, CHANGERS, NAMED_STORES, QUIET, SAME, WRITERS, is_computing
from doctool.detect.program import MODULE_BASES, Kind, Ref, base_name, receiver_of
from doctool.detect.search import Path, Place, Search
from doctool.detect.syntax import FunctionNode, last_name

Slot = int | str | None
"""Which argument: its position, its keyword, or any."""
_RECORDS = {"dataclass", "struct", "define", "attrs", "frozen", "s"}
_RECORD_BASES = {"NamedTuple", "TypedDict", "Struct", "BaseModel", "PretrainedConfig", "PreTrainedConfig", "Module"}
_VIEWS = {"parameters", "named_parameters", "buffers", "state_dict", "view", "data", "detach", "get_submodule"}
_TELLS_ALWAYS = {"print", "pprint", "warn", "warning", "add_argument", "deprecate"}


def call_with_value(search: Search, place: Place, call: ast.Call, slot: Slot) -> None:
    """A call is given the value, or something that holds it."""
    _give(search, place, call, slot, place.path)


def call_with_bag(search: Search, place: Place, call: ast.Call, position: int | None) -> None:
    """`*bag` at a position, or `**bag`."""
    path = place.path
    if path and position is None and not path[0].startswith("#"):
        _give(search, place, call, path[0], path[1:])
    elif path and position is not None and path[0].startswith("#"):
        _give(search, place, call, position + int(path[0][1:]), path[1:])
    elif not path or position is not None:
        _give(search, place, call, None, path)


def _give(search: Search, place: Place, call: ast.Call, slot: Slot, path: Path) -> None:
    module, name = place.module, last_name(call.func)
    if _only_tells(place, call, name):
        search.end(module, call, "told")
    elif name in {"getattr", "hasattr", "setattr", "super"} and isinstance(call.func, ast.Name):
        _by_name(search, place, call, slot)
    elif (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Call)
        and last_name(call.func.value) == "super"
    ):
        _to_parent(search, place, call, slot, path)
    elif name == "update" and isinstance(call.func, ast.Attribute) and _is_instance_dictionary(call.func.value):
        _update_instance(search, place, call.func.value, slot, path)
    else:
        refs = refs_of(search.program, module, call.func)
        if not refs:
            _to_unknown(search, place, call, slot, path)
        for ref in refs:
            _to(search, place, call, ref, slot, path)


def _only_tells(place: Place, call: ast.Call, name: str) -> bool:
    if name in _TELLS_ALWAYS:
        return True
    return name in QUIET | WRITERS and isinstance(place.module.index.parent(call), ast.Expr)


def _to(search: Search, place: Place, call: ast.Call, ref: Ref, slot: Slot, path: Path) -> None:
    is_method = isinstance(call.func, ast.Attribute)
    if ref.kind is Kind.CROWD or (ref.name == "builtins.object()" and not is_method):
        search.puzzle(place.module, call, "unknown-callee", _text(call.func))
    elif ref.kind is Kind.EXTERNAL and "()" in ref.name and is_method:
        _to_unknown(search, place, call, slot, path, is_outside=True)
    elif ref.kind is Kind.EXTERNAL:
        _outside(search, place, call, ref.name, slot, path)
    elif ref.kind is Kind.CLASS and ref.cls is not None:
        into_class(search, place, call, ref.cls, slot, path)
    elif ref.kind is Kind.INSTANCE and ref.cls is not None:
        method = search.program.method(ref.cls, "forward") or search.program.method(ref.cls, "__call__")
        if method is not None:
            _into_function(
                search, place, call, Ref(Kind.FUNCTION, function=method, bound=True, cls=ref.cls), slot, path
            )
        elif search.program.has_unknown_base(ref.cls):
            search.puzzle(place.module, call, "outside", last_name(call.func))
    elif ref.kind is Kind.FUNCTION:
        _into_function(search, place, call, ref, slot, path)
    else:
        search.puzzle(place.module, call, "unknown-callee", _text(call.func))


def _into_function(search: Search, place: Place, call: ast.Call, ref: Ref, slot: Slot, path: Path) -> None:
    function = ref.function
    if function is None:
        return
    if ref.cls is None or function.owner is None:
        into_parameter(search, place, call, (function, ref.bound), slot, path)
        return
    classes = [search.owner.concrete(ref.cls), *search.owner.children(ref.cls)]
    methods = dict.fromkeys(search.program.method(one, function.name) for one in classes)
    for method in methods:
        if method is not None:
            into_parameter(search, place, call, (method, ref.bound), slot, path)


def into_parameter(
    search: Search, place: Place, call: ast.Call, target: tuple[Function, bool], slot: Slot, path: Path
) -> None:
    """Give the value to a parameter of a function; the second of the pair says that its first one is given already."""
    function, bound = target
    arguments = function.arguments
    positional = [*arguments.posonlyargs, *arguments.args][1 if bound else 0 :]
    found: ast.arg | None = None
    if isinstance(slot, int):
        before = call.args.index(place.item) if place.item in call.args else 0  # type: ignore[arg-type]
        if any(isinstance(one, ast.Starred) for one in call.args[:before]):
            search.puzzle(place.module, call, "unknown-callee", ast.unparse(call.func))
            return
        found = positional[slot] if slot < len(positional) else arguments.vararg
        path = path if found is not arguments.vararg or found is None else (f"#{slot - len(positional)}", *path)
    elif isinstance(slot, str):
        key = key_of(slot)
        found = next((one for one in [*positional, *arguments.kwonlyargs] if one.arg == key), None)
        if found is None and arguments.kwarg is not None:
            found, path = arguments.kwarg, (slot, *path)
    if found is None and slot is None:  # what the value decided about is spread, and nobody knows what that holds
        search.puzzle(place.module, call, "unknown-callee", _text(call.func))
        return
    if found is None:
        if not (isinstance(slot, str) and slot.startswith("?")):
            search.end(place.module, call, "no-such-parameter", function.title, key_of(str(slot)))
        return
    handed = Place("gate", place.module, call, path=("handed",), direct=place.direct)
    if handed not in search.came:
        search.came[handed] = (place, note_at(place.module, call, "handed", _text(call.func)))
    note = note_at(function.module, found, "parameter", found.arg, function.title)
    binding = search.program.flow(function.module, function.node).by_node[found]
    search.go(handed, Place("bound", function.module, binding, path=path, direct=place.direct), note)


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) < 40 else last_name(node)


def key_of(step: str) -> str:
    """The key of a step of a path, without what marks it."""
    return step.lstrip("=?")


def into_class(search: Search, place: Place, call: ast.Call, cls: Class, slot: Slot, path: Path) -> None:
    """Give the value to the constructor of a class."""
    program = search.program
    start = program.method(cls, "__init__") or program.method(cls, "__new__")
    if start is not None:
        into_parameter(search, place, call, (start, True), slot, path)
        return
    fields = fields_of(search, cls)
    key = (
        key_of(slot)
        if isinstance(slot, str)
        else (fields[slot] if isinstance(slot, int) and slot < len(fields) else None)
    )
    if key in fields:
        note = note_at(place.module, call, "handed", _text(call.func))
        search.go(place, Place("member", cls.module, cls, key, path, place.direct), note)
        search.go(place, Place("at", place.module, call, path=(key, *path), direct=place.direct))
        return
    bases = [program.base(one.module, base) for one in program.lineage(cls) for base in one.node.bases]
    outside = [one.name for one in bases if one is not None and one.kind is Kind.EXTERNAL]
    settled = [name for name in outside if name.rpartition(".")[2] not in MODULE_BASES and is_computing(name)]
    if settled and not (isinstance(slot, str) and slot.startswith("?")):
        _computed(search, place, call, path)
    elif program.has_unknown_base(cls):
        search.puzzle(place.module, call, "outside", cls.name)
    else:
        search.end(place.module, call, "no-such-parameter", cls.name, str(slot))


def fields_of(search: Search, cls: Class) -> list[str]:
    """The fields that a class without a constructor of its own is given."""
    lineage = search.program.lineage(cls)
    names = {name for one in lineage for name in (base_name(base) for base in one.node.bases)}
    marks = {last_name(one) for cls_ in lineage for one in cls_.node.decorator_list}
    if not (marks & _RECORDS or names & _RECORD_BASES):
        return []
    return list(
        dict.fromkeys(
            name for one in reversed(lineage) for name, field in one.fields.items() if isinstance(field, ast.AnnAssign)
        )
    )


def _to_parent(search: Search, place: Place, call: ast.Call, slot: Slot, path: Path) -> None:
    """`super().method(…)`: the next class in the order of the owner's ancestors."""
    program, module = search.program, place.module
    around = next((one for one in module.index.around(call) if isinstance(one, ast.ClassDef)), None)
    if around is None or not isinstance(call.func, ast.Attribute):
        return
    cls = module.cls(around)
    concrete = search.owner.concrete(cls)
    method = program.method(concrete, call.func.attr, after=cls)
    if method is not None:
        into_parameter(search, place, call, (method, True), slot, path)
        return
    ancestors = program.lineage(concrete)
    above = ancestors[ancestors.index(cls) + 1 :] if cls in ancestors else []
    key = key_of(slot) if isinstance(slot, str) else ""
    holder = next((one for one in above if key in fields_of(search, one)), None)
    if holder is not None:
        search.go(place, Place("member", holder.module, concrete, key, path, place.direct))
    elif program.has_unknown_base(concrete):
        bases = [program.base(one.module, base) for one in ancestors for base in one.node.bases]
        known = [one for one in bases if one is not None and one.kind is Kind.EXTERNAL and is_computing(one.name)]
        if known and not (isinstance(slot, str) and slot.startswith("?")) and call.func.attr == "__init__":
            gate = Place("gate", module, call)
            search.go(place, gate, note_at(module, call, "computes", _text(call.func)))
            search.gate(gate, call)
            search.prove(gate)
        else:
            search.puzzle(module, call, "outside", _text(call.func))
    else:
        search.end(module, call, "no-such-parameter", "nn.Module" if ancestors else cls.name, key or str(slot))


def _by_name(search: Search, place: Place, call: ast.Call, slot: Slot) -> None:
    """`getattr`, `hasattr` and `setattr`."""
    module, name, path = place.module, last_name(call.func), place.path
    if name == "setattr" and len(call.args) == 3 and slot == 2:
        key = call.args[1].value if isinstance(call.args[1], ast.Constant) else None
        if not isinstance(key, str):
            search.puzzle(module, call, "computed-store")
            return
        for ref in refs_of(search.program, module, call.args[0]):
            if ref.cls is not None:
                note = note_at(module, call, "kept", f"{ast.unparse(call.args[0])}.{key}")
                search.go(place, Place("member", ref.cls.module, ref.cls, key, path, place.direct), note)
        mutate(search, place, call.args[0], (key, *path))
    elif name == "setattr" and slot == 1 and not path:
        mutate(search, place, call.args[0], ())
    elif slot == 0 and path and len(call.args) > 1 and name == "getattr":
        key_node = call.args[1]
        if isinstance(key_node, ast.Constant) and key_node.value == key_of(path[0]):
            search.go(
                place, Place("at", module, call, path=path[1:], direct=place.direct), note_at(module, call, "read")
            )
        elif path[0] == "()" and isinstance(key_node, ast.Constant):
            search.go(place, Place("at", module, call, path=path))
        elif not isinstance(key_node, ast.Constant):
            search.puzzle(module, call, "computed-name")
    elif not path:
        _computed(search, place, call, path)


def _computed(search: Search, place: Place, call: ast.Call, path: Path) -> None:
    """Something outside the package makes something of the value."""
    direct = place.direct and last_name(call.func) in SAME
    target = Place("at", place.module, call, path=path, direct=direct)
    if path or direct:
        search.go(place, target)
        return
    search.go(place, target, note_at(place.module, call, "computes", _text(call.func)))
    search.gate(target, call)


def _outside(search: Search, place: Place, call: ast.Call, dotted: str, slot: Slot, path: Path) -> None:
    """A call of something outside the package."""
    module, name = place.module, dotted.removesuffix("()").rpartition(".")[2]
    if name in {"partial", "partialmethod"} and call.args:
        _to_partial(search, place, call, slot, path)
        return
    if name in SAME and path:
        return  # how long a container is says nothing of what is in it
    if not is_computing(dotted) or is_asked(slot, path):
        search.puzzle(module, call, "outside", _text(call.func))
        return
    if path and path[0] == "()":
        search.go(place, Place("at", module, call, path=path))
        search.go(place, Place("at", module, call, path=path[1:]))
    elif path and name in CARRIERS:
        keyed = isinstance(slot, str) and name in {"dict", "replace", "SimpleNamespace", "Namespace"}
        search.go(place, Place("at", module, call, path=(str(slot), *path) if keyed else path, direct=place.direct))
    elif isinstance(slot, str) and name in {"dict", "replace", "SimpleNamespace", "Namespace", "OrderedDict"}:
        search.go(place, Place("at", module, call, path=(slot, *path), direct=place.direct))
    elif path and not path[0].startswith("#"):
        search.puzzle(module, call, "outside", _text(call.func))
    else:
        _computed(search, place, call, ())
        _change_by_call(search, place, call, name)


def is_asked(slot: Slot, path: Path) -> bool:
    """Whether a bag was only asked for the toggle: nobody is seen to put it there."""
    return any(one.startswith("?") for one in (str(slot), *path))


def _change_by_call(search: Search, place: Place, call: ast.Call, name: str) -> None:
    """A function that writes into its first argument, or one that is called for what it does to the library."""
    if name.endswith("_") and call.args:
        write_into(search, place, call)
    elif isinstance(place.module.index.parent(call), ast.Expr) and name not in CARRIERS | SAME:
        gate = Place("gate", place.module, call)
        search.go(place, gate, note_at(place.module, call, "computes", _text(call.func)))
        search.gate(gate, call)
        search.prove(gate)


def _to_partial(search: Search, place: Place, call: ast.Call, slot: Slot, path: Path) -> None:
    if slot == 0:
        search.go(place, Place("at", place.module, call, path=path))
        return
    refs = refs_of(search.program, place.module, call.args[0])
    for ref in refs:
        if ref.name.endswith("partial()"):
            continue  # a partial call of a partial call: what that is of is among the references too
        _to(search, place, call, ref, slot - 1 if isinstance(slot, int) else slot, path)
    if not refs:
        search.puzzle(place.module, call, "unknown-callee", _text(call.args[0]))


def _to_unknown(
    search: Search, place: Place, call: ast.Call, slot: Slot, path: Path, *, is_outside: bool = False
) -> None:
    """A method of an object that nobody knows, or something that was itself given."""
    module, func = place.module, call.func
    if not isinstance(func, ast.Attribute):
        search.puzzle(module, call, "unknown-callee", _text(func))
        return
    name = func.attr
    candidates = [] if is_outside else methods_named(search, name)
    if not candidates and is_asked(slot, path):
        search.puzzle(module, call, "unknown-callee", _text(func))
    elif candidates:
        _to_candidates(search, place, call, candidates, slot, path)
    elif (
        name in CHANGERS
        or name in NAMED_STORES
        or (name.endswith("_") and not name.endswith("__"))
        or name.startswith("register_")
    ):
        keyed = (slot, *path) if isinstance(slot, str) and name == "update" else path
        mutate(search, place, func.value, keyed if name in {"update", "append", "extend", "add", "insert"} else ())
        if not path:
            search.go(place, Place("at", module, call, direct=False))
    elif path and name in CARRIERS:
        search.go(place, Place("at", module, call, path=path))
    elif not path:
        _computed(search, place, call, ())
        if isinstance(module.index.parent(call), ast.Expr):
            search.puzzle(module, call, "unknown-callee", _text(func))
    else:
        search.puzzle(module, call, "unknown-callee", _text(func))


def _to_candidates(
    search: Search, place: Place, call: ast.Call, candidates: list[Function], slot: Slot, path: Path
) -> None:
    """The object may be of any class with such a method; only where these are of one family is that one meant."""
    if len(candidates) == 1 or _same_family(search, candidates):
        for one in candidates:
            into_parameter(search, place, call, (one, True), slot, path)
    else:
        search.puzzle(place.module, call, "unknown-callee", _text(call.func))


def methods_named(search: Search, name: str) -> list[Function]:
    """Every method of the package with a name."""
    if name.startswith("__"):
        return []
    found = []
    for module in search.owner.modules_with(name):
        for cls in module.every_class():
            if name in cls.methods:
                found.append(cls.methods[name])
    return found


def _same_family(search: Search, methods: list[Function]) -> bool:
    first = methods[0].owner
    lines = [search.program.lineage(one.owner) for one in methods if one.owner is not None]
    return all(first in line for line in lines) or any(all(line[-1] is other[-1] for other in lines) for line in lines)


def _is_instance_dictionary(node: ast.expr) -> bool:
    """`obj.__dict__` or `vars(obj)`."""
    return last_name(node) in {"__dict__", "vars"}


def _update_instance(search: Search, place: Place, node: ast.expr, slot: Slot, path: Path) -> None:
    holder = (
        node.value
        if isinstance(node, ast.Attribute)
        else node.args[0]
        if isinstance(node, ast.Call) and node.args
        else None
    )
    path = (slot, *path) if isinstance(slot, str) else path
    for ref in refs_of(search.program, place.module, holder) if holder is not None and path else ():
        if ref.cls is not None:
            search.go(place, Place("member", ref.cls.module, ref.cls, key_of(path[0]), path[1:], place.direct))


def write_into(search: Search, place: Place, call: ast.Call) -> None:
    """`fill_(x)`: the first argument is changed, and all that is in it."""
    first = call.args[0]
    if isinstance(first, ast.Name) and not isinstance(place.module.index.scope_of(first), ast.Module):
        bindings = bindings_of(search.program, place.module, first)
        statements = [place.module.index.parent(one.node) for one in bindings]
        if any(isinstance(getattr(one, "value", None), ast.List | ast.ListComp | ast.Dict) for one in statements):
            search.puzzle(place.module, call, "shared")
    mutate(search, place, first, ())


def mutate(search: Search, place: Place, node: ast.expr, path: Path) -> None:
    """Something changes an object: whoever reads the object later reads the value."""
    module = place.module
    if is_asked(None, path):
        search.puzzle(module, node, "computed-store")
        return
    chain: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        if isinstance(node, ast.Attribute):
            chain.append(node.attr)
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return
    bindings = bindings_of(search.program, module, node)
    rest = (*(one for one in reversed(chain)), *path) if path else ()
    for binding in bindings:
        _change(search, place, binding, chain[-1] if chain else "", (rest, path))


def _change(search: Search, place: Place, binding: Binding, first: str, paths: tuple[Path, Path]) -> None:
    module = place.module
    rest, path = paths
    scope, node = binding.scope, binding.node
    if isinstance(node, ast.arg) and isinstance(scope, FunctionNode):
        function = module.function(scope)
        if function.owner is not None and node.arg == receiver_of(function):
            if first:
                target = Place("member", module, function.owner, first, rest[1:] if rest else (), place.direct)
                search.go(place, target)
            elif not path:
                gate = Place("gate", module, node)
                search.go(place, gate)
                search.prove(gate)
            return
        if not path and scope.args.kwarg is not node and scope.args.vararg is not node:
            gate = Place("gate", module, node)
            search.go(place, gate)
            if search.owner.runs(function):
                search.prove(gate)
    later = Place("bound", module, binding, name="changed", path=rest, direct=False)
    search.go(place, later)
    for value in _aliased(search, place, binding):
        if value is not place.item:
            mutate(search, place, value, path)


def _aliased(search: Search, place: Place, binding: Binding) -> Iterator[ast.expr]:
    """What else the object is, or is part of, where the name was bound to something that is already there."""
    statement = place.module.index.parent(binding.node)
    while isinstance(statement, ast.Tuple | ast.List | ast.Starred):
        statement = place.module.index.parent(statement)
    value = getattr(statement, "iter" if isinstance(statement, ast.For | ast.comprehension) else "value", None)
    values = [value] if isinstance(value, ast.expr) else []
    while values:
        one = values.pop()
        if isinstance(one, ast.Name | ast.Attribute | ast.Subscript):
            yield one
        elif isinstance(one, ast.IfExp | ast.BoolOp):
            values += [one.body, one.orelse] if isinstance(one, ast.IfExp) else one.values
        elif isinstance(one, ast.Call):
            values += _handed_through(search, place, one)


def _handed_through(search: Search, place: Place, call: ast.Call) -> list[ast.expr]:
    """What a call gives back again: `enumerate(x)`, `x.parameters()`; nobody knows it of code that is not seen."""
    name = last_name(call.func)
    if isinstance(call.func, ast.Attribute) and name in CARRIERS | _VIEWS:
        return [call.func.value]
    refs = refs_of(search.program, place.module, call.func)
    if name in CARRIERS:
        return list(call.args)
    if not refs or any(one.kind is not Kind.EXTERNAL or not is_computing(one.name) for one in refs):
        search.puzzle(place.module, call, "shared")
    return []
