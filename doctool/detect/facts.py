"""One package, read once: its trees, its answers and what every digest of it needs again.

Nothing here decides what belongs to a digest.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from doctool.detect.bindings import names_bound
from doctool.detect.canonical import canonical
from doctool.detect.definitions import Class, Module, top_statements
from doctool.detect.program import Program
from doctool.detect.source import DEFINITION, SourceTree
from doctool.detect.survey import Survey
from doctool.detect.verdict import answer
from doctool.terms.mechanism import Detection, Question


class Package:
    """The source of one package as it is now; changes of files are not seen by an object that has read them.

    Args:
        root: The project root.
        package: A dotted name or a path below the root.

    Raises:
        errors.UsageError: There is no such package.
    """

    def __init__(self, root: Path, package: str) -> None:
        self.tree = SourceTree(root, package)
        self.program = Program(self.tree, [], follow=True)
        self.packages = {source.module.partition(".")[0] for source in self.tree.files}
        self.defined_in: dict[str, list[str]] = {}
        for source in self.tree.files:
            if not source.is_test:
                for name in {match.decode("utf-8", "replace") for match in DEFINITION.findall(source.data)}:
                    self.defined_in.setdefault(name, []).append(source.module)
        self._answers: dict[Question, Detection] = {}
        self._bound: dict[str, list[tuple[ast.stmt, frozenset[str]]]] = {}
        self._classes: dict[str, list[Class]] = {}
        self._nodes: dict[ast.AST, list[ast.AST]] = {}
        self._texts: dict[ast.AST, bytes] = {}

    def answer(self, question: Question) -> Detection:
        """Answer a question, once.

        Raises:
            errors.UsageError: The package has no such owner.
        """
        if question not in self._answers:
            self._answers[question] = answer(self.tree, question)
        return self._answers[question]

    def survey(self, questions: Mapping[str, Question]) -> Survey:
        """Answer every question, by the name of its mechanism.

        Raises:
            errors.UsageError: The package has no such owner.
        """
        detections = {name: self.answer(question) for name, question in questions.items()}
        return Survey(detections=detections, unreadable=self.tree.unreadable())

    def statements(self, module: Module) -> list[tuple[ast.stmt, frozenset[str]]]:
        """The top statements of a module with the names each binds."""
        if module.name not in self._bound:
            self._bound[module.name] = [
                (statement, frozenset(names_bound(statement))) for statement in top_statements(module.tree.body)
            ]
        return self._bound[module.name]

    def classes(self, module: Module) -> list[Class]:
        """The classes of a module, at any depth."""
        if module.name not in self._classes:
            self._classes[module.name] = list(module.every_class())
        return self._classes[module.name]

    def nodes(self, node: ast.AST) -> list[ast.AST]:
        """A node and everything in it."""
        if node not in self._nodes:
            self._nodes[node] = list(ast.walk(node))
        return self._nodes[node]

    def text(self, node: ast.AST) -> bytes:
        """What a node means, as bytes."""
        if node not in self._texts:
            self._texts[node] = canonical(node).encode()
        return self._texts[node]
