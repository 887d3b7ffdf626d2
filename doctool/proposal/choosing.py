"""Choose what is proposed: the entries that documents and examples speak of, and their switches."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from doctool.proposal.checking import check_questions
from doctool.proposal.code import Definition, Repository, is_definition
from doctool.proposal.effects import Effects
from doctool.proposal.entries import Entry, Switch, entries_of, switches_of
from doctool.proposal.examples import read_examples
from doctool.proposal.options import Option
from doctool.proposal.pages import Pages
from doctool.terms.mechanism import Detection, Question, Status
from doctool.vocabulary import normalise

BASELINE = "baseline"
MOST_MECHANISMS = 12
_MOST_NAMED, _MOST_OTHERS = 8, 3
_MODEL_NAMES = ("LM", "Model", "Net", "Transformer", "Network")
_PREFIXES = ("use_", "enable_", "with_", "has_", "is_")
_DOCUMENT = (".md", ".markdown")


class Mechanism(msgspec.Struct, frozen=True, eq=False):
    """A switch that is proposed.

    Args:
        name: Its name in doctool.yaml.
        switch: The switch.
        owner: Where it decides, as doctool.yaml names it; None where that is a function.
        workloads: Names of the workloads whose model takes it.
        is_checked: Whether `detect` has seen that it is wired; if not, it had no time to look.
    """

    name: str
    switch: Switch
    owner: str | None
    workloads: tuple[str, ...]
    is_checked: bool


class Proposal(msgspec.Struct, frozen=True, eq=False):
    """What is proposed.

    Args:
        package: The package, as doctool.yaml names it.
        others: Further packages of the repository that hold models.
        workloads: By name, what is built.
        left: Models that cannot be built and called as they are, the likeliest first.
        mechanisms: What is compared.
        more: Switches beyond the most that are proposed.
        idle: Switches that come to nothing, as far as the source tells.
        options: What has other values than on and off.
        has_models: Whether there is any model at all.
        unchecked: How many switches `detect` had no time to look at.
    """

    package: str
    others: tuple[str, ...] = ()
    workloads: Mapping[str, Entry] = msgspec.field(default_factory=dict)
    left: tuple[Entry, ...] = ()
    mechanisms: tuple[Mechanism, ...] = ()
    more: tuple[Switch, ...] = ()
    idle: tuple[Switch, ...] = ()
    options: tuple[Option, ...] = ()
    has_models: bool = False
    unchecked: int = 0


def choose(root: Path, files: Sequence[str], pages: Pages, report: Callable[[str], None]) -> Proposal | None:
    """Look through a repository and choose what is proposed; None if it holds no Python package.

    Args:
        root: The project root.
        files: The files of the project, relative to it.
        pages: Its documents.
        report: Told what is being done.
    """
    report("reading the code")
    repository = Repository(root)
    if not repository.packages:
        return None
    examples = read_examples(repository, root, [one for one in files if one.endswith((".py", *_DOCUMENT))])
    report("looking for models and what they can be given")
    effects = Effects(repository)
    every = list(entries_of(repository, examples))
    taken = {id(one): switches_of(repository, effects, one) for one in every}
    ranked = _ranked(repository, every, pages, {key: bool(found[0]) for key, found in taken.items()})
    if not ranked:
        return Proposal(repository.packages[0], tuple(repository.packages[1:]))
    package = ranked[0].definition.module.package
    near = [one for one in ranked if one.definition.module.package == package]
    chosen = _chosen(near, pages, {key: {one.name for one in found[0]} for key, found in taken.items()})
    workloads = _named(chosen)
    switches = _merged(workloads, {key: found[0] for key, found in taken.items()}, pages)
    place = _package_of(repository, chosen[0] if chosen else ranked[0])
    questions = {name: _question(repository, one) for name, (one, _) in switches.items()}
    answers = check_questions(
        root, place, questions, lambda done, total: report(f"following the switches {done}/{total}")
    )
    return msgspec.structs.replace(
        _with_mechanisms(switches, questions, answers),
        package=place,
        others=tuple(dict.fromkeys(one.definition.module.package for one in ranked if one not in near)),
        workloads=workloads,
        left=tuple(one for one in near if not one.is_runnable and one not in chosen)[:3],
        options=tuple({o.parameter.name: o for one in chosen[:_MOST_OTHERS] for o in taken[id(one)][1]}.values()),
        has_models=True,
    )


def _ranked(
    repository: Repository, entries: Iterable[Entry], pages: Pages, switched: Mapping[int, bool]
) -> list[Entry]:
    """The entries, the likeliest first."""
    used = _used_within(repository)

    def worth(entry: Entry) -> tuple[object, ...]:
        definition = entry.definition
        is_root = not definition.is_class or definition.node not in used
        return (
            any(page.speaks_of(definition.name) for page in pages.found),
            entry.is_runnable,
            is_root and not definition.name.startswith("_"),
            entry.source.partition(":")[0].lower().endswith(_DOCUMENT),
            definition.name.endswith(_MODEL_NAMES) or definition.module.name.rpartition(".")[2] in {"model", "models"},
            switched[id(entry)],
            not definition.is_class,
            entry.example,
            (definition.node.end_lineno or 0) - definition.node.lineno,
        )

    return sorted(entries, key=worth, reverse=True)


def _used_within(repository: Repository) -> set[ast.AST]:
    """The classes that other classes of the repository are built from."""
    used: set[ast.AST] = set()
    for definition in repository.definitions():
        if not repository.is_model(definition):
            continue
        for method in definition.node.body:
            for node in ast.walk(method):
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    found = repository.resolve(definition.module, node)
                    if is_definition(found) and found is not definition:
                        used.add(found.node)
    return used


def _chosen(ranked: Sequence[Entry], pages: Pages, switches: Mapping[int, set[str]]) -> list[Entry]:
    """Everything that documents name; and the likeliest, with a few more that have other switches."""
    runnable = [one for one in ranked if one.is_runnable]
    named = [one for one in runnable if any(page.speaks_of(one.definition.name) for page in pages.found)]
    chosen = named[:_MOST_NAMED] or runnable[:1]
    known = {name for one in chosen for name in switches[id(one)]}
    for one in runnable if not named else ():
        new = switches[id(one)] - known
        is_shown = one.example or one.source or not one.guessed
        if new and one not in chosen and is_shown and len(chosen) <= _MOST_OTHERS:
            chosen.append(one)
            known |= new
    return chosen


def _named(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Give each workload a name: that of its model, where there are several."""
    if len(entries) == 1:
        return {"main": entries[0]}
    names: dict[str, Entry] = {}
    for one in entries:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", one.definition.name).lower()
        _add(names, [words, f"{one.definition.module.name.replace('.', '_')}_{words}"], one)
    return names


