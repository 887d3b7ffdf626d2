"""A value that is handed to something: to a parameter, to a field, to a library, or to nobody knows what."""

from __future__ import annotations

import ast

from doctool.detect.definitions import Class, Function
from doctool.detect.evidence import note_at
from doctool.detect.inference import refs_of
from doctool.detect.libraries import (
    CARRIERS,
    CHANGERS,
    FILLERS,
    NAMED_STORES,
    QUIET,
    RECORD_BASES,
    RECORD_MARKS,
    RECORDS,
    SAME,
    TELLS_ALWAYS,
    WRITERS,
    is_computing,
)  # fmt: skip
from doctool.detect.program import CONTAINER_BASES, MODULE_BASES, Kind, Ref, base_name
from doctool.detect.search import Path, Place, Search
from doctool.detect.stores import change, change_first
from doctool.detect.syntax import key_of, last_name

Slot = int | str | None
"""Which argument: its position, its keyword, or any."""


def give(search: Search, place: Place, call: ast.Call, slot: Slot, path: Path | None = None) -> None:
    """A call is given the value, or something that holds it."""
    path = place.path if path is None else path
    module, name, func = place.module, last_name(call.func), call.func
    is_alone = isinstance(module.index.parent(call), ast.Expr)
    refs = refs_of(search.program, module, func)
    is_own = any(one.function is not None for one in refs)
    if name in TELLS_ALWAYS or (is_alone and (name in QUIET or (name in WRITERS and not is_own))):
        search.end(module, call, "told")
    elif isinstance(func, ast.Name) and name in {"getattr", "hasattr", "setattr", "super"}:
        _by_name(search, place, call, slot)
    elif isinstance(func, ast.Attribute) and last_name(func.value) == "super" and isinstance(func.value, ast.Call):
        _to_parent(search, place, call, slot, path)
    elif name == "update" and isinstance(func, ast.Attribute) and last_name(func.value) in {"__dict__", "vars"}:
        _update_instance(search, place, func.value, (slot, *path) if isinstance(slot, str) else path)
    else:
        for ref in refs:
            _to(search, place, call, ref, slot, path)
        if not refs:
            _to_unknown(search, place, call, slot, path)


def give_bag(search: Search, place: Place, call: ast.Call, position: int | None) -> None:
    """`*bag` at a position, or `**bag`."""
    path = place.path
    if path and position is None and not path[0].startswith("#"):
        give(search, place, call, path[0], path[1:])
    elif path and position is not None and path[0].startswith("#"):
        give(search, place, call, position + int(path[0][1:]), path[1:])
    elif not path or position is not None:
        give(search, place, call, None, path)


def _is_asked(slot: Slot, path: Path = ()) -> bool:
    """Whether a bag was only asked for the toggle: nobody is seen to put it there."""
    return any(one.startswith("?") for one in (str(slot), *path))


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) < 40 else last_name(node)


def _lose(search: Search, place: Place, call: ast.Call, kind: str = "unknown-callee") -> None:
    search.puzzle(place.module, call, kind, _text(call.func))


def _to(search: Search, place: Place, call: ast.Call, ref: Ref, slot: Slot, path: Path) -> None:
    is_method = isinstance(call.func, ast.Attribute)
    if ref.kind is Kind.EXTERNAL and "()" in ref.name and is_method:
        _to_unknown(search, place, call, slot, path, is_outside=True)
    elif ref.kind is Kind.EXTERNAL and ref.name != "builtins.object()":
        _outside(search, place, call, ref.name, slot, path)
    elif ref.kind is Kind.CLASS and ref.cls is not None:
        _into_class(search, place, call, ref.cls, slot, path)
    elif ref.kind is Kind.INSTANCE and ref.cls is not None:
        method = search.program.method(ref.cls, "forward") or search.program.method(ref.cls, "__call__")
        if method is not None:
            _to_function(search, place, call, Ref(Kind.FUNCTION, function=method, bound=True, cls=ref.cls), slot, path)
        elif search.program.has_unknown_base(ref.cls):
            _lose(search, place, call, "outside")
    elif ref.kind is Kind.FUNCTION and ref.function is not None:
        _to_function(search, place, call, ref, slot, path)
    else:
        _lose(search, place, call)


def _to_function(search: Search, place: Place, call: ast.Call, ref: Ref, slot: Slot, path: Path) -> None:
    function, targets = ref.function, [ref.function]
    if function is not None and ref.cls is not None and function.owner is not None and ref.bound:
        classes = [search.owner.concrete(ref.cls), *search.owner.children(ref.cls)]
        targets = [*dict.fromkeys(search.program.method(one, function.name) for one in classes)]
    for target in targets:
        if target is not None:
            _into(search, place, call, (target, ref.bound), slot, path)


