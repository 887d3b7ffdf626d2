"""Choose what is proposed: the entries that documents and examples speak of, and their switches."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from doctool.proposal.budget import Budget
from doctool.proposal.checking import check_questions
from doctool.proposal.code import Definition, Repository, is_definition
from doctool.proposal.effects import Effects
from doctool.proposal.entries import Entry, Switch, entries_of, options_of, switches_of
from doctool.proposal.examples import read_examples
from doctool.proposal.options import Option
from doctool.proposal.pages import Pages
from doctool.terms.mechanism import Detection, Question, Status
from doctool.vocabulary import normalise

BASELINE = "baseline"
MOST_MECHANISMS = 12
_MOST_NAMED, _MOST_OTHERS, _MOST_LEFT = 8, 3, 3
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
        cut_short: What else was left undone when the time was up.
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
    cut_short: tuple[str, ...] = ()


def choose(root: Path, files: Sequence[str], pages: Pages, report: Callable[[str], None]) -> Proposal | None:
    """Look through a repository and choose what is proposed; None if it holds no Python package.

    Args:
        root: The project root.
        files: The files of the project, relative to it.
        pages: Its documents.
        report: Told what is being done.
    """
    report("reading the code")
    budget = Budget()
    repository = Repository(root, budget)
    if not repository.packages:
        return None
    examples = read_examples(repository, root, [one for one in files if one.endswith((".py", *_DOCUMENT))])
    report("looking for models and what they can be given")
    effects = Effects(repository)
    every = list(entries_of(repository, examples))
    switches = {id(one): switches_of(repository, effects, one) for one in every}
    ranked = _ranked(repository, every, pages, switches)
    if not ranked:
        return Proposal(repository.packages[0], tuple(repository.packages[1:]), cut_short=tuple(budget.cut_short))
    package = ranked[0].entry.definition.module.package
    near = [one for one in ranked if one.entry.definition.module.package == package]
    chosen = _chosen(near, switches, pages)
    workloads = _named(chosen)
    merged = _merged(workloads, switches, pages)
    place = _package_of(repository, chosen[0] if chosen else ranked[0].entry)
    questions = {name: _question(repository, one) for name, (one, _) in merged.items()}
    answers = check_questions(
        root, place, questions, lambda done, total: report(f"following the switches {done}/{total}")
    )
    others = dict.fromkeys(one.entry.definition.module.package for one in ranked if one not in near)
    return msgspec.structs.replace(
        _with_mechanisms(merged, questions, answers),
        package=place,
        others=() if place == "." else tuple(others),
        workloads=workloads,
        left=_left(near, chosen),
        options=tuple(
            {one.parameter.name: one for entry in chosen for one in options_of(repository, effects, entry)}.values()
        ),
        has_models=True,
        cut_short=tuple(dict.fromkeys(budget.cut_short)),
    )


class _Ranked(msgspec.Struct, frozen=True, eq=False):
    """An entry, with what speaks for it.

    Args:
        entry: The entry.
        is_named: A document with open numbers names it, and it is no part of another.
        is_root: Nothing else in the repository is built from it.
        is_shown: The documents show how it is used.
    """

    entry: Entry
    is_named: bool
    is_root: bool
    is_shown: bool


def _ranked(
    repository: Repository, entries: Iterable[Entry], pages: Pages, switches: Mapping[int, Sequence[Switch]]
) -> list[_Ranked]:
    """The entries, the likeliest first."""
    used = _used_within(repository)
    ranked = [_judge(one, used, pages) for one in entries]

    def worth(one: _Ranked) -> tuple[int, ...]:
        definition = one.entry.definition
        module = definition.module.name.rpartition(".")[2]
        return (
            one.is_named,
            one.is_root,
            one.entry.is_runnable,
            one.is_shown,
            -one.entry.order if one.is_shown else 0,
            not definition.is_class,
            definition.name.endswith(_MODEL_NAMES) or module in {"model", "models"},
            bool(switches[id(one.entry)]),
            one.entry.example,
            # Of factories the first, of classes the longest.
            (definition.node.end_lineno or 0) - definition.node.lineno
            if definition.is_class
            else -definition.node.lineno,
        )

    return sorted(ranked, key=worth, reverse=True)


def _judge(entry: Entry, used: set[ast.AST], pages: Pages) -> _Ranked:
    name = entry.definition.name
    is_root = entry.definition.node not in used and not name.startswith("_")
    return _Ranked(
        entry,
        is_named=is_root and any(page.names(name) for page in pages.found),
        is_root=is_root,
        is_shown=entry.source.partition(":")[0].lower().endswith(_DOCUMENT),
    )


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


def _chosen(ranked: Sequence[_Ranked], switches: Mapping[int, Sequence[Switch]], pages: Pages) -> list[Entry]:
    """What documents ask for: models by name, and whatever takes their switches; without that, the likeliest."""
    runnable = [one for one in ranked if one.entry.is_runnable]
    chosen = [one.entry for one in runnable if one.is_named][:_MOST_NAMED]
    for one in runnable:
        asked = {switch.name for switch in switches[id(one.entry)] if _is_spoken_of(switch.name, pages)}
        if asked - _known(chosen, switches) and len(chosen) < _MOST_NAMED:
            chosen.append(one.entry)
    return chosen or _likeliest(ranked, switches)


def _likeliest(ranked: Sequence[_Ranked], switches: Mapping[int, Sequence[Switch]]) -> list[Entry]:
    """The first model that can be run, with a few more that have other switches."""
    runnable = [one for one in ranked if one.entry.is_runnable]
    # A part of a model is not what anybody wants to see measured, unless there is nothing else.
    whole = [one for one in runnable if one.is_root or one.is_shown] or (
        runnable if not any(one.is_root for one in ranked) else []
    )
    # Where documents show models, one that they do not show and whose sizes are guessed is none that matters.
    if any(one.is_shown for one in ranked):
        whole = [one for one in whole if one.is_shown or one.entry.example or not one.entry.guessed]
    chosen = [one.entry for one in whole[:1]]
    for one in whole[1:]:
        new = {switch.name for switch in switches[id(one.entry)]} - _known(chosen, switches)
        if new and not one.entry.guessed and len(chosen) <= _MOST_OTHERS:
            chosen.append(one.entry)
    return chosen


def _known(chosen: Sequence[Entry], switches: Mapping[int, Sequence[Switch]]) -> set[str]:
    return {switch.name for one in chosen for switch in switches[id(one)]}


def _left(ranked: Sequence[_Ranked], chosen: Sequence[Entry]) -> tuple[Entry, ...]:
    """What documents or examples show and cannot be run as it is; without anything to run, the likeliest."""
    models: dict[ast.AST, Entry] = {}
    for one in ranked:
        is_wanted = one.is_named or (one.is_root and (one.is_shown or not chosen))
        if is_wanted and not one.entry.is_runnable:
            models.setdefault(one.entry.model.node, one.entry)
    return tuple(models.values())[:_MOST_LEFT]


def _named(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Give each workload a name: that of its model, where there are several."""
    if len(entries) == 1:
        return {"main": entries[0]}
    names: dict[str, Entry] = {}
    for one in entries:
        name = one.definition.name
        _add(names, [name, f"{one.definition.module.name.replace('.', '_')}_{name}"], one)
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
        is_alone = (
            shortened.count(shortened[number]) == 1 and shortened[number] not in whole[:number] + whole[number + 1 :]
        )
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
    mechanisms: list[Mechanism] = []
    more: list[Switch] = []
    idle: list[Switch] = []
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
