"""Is a mechanism in the source, and does its toggle decide about anything?

Syntax trees only; nothing is imported or run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from doctool.detect.choices import Choice, find_choice
from doctool.detect.digest import digest_of, source_digest
from doctool.detect.facts import Package
from doctool.detect.source import SourceFile, SourceTree, packages_below, places_of
from doctool.detect.survey import Survey, Unreadable
from doctool.terms.mechanism import Evidence, Question

__all__ = [
    "Choice",
    "Package",
    "SourceFile",
    "SourceTree",
    "Survey",
    "Unreadable",
    "detect",
    "digest_of",
    "find_choice",
    "packages_below",
    "places_of",
    "source_digest",
    "trace",
]


def detect(root: Path, package: str, questions: Mapping[str, Question]) -> Survey:
    """Answer every question about one package.

    Args:
        root: The project root; places are given relative to it.
        package: A dotted name or a path below the root, also below its `src`.
        questions: By the name of the mechanism.

    Returns:
        A detection per mechanism, and the files that could not be parsed.

    Raises:
        errors.UsageError: There is no such package or no such owner.
    """
    return Package(root, package).survey(questions)


def trace(root: Path, package: str, question: Question) -> tuple[Evidence, ...]:
    """The chain of evidence of one mechanism, as a path through the code.

    Raises:
        errors.UsageError: There is no such package or no such owner.
    """
    return Package(root, package).answer(question).evidence
