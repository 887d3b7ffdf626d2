"""The parsed modules of one package: what a name in one of them means, and which classes come from which."""

from __future__ import annotations

import ast
import enum
import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from doctool.detect.definitions import Class, Function, Module, absolute_import, read_module
from doctool.detect.flow import Binding, Flow
from doctool.detect.source import SourceFile, SourceTree
from doctool.detect.syntax import FunctionNode, Scope, top_statements

CONTAINER_BASES = {"ModuleList", "Sequential", "ModuleDict"}
MODULE_BASES = {"Module", "LightningModule", *CONTAINER_BASES}
_HARMLESS_BASES = {"object", "ABC", "Protocol", "Generic", "NamedTuple", "TypedDict", "Enum", *MODULE_BASES}
_RUNS = ("forward", "__call__", "setup", "call")
_DEEPEST_IMPORT = 12
_DEEPEST_LINEAGE = 100
_MOST_BYTES, _MOST_FILES = 1_500_000, 250
"""Of source that is parsed for one question; beyond that the answer is unknown, not late."""


class Kind(enum.Enum):
    """What a reference refers to."""

    CLASS = "class"
    FUNCTION = "function"
    INSTANCE = "instance"
    PARENT = "parent"
    """`super()` of an instance."""
    MODULE = "module"
    GLOBAL = "global"
    """A name that statements of a module assign."""
    EXTERNAL = "external"
    """Something outside the package, by dotted name."""
    CROWD = "crowd"
    """One of more definitions than are followed."""

    __hash__ = object.__hash__  # the hash of an enumeration is slow, and sets of references are built all the time


class Ref(msgspec.Struct, frozen=True):
    """One thing an expression may refer to.

    Args:
        kind: What it is.
        name: Dotted name of a module or of something outside; name of a global.
        cls: The class; of an instance, its class.
        function: The function.
        bound: Whether the first parameter of the function is given already.
        module: Of a global.
    """

    kind: Kind
    name: str = ""
    cls: Class | None = None
    function: Function | None = None
    bound: bool = False
    module: Module | None = None


