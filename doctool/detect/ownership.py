"""Find the owner that a question is asked of, and let what belongs to it run."""

from __future__ import annotations

import ast
import re

import msgspec

from doctool import errors
from doctool.detect.definitions import Class, Function, FunctionNode, Module, last_name, read_module
from doctool.detect.events import Task
from doctool.detect.machine import Machine
from doctool.detect.program import Program
from doctool.detect.source import AFTER, DEFINITION, SourceFile, SourceTree, nearest_names, word_pattern

_RUN_BY_FRAMEWORKS = {
    "forward", "setup", "training_step", "validation_step", "configure_optimizers", "generate", "sample", "step",
    "init_weights", "reset_parameters", "call", "apply", "loss", "predict", "configure_model",
}  # fmt: skip

_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]*(?:\([^)]*\)|[^\n]*)", re.MULTILINE)


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """What a question is asked of.

    Args:
        files: Where it is defined; None for the whole package.
        name: The class or function in those files; None for all of them.
    """

    files: tuple[SourceFile, ...] | None = None
    name: str | None = None


def find_owner(tree: SourceTree, owner: str | None) -> Owner:
    """Find the files that define an owner.

    Raises:
        errors.UsageError: Nothing in the package has that name.
    """
    if owner is None:
        return Owner()
    where, _, name = owner.partition(":")
    files = _files_of(tree, where)
    if files and not name:
        return Owner(files=files)
    if not name:
        prefix, _, name = owner.rpartition(".")
        files = _files_of(tree, prefix) if prefix else tree.files
    name = name.partition(".")[0]
    pattern = re.compile(rb"^[ \t]*(?:class|def|async[ \t]+def)[ \t]+" + re.escape(name.encode()) + AFTER, re.MULTILINE)
    found = tuple(one for one in files if name.encode() in one.data and pattern.search(one.data))
    if found:
        return Owner(files=found, name=name)
    known = {match.decode("utf-8", "replace") for one in tree.files for match in DEFINITION.findall(one.data)}
    known |= {one.module for one in tree.files}
    raise errors.UsageError(
        f"there is no owner {owner!r} in {tree.relative(tree.location)!r}; {nearest_names(name or owner, known)}"
    )


def owner_spans(owner: Owner) -> list[tuple[str, range]]:
    """The lines that define the owner, by file."""
    spans: list[tuple[str, range]] = []
    for source in owner.files or ():
        if owner.name is None:
            spans.append((source.file, range(1, source.data.count(b"\n") + 2)))
        for node in ast.walk(source.tree) if source.tree is not None and owner.name else ():
            if isinstance(node, FunctionNode | ast.ClassDef) and node.name == owner.name:
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                spans += [(source.file, lines)]
    return spans


def _files_of(tree: SourceTree, where: str) -> tuple[SourceFile, ...]:
    path = where.replace("\\", "/").strip("/")
    found = [one for one in tree.files if one.file == path or one.file.startswith(f"{path}/")]
    if not found:
        base = tree.relative(tree.base)
        names = (where, f"{tree.location.name}.{where}")
        found = [
            one for one in tree.files if any(one.module == name or one.module.startswith(f"{name}.") for name in names)
        ]
        found = found or [one for one in tree.files if one.file.startswith(f"{base}/{path}/")]
    return tuple(found) if path else ()


_TOLD_ABOUT = {
    "__repr__", "__str__", "__format__", "__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__dir__",
    "extra_repr",
}  # fmt: skip
"""Run by whoever prints or pickles an object; they change nothing of what it does."""


def enter_owner(machine: Machine, owner: Owner) -> None:
    """Let everything that belongs to the owner run, with the toggle given from outside."""
    program = machine.program
    machine.gives_keywords = owner.name is not None
    if owner.files is None:
        modules = [module for module in program.candidates() if not module.source.is_test]
    else:
        modules = [module for source in owner.files if (module := program.module(source.module)) is not None]
    imported = _imported_not_called(program, modules, machine.toggle) if owner.name is None else set()
    for module in modules:
        if owner.name is None:
            machine.enter(Task(module.body))
        classes = [cls for cls in module.every_class() if owner.name in {None, cls.name}]
        for cls in classes:
            enter_class(machine, cls)
        functions = [one for one in module.functions.values() if owner.name in {None, one.name}]
        for function in functions:
            if owner.name is not None or _is_offered(function, imported):
                machine.enter_function(function)


def enter_class(machine: Machine, cls: Class) -> None:
    """Build an instance as a user would, with the toggle, and run what is run by itself."""
    machine.seed_fields(cls)
    machine.enter_constructor(cls)
    machine.instances.add(cls)
    for function in entry_methods(machine.program, cls):
        machine.enter_function(function, cls)


