"""The switches of a package: boolean parameters of its constructors and boolean fields of its configurations."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from doctool.detect.definitions import Class
from doctool.detect.program import Program
from doctool.terms.mechanism import Question

# Arguments of ordinary layers, which no document calls a mechanism.
_ORDINARY = {
    "bias",
    "inplace",
    "batch_first",
    "affine",
    "bidirectional",
    "training",
    "verbose",
    "return_dict",
    "device",
}


def questions_about(program: Program) -> dict[str, Question]:
    """Return a question about each switch, by its name; with its class where several have one of that name."""
    found: dict[str, list[Class]] = {}
    for source in program.tree.files:
        module = None if source.is_test else program.module(source.module)
        for cls in module.classes.values() if module is not None else ():
            for name in dict.fromkeys(_switches(cls)):
                found.setdefault(name, []).append(cls)
    return {
        name if len(holders) == 1 else f"{cls.name}.{name}": Question(
            toggles=(name,), owner=f"{cls.module.name}:{cls.name}"
        )
        for name, holders in found.items()
        for cls in holders
    }


def _switches(cls: Class) -> Iterator[str]:
    for name, field in cls.fields.items():
        if isinstance(field, ast.AnnAssign) and _is_boolean(field.annotation, field.value):
            yield from _named(name)
    start = cls.methods.get("__init__")
    defaults = start.defaults() if start is not None else {}
    for one in start.parameters() if start is not None else ():
        if _is_boolean(one.annotation, defaults.get(one)):
            yield from _named(one.arg)


def _named(name: str) -> Iterator[str]:
    if name not in _ORDINARY and not name.startswith("_"):
        yield name


def _is_boolean(annotation: ast.expr | None, default: ast.expr | None) -> bool:
    if isinstance(default, ast.Constant) and isinstance(default.value, bool):
        return True
    return isinstance(annotation, ast.Name) and annotation.id == "bool"
