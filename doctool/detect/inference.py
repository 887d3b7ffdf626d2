"""What an expression may refer to: classes, instances, functions, modules. The empty answer is "nobody knows"."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable

from doctool.detect.definitions import Class, Function, Module
from doctool.detect.flow import Binding
from doctool.detect.program import Kind, Program, Ref, imported_names, receiver_of
from doctool.detect.scopes import bindings_of
from doctool.detect.syntax import FunctionNode, Scope, last_name, top_statements

Refs = frozenset[Ref]
UNKNOWN: Refs = frozenset()
VALUE: Refs = frozenset([Ref(Kind.EXTERNAL, name="builtins.object()")])
"""A number, a string or the like: nothing that is called or holds a definition."""
CROWD: Refs = frozenset([Ref(Kind.CROWD)])
_DEEPEST = 16
_MOST = 256
_WRAPPERS = {
    "partial", "compile", "jit", "deepcopy", "copy", "checkpoint_wrapper", "DataParallel", "remat", "script", "to",
    "replace", "merge",
}  # fmt: skip


def refs_of(program: Program, module: Module, node: ast.expr, depth: int = 0) -> Refs:
    """What an expression may refer to; of a container, what its elements may."""
    known = program.references.get(node)
    if known is not None:
        return known
    reader = _READERS.get(type(node))
    if reader is None or depth > _DEEPEST:
        return VALUE if isinstance(node, _PLAIN) else UNKNOWN
    program.references[node] = UNKNOWN  # for what refers to itself
    found = reader(program, module, node, depth + 1)
    found = found if len(found) <= _MOST else CROWD
    program.references[node] = found
    if depth > 0 and not found:
        del program.references[node]  # asked again from the start, it may be known
    return found


_TRANSPARENT_TYPES = {"Optional", "Union", "Annotated", "Final", "ClassVar"}
_MADE = (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_PLAIN = (ast.Constant, ast.Compare, ast.JoinedStr, ast.BinOp, ast.UnaryOp)


def _name(program: Program, module: Module, node: ast.Name, depth: int) -> Refs:
    bindings = bindings_of(program, module, node)
    if bindings:
        return _either([refs_of_binding(program, module, binding, depth) for binding in bindings])
    ref = program.global_name(module, node.id)
    if ref is not None:
        return refs_of_global(program, ref, depth)
    return frozenset([Ref(Kind.EXTERNAL, name=f"builtins.{node.id}")]) if hasattr(builtins, node.id) else UNKNOWN


def refs_of_global(program: Program, ref: Ref, depth: int = 0) -> Refs:
    """What a reference is, with what a global was assigned in its place."""
    if ref.kind is not Kind.GLOBAL or ref.module is None:
        return frozenset([ref])
    bindings = program.flow(ref.module, ref.module.tree).bindings.get(ref.name, [])
    return _union(refs_of_binding(program, ref.module, binding, depth + 1) for binding in bindings)


def refs_of_binding(  # noqa: PLR0911  one answer for each kind of binding
    program: Program, module: Module, binding: Binding, depth: int = 0
) -> Refs:
    """What a name refers to after one of its bindings."""
    node = binding.node
    if depth > _DEEPEST:
        return UNKNOWN
    if isinstance(node, FunctionNode):
        return frozenset([Ref(Kind.FUNCTION, function=module.function(node))])
    if isinstance(node, ast.ClassDef):
        return frozenset([Ref(Kind.CLASS, cls=module.cls(node))])
    if isinstance(node, ast.arg):
        return _parameter(program, module, node, binding.scope)
    if isinstance(node, ast.alias):
        return _imported(program, module, node, depth)
    statement = module.index.parent(node)
    while isinstance(statement, ast.Tuple | ast.List | ast.Starred):
        statement = module.index.parent(statement)
    value = _value_of(statement)
    if value is None:
        return UNKNOWN
    target = node
    while isinstance(module.index.parent(target), ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        group = module.index.parent(target)
        place = group.elts.index(target)  # type: ignore[attr-defined]
        if place >= len(value.elts) or any(isinstance(element, ast.Starred) for element in value.elts):
            break
        target, value = group, value.elts[place]
    found = refs_of(program, module, value, depth)
    return _held(found) if isinstance(statement, ast.For | ast.AsyncFor | ast.comprehension) else found


def _held(container: Refs) -> Refs:
    """What may be in a container: what was seen to be put there, and nothing of the container itself."""
    return frozenset(one for one in container if one.kind is not Kind.EXTERNAL or not one.name.endswith("()"))


def _value_of(statement: ast.AST) -> ast.expr | None:
    if isinstance(statement, ast.For | ast.AsyncFor | ast.comprehension):
        return statement.iter
    if isinstance(statement, ast.withitem):
        return statement.context_expr
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        return statement.value
    return None


def _imported(program: Program, module: Module, node: ast.alias, depth: int) -> Refs:
    statement = module.index.parent(node)
    names = imported_names(module.source, statement) if isinstance(statement, ast.Import | ast.ImportFrom) else {}
    first = node.name if isinstance(statement, ast.ImportFrom) else node.name.partition(".")[0]
    dotted = names.get(node.asname or first)
    return refs_of_global(program, program.dotted(dotted), depth) if dotted else UNKNOWN


def _parameter(program: Program, module: Module, node: ast.arg, scope: Scope) -> Refs:
    if isinstance(scope, FunctionNode):
        function = module.function(scope)
        is_context = function.parameters()[:1] == [node] and function.owner is not None
        if is_context and function.owner is not None and program.is_autograd(function.owner):
            return frozenset([Ref(Kind.INSTANCE, cls=function.owner)])
        if receiver_of(function) == node.arg and function.owner is not None:
            kind = Kind.CLASS if "classmethod" in function.decorators or function.name == "__new__" else Kind.INSTANCE
            return frozenset([Ref(kind, cls=function.owner)])
    said = annotated(program, module, node.annotation)
    return said or (_by_default(program, module, node, scope) if isinstance(scope, FunctionNode) else UNKNOWN)


def _by_default(program: Program, module: Module, node: ast.arg, scope: FunctionNode) -> Refs:
    """The definition that a parameter is unless somebody gives another: `block=Block`."""
    default = module.function(scope).defaults().get(node)
    known = isinstance(default, ast.Name | ast.Attribute | ast.Call)
    found = refs_of(program, module, default) if known and default is not None else UNKNOWN
    is_callable = found and all(
        one.kind in {Kind.CLASS, Kind.FUNCTION, Kind.EXTERNAL} and "()" not in one.name for one in found
    )
    return found | CROWD if is_callable else UNKNOWN


def annotated(program: Program, module: Module, node: ast.expr | None) -> Refs:
    """What an annotation says; instances of classes of the package only."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:
            return UNKNOWN
    if isinstance(node, ast.BinOp):
        return _union([annotated(program, module, node.left), annotated(program, module, node.right)])
    if isinstance(node, ast.Subscript) and last_name(node.value) in _TRANSPARENT_TYPES:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _union(annotated(program, module, part) for part in parts)
    if isinstance(node, ast.Name | ast.Attribute):
        ref = program.base(module, node)
        if ref is not None and ref.kind is Kind.CLASS:
            return frozenset([Ref(Kind.INSTANCE, cls=ref.cls)])
    return UNKNOWN


