"""Where a value is read again: behind a name, in an attribute, from the result of a function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from msgspec.structs import replace

from doctool.detect.definitions import Class, Function, Module, absolute_import
from doctool.detect.evidence import note_at
from doctool.detect.flow import Binding
from doctool.detect.inference import CROWD, bindings_of, is_property, refs_of
from doctool.detect.libraries import KEYED, is_setting
from doctool.detect.program import Kind, receiver_of
from doctool.detect.search import Path, Place, Search
from doctool.detect.syntax import FunctionNode, last_name
from doctool.detect.text import may_be

_BUILDERS = {"__init__", "__new__", "__post_init__"}
_ENTRIES = ("forward", "__call__")
_DICTIONARIES = ("vars", "asdict", "__dict__", "to_dict", "_asdict", "dict")
_BY_NAME = {"getattr", "hasattr"}
_OWN_KIND = {"module", "m", "layer", "block", "model", "net", "other", "parent", "obj", "mod"}
"""Names of parameters that may be other instances of the class whose method takes them."""


def follow_binding(search: Search, place: Place) -> None:
    """Go on to the uses of a name."""
    binding: Binding = place.item  # type: ignore[assignment]
    module, scope = place.module, binding.scope
    flow = search.program.flow(module, scope)
    if "." in binding.name:
        _follow_own_attribute(search, place, binding)
        return
    if isinstance(scope, ast.ClassDef):
        search.go(place, Place("member", module, module.cls(scope), binding.name, place.path, place.direct))
        return
    uses = [*flow.uses.get(binding, ()), *_uses_inside(search, module, binding)]
    if place.name == "changed":
        uses = [one for one in uses if _comes_after(module, one, place, search)]
    for use in uses:
        search.go(place, Place("at", module, use, path=place.path, direct=place.direct))
    found = bool(uses)
    if isinstance(scope, ast.Module) or binding.name in flow.shared:
        found = _follow_global(search, place, binding) or found
    found = _looked_up_by_name(search, place, binding) or found
    if not found:
        search.end(module, binding.node, "unread", binding.name)


def _comes_after(module: Module, use: ast.expr, place: Place, search: Search) -> bool:
    """Whether a use sees a change: it stands after it, or in the same loop."""
    source = search.came[place][0]
    if source is None or not isinstance(source.item, ast.AST) or source.module is not module:
        return True
    if (use.lineno, use.col_offset) > (source.item.lineno, source.item.col_offset):  # type: ignore[attr-defined]
        return True
    loops = [one for one in module.index.around(source.item) if isinstance(one, ast.For | ast.While)]
    return any(module.index.is_inside(use, one) for one in loops)


def _uses_inside(search: Search, module: Module, binding: Binding) -> Iterator[ast.expr]:
    """Uses in functions that are defined inside the scope."""
    for node in module.index.named.get(binding.name, ()):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            scope = module.index.scope_of(node)
            if scope is not binding.scope and binding in bindings_of(search.program, module, node):
                if search.owner.is_live(module, node):
                    yield node


def _follow_own_attribute(search: Search, place: Place, binding: Binding) -> None:
    """`self.x`: uses in the same method, then in all others unless it is overwritten before anybody can look."""
    module, scope = place.module, binding.scope
    flow = search.program.flow(module, scope)
    for use in flow.uses.get(binding, ()):
        search.go(place, Place("at", module, use, path=place.path, direct=place.direct))
    function = module.function(scope)  # type: ignore[arg-type]
    if binding not in flow.leaving:
        search.end(module, binding.node, "overwritten", binding.name)
    elif function.owner is not None:
        name = binding.name.partition(".")[2]
        cls = search.owner.concrete(function.owner)
        search.go(place, Place("member", module, cls, name, place.path, place.direct))


def _follow_global(search: Search, place: Place, binding: Binding) -> bool:
    """Uses of a global of a module: in its functions where a function assigned it, and in modules that import it."""
    module, found = place.module, False
    if binding.scope is not module.tree:
        for node in module.index.named.get(binding.name, ()):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                search.go(place, Place("at", module, node, path=place.path, direct=place.direct))
                found = True
    for other in search.owner.modules_with(binding.name):
        if other is not module:
            for use in _imported_uses(search, other, module, binding.name):
                search.go(
                    place,
                    use if use.kind != "at" else Place("at", other, use.item, path=place.path, direct=place.direct),
                )
                found = True
    is_definition = isinstance(binding.node, FunctionNode | ast.ClassDef)
    if (is_definition or search.came[place][0] is not None) and not place.path and _is_offered(search, place, binding):
        search.prove(place)
        return True
    return found


def _is_offered(search: Search, place: Place, binding: Binding) -> bool:
    """Whether what the value decided about is itself something that users call: `exp = a if fast else b`."""
    if not search.owner.is_open or binding.name.startswith("_") or place.direct:
        return False
    if isinstance(binding.node, FunctionNode | ast.ClassDef):
        return True
    refs = [
        one
        for one in refs_of_name(search, place.module, binding)
        if one.kind in {Kind.FUNCTION, Kind.CLASS, Kind.EXTERNAL}
    ]
    return any("builtins" not in one.name and "()" not in one.name for one in refs) and not binding.name.isupper()


def refs_of_name(search: Search, module: Module, binding: Binding) -> list:  # type: ignore[type-arg]
    """What a binding refers to."""
    from doctool.detect.inference import refs_of_binding  # noqa: PLC0415

    return list(refs_of_binding(search.program, module, binding))


def _imported_uses(search: Search, other: Module, module: Module, name: str) -> Iterator[Place]:
    for node in other.index.named.get(name, ()):
        if isinstance(node, ast.alias):
            statement = other.index.parent(node)
            if isinstance(statement, ast.ImportFrom) and node.name == name:
                origin = search.program.dotted(f"{absolute_import(other.source, statement)}.{name}")
                home = origin.module or (origin.function or origin.cls or _NOWHERE).module
                if home is module:
                    flow = search.program.flow(other, other.index.scope_of(node))
                    binding = flow.by_node.get(node)
                    if binding is not None:
                        yield Place("bound", other, binding, direct=False)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            refs = refs_of(search.program, other, node.value)
            if any(one.kind is Kind.MODULE and one.name == module.name for one in refs):
                yield Place("at", other, node)


class _NOWHERE:
    module = None


def _looked_up_by_name(search: Search, place: Place, binding: Binding) -> bool:
    """`locals()`, and code that can see every name: `eval`, `exec`, `globals`."""
    module, found = place.module, False
    for name in ("locals", "vars", "eval", "exec", "globals"):
        for node in module.index.named.get(name, ()):
            call = module.index.parent(node)
            if not (isinstance(node, ast.Name) and isinstance(call, ast.Call) and call.func is node):
                continue
            if module.index.scope_of(call) is not binding.scope or (name == "vars" and call.args):
                continue
            found = True
            if name in {"locals", "vars"}:
                search.go(place, Place("at", module, call, path=(binding.name, *place.path), direct=place.direct))
            else:
                search.puzzle(module, call, "runs-text")
    return found


def follow_member(search: Search, place: Place) -> None:
    """Go on to the reads of an attribute of a class."""
    cls, name, program = place.item, place.name, search.program
    concrete = search.owner.concrete(cls)  # type: ignore[arg-type]
    family = [*program.lineage(concrete), *search.owner.children(concrete)]
    if not place.path and not place.direct and name in _ENTRIES:
        _follow_instances(search, place, concrete, ())
    found = False
    for module in search.owner.modules_with(name):
        for node, receiver in _reads(module, name):
            seen = _is_read_of(search, module, receiver, family, name)
            if seen and not isinstance(node, ast.Attribute) and last_name(getattr(node, "func", node)) not in _BY_NAME:
                # A dictionary with this key may have been made of the object, or not.
                seen = None if any(one.cls is not None for one in refs_of(program, module, receiver)) else False
            if seen is not None and not search.owner.is_live(module, node):
                search.end(module, node, "not-run", _around(module, node))
                found = True
            if seen is None or not search.owner.is_live(module, node) or _is_local(search, module, node):
                continue
            found = True
            if seen:
                note = note_at(module, node, "read")
                search.go(place, Place("at", module, node, path=place.path, direct=place.direct), note)
            else:
                search.puzzle(module, node, "other-object")
    found = _follow_dictionaries(search, place, family) or found
    if not found:
        source, note = search.came[place]
        node = concrete.node if source is None else source.item
        node = node.node if isinstance(node, Binding) else node
        if note is not None:
            search.explain(replace(note, kind="unread", names=(f"{concrete.name}.{name}",)))
        elif isinstance(node, ast.AST):
            search.end(place.module if source is None else source.module, node, "unread", f"{concrete.name}.{name}")


def _reads(module: Module, name: str) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each read of an attribute by its name, with what it is read of."""
    for node in module.index.named.get(name, ()):
        if isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Load) or isinstance(module.index.parent(node), ast.AugAssign):
                yield node, node.value
        elif isinstance(node, ast.Constant):
            call = module.index.parent(node)
            if isinstance(call, ast.Subscript) and call.slice is node and isinstance(call.ctx, ast.Load):
                yield call, call.value
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in KEYED:
                yield call, call.func.value
            is_named = isinstance(call, ast.Call) and last_name(call.func) in {"getattr", "hasattr"}
            if is_named and len(call.args) > 1 and call.args[1] is node:  # type: ignore[attr-defined]
                yield call, call.args[0]  # type: ignore[misc, attr-defined]