def entry_methods(program: Program, cls: Class) -> list[Function]:
    """Methods that run without being called by the package itself."""
    found: dict[str, Function] = {}
    for one in program.lineage(cls):
        for name, function in one.methods.items():
            found.setdefault(name, function)
    called = any(name in found for name in ("forward", "__call__", "setup")) and not _subclasses_tool(program, cls)
    return [
        function
        for name, function in found.items()
        if name not in _TOLD_ABOUT
        and (
            (name.startswith("__") and name.endswith("__"))
            or name in _RUN_BY_FRAMEWORKS
            or (not called and not name.startswith("_"))
        )
    ]


def _subclasses_tool(program: Program, cls: Class) -> bool:
    """A base outside the package that is no plain layer may call any public method."""
    return program.has_unknown_base(cls)


def _imported_not_called(program: Program, modules: list[Module], toggle: str) -> set[str]:
    """Functions about the toggle that the package imports somewhere and uses nowhere."""
    concerned = {
        name
        for module in modules
        for name, one in module.functions.items()
        if module.source.holds(toggle, one.line, one.last_line) and toggle in _names(one)
    }
    imported: set[str] = set()
    unsettled: list[SourceFile] = []
    for source in program.tree.with_any(concerned):
        if not source.is_test:
            unsettled.append(source)
        if not (source.is_test or source.is_package):
            imports = b"\n".join(_IMPORT.findall(source.data))
            imported |= {one.decode() for one in word_pattern(concerned).findall(imports)}
    imported &= concerned
    for source in unsettled:
        # Only a file that names one of them outside of imports can use it.
        if imported and word_pattern(imported).search(_IMPORT.sub(b"", source.data)):
            imported -= _loaded_names(source.tree) if source.tree is not None else set()
    return imported


def _loaded_names(tree: ast.Module) -> set[str]:
    return {
        last_name(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def _is_offered(function: Function, imported: set[str]) -> bool:
    """Whether users of the package may call a function: public, and not left unused by those who import it."""
    if function.name in imported:
        return False
    return not function.name.startswith("_")


def enter_methods_called_elsewhere(machine: Machine) -> bool:
    """Run methods that the package calls on objects nobody could follow; true when there were any."""
    missing: dict[str, list[tuple[Class, Function]]] = {}
    evaluated = {(task.function, task.cls) for task in machine.events}
    for cls in list(machine.instances):
        for one in machine.program.lineage(cls):
            for name, function in one.methods.items():
                if (function, cls) not in evaluated and machine.program.method(cls, name) is function:
                    missing.setdefault(name, []).append((cls, function))
    if not missing:
        return False
    _open_readers(machine, missing)
    called = loads_elsewhere(machine.program) & set(missing)
    for name in sorted(called):
        for cls, function in missing[name]:
            machine.bind_receiver(Task(function, cls))
            machine.enter(Task(function, cls))
    return bool(called)


def _open_readers(machine: Machine, missing: dict[str, list[tuple[Class, Function]]]) -> None:
    """Parse the files that may call one of the methods, where the method has to do with the toggle."""
    carriers = {str(cell[2]) for cell, value in machine.cells.items() if cell[0] == "attr" and value.level}
    concerned = {machine.toggle, *machine.symbols, *carriers}
    program = machine.program
    names = {name for name, found in missing.items() if any(_names(one) & concerned for _, one in found)}
    new = names - program.sought - loads_elsewhere(program)
    program.sought |= names
    for source in program.tree.with_any(new):
        if source.is_test or source.module in program.modules or not new:
            continue
        read = re.compile(
            rb"(?<!\bself)(?<!\bcls)\.[ \t]*(?:" + b"|".join(one.encode() for one in sorted(new)) + rb")\b"
        )
        # Read beside the program: what is only searched for calls is no reason to follow anything into it.
        module = read_module(source) if read.search(source.data) else None
        if module is not None:
            program.loaded[module.name] = _loads(program, module)
            new -= program.loaded[module.name]


def _names(function: Function) -> set[str]:
    """Every identifier in a function."""
    found = {one.arg for one in function.parameters()}
    for node in ast.walk(function.node):
        if isinstance(node, ast.Name | ast.Attribute):
            found.add(last_name(node))
    return found


def loads_elsewhere(program: Program) -> set[str]:
    """Attributes that parsed files read from anything but `self`."""
    program.candidates()
    for name, module in program.modules.items():
        if module is not None and not module.source.is_test and name not in program.loaded:
            program.loaded[name] = _loads(program, module)
    return set().union(*program.loaded.values())


def _loads(program: Program, module: Module) -> set[str]:
    imported = program.names_imported(module)
    outside = {name for name, dotted in imported.items() if dotted.partition(".")[0] not in program.packages()}
    return {
        node.attr
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls", *outside})
    }
