"""The parsed modules of one package, and what a name in one of them means."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from doctool.detect.definitions import Class, Function, Module, absolute_import, read_module, top_statements
from doctool.detect.source import SourceFile, SourceTree
from doctool.detect.values import Kind, Ref

MODULE_BASES = {"Module", "LightningModule", "ModuleList", "Sequential", "ModuleDict"}
_HARMLESS_BASES = {"object", "ABC", "Protocol", "Generic", "NamedTuple", "Enum"} | MODULE_BASES


class Program:
    """Modules of a package, parsed only as far as somebody asked.

    Args:
        tree: The files.
        wanted: The files that hold one of the names and are parsed from the start.
        follow: Whether a name in another file of the package is reason enough to parse that file.
    """

    def __init__(self, tree: SourceTree, wanted: Iterable[SourceFile], *, follow: bool = False) -> None:
        self.tree = tree
        self._packages: set[str] = set()
        self.follow = follow
        self.wanted = {source.module for source in wanted}
        self.modules: dict[str, Module | None] = {}
        self.imports: dict[str, dict[str, str]] = {}
        self.loaded: dict[str, set[str]] = {}
        self.sought: set[str] = set()
        self.ancestry: dict[int, tuple[list[Class], bool]] = {}

    def packages(self) -> set[str]:
        """First parts of the names of all modules of the package."""
        if not self._packages:
            self._packages = {source.module.partition(".")[0] for source in self.tree.files}
        return self._packages

    def candidates(self) -> list[Module]:
        """The parsed modules of the wanted files, in order of their names."""
        found = [self.module(name) for name in sorted(self.wanted)]
        return [module for module in found if module is not None]

    def module(self, name: str) -> Module | None:
        """Parse a module of the package; None when there is none or it cannot be parsed."""
        if name not in self.modules:
            source = self.tree.by_module.get(name)
            self.modules[name] = None if source is None else read_module(source)
        return self.modules[name]

    def names_imported(self, module: Module) -> dict[str, str]:
        """By local name, the dotted name that the module imports under it."""
        if module.name not in self.imports:
            found: dict[str, str] = {}
            for statement in top_statements(module.tree.body):
                found.update(imported_names(module.source, statement))
            self.imports[module.name] = found
        return self.imports[module.name]

    def global_name(self, module: Module, name: str, depth: int = 0, *, force: bool = False) -> Ref | None:
        """What a global name of a module refers to, where a definition or an import says so."""
        if name in module.classes:
            return Ref(Kind.CLASS, cls=module.classes[name])
        if name in module.functions:
            return Ref(Kind.FUNCTION, function=module.functions[name])
        dotted = self.names_imported(module).get(name)
        if dotted is not None and depth < 12:
            return self.dotted(dotted, depth + 1, force=force)
        return None

    def dotted(self, dotted: str, depth: int = 0, *, force: bool = False) -> Ref:
        """What an absolute dotted name refers to."""
        if dotted in self.tree.by_module:
            return Ref(Kind.MODULE, name=dotted)
        parent, _, name = dotted.rpartition(".")
        if parent in self.tree.by_module:
            if not (force or self.follow or parent in self.wanted or self.modules.get(parent)):
                return Ref(Kind.CLOSED, name=dotted)
            module = self.module(parent)
            found = self.global_name(module, name, depth, force=force) if module else None
            if found is not None:
                return found
            if module is not None and name in global_targets(module):
                return Ref(Kind.MODULE, name=dotted)
        return Ref(Kind.EXTERNAL, name=dotted)

    def expression(self, module: Module, node: ast.expr, *, force: bool = False) -> Ref | None:
        """What a dotted expression at module level refers to."""
        if isinstance(node, ast.Subscript | ast.Call):
            return self.expression(module, node.value if isinstance(node, ast.Subscript) else node.func)
        if isinstance(node, ast.Name):
            return self.global_name(module, node.id, force=force)
        if isinstance(node, ast.Attribute):
            inner = self.expression(module, node.value, force=force)
            if inner is not None and inner.kind in {Kind.MODULE, Kind.EXTERNAL, Kind.CLOSED}:
                return self.dotted(f"{inner.name}.{node.attr}", force=force)
        return None

    def lineage(self, cls: Class) -> list[Class]:
        """The class and its ancestors within the package, nearest first."""
        return self._ancestry(cls)[0]

    def has_unknown_base(self, cls: Class) -> bool:
        """Whether some ancestor is outside the package and may do anything."""
        return self._ancestry(cls)[1]

    def _ancestry(self, cls: Class) -> tuple[list[Class], bool]:
        known = self.ancestry.get(id(cls))
        if known is not None:
            return known
        self.ancestry[id(cls)] = ([cls], False)
        found, unknown = [cls], False
        for base in cls.node.bases:
            ref = self.expression(cls.module, base, force=True)
            if ref is not None and ref.kind is Kind.CLASS and ref.cls is not None:
                above, unsure = self._ancestry(ref.cls)
                found.extend(one for one in above if one not in found)
                unknown = unknown or unsure
            else:
                unknown = unknown or ast.unparse(base).split("[")[0].rpartition(".")[2] not in _HARMLESS_BASES
        self.ancestry[id(cls)] = (found, unknown)
        return self.ancestry[id(cls)]

    def is_torch_like(self, cls: Class) -> bool:
        """Whether the class is run as a layer or model rather than read as a configuration."""
        lineage = self.lineage(cls)
        names = {ast.unparse(base).split("[")[0].rpartition(".")[2] for one in lineage for base in one.node.bases}
        return bool(names & MODULE_BASES) or any(
            name in one.methods for one in lineage for name in ("forward", "__call__", "setup")
        )

    def method(self, cls: Class, name: str, after: Class | None = None) -> Function | None:
        """Find a method by the method resolution order, optionally only above one class."""
        lineage = self.lineage(cls)
        if after is not None and after in lineage:
            lineage = lineage[lineage.index(after) + 1 :]
        return next((one.methods[name] for one in lineage if name in one.methods), None)


def imported_names(source: SourceFile, node: ast.stmt) -> dict[str, str]:
    """By local name, the dotted names that an import statement binds."""
    if isinstance(node, ast.Import):
        return {
            one.asname or one.name.partition(".")[0]: one.name if one.asname else one.name.partition(".")[0]
            for one in node.names
        }
    if isinstance(node, ast.ImportFrom):
        start = absolute_import(source, node)
        return {one.asname or one.name: f"{start}.{one.name}" for one in node.names}
    return {}


def global_targets(module: Module) -> set[str]:
    """Names that statements at module level assign."""
    found: set[str] = set()
    for statement in top_statements(module.tree.body):
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        found.update(one.id for one in targets if isinstance(one, ast.Name))
    return found
