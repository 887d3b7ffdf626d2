"""Where an attribute of a class is read, and whether it is of that class that it is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from doctool.detect.definitions import Class, Function, Module
from doctool.detect.evidence import note_at
from doctool.detect.inference import CROWD, refs_of
from doctool.detect.libraries import KEYED, is_computing, is_setting
from doctool.detect.program import Kind, Program, receiver_of
from doctool.detect.search import Place, Search
from doctool.detect.syntax import last_name
from doctool.detect.text import may_be

_DICTIONARIES = ("vars", "asdict", "__dict__", "to_dict", "_asdict", "dict")
_WHOLE = ("vars", "asdict", "__dict__")
_BY_NAME = {"getattr", "hasattr"}
_OWN_KIND = {"module", "m", "layer", "block", "model", "net", "other", "parent", "obj", "mod"}
"""Names of parameters that may be other instances of the class whose method takes them."""


def follow_member(search: Search, place: Place) -> Iterator[None]:  # noqa: C901  one read after another
    """Go on to the reads of an attribute of a class."""
    if not isinstance(place.item, Class):
        return
    name, owner = place.name, search.owner
    family, found = owner.family(place.item), False
    if not place.path and not place.direct and name in {"forward", "__call__"}:
        from doctool.detect.reads import follow_instances  # noqa: PLC0415  what is called is read as a method is

        follow_instances(search, place, place.item, ())
    for module in owner.modules_with(name):
        for node, receiver in reads_of(search.program, module, name):
            seen = is_read_of(search, module, receiver, family, name)
            if seen and not isinstance(node, ast.Attribute) and last_name(getattr(node, "func", node)) not in _BY_NAME:
                # A dictionary with this key may have been made of the object, or not.
                is_known = any(ref.cls is not None for ref in refs_of(search.program, module, receiver))
                seen = None if is_known else False
            if seen is None or _is_local(search, module, node):
                continue
            found = True
            if not owner.is_live(module, node):
                search.never_run(module, node)
            elif seen:
                target = Place("at", module, node, path=place.path, direct=place.direct)
                search.go(place, target, note_at(module, node, "read"))
            else:
                search.puzzle(module, node, "other-object")
        yield
    if not (_follow_dictionaries(search, place, family) or found):
        _follow_objects(search, place, family)
        source, note = search.came[place]
        title = f"{family[0].name}.{name}"
        if note is None:
            note = note_at(place.module, family[0].node if source is None else source.node, "unread")
        search.explain(replace(note, kind="unread", names=(title,)))


def _follow_objects(search: Search, place: Place, family: list[Class]) -> None:
    """Go on to the objects that are made of the class: code from outside may read what the package does not."""
    if search.program.is_torch_like(family[0]):
        return
    path = (place.name, *place.path)
    for name in dict.fromkeys(one.name for one in family):
        for module in search.owner.modules_with(name):
            for node in module.index.named.get(name, ()):
                around = module.index.parent(node)
                is_made = isinstance(around, ast.Call) and around.func is node
                if isinstance(around, ast.arg) and (found := module.method_around(around)) is not None:
                    binding = search.program.flow(module, found.node).by_node[around]
                    search.go(place, Place("bound", module, binding, path=path, direct=place.direct))
                elif is_made:
                    search.go(place, Place("at", module, around, path=path, direct=place.direct))


def reads_of(program: Program, module: Module, name: str) -> Sequence[tuple[ast.expr, ast.expr]]:
    """Each read of an attribute or key by its name, with what it is read of."""
    place = module.name, name
    if place not in program.reads:
        program.reads[place] = tuple(_reads_of(module, name))
    return program.reads[place]


def _reads_of(module: Module, name: str) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in module.index.named.get(name, ()):
        call = module.index.parent(node)
        if isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Load) or isinstance(call, ast.AugAssign):
                yield node, node.value
        elif isinstance(node, ast.Constant) and isinstance(call, ast.Subscript):
            if call.slice is node and isinstance(call.ctx, ast.Load):
                yield call, call.value
        elif isinstance(node, ast.Constant) and isinstance(call, ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in KEYED:
                yield call, call.func.value
            if last_name(call.func) in _BY_NAME and call.args[1:2] == [node]:
                yield call, call.args[0]


def _is_local(search: Search, module: Module, node: ast.expr) -> bool:
    """Whether what is read was given its value before, in the same method."""
    reaching = search.program.flow(module, module.index.scope_of(node)).reaching.get(node)
    return reaching is not None and None not in reaching


def is_read_of(search: Search, module: Module, receiver: ast.expr, family: list[Class], name: str) -> bool | None:
    """True if an attribute is read of an instance of the family, None if not, False where it may be."""
    refs = refs_of(search.program, module, receiver)
    classes = [ref.cls for ref in refs if ref.cls is not None]
    # Instances of an ancestor may be of the family, or of anything else.
    ancestors = search.program.lineage(family[0])[1:]
    is_known = bool(refs) and not refs >= CROWD and not any(one in ancestors for one in classes)
    if all(ref.kind is Kind.EXTERNAL and not is_computing(ref.name) for ref in refs):
        is_known = False  # a library may make objects of the package's classes
    own = [one for one in classes if one in family]
    if is_known and not own:
        return None
    function = module.method_around(receiver)
    is_own = function is not None and isinstance(receiver, ast.Name) and receiver.id == receiver_of(function)
    for cls in own:
        if is_own or cls not in ancestors:
            return _sees(search, function, cls, family) if is_own and function is not None else True
    if not _is_of_this_file(search, module, receiver, family, name):
        others = _others(search, receiver, family, search.owner.definers(name))
        if others or search.program.is_exhausted:
            return False
    return None if _is_foreign(function, receiver, family) else True


def _others(search: Search, receiver: ast.expr, family: list[Class], holders: list[Class]) -> list[Class]:
    """The other classes with such an attribute; of what is called a configuration, only those that are no layers."""
    others = [holder for holder in holders if holder not in family]
    return [other for other in others if not (is_setting(receiver) and search.program.is_torch_like(other))]


def _sees(search: Search, function: Function, cls: Class, family: list[Class]) -> bool | None:
    """Whether the method around `self.x` is one that instances of the family have."""
    program, concrete = search.program, search.owner.concrete(cls)
    heirs = [concrete, *search.owner.children(concrete)]
    if any(program.method(heir, function.name) is function for heir in heirs if heir in family):
        return True
    for module in search.owner.modules_with(function.name):
        for node in module.index.named.get(function.name, ()):
            holder = last_name(node.value) if isinstance(node, ast.Attribute) else ""
            if holder == "super" or (function.owner is not None and holder == function.owner.name):
                return True
    return None


def _is_of_this_file(search: Search, module: Module, receiver: ast.expr, family: list[Class], name: str) -> bool:
    """Whether a file speaks of the class and of no other that may have the attribute."""
    own = {one.name for one in family}
    if family[0].name not in module.index.named:
        return False
    kind = re.sub(r".*(?=[A-Z][a-z]+$)", "", family[0].name)
    called = [one for one in module.index.named if one[:1].isupper() and one.isidentifier() and one not in own]
    refs = [search.program.global_name(module, one) for one in called]
    classes = [ref.cls for ref in refs if ref is not None and ref.cls is not None]
    holders = [one for one in classes if search.owner.has_attribute(one, name)]
    return not any(one.endswith(kind) for one in called) and not _others(search, receiver, family, holders)


def _is_foreign(function: Function | None, receiver: ast.expr, family: list[Class]) -> bool:
    """Whether a class reads an attribute of something that one of its own methods was given."""
    if function is None or not isinstance(receiver, ast.Name) or receiver.id in _OWN_KIND:
        return False
    is_parameter = receiver.id in {parameter.arg for parameter in function.parameters()}
    return is_parameter and function.owner in family and receiver.id != receiver_of(function)


def _follow_dictionaries(search: Search, place: Place, family: list[Class]) -> bool:
    """`vars(self)`, `asdict(config)`, `self.__dict__`, and attributes that are looked up by computed names."""
    found = False
    own = dict.fromkeys(one.module for one in family)
    is_read = search.program.is_torch_like(family[0])
    others = [] if is_read else [one for word in _WHOLE for one in search.owner.modules_with(word) if one not in own]
    for module in dict.fromkeys([*own, *others]):
        words = (*_DICTIONARIES, "getattr") if module in own else _WHOLE
        for node in [each for word in words for each in module.index.named.get(word, ())]:
            whole, receiver = _dictionary(module, node)
            if whole is None or receiver is None or not search.owner.is_live(module, whole):
                continue
            refs = refs_of(search.program, module, receiver)
            is_any = not refs and module not in own and is_setting(receiver)
            if not is_any and not any(ref.cls in family for ref in refs):
                continue
            if not (isinstance(whole, ast.Call) and last_name(whole.func) == "getattr"):
                found = True
                target = Place("at", module, whole, path=(place.name, *place.path), direct=place.direct)
                search.go(place, target)
            elif may_be(whole.args[1], place.name):
                found = True
                search.puzzle(module, whole, "computed-name")
    return found


def _dictionary(module: Module, node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    """What stands for all attributes of an object, or for one with a computed name, and the object."""
    call = module.index.parent(node)
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return (node, node.value) if isinstance(node.ctx, ast.Load) else (None, None)
    if not isinstance(call, ast.Call) or call.func is not node:
        return None, None
    if isinstance(node, ast.Attribute) and node.attr in {"to_dict", "_asdict", "dict"}:
        return call, node.value
    is_fixed = last_name(call.func) == "getattr" and (len(call.args) < 2 or isinstance(call.args[1], ast.Constant))
    return (call, call.args[0]) if call.args and not is_fixed else (None, None)