def _around(module: Module, node: ast.AST) -> str:
    """The name of the function that a node is in."""
    scope = module.index.scope_of(node)
    return module.function(scope).title if isinstance(scope, FunctionNode | ast.Lambda) else module.name


def _is_local(search: Search, module: Module, node: ast.expr) -> bool:
    """Whether what is read was given its value before, in the same method."""
    flow = search.program.flow(module, module.index.scope_of(node))
    reaching = flow.reaching.get(node)
    return reaching is not None and None not in reaching


def _is_read_of(search: Search, module: Module, receiver: ast.expr, family: list[Class], name: str) -> bool | None:
    """True if an attribute is read of an instance of the family, None if not, False where it may be."""
    refs = refs_of(search.program, module, receiver)
    classes = [one.cls for one in refs if one.cls is not None]
    if classes:
        for cls in classes:
            if cls in family[: len(family)] and not _is_above(search, cls, family):
                return _sees(search, module, receiver, cls, family)
        if not any(_is_above(search, one, family) for one in classes):
            return None
        seen = next((_sees(search, module, receiver, one, family) for one in classes if one in family), None)
        if isinstance(receiver, ast.Name) and seen is not None and receiver.id == _receiver_at(module, receiver):
            return seen
    elif refs and refs != CROWD:
        return None
    others = [one for one in definers(search, name) if one not in family]
    if is_setting(receiver):
        others = [one for one in others if not search.program.is_torch_like(one)]
    if (others or search.program.is_exhausted) and not _is_of_this_module(module, family, others):
        return None if _is_of_another(receiver, family, others) else False
    return None if _is_foreign_parameter(module, receiver, family) else True