def _into(search: Search, place: Place, call: ast.Call, target: tuple[Function, bool], slot: Slot, path: Path) -> None:
    """Give the value to a parameter of a function; the second of the pair says that its first one is given already."""
    function, bound = target
    arguments = function.arguments
    positional = [*arguments.posonlyargs, *arguments.args][1 if bound else 0 :]
    found: ast.arg | None = None
    before = call.args[: call.args.index(place.item)] if place.item in call.args else []
    if slot is None or (isinstance(slot, int) and any(isinstance(one, ast.Starred) for one in before)):
        _lose(search, place, call)  # what is spread there, nobody knows
        return
    if isinstance(slot, int):
        found = positional[slot] if slot < len(positional) else arguments.vararg
        path = path if slot < len(positional) else (f"#{slot - len(positional)}", *path)
    else:
        found = next((one for one in [*positional, *arguments.kwonlyargs] if one.arg == slot.lstrip("=?")), None)
        if found is None and arguments.kwarg is not None:
            found, path = arguments.kwarg, (slot, *path)
    if found is not None:
        handed = search.gate(place, call, "handed", _text(call.func))
        binding = search.program.flow(function.module, function.node).by_node[found]
        note = note_at(function.module, found, "parameter", found.arg, function.title)
        search.go(handed, Place("bound", function.module, binding, path=path, direct=place.direct), note)
    elif not _is_asked(slot):
        search.end(place.module, call, "no-such-parameter", function.title, str(slot))


def _into_class(search: Search, place: Place, call: ast.Call, cls: Class, slot: Slot, path: Path) -> None:
    """Give the value to the constructor of a class, or to the field that stands for one."""
    program = search.program
    start = program.method(cls, "__init__") or program.method(cls, "__new__")
    if start is not None:
        _into(search, place, call, (start, True), slot, path)
        return
    fields = _fields_of(search, cls)
    key = (
        slot.lstrip("=?") if isinstance(slot, str) else fields[slot] if slot is not None and slot < len(fields) else ""
    )
    bases = [program.base(one.module, base) for one in program.lineage(cls) for base in one.node.bases]
    outside = [one.name for one in bases if one is not None and one.kind is Kind.EXTERNAL and is_computing(one.name)]
    holds = any(base_name(base) in CONTAINER_BASES for one in program.lineage(cls) for base in one.node.bases)
    if holds and isinstance(slot, int | None):
        _computed(search, place, call, ())
    elif key in fields:
        search.member(place, cls, key, path, note_at(place.module, call, "handed", _text(call.func)))
        search.at(place, call, (key, *path), direct=True)
    elif any(one.rpartition(".")[2] not in MODULE_BASES for one in outside) and not _is_asked(slot):
        _computed(search, place, call, path)
    elif program.has_unknown_base(cls):
        _lose(search, place, call, "outside")
    else:
        search.end(place.module, call, "no-such-parameter", cls.name, str(slot))


def _fields_of(search: Search, cls: Class) -> list[str]:
    """The fields that a class without a constructor of its own is given."""
    lineage = search.program.lineage(cls)
    bases = {base_name(base) for one in lineage for base in one.node.bases}
    marks = {last_name(mark) for one in lineage for mark in one.node.decorator_list}
    is_record = marks & RECORD_MARKS or bases & RECORD_BASES
    fields = [one.fields for one in reversed(lineage)] if is_record else []
    return [*dict.fromkeys(name for each in fields for name, one in each.items() if isinstance(one, ast.AnnAssign))]


def _to_parent(search: Search, place: Place, call: ast.Call, slot: Slot, path: Path) -> None:
    """`super().method(…)`: the next class in the order of the owner's ancestors."""
    program, module, name = search.program, place.module, last_name(call.func)
    cls = module.class_around(call)
    if cls is None:
        return
    concrete = search.owner.concrete(cls)
    method = program.method(concrete, name, after=cls)
    ancestors = program.lineage(concrete)
    above = ancestors[ancestors.index(cls) + 1 :] if cls in ancestors else []
    bases = [program.base(ancestor.module, base) for ancestor in ancestors for base in ancestor.node.bases]
    key = slot.lstrip("=?") if isinstance(slot, str) else ""
    if method is not None:
        _into(search, place, call, (method, True), slot, path)
    elif any(key in _fields_of(search, one) for one in above):
        search.member(place, concrete, key, path)
    elif not program.has_unknown_base(concrete):
        search.end(module, call, "no-such-parameter", "nn.Module", key or str(slot))
    elif name == "__init__" and not _is_asked(slot) and any(one and is_computing(one.name) for one in bases):
        search.prove(search.gate(place, call, "computes", _text(call.func)))
    else:
        _lose(search, place, call, "outside")


