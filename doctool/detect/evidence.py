"""What a place of the source shows: a fact with the place, and how those of one line become evidence."""

from __future__ import annotations

import ast

import msgspec

from doctool.detect.definitions import Module
from doctool.terms.facts import Fact, names_asked_by
from doctool.terms.mechanism import Evidence

_LONGEST = 60
_MOST_OF_A_LINE = 2

DECISIONS = frozenset({"decides", "chooses", "repeats", "filters", "computes", "sets"})
"""What makes a value more than one that is copied on."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A fact about one place of the source.

    Args:
        kind: Of the fact.
        names: Of the fact.
        file: Path relative to the project root, with forward slashes.
        line: Counted from 1.
    """

    kind: str
    names: tuple[str, ...] = ()
    file: str
    line: int

    @property
    def place(self) -> tuple[str, int]:
        """File and line."""
        return (self.file, self.line)

    @property
    def fact(self) -> Fact:
        """What is seen there."""
        return Fact(kind=self.kind, names=self.names)


def note_at(module: Module, node: ast.AST, kind: str, *names: str) -> Note:
    """A fact about a node; without names, the node's own text stands in their place if the fact names anything."""
    given = names or ((short_text(node),) if names_asked_by(kind) else ())
    return Note(kind=kind, names=given, file=module.source.file, line=line_of(node))


def line_of(node: ast.AST) -> int:
    """Line on which a node starts; of a match case, on which its pattern does."""
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    if isinstance(node, ast.Attribute):
        return node.end_lineno or node.lineno
    return getattr(node, "lineno", 1)


def short_text(node: ast.AST) -> str:
    """Write a node as one short line; of a statement, its head."""
    if isinstance(node, ast.If | ast.While):
        text = f"{'if' if isinstance(node, ast.If) else 'while'} {ast.unparse(node.test)}"
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        text = node.name
    elif isinstance(node, ast.arg):
        text = node.arg
    else:
        text = ast.unparse(node).partition("\n")[0]
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def as_evidence(notes: list[Note]) -> tuple[Evidence, ...]:
    """One piece of evidence per line, in the order of the notes, which tells the first two things seen there."""
    lines: dict[tuple[str, int], list[Fact]] = {}
    for note in notes:
        shown = lines.setdefault(note.place, [])
        if note.fact not in shown and len(shown) < _MOST_OF_A_LINE:
            shown.append(note.fact)
    return tuple(Evidence(file=file, line=line, shows=tuple(shown)) for (file, line), shown in lines.items())