class Program:
    """Modules of a package, parsed only as far as somebody asked.

    Args:
        tree: The files.
    """

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self.packages = {source.module.partition(".")[0] for source in tree.files}
        self.references: dict[ast.AST, frozenset[Ref]] = {}
        self.inner_uses: dict[tuple[str, str], dict[Binding, list[ast.Name]]] = {}
        self.reads: dict[tuple[str, str], tuple[tuple[ast.expr, ast.expr], ...]] = {}
        self.is_exhausted = False
        self._bytes_left: int | None = None
        self._opened: set[str] = set()
        self._modules: dict[str, Module | None] = {}
        self._imports: dict[str, dict[str, str]] = {}
        self._ancestry: dict[Class, tuple[list[Class], bool]] = {}
        self._flows: dict[ast.AST, Flow] = {}
        self._files: dict[str, list[SourceFile]] = {}

    def files_with(self, word: str) -> list[SourceFile]:
        """The files that hold a name and are no tests."""
        if word not in self._files:
            self._files[word] = [one for one in self.tree.with_any([word]) if not one.is_test]
        return self._files[word]

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Let one question open so much source and no more; what is beyond that is as if it were not there."""
        self.is_exhausted, self._bytes_left = False, _MOST_BYTES
        self._opened.clear()
        collects = gc.isenabled()
        gc.disable()  # syntax trees are many small objects that all stay; looking through them is a quarter of the time
        try:
            yield
        finally:
            self._bytes_left = None
            if collects:
                gc.enable()

    def _may_open(self, source: SourceFile) -> bool:
        if self._bytes_left is None or source.module in self._opened:
            return True
        if self._opened and (self._bytes_left < len(source.data) or len(self._opened) >= _MOST_FILES):
            self.is_exhausted = True
            return False
        self._opened.add(source.module)
        self._bytes_left -= len(source.data)
        return True

    def module(self, name: str) -> Module | None:
        """Parse a module of the package; None when there is none, it cannot be parsed, or enough was opened."""
        source = self.tree.by_module.get(name)
        if source is None or not self._may_open(source):
            return None
        if name not in self._modules:
            self._modules[name] = read_module(source)
        return self._modules[name]

    def flow(self, module: Module, scope: Scope) -> Flow:
        """The bindings and uses of a scope."""
        if scope not in self._flows:
            receiver = ""
            if isinstance(scope, FunctionNode):
                receiver = receiver_of(module.function(scope))
            self._flows[scope] = Flow(scope, receiver)
        flow = self._flows[scope]
        self.is_exhausted = self.is_exhausted or not flow.is_whole
        return flow

    def imports(self, module: Module) -> dict[str, str]:
        """By local name, the dotted name that the module imports under it."""
        if module.name not in self._imports:
            found: dict[str, str] = {}
            for statement in top_statements(module.tree.body):
                found.update(imported_names(module.source, statement))
            self._imports[module.name] = found
        return self._imports[module.name]

    def global_name(self, module: Module, name: str, depth: int = 0) -> Ref | None:
        """What a global name of a module refers to, where a definition, an import or an assignment says so."""
        if name in module.classes:
            return Ref(Kind.CLASS, cls=module.classes[name])
        if name in module.functions:
            return Ref(Kind.FUNCTION, function=module.functions[name])
        imports = self.imports(module)
        if name in imports:
            return self.dotted(imports[name], depth + 1) if depth < _DEEPEST_IMPORT else None
        if name in global_targets(module):
            return Ref(Kind.GLOBAL, name=name, module=module)
        for statement in top_statements(module.tree.body) if "*" in imports else ():
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*" and depth < _DEEPEST_IMPORT:
                star = self.module(absolute_import(module.source, statement))
                found = self.global_name(star, name, depth + 1) if star is not None else None
                if found is not None:
                    return found
        return None

    def dotted(self, dotted: str, depth: int = 0) -> Ref:
        """What an absolute dotted name refers to."""
        parent, _, name = dotted.rpartition(".")
        module = self.module(parent) if parent in self.tree.by_module else None
        is_own = module is not None and self.imports(module).get(name) != dotted
        found = self.global_name(module, name, depth) if module is not None and is_own else None
        # `from .create import create` hides the module `create` behind the function of that name.
        if dotted in self.tree.by_module and (found is None or found.kind is Kind.EXTERNAL):
            return Ref(Kind.MODULE, name=dotted)
        return found or Ref(Kind.EXTERNAL, name=dotted)

    def base(self, module: Module, node: ast.expr) -> Ref | None:
        """What a dotted expression at module level refers to."""
        if isinstance(node, ast.Subscript | ast.Call):
            return self.base(module, node.value if isinstance(node, ast.Subscript) else node.func)
        if isinstance(node, ast.Name):
            return self.global_name(module, node.id)
        if isinstance(node, ast.Attribute):
            inner = self.base(module, node.value)
            if inner is not None and inner.kind in {Kind.MODULE, Kind.EXTERNAL}:
                return self.dotted(f"{inner.name}.{node.attr}")
        return None

    def lineage(self, cls: Class) -> list[Class]:
        """The class and its ancestors within the package, nearest first."""
        return self._ancestors(cls)[0]

    def has_unknown_base(self, cls: Class) -> bool:
        """Whether some ancestor is outside the package and may do anything."""
        return self._ancestors(cls)[1]

    def _ancestors(self, cls: Class, depth: int = 0) -> tuple[list[Class], bool]:
        known = self._ancestry.get(cls)
        if known is not None:
            return known
        if depth > _DEEPEST_LINEAGE:
            return [cls], True
        self._ancestry[cls] = ([cls], False)
        found, unknown = {cls: None}, False
        for base in cls.node.bases:
            ref = self.base(cls.module, base)
            if ref is not None and ref.cls is not None:
                above, unsure = self._ancestors(ref.cls, depth + 1)
                found |= dict.fromkeys(above)
                unknown = unknown or unsure
            else:
                unknown = unknown or base_name(base) not in _HARMLESS_BASES
        self._ancestry[cls] = (list(found), unknown)
        return self._ancestry[cls]

    def base_names(self, cls: Class) -> set[str]:
        """The last names of all its bases, also those of its ancestors."""
        return {base_name(base) for one in self.lineage(cls) for base in one.node.bases}

    def is_autograd(self, cls: Class) -> bool:
        """Whether `apply` of the class runs its `forward`, with an object that `backward` sees as well."""
        return "Function" in self.base_names(cls)

    def is_torch_like(self, cls: Class) -> bool:
        """Whether the class is run as a layer or model rather than read as a configuration."""
        if self.base_names(cls) & MODULE_BASES:
            return True
        return any(name in one.methods for one in self.lineage(cls) for name in _RUNS)

    def method(self, cls: Class, name: str, after: Class | None = None) -> Function | None:
        """Find a method by the method resolution order, optionally only above one class."""
        lineage = self.lineage(cls)
        if after is not None and after in lineage:
            lineage = lineage[lineage.index(after) + 1 :]
        return next((one.methods[name] for one in lineage if name in one.methods), None)


def receiver_of(function: Function) -> str:
    """The name of the first parameter of a method that is called on an instance; empty for anything else."""
    given = function.parameters()
    if function.owner is None or not given or "staticmethod" in function.decorators:
        return ""
    return given[0].arg


def base_name(node: ast.expr) -> str:
    """The last name of a base class."""
    return ast.unparse(node).split("[")[0].split("(")[0].rpartition(".")[2]


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
        found.update(one.id for one in _flat(targets) if isinstance(one, ast.Name))
    return found


def _flat(targets: Iterable[ast.expr | None]) -> Iterator[ast.expr | None]:
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            yield from _flat(target.elts)
        else:
            yield target
