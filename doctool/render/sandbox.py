"""The template engine, set up so that a template can neither reach out nor run on.

Loaded only where a template is rendered: importing Jinja costs more than a whole `doctool check`.
"""

from __future__ import annotations

from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from doctool.errors import ConfigError
from doctool.render.limits import MOST_PRINTED, Allowance

_TURNS, _JOIN = "doctool turns", "doctool join"
"""Filters under names that no template can write."""
_LEFT_OUT = ("random", "pprint")
"""Filters whose text differs from one run to the next."""


class Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which loops, calls and includes are counted."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self, loader: jinja2.BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            finalize=self._finalize_value,
            trim_blocks=True,
            lstrip_blocks=True,
            # Markdown, not HTML: `escape` and the cell writer do what autoescape would do wrongly here.
            autoescape=False,
        )
        self.allowance = Allowance()
        self.globals.pop("lipsum")
        for name in _LEFT_OUT:
            self.filters.pop(name)
        self.filters[_TURNS] = self.allowance.turns_of
        self.filters[_JOIN] = self._join

    @property
    def filter_names(self) -> tuple[str, ...]:
        """The filters that a template may name."""
        return tuple(name for name in self.filters if name not in {_TURNS, _JOIN})

    def compile(self, source: Any, *args: Any, **kwargs: Any) -> Any:
        """Compile a template with the counting put into it."""
        if isinstance(source, str):
            name = args[0] if args else kwargs.get("name")
            filename = args[1] if len(args) > 1 else kwargs.get("filename")
            source = _Counted().visit(self._parse(source, name, filename))
        return super().compile(source, *args, **kwargs)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call something for a template."""
        self.allowance.take_turn()
        return super().call(context, obj, *args, **kwargs)

    def get_template(self, *args: Any, **kwargs: Any) -> jinja2.Template:
        """Find a template, to be rendered or to be included."""
        self.allowance.take_turn()
        return super().get_template(*args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute for a template, where the result cannot be huge."""
        is_counted = all(isinstance(value, int | float) and abs(value) < MOST_PRINTED for value in (left, right))
        if operator == "**" or (operator in "*%" and not is_counted):
            raise ConfigError(f"a template may not use '{operator}' on these; it computes with small numbers only")
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self._join([left, right])
        return super().call_binop(context, operator, left, right)

    def _join(self, parts: list[Any]) -> str:
        texts = [str(part) for part in parts]
        if sum(map(len, texts)) > MOST_PRINTED:
            raise ConfigError(f"this template makes a text of more than {MOST_PRINTED} characters; simplify it")
        return "".join(texts)

    def _finalize_value(self, value: object) -> object:
        """Let texts through; a number that no record vouches for must not be printed."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = repr(value) if abs(value) < MOST_PRINTED else "large"
            raise ConfigError(f"found the bare number {found}; print it with `cell(…)`, so that it can be traced")
        return self.allowance.take_text(value) if isinstance(value, str) else value


class _Counted(NodeTransformer):
    """Puts a count into every loop, and a bound onto every text that is joined."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802
        self.generic_visit(node)
        node.iter = _filtered(node.iter, _TURNS)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), _JOIN)


def _filtered(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def make_environment(loader: jinja2.BaseLoader) -> Environment:
    """Return the engine for one rendering, with an allowance of its own."""
    return Environment(loader)
