"""The digest that decides whether a record is stale: over the definitions a mechanism and its workloads reach."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from doctool import errors
from doctool.detect.bindings import names_bound
from doctool.detect.facts import Package
from doctool.detect.links import CHANGING, Definition, Found
from doctool.detect.owner import find_owner
from doctool.detect.recursion import deep_recursion
from doctool.detect.source import nearest_names
from doctool.detect.syntax import FunctionNode
from doctool.terms.mechanism import Question


def _starts(package: Package, question: Question, found: Found) -> None:
    """Start from what a question is asked of, from everything that has the name of a symbol, and from the evidence."""
    links, owner = package.links, find_owner(package.program, question.owner)
    for source in owner.files or ():
        module = links.enter(source.module, found)
        for statement in links.statements(module).every if module is not None else ():
            for name in names_bound(statement):
                if module is not None and owner.name in {None, name}:
                    found.add(Definition(module, statement, name))
    for name in question.symbols:
        found.take(links.everywhere(name))
    for evidence in package.answer(question).evidence:
        _add_line(package, evidence.file, evidence.line, found)


def _add_line(package: Package, file: str, line: int, found: Found) -> None:
    """Start from the definition around a line."""
    source = package.tree.by_file.get(file)
    module = None if source is None or source.is_test else package.links.enter(source.module, found)
    for statement in package.links.statements(module).every if module is not None else ():
        inside = statement.lineno <= line <= (statement.end_lineno or line)
        if module is not None and inside and isinstance(statement, (FunctionNode, ast.ClassDef, *CHANGING)):
            found.add(Definition(module, statement, next(iter(sorted(names_bound(statement))), "")))


def _add_entry(package: Package, entry: str, found: Found) -> None:
    """Start from the callable that a workload builds.

    Raises:
        errors.UsageError: The package has no such name.
    """
    links = package.links
    where, _, attribute = entry.partition(":")
    if where.partition(".")[0] not in package.program.packages:
        return  # it comes from another package, whose version the environment records
    module = links.enter(where, found)
    name, _, method = attribute.partition(".")
    if where in found.whole:
        return
    if module is None or not found.take(links.of_name(module, name)):
        known: Iterable[str] = package.tree.by_module
        if module is not None:
            known = {one for each in links.statements(module).every for one in names_bound(each)}
            known |= set(package.program.imports(module))
        near = (
            nearest_names(name, known) if module is not None and known else nearest_names(where, package.tree.by_module)
        )
        raise errors.UsageError(f"there is no {entry!r} in the package; {near}")
    if method:
        found.take(links.everywhere(method))


def digest_of(package: Package, questions: Sequence[Question], entries: Sequence[str]) -> str:
    """Digest the code that a mechanism and its workloads reach.

    Args:
        package: The package, which several digests may share.
        questions: The mechanism, or several.
        entries: What the workloads build, as `pkg.mod:name`; one of another package adds nothing.

    Returns:
        SHA-256 in hexadecimal. Comments, formatting, docstrings and code that is not reached do not change it.

    Raises:
        errors.UsageError: There is no such owner or entry.
    """
    with deep_recursion():
        found = Found()
        for question in questions:
            _starts(package, question, found)
        for entry in entries:
            _add_entry(package, entry, found)
        queue = list(found.definitions.values())
        while queue:
            links = package.links.of(queue.pop())
            queue += [one for key, one in links.definitions.items() if key not in found.definitions]
            found.take(links)
        result = hashlib.sha256()
        wholes = (one.node for one in found.definitions.values() if one.cls is None)
        classes = {id(inner) for node in wholes for inner in package.classes_in(node)}
        for definition in sorted(found.definitions.values(), key=lambda one: one.key):
            if definition.cls is None or id(definition.cls) not in classes:
                title = f"{definition.module.name}:{definition.title}=".encode()
                result.update(title + package.text(definition.node) + b"\n")
        for name in sorted(found.whole):
            result.update(name.encode() + package.tree.by_module[name].data)
        return result.hexdigest()


def source_digest(root: Path, package: str, questions: Sequence[Question], entries: Sequence[str]) -> str:
    """Digest as `digest_of` does, reading the package for this one digest.

    Raises:
        errors.UsageError: There is no such package, owner or entry.
    """
    return digest_of(Package(root, package), questions, entries)
