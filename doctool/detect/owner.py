"""What a question is asked of: which code belongs to it, what of that runs, and whose results count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from doctool import errors
from doctool.detect.definitions import Class, Function, Module
from doctool.detect.inference import is_property, refs_of
from doctool.detect.libraries import RUN_BY_FRAMEWORKS, TOLD, TRANSPARENT
from doctool.detect.program import Program
from doctool.detect.scopes import bindings_of
from doctool.detect.source import DEFINITION, SourceFile, SourceTree, nearest_names
from doctool.detect.syntax import FunctionNode, last_name

_MOST_CHILDREN = 50
"""Classes of which one question asks what comes from them."""
_RUN_BY_ITSELF = ("forward", "__call__", "setup", "call")


class Owner:
    """What a question is asked of.

    Args:
        program: The package.
        files: Where it is defined; None for the whole package.
        name: The class or function in those files; None for all of them.
    """

    def __init__(self, program: Program, files: tuple[SourceFile, ...] | None = None, name: str | None = None) -> None:
        self.program = program
        self.files = files
        self.name = name
        self._definers: dict[str, list[Class]] = {}
        self._runs: dict[Function, bool] = {}
        self._children: dict[Class, list[Class]] = {}

    def modules_with(self, word: str) -> Iterator[Module]:
        """Parse the files that hold a name, those near the owner first, until one question has cost enough."""
        for source in sorted(self.program.files_with(word), key=self.distance):
            module = self.program.module(source.module)
            if module is not None:
                yield module

    def distance(self, source: SourceFile) -> int:
        """How many directories lie between a file and those of the owner."""
        parts = source.file.split("/")
        shared = 0
        for one in (self.files or ())[:1]:
            for ours, theirs in zip(one.file.split("/"), parts, strict=False):
                if ours != theirs:
                    break
                shared += 1
        return -shared

    def children(self, cls: Class) -> list[Class]:
        """The classes of the package that come from a class, and from those."""
        if cls not in self._children:
            self._children[cls] = []
            found: dict[Class, None] = {}
            name = cls.name.encode()
            if len(self._children) > _MOST_CHILDREN:
                self.program.is_exhausted = True
                return []
            for source in sorted(self.program.files_with(cls.name), key=self.distance):
                heads = (line.lstrip() for line in source.lines_with(name))
                is_base = any(head.startswith(b"class ") and name in head.partition(b"(")[2] for head in heads)
                module = self.program.module(source.module) if is_base else None
                for one in module.every_class() if module is not None else ():
                    if one is not cls and one not in found and cls in self.program.lineage(one):
                        found |= dict.fromkeys([one, *self.children(one)])
            self._children[cls] = list(found)
        return self._children[cls]

    def is_bound(self, module: Module, node: ast.expr) -> bool:
        """Whether the first name of a dotted expression is anything that the file binds."""
        while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        return not isinstance(node, ast.Name) or bool(bindings_of(self.program, module, node))

    def methods_named(self, name: str) -> list[Function]:
        """Every method of the package with a name."""
        if name.startswith("__"):
            return []
        classes = (cls for module in self.modules_with(name) for cls in module.every_class())
        return [cls.methods[name] for cls in classes if name in cls.methods]

    def are_of_one_family(self, methods: list[Function]) -> bool:
        """Whether methods are of one class and those that come from it."""
        lines = [self.program.lineage(method.owner) for method in methods if method.owner is not None]
        return all(lines[0][0] in line or line[-1] is lines[0][-1] for line in lines)

    def family(self, cls: Class) -> list[Class]:
        """The classes whose instances have what is set on a class: itself, its ancestors, and what comes from it."""
        concrete = self.concrete(cls)
        return [*self.program.lineage(concrete), *self.children(concrete)]

    def has_attribute(self, cls: Class, name: str) -> bool:
        """Whether a class, or an ancestor, has a field or method of a name, or stores an attribute."""
        for one in self.program.lineage(cls):
            stores = (each for each in one.module.index.named.get(name, ()) if isinstance(each, ast.Attribute))
            if name in one.fields or name in one.methods:
                return True
            if any(isinstance(each.ctx, ast.Store) and one.module.class_around(each) is one for each in stores):
                return True
        return False

    def definers(self, name: str) -> list[Class]:
        """The classes of the package that have an attribute of a name."""
        if name not in self._definers:
            found: list[Class | None] = []
            for module in self.modules_with(name):
                found += [one for one in module.every_class() if name in one.fields or name in one.methods]
                for node in module.index.named.get(name, ()):
                    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                        found += [ref.cls for ref in refs_of(self.program, module, node.value)]
            self._definers[name] = [one for one in dict.fromkeys(found) if one is not None]
        return self._definers[name]

    @cached_property
    def modules(self) -> list[Module]:
        """The modules that define it; empty for the whole package."""
        found = [self.program.module(file.module) for file in self.files or ()]
        return [one for one in found if one is not None]

    @cached_property
    def classes(self) -> list[Class]:
        """The classes that it names; empty unless it has a name."""
        if self.name is None:
            return []
        return [one for module in self.modules for one in module.every_class() if one.name == self.name]

    @cached_property
    def functions(self) -> list[Function]:
        """The functions that it names; empty unless it has a name."""
        return [module.functions[self.name] for module in self.modules if self.name in module.functions]

    @cached_property
    def lineage(self) -> list[Class]:
        """Its classes with their ancestors."""
        return list(dict.fromkeys(one for cls in self.classes for one in self.program.lineage(cls)))

    @cached_property
    def is_settings(self) -> bool:
        """Whether it is a class that is read, not run: then the question is where its field is read."""
        return bool(self.classes) and not any(self.program.is_torch_like(one) for one in self.classes)

    @property
    def is_open(self) -> bool:
        """Whether everything that users of the package may call counts."""
        return self.name is None or self.is_settings

    def concrete(self, cls: Class) -> Class:
        """The class of the instances that a class is looked at for: the owner for its ancestors, else itself."""
        return next((one for one in self.classes if cls in self.program.lineage(one)), cls)

    def is_entry(self, function: Function) -> bool:
        """Whether what a function gives back counts by itself: users call it."""
        if function.owner is None:
            if function in self.functions:
                return True
            return (
                not function.name.startswith("_") and _is_global(function) and not self._is_imported_in_vain(function)
            )
        if not self.is_open and function.owner not in self.lineage:
            return False
        return self.is_run_by_itself(function)

    def is_run_by_itself(self, function: Function) -> bool:
        """Whether a method is run by users or frameworks, not by code of the package."""
        cls = function.owner
        name = function.name
        if cls is None or name in TOLD:
            return False
        concrete = self.concrete(cls)
        if cls in self.lineage and self.program.method(concrete, name) not in {function, None}:
            return False
        if is_property(function):
            return False
        if (name.startswith("__") and name.endswith("__")) or name in RUN_BY_FRAMEWORKS:
            return True
        is_layer = any(self.program.method(concrete, one) is not None for one in _RUN_BY_ITSELF)
        is_tool = self.program.has_unknown_base(concrete) or not is_layer
        return is_tool and not name.startswith("_")

    def may_be_run(self, function: Function) -> bool:
        """Whether a parent class from outside the package may run a method that nothing here calls."""
        cls = function.owner
        return (
            cls is not None
            and function.name not in {*TOLD, "__init__"}
            and self.program.has_unknown_base(self.concrete(cls))
        )

    def runs(self, function: Function) -> bool:
        """Whether a function is run at all: by its users, or by code that is run."""
        if function not in self._runs:
            self._runs[function] = False  # for what only calls itself
            self._runs[function] = self._is_run(function)
        return self._runs[function]

    def _is_run(self, function: Function) -> bool:
        if isinstance(function.node, ast.Lambda) or not (_is_global(function) or function.owner is not None):
            return True
        if function.name in TOLD:
            return False
        if function.owner is not None:
            if self.is_run_by_itself(function):
                return True
        elif (
            self.is_entry(function)
            or is_registered(function)
            or (not function.name.startswith("_") and not self._is_imported_in_vain(function))
        ):
            return True
        return self.is_referred_to(function)

    def is_referred_to(self, function: Function) -> bool:
        """Whether code that is run names a function."""
        own = function.module  # most are called where they are defined, and nothing needs to be looked for
        return self._refers_in(own, function) or any(
            self._refers_in(module, function) for module in self.modules_with(function.name) if module is not own
        )

    def _refers_in(self, module: Module, function: Function) -> bool:
        return any(
            self._refers(module, node, function) and self.is_live(module, node)
            for node in module.index.named.get(function.name, ())
        )

    def _refers(self, module: Module, node: ast.AST, function: Function) -> bool:
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return False
        if module.index.is_inside(node, function.node):
            return False
        if isinstance(node, ast.Name):
            return function.owner is None or function.owner.module is module
        holder = node.value.id if isinstance(node.value, ast.Name) else ""
        dotted = self.program.imports(module).get(holder)
        if dotted is not None and dotted.partition(".")[0] not in self.program.packages:
            return False
        return function.owner is None or holder != "self" or self._is_of_family(module, node, function)

    def _is_of_family(self, module: Module, node: ast.AST, function: Function) -> bool:
        """Whether `self` in `self.method` may be an instance that has this very method."""
        around = module.class_around(node)
        if around is None or function.owner is None:
            return True
        cls = self.concrete(around)
        relatives = [cls, *self.children(cls)]
        return any(self.program.method(relative, function.name) is function for relative in relatives)

    def is_live(self, module: Module, node: ast.AST) -> bool:
        """Whether the code around a node is run."""
        scope = module.index.scope_of(node)
        while not isinstance(scope, ast.Module):
            if isinstance(scope, FunctionNode) and not self.runs(module.function(scope)):
                return False
            if any(module.index.is_inside(node, one) for one in self.program.flow(module, scope).dead):
                return False
            scope = module.index.scope_of(scope)
        return not any(module.index.is_inside(node, one) for one in self.program.flow(module, scope).dead)

    def _is_imported_in_vain(self, function: Function) -> bool:
        """Whether the package imports a function and never uses it; users would not."""
        imported = False
        for source in self.program.files_with(function.name):
            module = self.program.module(source.module)
            for node in module.index.named.get(function.name, ()) if module is not None else ():
                if isinstance(node, ast.alias):
                    imported = imported or not source.is_package
                elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    return False
        return imported


def is_registered(function: Function) -> bool:
    """Whether a decorator is told what to keep a function for: `@register("name")`."""
    calls = [one for one in getattr(function.node, "decorator_list", ()) if isinstance(one, ast.Call)]
    return any(call.args and last_name(call) not in TRANSPARENT for call in calls)


def _is_global(function: Function) -> bool:
    return function.module.functions.get(function.name) is function


def find_owner(program: Program, owner: str | None) -> Owner:
    """Find the files that define an owner.

    Raises:
        errors.UsageError: Nothing in the package has that name.
    """
    if owner is None:
        return Owner(program)
    tree = program.tree
    where, _, name = owner.partition(":")
    files = _files_of(tree, where)
    if files and not name:
        return Owner(program, files)
    if not name:
        prefix, _, name = owner.rpartition(".")
        files = _files_of(tree, prefix) if prefix else tree.files
    name = name.partition(".")[0]
    found = tuple(file for file in files if file.defines(name.encode()))
    if found:
        return Owner(program, found, name)
    known = {match.decode("utf-8", "replace") for file in tree.files for match in DEFINITION.findall(file.data)}
    known |= {file.module for file in tree.files}
    raise errors.UsageError(
        f"there is no owner {owner!r} in {tree.relative(tree.location)!r}; {nearest_names(name or owner, known)}"
    )


def _files_of(tree: SourceTree, where: str) -> tuple[SourceFile, ...]:
    path = where.replace("\\", "/").strip("/")
    found = [one for one in tree.files if one.file == path or one.file.startswith(f"{path}/")]
    if not found:
        base = tree.relative(tree.base)
        names = (where, f"{tree.location.name}.{where}")
        found = [
            file
            for file in tree.files
            if any(file.module == name or file.module.startswith(f"{name}.") for name in names)
        ]
        found = found or [one for one in tree.files if one.file.startswith(f"{base}/{path}/")]
    return tuple(found) if path else ()