def _attribute(program: Program, module: Module, node: ast.Attribute, depth: int) -> Refs:
    found: list[Refs] = []
    for ref in refs_of(program, module, node.value, depth):
        if ref.kind in {Kind.MODULE, Kind.EXTERNAL}:
            found.append(refs_of_global(program, program.dotted(f"{ref.name}.{node.attr}"), depth))
        elif ref.cls is not None:
            found.append(member(program, ref, node.attr, depth))
    return _union(found)


def member(program: Program, ref: Ref, name: str, depth: int = 0) -> Refs:
    """What an attribute of a class or instance may refer to."""
    cls = ref.cls
    if cls is None or depth > _DEEPEST:
        return UNKNOWN
    lineage = program.lineage(cls)
    for one in lineage[1:] if ref.kind is Kind.PARENT else lineage:
        method = one.methods.get(name)
        if method is not None:
            if is_property(method):
                return results_of(program, method, depth)
            is_bound = ref.kind is not Kind.CLASS or "classmethod" in method.decorators
            bound = is_bound and "staticmethod" not in method.decorators
            return frozenset([Ref(Kind.FUNCTION, function=method, bound=bound, cls=cls)])
    forward = program.method(cls, "forward")
    if name == "apply" and forward is not None and program.is_autograd(cls):
        return frozenset([Ref(Kind.FUNCTION, function=forward, bound=True)])
    return _union(_stored(program, one, name, depth) for one in lineage)


def _stored(program: Program, cls: Class, name: str, depth: int) -> Refs:
    module, found = cls.module, []
    field = cls.fields.get(name)
    if isinstance(field, ast.AnnAssign):
        found.append(annotated(program, module, field.annotation))
    if isinstance(field, ast.Assign | ast.AnnAssign) and field.value is not None:
        found.append(refs_of(program, module, field.value, depth))
    for node in module.index.named.get(name, ()):
        function = module.method_around(node)
        is_own = function is not None and function.owner is cls
        if is_own and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and function is not None:
            value = _value_of(module.index.parent(node))
            if value is not None and isinstance(node.value, ast.Name) and node.value.id == receiver_of(function):
                found.append(refs_of(program, module, value, depth))
    return _union(found)


