"""What a line of evidence says, as facts: a kind with its names, and a place. The English words are made here."""

from __future__ import annotations

import ast

import msgspec

from doctool.detect.definitions import Module
from doctool.terms.mechanism import Evidence

_LONGEST = 60

SENTENCES = {
    # Where a value comes in, and its way.
    "parameter": "parameter `{0}` of {1}",
    "field": "field `{0}` of {1}",
    "parameter-alone": "parameter `{0}`",
    "defined": "defines `{0}`",
    "read": "reads `{0}`",
    "key": "the string '{0}'",
    "local": "assigns `{0}`",
    "kept": "kept as `{0}`",
    "handed": "`{0}` is given it",
    # What it does.
    "decides": "`{0}`",
    "chooses": "`{0}` chooses",
    "repeats": "`{0}` repeats",
    "filters": "`{0}` filters",
    "combines": "`{0}` depends on it",
    "computes": "`{0}` computes with it",
    "sets": "`{0}` is set by it",
    "assigns": "assigns `{0}`",
    "uses": "uses `{0}`",
    # Why it does nothing.
    "unread": "nothing reads `{0}`",
    "overwritten": "`{0}` is overwritten",
    "told": "`{0}` only tells it",
    "checked": "`{0}` only checks it",
    "dropped": "nothing uses what `{0}` gives back",
    "same": "`{0}` does the same on both ways",
    "not-run": "`{0}` is never run",
    "dead": "`{0}` never runs",
    "no-such-parameter": "{0} takes no `{1}`; this would raise TypeError",
    "copied": "{0} only gives it back",
    "apart": "`{0}` is not used because of it",
    # What source alone cannot tell.
    "unknown-callee": "`{0}` is given the toggle, and nothing tells what it calls",
    "outside": "`{0}` is given the toggle, and its code is not in the package",
    "computed-name": "`{0}` reads an attribute whose name is not in the source",
    "computed-store": "`{0}` assigns an attribute whose name is not in the source",
    "computed-key": "`{0}` looks up a key that is not in the source",
    "runs-text": "`{0}` runs code that is not in the source",
    "other-object": "`{0}` may be read of another object",
    "other-result": "`{0}` may be called on another object",
    "shared": "`{0}` is changed, and nothing tells who else holds it",
    "lost": "nothing tells what becomes of `{0}`",
    "too-nested": "code that is nested too deeply to be followed",
    "gave-up": "more code than is followed for one question",
    # Where only the name stands.
    "option": "command-line option `{0}`",
    "hands-on": "hands on `{0}`",
    "imports": "imports `{0}`",
    "comment": "`{0}` in a comment",
    "string": "`{0}` in a string",
}
"""By kind, what it shows; the numbers stand for its names."""


DECISIONS = frozenset({"decides", "chooses", "repeats", "filters", "computes", "sets"})
"""What makes a value more than one that is copied on."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A fact about one place of the source.

    Args:
        kind: One of `SENTENCES`.
        names: What the sentence names.
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

    def told(self) -> str:
        """The English words."""
        return SENTENCES[self.kind].format(*self.names)


def note_at(module: Module, node: ast.AST, kind: str, *names: str) -> Note:
    """A fact about a node; without names, the node's own text stands in their place."""
    return Note(kind=kind, names=names or (short_text(node),), file=module.source.file, line=line_of(node))


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
    lines: dict[tuple[str, int], list[str]] = {}
    for one in notes:
        told = lines.setdefault(one.place, [])
        if one.told() not in told and len(told) < 2:
            told.append(one.told())
    return tuple(Evidence(file=file, line=line, shows="; ".join(told)) for (file, line), told in lines.items())