def _is_above(search: Search, cls: Class, family: list[Class]) -> bool:
    """Whether a class is an ancestor: its instances may be of the family, or of anything else."""
    concrete = next((one for one in family if search.owner.concrete(one) is one), family[0])
    return cls is not concrete and cls in search.program.lineage(concrete)


def _receiver_at(module: Module, node: ast.expr) -> str:
    scope = module.index.scope_of(node)
    return receiver_of(module.function(scope)) if isinstance(scope, FunctionNode) else ""


def _sees(search: Search, module: Module, receiver: ast.expr, cls: Class, family: list[Class]) -> bool | None:
    """Whether the method around `self.x` is one that instances of the family have."""
    scope = module.index.scope_of(receiver)
    if not isinstance(scope, FunctionNode) or not isinstance(receiver, ast.Name):
        return True
    function = module.function(scope)
    if function.owner is None or receiver.id != receiver_of(function):
        return True
    program, concrete = search.program, search.owner.concrete(cls)
    heirs = [concrete, *search.owner.children(concrete)]
    if any(program.method(one, function.name) is function for one in heirs if one in family):
        return True
    return True if _is_called_by_super(search, function) else None


def _is_called_by_super(search: Search, function: Function) -> bool:
    for module in search.owner.modules_with(function.name):
        for node in module.index.named.get(function.name, ()):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Call)
                and last_name(node.value) == "super"
            ):
                return True
            if isinstance(node, ast.Attribute) and function.owner and last_name(node.value) == function.owner.name:
                return True
    return False