def _add(names: dict[str, Entry], choices: Iterable[str], entry: Entry) -> None:
    known = {normalise(name) for name in names}
    base = ""
    for name in choices:
        base = name
        if normalise(name) not in known:
            names[name] = entry
            return
    number = next(one for one in range(2, 1000) if normalise(f"{base}_{one}") not in known)
    names[f"{base}_{number}"] = entry


def _merged(
    workloads: Mapping[str, Entry], switches: Mapping[int, Sequence[Switch]], pages: Pages
) -> dict[str, tuple[Switch, tuple[str, ...]]]:
    """Every switch once, under the name of its mechanism, with the workloads that take it; named ones first."""
    found: dict[str, tuple[Switch, list[str]]] = {}
    for workload, entry in workloads.items():
        for one in switches[id(entry)]:
            found.setdefault(one.name, (one, []))[1].append(workload)
    ordered = sorted(found.values(), key=lambda one: not _is_spoken_of(one[0].name, pages))
    named: dict[str, tuple[Switch, tuple[str, ...]]] = {}
    for name, (switch, where) in zip(mechanism_names([one[0].name for one in ordered]), ordered, strict=True):
        named[name] = (switch, tuple(where))
    return named


def _is_spoken_of(toggle: str, pages: Pages) -> bool:
    return any(page.speaks_of(toggle) or page.speaks_of(_short(toggle)) for page in pages.found)


def mechanism_names(toggles: Sequence[str]) -> list[str]:
    """Return a name for the mechanism of each toggle; no two can be mistaken for each other, in a heading either."""
    shortened = [normalise(_short(one)) for one in toggles]
    whole = [normalise(one) for one in toggles]
    names: list[str] = []
    taken: set[str] = {BASELINE}
    for number, toggle in enumerate(toggles):
        is_alone = shortened.count(shortened[number]) == 1 and shortened[number] not in whole[:number] + whole[number + 1 :]
        choices = [_short(toggle)] if is_alone else []
        choices += [toggle, *(f"{toggle}_{count}" for count in range(2, len(toggles) + 3))]
        name = next(one for one in choices if normalise(one) and normalise(one) not in taken)
        taken.add(normalise(name))
        names.append(name)
    return names


def _short(toggle: str) -> str:
    for prefix in _PREFIXES:
        if toggle.startswith(prefix) and len(toggle) > len(prefix) and normalise(toggle[len(prefix) :]):
            return toggle[len(prefix) :]
    return toggle


def _question(repository: Repository, switch: Switch) -> Question:
    return Question(toggles=(switch.name,), owner=_owner(repository, switch.deed.owner))


def _owner(repository: Repository, owner: Definition) -> str | None:
    if not owner.is_class:
        return None
    alike = [one for one in repository.definitions() if one.name == owner.name]
    return owner.name if len(alike) == 1 else owner.target


def _package_of(repository: Repository, entry: Entry) -> str:
    """The package of an entry; everything at the root, where its modules lie there side by side and use each other."""
    module = entry.definition.module
    beside = {name for name in repository.modules if "." not in name and name == repository.modules[name].package}
    is_flat = module.name in beside and "/" not in module.file
    uses = {name.partition(".")[0] for name in (*module.imports.values(), *module.stars)}
    roots = {one.partition(".")[0] for one in repository.modules}
    return "." if is_flat and (uses & roots) - {module.name} else module.package


def _with_mechanisms(
    switches: Mapping[str, tuple[Switch, tuple[str, ...]]],
    questions: Mapping[str, Question],
    answers: Mapping[str, Detection],
) -> Proposal:
    mechanisms, more, idle = [], [], []
    for name, (switch, workloads) in switches.items():
        answer = answers.get(name)
        if answer is not None and answer.status not in {Status.WIRED, Status.UNKNOWN}:
            idle.append(switch)
        elif len(mechanisms) >= MOST_MECHANISMS:
            more.append(switch)
        else:
            mechanisms.append(Mechanism(name, switch, questions[name].owner, workloads, answer is not None))
    return Proposal(
        "",
        mechanisms=tuple(mechanisms),
        more=tuple(more),
        idle=tuple(idle),
        unchecked=sum(not one.is_checked for one in mechanisms),
    )