def is_property(function: Function) -> bool:
    """Whether reading the attribute runs the method."""
    return any(name.endswith("property") for name in function.decorators)


def results_of(program: Program, function: Function, depth: int = 0) -> Refs:
    """What a function may return."""
    if isinstance(function.node, ast.Lambda):
        return refs_of(program, function.module, function.node.body, depth)
    returned = [
        statement.value
        for statement in top_statements(function.node.body)
        if isinstance(statement, ast.Return) and statement.value
    ]
    return _union(refs_of(program, function.module, one, depth) for one in returned)


def _call(program: Program, module: Module, node: ast.Call, depth: int) -> Refs:
    name = last_name(node.func)
    if name == "super":
        cls = module.class_around(node)
        return frozenset([Ref(Kind.PARENT, cls=cls)]) if cls is not None else UNKNOWN
    if name == "getattr" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
        found = [
            member(program, ref, str(node.args[1].value), depth)
            for ref in refs_of(program, module, node.args[0], depth)
        ]
        return _union(found)
    if name == "type" and len(node.args) == 1:
        given = refs_of(program, module, node.args[0], depth)
        return frozenset(Ref(Kind.CLASS, cls=one.cls) for one in given if one.kind is Kind.INSTANCE)
    found = [
        called(program, ref, depth) or _from_outside(program, module, node, ref, depth)
        for ref in refs_of(program, module, node.func, depth)
    ]
    return _union(found)


def called(program: Program, ref: Ref, depth: int = 0) -> Refs:
    """What calling something of the package gives back."""
    if ref.kind is Kind.CLASS:
        return frozenset([Ref(Kind.INSTANCE, cls=ref.cls)])
    if ref.kind is Kind.FUNCTION and ref.function is not None:
        return results_of(program, ref.function, depth)
    if ref.kind is Kind.INSTANCE and ref.cls is not None:
        method = program.method(ref.cls, "forward") or program.method(ref.cls, "__call__")
        return results_of(program, method, depth) if method is not None else UNKNOWN
    return UNKNOWN


def _from_outside(program: Program, module: Module, node: ast.Call, ref: Ref, depth: int) -> Refs:
    """A container or wrapper from outside refers to what it is given; anything else from outside stays outside."""
    if ref.kind is not Kind.EXTERNAL:
        return UNKNOWN
    name = ref.name.rpartition(".")[2]
    given: Iterable[ast.expr] = ()
    if name in _WRAPPERS:
        given = node.args[:1]
    elif name in {"ModuleList", "Sequential", "ModuleDict", "dict", "list", "tuple", "OrderedDict", "enumerate", "zip"}:
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
    elif name in {"get", "items", "values"} and isinstance(node.func, ast.Attribute):
        given = [node.func.value]
    held = [refs_of(program, module, one, depth) for one in given]
    if UNKNOWN in held:
        return UNKNOWN
    return _held(_union(held)) | frozenset([Ref(Kind.EXTERNAL, name=f"{ref.name}()")])


def _elements(program: Program, module: Module, node: ast.expr, depth: int) -> Refs:
    """A container, a choice or a view refers to what its parts refer to."""
    if isinstance(node, ast.Subscript):  # a container is a plain value; nobody knows what else is put into it
        return _held(refs_of(program, module, node.value, depth))
    made = VALUE if isinstance(node, _MADE) else UNKNOWN
    parts = [refs_of(program, module, one, depth) for one in _PARTS[type(node)](node)]
    return made | (_either(parts) if isinstance(node, ast.IfExp | ast.BoolOp) else _union(parts))


def _either(ways: list[Refs]) -> Refs:
    """One of several; where nobody knows one of them, it may be anything beside what the others are."""
    found = _union(ways)
    return found | CROWD if found and UNKNOWN in ways else found


_PARTS: dict[type[ast.expr], Callable[..., list[ast.expr]]] = {
    ast.Dict: lambda node: list(node.values),
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set), lambda node: node.elts),
    ast.IfExp: lambda node: [node.body, node.orelse],
    ast.BoolOp: lambda node: node.values,
    **dict.fromkeys((ast.ListComp, ast.GeneratorExp, ast.SetComp), lambda node: [node.elt]),
    **dict.fromkeys((ast.DictComp, ast.Subscript, ast.Starred, ast.NamedExpr, ast.Await), lambda node: [node.value]),
}


def _lambda(program: Program, module: Module, node: ast.Lambda, depth: int) -> Refs:
    del program, depth
    return frozenset([Ref(Kind.FUNCTION, function=module.function(node))])


def _union(found: Iterable[Refs]) -> Refs:
    return frozenset().union(*found)


_READERS: dict[type[ast.expr], Callable[..., Refs]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Lambda: _lambda,
    **dict.fromkeys(_PARTS, _elements),
}