def _is_of_this_module(module: Module, family: list[Class], others: list[Class]) -> bool:
    """Whether a file speaks of the class and of no other that may have the attribute."""
    named, own = module.index.named, family[0]
    kind = re.sub(r".*(?=[A-Z][a-z]+$)", "", own.name)
    alike = [name for name in named if name.endswith(kind) and name[:1].isupper() and name.isidentifier()]
    strangers = [name for name in alike if name not in {one.name for one in family}]
    return own.name in named and not strangers and not any(one.name in named for one in others)


def definers(search: Search, name: str) -> list[Class]:
    """The classes of the package that have an attribute of a name."""
    if name in search.owner.definers:
        return search.owner.definers[name]
    found: list[Class] = []
    for module in search.owner.modules_with(name):
        for cls in module.every_class():
            if name in cls.fields or name in cls.methods:
                found.append(cls)
        for node in module.index.named.get(name, ()):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                for ref in refs_of(search.program, module, node.value):
                    if ref.cls is not None:
                        found.append(ref.cls)
    search.owner.definers[name] = list(dict.fromkeys(found))
    return search.owner.definers[name]


def _is_of_another(receiver: ast.expr, family: list[Class], others: list[Class]) -> bool:
    """Whether the name of a receiver says that it is of another class with the same attribute: `cache.mode`."""
    called = last_name(receiver).lower().replace("_", "")
    own = [one.name.lower() for one in family]
    return (
        bool(called)
        and any(one.name.lower().endswith(called) for one in others)
        and not any(one.endswith(called) for one in own)
    )


def _is_foreign_parameter(module: Module, receiver: ast.expr, family: list[Class]) -> bool:
    """Whether a class reads an attribute of something that one of its own methods was given."""
    if not isinstance(receiver, ast.Name) or receiver.id in _OWN_KIND:
        return False
    scope = module.index.scope_of(receiver)
    if not isinstance(scope, FunctionNode):
        return False
    function = module.function(scope)
    is_parameter = receiver.id in {one.arg for one in function.parameters()}
    return is_parameter and function.owner in family and receiver.id != receiver_of(function)


def _follow_dictionaries(search: Search, place: Place, family: list[Class]) -> bool:
    """`vars(self)`, `asdict(config)`, `self.__dict__`, and attributes that are looked up by computed names."""
    found = False
    for module in dict.fromkeys(one.module for one in family):
        for word in (*_DICTIONARIES, "getattr"):
            for node in module.index.named.get(word, ()):
                whole, receiver = _dictionary(module, node)
                if whole is None or receiver is None or not isinstance(getattr(whole, "ctx", ast.Load()), ast.Load):
                    continue
                if not any(one.cls in family for one in refs_of(search.program, module, receiver)):
                    continue
                if not search.owner.is_live(module, whole):
                    continue
                if word == "getattr":
                    if may_be(whole.args[1], place.name):  # type: ignore[attr-defined]
                        search.puzzle(module, whole, "computed-name")
                        found = True
                    continue
                found = True
                search.go(place, Place("at", module, whole, path=(place.name, *place.path), direct=place.direct))
    return found


