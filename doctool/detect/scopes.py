"""Which bindings of a name a use of it may see, through functions inside functions."""

from __future__ import annotations

import ast

from doctool.detect.definitions import Module
from doctool.detect.flow import Binding
from doctool.detect.program import Program
from doctool.detect.syntax import FunctionNode


def bindings_of(program: Program, module: Module, node: ast.Name) -> list[Binding]:
    """The bindings that a use of a name may see, in its own scope or in one around it."""
    scope = module.index.scope_of(node)
    flow = program.flow(module, scope)
    reaching = flow.reaching.get(node)
    if reaching and node.id not in flow.shared:
        return [one for one in reaching if one is not None]
    for outer in module.index.around(scope):  # of classes, the methods do not see the names
        if isinstance(outer, FunctionNode | ast.Lambda | ast.Module):
            found = program.flow(module, outer).bindings.get(node.id)
            if found:
                return found
    return []


def inner_uses(program: Program, module: Module, name: str) -> dict[Binding, list[ast.Name]]:
    """By the bindings of a name, its uses in scopes inside theirs."""
    known = program.inner_uses.get((module.name, name))
    if known is None:
        known = program.inner_uses[module.name, name] = {}
        for node in module.index.named.get(name, ()):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                scope = module.index.scope_of(node)
                for binding in bindings_of(program, module, node):
                    if binding.scope is not scope:
                        known.setdefault(binding, []).append(node)
    return known
