"""One package, read once: its trees, its answers and what every digest of it needs again.

Nothing here decides what belongs to a digest.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from doctool.detect.canonical import canonical
from doctool.detect.links import Links
from doctool.detect.program import Program
from doctool.detect.recursion import deep_recursion
from doctool.detect.source import DEFINITION, SourceTree
from doctool.detect.survey import Survey
from doctool.detect.toggles import questions_about
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
        self.program = Program(self.tree)
        self._answers: dict[Question, Detection] = {}
        self._classes: dict[ast.AST, list[ast.AST]] = {}
        self._nodes: dict[ast.AST, list[ast.AST]] = {}
        self._texts: dict[ast.AST, bytes] = {}

    @cached_property
    def defined_in(self) -> dict[str, list[str]]:
        """By the name of a class or function, the modules that define one."""
        found: dict[str, list[str]] = {}
        for source in self.tree.files:
            if not source.is_test:
                for name in {match.decode("utf-8", "replace") for match in DEFINITION.findall(source.data)}:
                    found.setdefault(name, []).append(source.module)
        return found

    def answer(self, question: Question) -> Detection:
        """Answer a question, once.

        Raises:
            errors.UsageError: The package has no such owner.
        """
        if question not in self._answers:
            with deep_recursion(), self.program.bounded():
                self._answers[question] = answer(self.program, question)
        return self._answers[question]

    def survey(self, questions: Mapping[str, Question]) -> Survey:
        """Answer every question, by the name of its mechanism; all of them share what was read.

        Raises:
            errors.UsageError: The package has no such owner.
        """
        detections = {name: self.answer(question) for name, question in questions.items()}
        return Survey(detections=detections, unreadable=self.tree.unreadable())

    def survey_all(self) -> Survey:
        """Answer for every switch of the package, in the order in which they stand."""
        return self.survey(questions_about(self.program))

    @cached_property
    def links(self) -> Links:
        """What each definition leads to."""
        return Links(self)

    def classes_in(self, node: ast.AST) -> list[ast.AST]:
        """The classes in a node, itself among them."""
        if node not in self._classes:
            self._classes[node] = [one for one in self.nodes(node) if isinstance(one, ast.ClassDef)]
        return self._classes[node]

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