def _dictionary(module: Module, node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    call = module.index.parent(node)
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node, node.value
    if isinstance(node, ast.Attribute) and isinstance(call, ast.Call) and call.func is node:
        name_is_method = node.attr in {"to_dict", "_asdict", "dict"}
        return (call, node.value) if name_is_method else (call, call.args[0] if call.args else None)
    if isinstance(node, ast.Name) and isinstance(call, ast.Call) and call.func is node and call.args:
        if node.id == "getattr" and (len(call.args) < 2 or isinstance(call.args[1], ast.Constant)):
            return None, None
        return call, call.args[0]
    return None, None


def follow_field(search: Search, place: Place) -> None:
    """An attribute of an object that nobody knows: whoever reads such an attribute may read it."""
    for module in search.owner.modules_with(place.name):
        for node, receiver in _reads(module, place.name):
            if not search.owner.is_live(module, node) or _is_local(search, module, node):
                continue
            refs = refs_of(search.program, module, receiver)
            if refs and all(one.cls is None for one in refs):
                continue
            classes = {one.cls for one in refs if one.cls is not None}
            holders = set(definers(search, place.name))
            if not holders or (classes and classes <= holders and len(holders) == 1):
                search.go(
                    place,
                    Place("at", module, node, path=place.path, direct=place.direct),
                    note_at(module, node, "read"),
                )
            else:
                search.puzzle(module, node, "other-object")


def follow_result(search: Search, place: Place) -> None:
    """Go on to the calls of a function."""
    function: Function = place.item  # type: ignore[assignment]
    owner = search.owner
    if owner.is_entry(function) and function.name not in _BUILDERS:
        is_given_away = place.path[:1] == ("()",) and function not in owner.functions
        if not is_given_away and (search.is_decided(place) or search.way_to(place)[0].kind == "local"):
            search.prove(place)
            return
        search.end(function.module, function.node, "copied", function.title)
    module = function.module
    if isinstance(function.node, ast.Lambda):
        search.go(place, Place("at", module, function.node, path=("()", *place.path), direct=place.direct))
        return
    if function.name in _BUILDERS or not owner.runs(function):
        search.end(module, function.node, "not-run", function.title)
        return
    if function.owner is not None:
        _follow_method(search, place, function)
        return
    binding = search.program.flow(module, module.index.scope_of(function.node)).by_node.get(function.node)
    if binding is not None:
        search.go(place, Place("bound", module, binding, path=("()", *place.path), direct=place.direct))


def _follow_method(search: Search, place: Place, function: Function) -> None:
    owner, program = search.owner, search.program
    cls = function.owner
    if cls is None:
        return
    concrete = owner.concrete(cls)
    family = [*program.lineage(concrete), *search.owner.children(concrete)]
    path = place.path if is_property(function) else ("()", *place.path)
    for module in search.owner.modules_with(function.name):
        for node, receiver in _reads(module, function.name):
            if not owner.is_live(module, node) or module.index.is_inside(node, function.node):
                continue
            seen = _is_result_of(search, module, receiver, function, family)
            if seen:
                search.go(place, Place("at", module, node, path=path, direct=place.direct))
            elif seen is False:
                search.puzzle(module, node, "other-result")
    if function.name in _ENTRIES:
        _follow_instances(search, place, cls, place.path)
    elif function.name.startswith("__"):
        search.puzzle(function.module, function.node, "other-result", function.title)


def _is_result_of(
    search: Search, module: Module, receiver: ast.expr, function: Function, family: list[Class]
) -> bool | None:
    if isinstance(receiver, ast.Call) and last_name(receiver) == "super":
        around = next((one for one in module.index.around(receiver) if isinstance(one, ast.ClassDef)), None)
        if around is None:
            return None
        cls = module.cls(around)
        concrete = search.owner.concrete(cls)
        return True if search.program.method(concrete, function.name, after=cls) is function else None
    seen = _is_read_of(search, module, receiver, family, function.name)
    if not seen:
        return seen
    for ref in refs_of(search.program, module, receiver):
        if ref.cls is None:
            continue
        concrete = search.owner.concrete(ref.cls)
        if any(
            search.program.method(one, function.name) is function
            for one in [concrete, *search.owner.children(concrete)]
        ):
            return True
    return True if not refs_of(search.program, module, receiver) else None


def _follow_instances(search: Search, place: Place, cls: Class, path: Path) -> None:
    """Follow instances of a class to where they are called."""
    program = search.program
    concrete = search.owner.concrete(cls)
    if concrete in search.owner.classes or (search.owner.is_open and not cls.name.startswith("_")):
        search.prove(place)
        return
    for one in [cls, *(child for child in search.owner.children(cls) if "forward" not in child.methods)]:
        for module in search.owner.modules_with(one.name):
            for node in module.index.named.get(one.name, ()):
                if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
                    continue
                if isinstance(
                    module.index.parent(node), ast.ClassDef | ast.arg | ast.AnnAssign
                ) or not search.owner.is_live(module, node):
                    continue
                if any(ref.kind is Kind.CLASS and ref.cls is one for ref in refs_of(program, module, node)):
                    search.go(place, Place("at", module, node, path=("()", "()", *path), direct=place.direct))
