"""What `doctool init` proposes: the toggles of a repository that decide about something, and what to build."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec

from doctool.detect.definitions import Class, Module
from doctool.detect.facts import Package
from doctool.detect.inference import refs_of
from doctool.detect.inputs import ProposedInput, guess_input
from doctool.detect.owner import Owner, find_owner
from doctool.detect.program import Kind, Program
from doctool.detect.recursion import deep_recursion
from doctool.detect.source import packages_below
from doctool.detect.survey import Unreadable
from doctool.detect.verdict import Finding, follow
from doctool.mechanism import Evidence, Question, Status

_MOST_TOGGLES = 40
_MOST_SYMBOLS = 3
_NO_PACKAGES = {"setup", "conftest", "docs", "tests", "test", "benchmarks", "examples", "scripts", "noxfile", "tasks"}
# Arguments of ordinary layers, which no document calls a mechanism.
_ORDINARY = {
    "bias",
    "inplace",
    "batch_first",
    "affine",
    "bidirectional",
    "training",
    "verbose",
    "return_dict",
    "device",
}
_MARKS = (b"Module", b"dataclass", b"Config")
_MODEL_NAMES = ("LM", "Model", "Net", "Transformer", "Network")


class ProposedMechanism(msgspec.Struct, frozen=True, kw_only=True):
    """A toggle that reaches a branch.

    Args:
        package: The package, as `doctool.yaml` names it.
        toggle: The constructor parameter or configuration field.
        owner: The class in which it decides; None where it is a plain function.
        symbols: Attributes that only its branch assigns, and that are used.
        build: What a workload may build, as `pkg.mod:Class`; None when nothing was found.
        config: The class of the one object that `build` takes, where the toggle is a field of that.
        required: Parameters of `build` that have no default and are not that object.
        input: What the model may be called with; None where that cannot be told.
        evidence: The way of the toggle through the code.
    """

    package: str
    toggle: str
    owner: str | None
    symbols: tuple[str, ...]
    build: str | None
    config: str | None
    required: tuple[str, ...]
    input: ProposedInput | None
    evidence: tuple[Evidence, ...]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a repository, in order of packages and places.

    Args:
        packages: Those with models.
        others: Those without.
        mechanisms: Toggles that decide about something.
        unreadable: Files that could not be parsed.
    """

    packages: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    mechanisms: tuple[ProposedMechanism, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


class _Candidate(msgspec.Struct, frozen=True, kw_only=True):
    toggle: str
    owner: Class | None
    holder: Class


class _Model(msgspec.Struct, frozen=True, kw_only=True):
    cls: Class
    input: ProposedInput | None


def propose(root: Path) -> Proposal:
    """Look through a repository for toggles that decide about something.

    Args:
        root: The project root.
    """
    packages: list[str] = []
    others: list[str] = []
    mechanisms: list[ProposedMechanism] = []
    unreadable: list[Unreadable] = []
    for package in packages_below(root):
        if package in _NO_PACKAGES or package.startswith("test_"):
            continue
        facts = Package(root, package)
        tree, program = facts.tree, facts.program
        files = [one for one in tree.files if not one.is_test and any(mark in one.data for mark in _MARKS)]
        with deep_recursion():
            modules = [module for one in files if (module := program.module(one.module)) is not None]
            classes = [cls for module in modules for cls in module.classes.values()]
            models = [cls for cls in classes if program.is_torch_like(cls)]
            (packages if models else others).append(package)
            if models:
                model = _build_target(models)
                chosen = _Model(cls=model, input=guess_input(model, classes))
                mechanisms.extend(_mechanisms(facts, package, classes, chosen))
        unreadable.extend(tree.unreadable())
    return Proposal(
        packages=tuple(packages),
        others=tuple(others),
        mechanisms=tuple(mechanisms),
        unreadable=tuple(unreadable),
    )


def _mechanisms(
    facts: Package, package: str, classes: list[Class], model: _Model
) -> Iterator[ProposedMechanism]:
    seen: set[str] = set()
    candidates = [one for cls in classes for one in _candidates(facts.program, cls)]
    for candidate in candidates:
        if candidate.toggle in seen or len(seen) >= _MOST_TOGGLES:
            continue
        found = _examine(facts, package, candidate, model)
        if found is not None:
            seen.add(candidate.toggle)
            yield found


def _candidates(program: Program, cls: Class) -> Iterator[_Candidate]:
    """Boolean parameters of a model's constructor, and boolean fields of a configuration."""
    owner = cls if program.is_torch_like(cls) else None
    start = cls.methods.get("__init__")
    names = [name for name, statement in cls.fields.items() if _is_boolean_field(statement)]
    if start is not None and start.arguments is not None:
        arguments = start.arguments
        positional = [*arguments.posonlyargs, *arguments.args]
        padding = [None] * (len(positional) - len(arguments.defaults))
        defaults = [*padding, *arguments.defaults, *arguments.kw_defaults]
        pairs = zip([*positional, *arguments.kwonlyargs], defaults, strict=True)
        names += [one.arg for one, default in pairs if _is_boolean(one.annotation, default)]
    for name in names:
        if name not in _ORDINARY and not name.startswith("_"):
            yield _Candidate(toggle=name, owner=owner, holder=cls)


def _is_boolean_field(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AnnAssign) and _is_boolean(statement.annotation, statement.value)


def _is_boolean(annotation: ast.expr | None, default: ast.expr | None) -> bool:
    if isinstance(default, ast.Constant) and isinstance(default.value, bool):
        return True
    return isinstance(annotation, ast.Name) and annotation.id == "bool"


def _examine(facts: Package, package: str, candidate: _Candidate, model: _Model) -> ProposedMechanism | None:
    named = None if candidate.owner is None else f"{candidate.owner.module.name}:{candidate.owner.name}"
    found = follow(find_owner(facts.program, named), candidate.toggle, ())
    if not found.decides:
        return None
    owner = _deciding_class(found)
    if owner is None and named is not None:
        return None
    unchecked = Question(toggles=(candidate.toggle,), owner=owner)
    symbols = tuple(name for name in _own_attributes(found) if _is_wired(facts, unchecked, name))[:_MOST_SYMBOLS]
    detection = facts.answer(Question(toggles=(candidate.toggle,), symbols=symbols, owner=owner))
    if detection.status is not Status.WIRED:
        return None
    takes_only = _takes_only(model.cls, candidate)
    return ProposedMechanism(
        package=package,
        toggle=candidate.toggle,
        owner=owner,
        symbols=symbols,
        build=_name_of(model.cls),
        config=_name_of(candidate.holder) if takes_only else None,
        required=() if takes_only else tuple(one.arg for one in _required(model.cls)),
        input=model.input,
        evidence=detection.evidence,
    )


def _required(model: Class) -> tuple[ast.arg, ...]:
    """Return the parameters of a constructor that have no default."""
    start = model.methods.get("__init__")
    arguments = start.arguments if start is not None else None
    if arguments is None:
        return ()
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = positional[1 : len(positional) - len(arguments.defaults)]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return (*needed, *(one for one, default in named if default is None))


def _takes_only(model: Class, candidate: _Candidate) -> bool:
    """Whether a model is built from one object, and the toggle is a field of what may be the class of that."""
    start = model.methods.get("__init__")
    arguments = start.arguments if start is not None else None
    required = _required(model)
    if candidate.owner is not None or arguments is None or arguments.vararg or arguments.kwarg or len(required) != 1:
        return False
    names = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    annotation = required[0].annotation
    return candidate.toggle not in names and (annotation is None or candidate.holder.name in ast.unparse(annotation))


def _is_wired(facts: Package, question: Question, symbol: str) -> bool:
    asked = Question(toggles=question.toggles, symbols=(symbol,), owner=question.owner)
    return facts.answer(asked).status is Status.WIRED


def _deciding_class(found: Finding) -> str | None:
    """The class in which the toggle decides first; one that builds something comes before one that only runs it."""
    names: list[tuple[bool, int, str]] = []
    for place, node in found.search.gates:
        above = [*place.module.index.around(node)]
        cls = next((one.name for one in above if isinstance(one, ast.ClassDef)), None)
        builds = any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in above)
        if cls is not None:
            names.append((not builds, getattr(node, "lineno", 0), cls))
    return min(names)[2] if names else None


