"""Whether a toggle is a choice among values: handed True and False, it would be asked for what it does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from doctool.detect.source import SourceTree
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


def find_choice(tree: SourceTree, question: Question) -> Choice | None:
    """Return the first toggle of a question that is a choice wherever it is one; None if there is no such toggle.

    Args:
        tree: The package.
        question: Its toggles, and whose they are.
    """
    owner = (question.owner or "").rpartition(".")[2]
    for toggle in question.toggles:
        found = [
            (file.file, default)
            for file in tree.with_any([toggle])
            if file.tree is not None
            for default in _defaults(file.tree, toggle, owner)
        ]
        values = [(file, default) for file, default in found if _is_value(default.value)]
        if values and len(values) == len([default for _, default in found if default.value is not None]):
            file, default = values[0]
            return Choice(name=toggle, default=repr(default.value), file=file, line=default.lineno)
    return None


def _is_value(default: object) -> bool:
    return isinstance(default, str | int | float) and not isinstance(default, bool)


def _defaults(tree: ast.Module, name: str, owner: str) -> Iterator[ast.Constant]:
    """Yield the constant defaults of parameters and fields of a name, those of the owner alone where it is there."""
    nodes = list(ast.walk(tree))
    owned = [node for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == owner]
    for node in [inner for top in owned for inner in ast.walk(top)] if owned else nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            positional = [*node.args.posonlyargs, *node.args.args]
            pairs = [
                *zip(positional[len(positional) - len(node.args.defaults) :], node.args.defaults, strict=True),
                *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
            ]
            yield from (given for each, given in pairs if each.arg == name and isinstance(given, ast.Constant))
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
            yield from (given for given in (node.value,) if isinstance(given, ast.Constant))
