"""Whether a toggle is a choice among values: handed True and False, it would be asked for what it does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from doctool.detect.definitions import Module
from doctool.detect.program import Program
from doctool.terms.mechanism import Question


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter or field whose default is neither True, False nor None.

    Args:
        name: Its name.
        default: Its default, as the source has it.
        file: Where it stands, relative to the project's root.
        line: Its line, from 1.
    """

    name: str
    default: str
    file: str
    line: int


def find_choice(program: Program, question: Question) -> Choice | None:
    """Return the first toggle of a question that is a choice wherever it is one; None if there is no such toggle.

    Args:
        program: The package.
        question: Its toggles, and whose they are.
    """
    owner = (question.owner or "").rpartition(".")[2].rpartition(":")[2]
    for toggle in question.toggles:
        found = list(_defaults(program, toggle))
        owned = [one for one in found if owner in one[1]] or found
        given = [(file, default) for file, _, default in owned if default.value is not None]
        if given and all(_is_value(default.value) for _, default in given):
            file, default = given[0]
            return Choice(name=toggle, default=repr(default.value), file=file, line=default.lineno)
    return None


def _is_value(default: object) -> bool:
    return isinstance(default, str | int | float) and not isinstance(default, bool)


def _defaults(program: Program, name: str) -> Iterator[tuple[str, set[str], ast.Constant]]:
    """Yield the constant defaults of parameters and fields of a name: the file, what is around, and the default."""
    for source in program.tree.with_any([name]):
        module = program.module(source.module)
        for node in module.index.named.get(name, ()) if module is not None else ():
            default = _default_of(module, node) if module is not None else None
            if module is not None and isinstance(default, ast.Constant):
                around = {getattr(one, "name", "") for one in module.index.around(node)}
                yield source.file, around, default


def _default_of(module: Module, node: ast.AST) -> ast.expr | None:
    around = module.index.parent(node)
    if isinstance(node, ast.arg):
        function = module.method_around(node)
        return function.defaults().get(node) if function is not None else None
    return around.value if isinstance(around, ast.AnnAssign) and around.target is node else None