def _own_attributes(found: Finding) -> list[str]:
    """Attributes that are assigned only where the toggle is on, by the branch itself or by a class it names."""
    program = found.search.program
    on_side = [(place.module, one) for place, node in found.search.gates for one in _on_side(node)]
    stores: dict[str, set[ast.AST]] = {}
    for module, side in on_side:
        for scope in (side, *_classes_named(program, module, side)):
            for node in ast.walk(scope):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    stores.setdefault(node.attr, set()).add(node)
    return [name for name, own in stores.items() if name != found.toggle and _all_stores(found.search.owner, name) == own]


def _classes_named(program: Program, module: Module, side: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(side):
        if isinstance(node, ast.Name):
            for ref in refs_of(program, module, node):
                if ref.kind is Kind.CLASS and ref.cls is not None:
                    yield ref.cls.node


def _all_stores(owner: Owner, name: str) -> set[ast.AST]:
    return {
        node
        for module in owner.modules_with(name)
        for node in module.index.named.get(name, ())
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def _on_side(node: ast.AST) -> list[ast.AST]:
    """What a branch does while the toggle is on."""
    if not isinstance(node, ast.If | ast.IfExp):
        return []
    inverted = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
    side = node.orelse if inverted else node.body
    return [*side] if isinstance(side, list) else [side]


def _build_target(models: list[Class]) -> Class:
    """The class that calls itself a model; among several, one that no other is built from; then the longest."""
    used: set[str] = set()
    for cls in models:
        for node in ast.walk(cls.node):
            if isinstance(node, ast.Name) and node.id != cls.name:
                used.add(node.id)
    return max(
        models,
        key=lambda cls: (
            cls.name.endswith(_MODEL_NAMES),
            cls.name not in used and not cls.name.startswith("_"),
            (cls.node.end_lineno or cls.line) - cls.line,
        ),
    )


def _name_of(cls: Class) -> str:
    return f"{cls.module.name}:{cls.name}"