def _by_name(search: Search, place: Place, call: ast.Call, slot: Slot) -> None:
    """`getattr`, `hasattr` and `setattr`."""
    module, name, path = place.module, last_name(call.func), place.path
    key = key_of(call.args[1]) if len(call.args) > 1 else None
    if name == "setattr" and slot == 2 and key is None:
        search.puzzle(module, call, "computed-store")
    elif name == "setattr" and slot == 2 and key is not None:
        for ref in refs_of(search.program, module, call.args[0]):
            if ref.cls is not None:
                note = note_at(module, call, "kept", f"{ast.unparse(call.args[0])}.{key}")
                search.member(place, ref.cls, key, path, note)
        change(search, place, call.args[0], (key, *path))
    elif name == "setattr" and slot == 1 and not path:
        change(search, place, call.args[0], ())
    elif not path:
        _computed(search, place, call, path)
    elif slot == 0 and name == "getattr" and key is None:
        search.puzzle(module, call, "computed-name")
    elif slot == 0 and name == "getattr" and key == path[0].lstrip("=?"):
        search.at(place, call, path[1:], direct=True, shows="read")
    elif slot == 0 and name == "getattr" and path[0] == "()":
        search.at(place, call, path)


def _computed(search: Search, place: Place, call: ast.Call, path: Path) -> None:
    """Something outside the package makes something of the value."""
    if path or (place.direct and last_name(call.func) in SAME):
        search.at(place, call, path, direct=not path)
    else:
        target = Place("at", place.module, call, direct=False)
        search.go(place, target, note_at(place.module, call, "computes", _text(call.func)))


def _outside(search: Search, place: Place, call: ast.Call, dotted: str, slot: Slot, path: Path) -> None:
    """A call of something outside the package."""
    name = dotted.removesuffix("()").rpartition(".")[2]
    if name in {"partial", "partialmethod"} and call.args:
        _to_partial(search, place, call, slot, path)
    elif name in SAME and path:
        return  # how long a container is says nothing of what is in it
    elif not is_computing(dotted) or _is_asked(slot, path):
        _lose(search, place, call, "outside")
    elif path and path[0] == "()":
        search.at(place, call, path)
        search.at(place, call, path[1:])
    elif isinstance(slot, str) and name in RECORDS:
        search.at(place, call, (slot, *path), direct=True)
    elif path and name in CARRIERS:
        search.at(place, call, path, direct=True)
    elif path and not path[0].startswith("#"):
        _lose(search, place, call, "outside")
    else:
        _computed(search, place, call, ())
        if name.endswith("_") and call.args:
            change_first(search, place, call)
        elif isinstance(place.module.index.parent(call), ast.Expr) and name not in CARRIERS | SAME:
            search.prove(search.gate(place, call, "computes", _text(call.func)))


def _to_partial(search: Search, place: Place, call: ast.Call, slot: Slot, path: Path) -> None:
    if slot == 0:
        search.at(place, call, path)
        return
    refs = refs_of(search.program, place.module, call.args[0])
    for ref in refs:
        if not ref.name.endswith("partial()"):  # what a partial call of a partial call is of is there too
            _to(search, place, call, ref, slot - 1 if isinstance(slot, int) else slot, path)
    if not refs:
        _lose(search, place, call)


def _to_unknown(
    search: Search, place: Place, call: ast.Call, slot: Slot, path: Path, *, is_outside: bool = False
) -> None:
    """A method of an object that nobody knows, or something that was itself given."""
    module, func = place.module, call.func
    name = func.attr if isinstance(func, ast.Attribute) else ""
    methods = [] if is_outside or not name else search.owner.methods_named(name)
    if methods or not isinstance(func, ast.Attribute) or _is_asked(slot, path):
        _to_methods(search, place, call, methods, slot, path)
    elif name.endswith("_") and call.args and not search.owner.is_bound(module, func):
        _computed(search, place, call, ())  # a function of a module that nobody imported here
        change_first(search, place, call)
    elif path and name in CHANGERS - FILLERS - NAMED_STORES:
        _lose(search, place, call)
    elif name in CHANGERS | NAMED_STORES or (name.endswith("_") and not name.endswith("__")) or "register_" in name:
        keyed = (slot, *path) if isinstance(slot, str) and name == "update" else path
        change(search, place, func.value, keyed if name in FILLERS else ())
        if not path:
            search.at(place, call)
    elif path and name in CARRIERS:
        search.at(place, call, path)
    elif not path and not isinstance(module.index.parent(call), ast.Expr):
        _computed(search, place, call, ())
    else:
        _lose(search, place, call)


def _to_methods(search: Search, place: Place, call: ast.Call, methods: list[Function], slot: Slot, path: Path) -> None:
    """The object may be of any class with such a method; only where these are of one family is that one meant."""
    is_known = (
        bool(methods) and all(method.takes(slot) for method in methods) and search.owner.are_of_one_family(methods)
    )
    for one in methods if is_known else ():
        _into(search, place, call, (one, True), slot, path)
    if not is_known:
        _lose(search, place, call)


def _update_instance(search: Search, place: Place, node: ast.expr, path: Path) -> None:
    """`self.__dict__.update(bag)`."""
    holder = node.args[0] if isinstance(node, ast.Call) and node.args else getattr(node, "value", None)
    for ref in refs_of(search.program, place.module, holder) if holder is not None and path else ():
        if ref.cls is not None:
            search.member(place, ref.cls, path[0].lstrip("=?"), path[1:])
