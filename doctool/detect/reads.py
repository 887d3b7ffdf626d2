"""Where a value is read again: behind a name, and from the result of a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.definitions import Class, Function, Module, absolute_import
from doctool.detect.flow import Binding
from doctool.detect.inference import is_property, refs_of
from doctool.detect.libraries import TRANSPARENT, is_setting
from doctool.detect.members import is_read_of, reads_of
from doctool.detect.owner import is_registered
from doctool.detect.program import Kind
from doctool.detect.scopes import inner_uses
from doctool.detect.search import Path, Place, Search
from doctool.detect.syntax import FunctionNode, last_name

_BUILDERS = {"__init__", "__new__", "__post_init__"}
_ENTRIES = ("forward", "__call__")


def follow_binding(search: Search, place: Place) -> None:
    """Go on to the uses of a name."""
    binding, module = place.item, place.module
    if not isinstance(binding, Binding):
        return
    scope = binding.scope
    flow = search.program.flow(module, scope)
    if isinstance(scope, ast.ClassDef):
        search.member(place, module.cls(scope), binding.name, place.path)
        return
    uses: list[ast.expr] = list(flow.uses.get(binding, ()))
    if "." not in binding.name:
        uses += _uses_inside(search, module, binding)
    if place.name == "changed":
        uses = [one for one in uses if _sees_change(module, one, search.came[place][0])]
    for use in uses:
        search.at(place, use, place.path, direct=True)
    if "." in binding.name:
        _leave_method(search, place, binding)
    else:
        _leave_scope(search, place, binding, found=bool(uses))


def _leave_scope(search: Search, place: Place, binding: Binding, *, found: bool) -> None:
    """A name may be read by other modules, by who collects arguments or definitions, and by its text."""
    module, scope = place.module, binding.scope
    found = _is_collected(search, place, binding) or found
    if isinstance(scope, ast.Module) or binding.name in search.program.flow(module, scope).shared:
        found = _follow_global(search, place, binding) or found
    if isinstance(binding.node, FunctionNode) and is_registered(module.function(binding.node)):
        if place.path == ("()",):
            search.prove(place)
        search.puzzle(module, binding.node, "other-result", binding.name)
    elif not (_look_up_by_name(search, place, binding) or found):
        search.end(module, binding.node, "unread", binding.name)


def _sees_change(module: Module, use: ast.expr, source: Place | None) -> bool:
    """Whether a use sees a change: it stands after it, in the same loop, or in a function that is called later."""
    if source is None or source.module is not module or not hasattr(source.node, "lineno"):
        return True
    node: ast.expr = source.node  # type: ignore[assignment]
    if module.index.scope_of(use) is not module.index.scope_of(node):
        return True
    loops = [one for one in module.index.around(node) if isinstance(one, ast.For | ast.While)]
    is_later = (use.lineno, use.col_offset) > (node.lineno, node.col_offset)
    return is_later or any(module.index.is_inside(use, loop) for loop in loops)


def _uses_inside(search: Search, module: Module, binding: Binding) -> Iterator[ast.expr]:
    """Uses in functions that are defined inside the scope."""
    for node in inner_uses(search.program, module, binding.name).get(binding, ()):
        if search.owner.is_live(module, node):
            yield node


def _leave_method(search: Search, place: Place, binding: Binding) -> None:
    """`self.x` is read in other methods too, unless it is overwritten before anybody can look."""
    cls = place.module.class_around(binding.node)
    if binding not in search.program.flow(place.module, binding.scope).leaving:
        search.end(place.module, binding.node, "overwritten", binding.name)
    elif cls is not None:
        search.member(place, search.owner.concrete(cls), binding.name.partition(".")[2], place.path)


def _follow_global(search: Search, place: Place, binding: Binding) -> bool:
    """Uses of a global in its module, where a function assigned it, and in modules that import it."""
    module, found, direct = place.module, False, place.direct
    if binding.scope is not module.tree:
        for node in module.index.named.get(binding.name, ()):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                search.at(place, node, place.path, direct=True)
                found = True
    for other in search.owner.modules_with(binding.name):
        for kind, item in _imported_uses(search, other, module, binding.name) if other is not module else ():
            search.go(place, Place(kind, other, item, path=place.path, direct=direct))
            found = True
    return found


def _imported_uses(search: Search, other: Module, module: Module, name: str) -> Iterator[tuple[str, ast.AST | Binding]]:
    for node in other.index.named.get(name, ()):
        statement = other.index.parent(node)
        if isinstance(node, ast.alias) and isinstance(statement, ast.ImportFrom) and node.name == name:
            origin = search.program.dotted(f"{absolute_import(other.source, statement)}.{name}")
            definition = origin.function or origin.cls
            home = origin.module or (definition.module if definition is not None else None)
            binding = search.program.flow(other, other.index.scope_of(node)).by_node.get(node)
            if home is module and binding is not None:
                yield "bound", binding
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            refs = refs_of(search.program, other, node.value)
            if any(ref.kind is Kind.MODULE and ref.name == module.name for ref in refs):
                yield "at", node


def _is_collected(search: Search, place: Place, binding: Binding) -> bool:
    """What a constructor is given may be collected behind its back, and read as `self.config.name`."""
    scope, module = binding.scope, place.module
    if not isinstance(binding.node, ast.arg) or not isinstance(scope, FunctionNode) or scope.name != "__init__":
        return False
    collects = any(module.index.is_inside(one, scope) for one in module.index.named.get("save_hyperparameters", ()))
    decorators = [one for one in scope.decorator_list if last_name(one) not in TRANSPARENT]
    if not collects and not decorators:
        return False
    cls, found = module.class_around(scope), False
    family = search.owner.family(cls) if cls is not None else []
    for other in dict.fromkeys(one.module for one in family):
        for node, receiver in reads_of(search.program, other, binding.name):
            if is_setting(receiver) and other.class_around(node) in family:
                search.at(place, node, place.path, shows="read")
                found = True
    if not found and decorators:
        search.puzzle(module, decorators[0], "unknown-callee")
    return found or bool(decorators)


def _look_up_by_name(search: Search, place: Place, binding: Binding) -> bool:
    """`locals()`, and code that can see every name: `eval`, `exec`, `globals`."""
    module, found = place.module, False
    for name in ("locals", "vars", "eval", "exec", "globals"):
        for node in module.index.named.get(name, ()):
            call = module.index.parent(node)
            is_call = isinstance(node, ast.Name) and isinstance(call, ast.Call) and call.func is node
            if not is_call or module.index.scope_of(call) is not binding.scope or (name == "vars" and call.args):  # type: ignore[attr-defined]
                continue
            found = True
            if name in {"locals", "vars"}:
                search.at(place, call, (binding.name, *place.path), direct=True)
            else:
                search.puzzle(module, call, "runs-text")
    return found


def follow_result(search: Search, place: Place) -> None:
    """Go on to the calls of a function."""
    function, owner, module = place.item, search.owner, place.module
    if not isinstance(function, Function):
        return
    is_called_outside = (
        function.name not in _ENTRIES and function.owner is not None and owner.is_run_by_itself(function)
    )
    is_entry = (owner.is_entry(function) or is_called_outside) and not _came_by_call(search, place, function)
    if is_entry and function.name not in _BUILDERS:
        is_given_away = place.path[:1] == ("()",) and function not in owner.functions
        if not is_given_away and (search.is_decided(place) or search.way_to(place)[0].kind == "local"):
            search.prove(place)
            return
        search.end(module, function.node, "copied", function.title)
    called = ("()", *place.path)
    if isinstance(function.node, ast.Lambda):
        search.at(place, function.node, called, direct=True)
    elif function.name in _BUILDERS or not owner.runs(function):
        search.never_run(module, function.node, function)
    elif function.owner is not None:
        follow_method(search, place, function)
    else:
        binding = search.program.flow(module, module.index.scope_of(function.node)).by_node.get(function.node)
        if binding is not None:
            search.go(place, Place("bound", module, binding, path=called, direct=place.direct))


def _came_by_call(search: Search, place: Place, function: Function) -> bool:
    """Whether code of the package gave the value to the function: then only that call has its result."""
    step: Place | None = place
    while step is not None:
        source = search.came[step][0]
        is_parameter = isinstance(step.item, Binding) and isinstance(step.node, ast.arg)
        if is_parameter and step.item.scope is function.node:  # type: ignore[union-attr]
            return source is not None and source.kind == "gate" and source.name == "handed"
        step = source
    return False


def follow_method(search: Search, place: Place, function: Function) -> None:
    """Go on to where a method is called, and where instances of its class are."""
    cls = function.owner
    if cls is None:
        return
    found = function.name in _ENTRIES
    path = place.path if is_property(function) else ("()", *place.path)
    for module in search.owner.modules_with(function.name):
        for node, receiver in reads_of(search.program, module, function.name):
            if search.owner.is_live(module, node) and not module.index.is_inside(node, function.node):
                seen = _is_result_of(search, module, receiver, function)
                found = found or seen is not None
                if seen:
                    search.go(place, Place("at", module, node, path=path, direct=place.direct))
                elif seen is False:
                    search.puzzle(module, node, "other-result")
    if function.name in _ENTRIES:
        follow_instances(search, place, cls, place.path)
    elif function.name.startswith("__"):
        search.puzzle(function.module, function.node, "other-result", function.title)
    elif not found:
        search.never_run(function.module, function.node, function)


def _is_result_of(search: Search, module: Module, receiver: ast.expr, function: Function) -> bool | None:
    """True if a method is read of something that has this very one, None if not, False where it may be."""
    program, owner = search.program, search.owner
    if isinstance(receiver, ast.Call) and last_name(receiver) == "super":
        cls = module.class_around(receiver)
        above = program.method(owner.concrete(cls), function.name, after=cls) if cls is not None else None
        return True if above is function else None
    seen = is_read_of(search, module, receiver, owner.family(function.owner), function.name) if function.owner else None
    refs = refs_of(program, module, receiver) if seen else frozenset()
    heirs = [
        heir
        for ref in refs
        if ref.cls is not None
        for heir in (owner.concrete(ref.cls), *owner.children(owner.concrete(ref.cls)))
    ]
    if not seen or not refs:
        return seen
    return True if any(program.method(one, function.name) is function for one in heirs) else None


def follow_instances(search: Search, place: Place, cls: Class, path: Path) -> None:
    """Follow instances of a class to where they are called."""
    program, owner = search.program, search.owner
    if owner.concrete(cls) in owner.classes or (owner.is_open and not cls.name.startswith("_")):
        search.prove(place)
        return
    for one in [cls, *(child for child in owner.children(cls) if "forward" not in child.methods)]:
        for module in owner.modules_with(one.name):
            for node in module.index.named.get(one.name, ()):
                is_named = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
                around = module.index.parent(node)
                if not is_named or isinstance(around, ast.ClassDef | ast.arg | ast.AnnAssign):
                    continue
                refs = refs_of(program, module, node)  # type: ignore[arg-type]
                if owner.is_live(module, node) and any(ref.kind is Kind.CLASS and ref.cls is one for ref in refs):
                    search.go(place, Place("at", module, node, path=("()", "()", *path), direct=place.direct))
