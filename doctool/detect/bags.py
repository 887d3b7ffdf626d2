"""A container whose keys are gone through: `for key, value in bag.items()`, and what the keys become."""

from __future__ import annotations

import ast

from doctool.detect.inference import refs_of
from doctool.detect.search import Place, Search
from doctool.detect.stores import change
from doctool.detect.text import evaluate


def iterate_bag(search: Search, place: Place, parent: ast.For | ast.comprehension) -> None:
    """Go on where the key of the value is put somewhere again, perhaps with its prefix cut off."""
    target, path, module = parent.target, place.path, place.module
    if isinstance(target, ast.Name):
        return  # the keys alone
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2 or not isinstance(target.elts[0], ast.Name):
        search.puzzle(module, parent.iter, "computed-key")
        return
    names = {target.elts[0].id: path[0].lstrip("=?")}
    if not isinstance(parent, ast.comprehension):
        search.puzzle(module, _put_back(search, place, parent, names) or parent.iter, "computed-store")
        return
    whole = module.index.parent(parent)
    tests = [evaluate(one, names) for one in parent.ifs]
    is_copy = isinstance(whole, ast.DictComp) and ast.unparse(whole.value) == ast.unparse(target.elts[1])
    renamed = evaluate(whole.key, names) if isinstance(whole, ast.DictComp) else None
    if isinstance(renamed, str) and is_copy and None not in tests and False not in tests:
        search.at(place, whole, (renamed, *path[1:]), direct=True)
    elif False not in tests:
        search.puzzle(module, whole, "computed-key")
    else:
        search.leave()


def _put_back(search: Search, place: Place, loop: ast.For | ast.AsyncFor, names: dict[str, str]) -> ast.AST | None:
    """Find where the body of a loop sets an attribute or a key by the loop's own key."""
    found: ast.AST | None = None
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr" and len(node.args) == 3:
            found, name = node, evaluate(node.args[1], names)
            for ref in refs_of(search.program, place.module, node.args[0]) if isinstance(name, str) else ():
                if ref.cls is not None:
                    search.member(place, ref.cls, str(name), place.path[1:])
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            found, name = node, evaluate(node.slice, names)
            if isinstance(name, str):
                change(search, place, node.value, (name, *place.path[1:]))
    return found
