"""Choose what is proposed: the entries that documents and examples speak of, and their switches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from doctool.proposal.budget import Budget
from doctool.proposal.checking import check_questions
from doctool.proposal.code import Definition, Repository
from doctool.proposal.effects import Effects
from doctool.proposal.entries import Entry, Switch, entries_of, options_of, switches_of
from doctool.proposal.examples import read_examples
from doctool.proposal.naming import mechanism_names, name_workloads
from doctool.proposal.options import Option
from doctool.proposal.pages import Pages
from doctool.proposal.ranking import choose_entries, entries_left, is_spoken_of, rank_entries
from doctool.terms.mechanism import Detection, Question, Status

MOST_MECHANISMS = 12
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
        cut_short: What else was left undone when the time ran out.
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
    examples = read_examples(repository, root, [file for file in files if file.endswith((".py", *_DOCUMENT))])
    report("looking for models and what they can be given")
    effects = Effects(repository)
    every = list(entries_of(repository, examples))
    switches = {id(one): switches_of(repository, effects, one) for one in every}
    ranked = rank_entries(repository, every, pages, switches)
    if not ranked:
        return Proposal(repository.packages[0], tuple(repository.packages[1:]), cut_short=tuple(budget.cut_short))
    package = ranked[0].entry.definition.module.package
    near = [one for one in ranked if one.entry.definition.module.package == package]
    chosen = choose_entries(near, switches, pages)
    workloads = name_workloads(chosen)
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
        left=entries_left(near, chosen),
        options=tuple(
            {
                option.parameter.name: option for entry in chosen for option in options_of(repository, effects, entry)
            }.values()
        ),
        has_models=True,
        cut_short=tuple(dict.fromkeys(budget.cut_short)),
    )


def _merged(
    workloads: Mapping[str, Entry], switches: Mapping[int, Sequence[Switch]], pages: Pages
) -> dict[str, tuple[Switch, tuple[str, ...]]]:
    """Every switch once, under the name of its mechanism, with the workloads that take it; named ones first."""
    found: dict[str, tuple[Switch, list[str]]] = {}
    for workload, entry in workloads.items():
        for one in switches[id(entry)]:
            found.setdefault(one.name, (one, []))[1].append(workload)
    ordered = sorted(found.values(), key=lambda one: not is_spoken_of(one[0].name, pages))
    named: dict[str, tuple[Switch, tuple[str, ...]]] = {}
    for name, (switch, where) in zip(mechanism_names([one[0].name for one in ordered]), ordered, strict=True):
        named[name] = (switch, tuple(where))
    return named


def _question(repository: Repository, switch: Switch) -> Question:
    return Question(toggles=(switch.name,), owner=_owner(repository, switch.parameter.taker))


def _owner(repository: Repository, owner: Definition) -> str | None:
    if not owner.is_class:
        return None
    alike = [definition for definition in repository.definitions() if definition.name == owner.name]
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
        if answer is not None and answer.status is Status.DECLARED:
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
        unchecked=sum(not mechanism.is_checked for mechanism in mechanisms),
    )
